/** @file What the data screen asks: splits of many cases, leaks, classes in use, figures of the set. */
import { expect, test } from "vitest";
import { read } from "../../src-main/app/client.ts";
import { openProjectWithImages } from "./fixture.ts";

test("the splits of several cases are set together or not at all", async () => {
  const { client, session } = await openProjectWithImages(3);
  const ids = session.open.project.cases.list().map(({ caseId }) => caseId);
  const splitsNow = () => session.open.project.cases.list().map(({ split }) => split);
  const before = splitsNow();
  const unknown = { splits: [{ split: "test" as const, caseIds: [...ids, 999] }] };
  await expect(client.cases.$patch({ json: unknown })).rejects.toThrow("no case 999");
  expect(splitsNow()).toEqual(before);
  const [first, ...others] = ids;
  const splits = [
    { split: null, caseIds: [first!] },
    { split: "test" as const, caseIds: others },
  ];
  await client.cases.$patch({ json: { splits } });
  expect(splitsNow()).toEqual([null, "test", "test"]);
});

test("classes are counted by pixel, their frames found, and only one that nothing knows is deleted", async () => {
  const { client, session } = await openProjectWithImages(2);
  const { project } = session.open;
  const spare = project.classes.add({ name: "spare" });
  const annotated = project.images.frames().filter(({ annotation }) => annotation !== null);
  const [lesion, unused] = await read(client.classes.usage.$get());
  expect(lesion).toMatchObject({ value: 1, frames: annotated.length });
  expect(lesion!.pixels).toBeGreaterThan(0);
  expect(unused).toEqual({ value: spare.value, frames: 0, pixels: 0 });
  const ofLesion = await read(client.classes[":value"].frames.$get({ param: { value: "1" } }));
  expect(ofLesion.toSorted()).toEqual(annotated.map(({ frameId }) => frameId).toSorted());

  for (const { frameId } of annotated) project.annotations.undo(frameId);
  expect((await read(client.classes.usage.$get()))[0]!.frames).toBe(0);
  // Redo would bring it back.
  await expect(client.classes[":value"].$delete({ param: { value: "1" } })).rejects.toThrow("in use");
  await client.classes[":value"].$delete({ param: { value: String(spare.value) } });
  expect(project.classes.list().map(({ name }) => name)).toEqual(["lesion"]);
});

test("a class is taken off all images as one step, unless it is locked", async () => {
  const { client, session } = await openProjectWithImages(4);
  const { project } = session.open;
  const annotated = project.images.frames().flatMap((row) => (row.annotation === null ? [] : [row.frameId]));
  const masks = () => annotated.map((frameId) => project.annotations.mask(frameId));
  const before = masks();
  const param = { value: "1" };
  project.classes.change(1, { isLocked: true });
  await expect(client.classes[":value"].pixels.$delete({ param })).rejects.toThrow("locked");
  project.classes.change(1, { isLocked: false });
  expect(await read(client.classes[":value"].pixels.$delete({ param }))).toEqual(annotated.toSorted((a, b) => a - b));
  expect((await read(client.classes.usage.$get()))[0]).toEqual({ value: 1, frames: 0, pixels: 0 });
  expect(await read(client.classes[":value"].pixels.$delete({ param }))).toEqual([]);
  await client.frames[":id"].undo.$post({ param: { id: String(annotated.at(-1)) }, query: {} });
  expect(masks()).toEqual(before);
});

test("one picture in two splits is told with both its cases", async () => {
  const { client, session } = await openProjectWithImages(2);
  const { project } = session.open;
  const [first, second] = project.cases.list();
  project.cases.assignSplits(
    new Map([
      [first!.caseId, "train"],
      [second!.caseId, "test"],
    ]),
  );
  expect(await read(client.leaks.$get())).toEqual({ leaks: [], total: 0 });
  const { row, metadata } = project.images.frame(project.images.frames()[0]!.frameId);
  const { frameIds } = project.images.add(
    {
      sourceBytes: project.images.sourceOfFrame(row.frameId).bytes,
      sourceSha256: "the same pixels with another header",
      fileName: "again.png",
      format: "png",
      modality: null,
      patientKey: null,
      caseName: second!.name,
      thumbnail: project.images.thumbnail(row.frameId),
      frames: [metadata],
    },
    {},
  );
  const { leaks } = await read(client.leaks.$get());
  expect(leaks).toEqual([
    {
      kind: "same-file",
      splits: ["train", "test"],
      cases: [first!.name, second!.name],
      frameIds: [row.frameId, ...frameIds],
    },
  ]);
});

test("figures of the set count sizes, read intensities after rescale and measure objects", async () => {
  const { client, session } = await openProjectWithImages(2);
  const { cases } = session.open.project;
  cases.setSplit(cases.list()[0]!.caseId, "train");
  const { sizes, modalities, intensities, objects } = await read(client.statistics.$get());
  expect(sizes).toEqual([{ width: 64, height: 64, frames: 4 }]);
  expect(modalities).toEqual([{ modality: null, frames: 4 }]);
  expect(intensities).toHaveLength(1);
  expect(intensities[0]).toMatchObject({ read: 4, of: 4 });
  expect(intensities[0]!.series.map(({ of, frames }) => [of, frames])).toEqual([
    [{ by: "all" }, 4],
    [{ by: "split", split: "train" }, 2],
    [{ by: "split", split: null }, 2],
    [{ by: "class", value: 1 }, 2],
  ]);
  for (const { shares } of intensities[0]!.series) {
    expect(shares.reduce((sum, share) => sum + share)).toBeCloseTo(1, 9);
  }
  const [usage] = await read(client.classes.usage.$get());
  const lesion = objects!.classes[0]!;
  expect(objects).toMatchObject({ unit: "px", leftOut: 0 });
  expect(lesion.counts.reduce((sum, count) => sum + count)).toBe(lesion.objects);
  expect(objects!.low + objects!.high).toBeLessThanOrEqual(2 * usage!.pixels);
});

test("figures that are cancelled say so, and are computed when asked for again", async () => {
  const { client } = await openProjectWithImages(2);
  const cancelled = read(client.statistics.$get());
  await client.statistics.cancel.$post();
  await expect(cancelled).rejects.toThrow("not computed to the end");
  expect((await read(client.statistics.$get())).sizes).toHaveLength(1);
});
