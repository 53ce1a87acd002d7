/** @file Pairs over the API: found, aligned, marked and taken back, on real slices of brains of which T2 was moved. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import type { PairingDetail, PairRow } from "../../src-main/api/contract.ts";
import { read } from "../../src-main/app/client.ts";
import { planExperimentRun } from "../../src-main/runs/experiment-request.ts";
import { planTraining } from "../../src-main/runs/training-request.ts";
import { translationFrames } from "../../src-main/runs/translation-request.ts";
import { createLabelMap, encodeLabelMap, type PlaneTransform, transformOf } from "../../src-main/voxels/index.ts";
import { errorOf, moved, pngOf, readBrain } from "../voxels/brain-slices.ts";
import { addSlice, SIDE } from "../runs/project-of-brains.ts";
import { importPaths, openSession, type OpenSession } from "./fixture.ts";

const plane = { width: 182, height: 218, spacing: null };
/** How T2 of each patient was moved. */
const known: Record<string, PlaneTransform> = {
  p1: transformOf([6, -4, 9], plane),
  p2: transformOf([-9, 7, -6], plane),
};

/** Two patients with T1 and T2, one with T1 alone, one whose T2 is empty. */
async function openBrains(): Promise<OpenSession> {
  const open = openSession();
  await read(open.client.project.create.$post({ json: { path: join(open.folder, "b.aliquot"), classes: ["lesion"] } }));
  const folder = join(open.folder, "brains");
  mkdirSync(folder);
  const [first, second] = [await readBrain("patient07_z060_t1.png"), await readBrain("patient19_z070_t1.png")];
  const write = async (name: string, image: Parameters<typeof pngOf>[0]) =>
    writeFileSync(join(folder, name), await pngOf(image));
  await write("p1_t1.png", first);
  await write("p2_t1.png", second);
  await write("p1_t2.png", moved(await readBrain("patient07_z060_t2.png"), known["p1"]!));
  await write("p2_t2.png", moved(await readBrain("patient19_z070_t2.png"), known["p2"]!));
  await write("p3_t1.png", moved(first, transformOf([1, 1, 3], plane)));
  await write("p4_t1.png", moved(second, transformOf([2, -1, 3], plane)));
  await write("p4_t2.png", { ...first, data: new Float32Array(first.data.length) });
  await importPaths(open, [folder]);
  return open;
}

const param = { id: "1" };

test(
  "pairs are aligned to less than a pixel, told on the way, and taken back as one action",
  { timeout: 60_000 },
  async () => {
    const open = await openBrains();
    const { client, session } = open;
    const { project } = session.open;
    expect((await read(client.pairings.choices.$get())).names).toEqual([
      { name: "t1", images: 4 },
      { name: "t2", images: 3 },
    ]);
    await read(client.pairings.$post({ json: { from: "t1", to: "t2" } }));
    const nameOf = (frameId: number | null) => (frameId === null ? null : project.images.frame(frameId).row.name);
    const before = await read(client.pairings[":id"].$get({ param }));
    expect(
      before.frames.map(({ source, target, mark, relation }) => [nameOf(source), nameOf(target), mark, relation]),
    ).toEqual([
      ["p1_t1.png", "p1_t2.png", "kept", "same"],
      ["p2_t1.png", "p2_t2.png", "kept", "same"],
      ["p3_t1.png", null, "kept", null],
      ["p4_t1.png", "p4_t2.png", "kept", "same"],
    ]);
    expect(before.canUndo).toBe(false);

    const told: number[] = [];
    session.listeners.on((event) => {
      if (event.type === "alignment") told.push(event.data.done);
    });
    const { pairing, ...counts } = await read(client.pairings[":id"].align.$post({ param, json: { model: "rigid" } }));
    expect(counts).toEqual({ moved: 2, unmoved: 0, empty: 1, slices: [] });
    expect(told.length).toBeGreaterThan(0);
    for (const { source, alignment } of pairing.frames.slice(0, 2)) {
      const patient = nameOf(source)!.slice(0, 2);
      expect(errorOf(alignment!.transform, known[patient]!), patient).toBeLessThan(0.67);
      expect(alignment!.after).toBeGreaterThan(alignment!.before);
    }
    expect(pairing.frames[3]!.alignment).toBeNull();

    // A training is told of it.
    for (const { caseId } of project.cases.list()) project.cases.setSplit(caseId, "train");
    const alignmentOf = (place: number) =>
      translationFrames(project).frames.find(({ frameId }) => frameId === pairing.frames[place]!.source)?.modality
        ?.alignment;
    expect(alignmentOf(0)).toEqual(pairing.frames[0]!.alignment!.transform);
    expect(alignmentOf(3)).toBeUndefined();

    const affine = await read(client.pairings[":id"].align.$post({ param, json: { model: "affine", places: [0] } }));
    expect(affine.pairing.frames[0]!.alignment!.model).toBe("affine");
    expect((await undo(open)).frames[0]!.alignment).toEqual(pairing.frames[0]!.alignment);
    const back = await undo(open);
    expect(back.frames).toEqual(before.frames);
    await expect(undo(open)).rejects.toThrow("There is nothing to take back.");
  },
);

test(
  "a pair that is none teaches nothing and can be translated; a loose one makes its pairing loose",
  { timeout: 60_000 },
  async () => {
    const open = await openBrains();
    const { client, session } = open;
    const { project } = session.open;
    const made = await read(client.pairings.$post({ json: { from: "t1", to: "t2" } }));
    expect(made).toMatchObject({ kind: "paired", pairs: 3, missing: 1 });
    for (const { caseId } of project.cases.list()) project.cases.setSplit(caseId, "train");
    const mark = async (places: number[], value: PairRow["mark"]) =>
      read(client.pairings[":id"].pairs.$put({ param, json: { places, mark: value } }));
    const removed = await mark([3], "removed");
    expect(removed).toMatchObject({ pairs: 2, missing: 2, sources: 4, targets: 3, kind: "paired", canUndo: true });
    expect(removed.frames[3]).toMatchObject({ mark: "removed", target: expect.any(Number) as number });
    const ids = translationFrames(project).frames.map(({ frameId }) => frameId);
    expect(ids).not.toContain(removed.frames[3]!.source);
    expect(await mark([0, 1], "loose")).toMatchObject({ kind: "loose", pairs: 2 });
    const again = await read(client.pairings.$post({ json: { from: "t1", to: "t2" } }));
    expect(again).toMatchObject({ kind: "loose", pairs: 2, missing: 2 });
    const { frames } = await read(client.pairings[":id"].$get({ param: { id: "2" } }));
    expect(frames.map(({ mark }) => mark)).toEqual(["loose", "loose", "kept", "removed"]);
    // Removed pairs are not aligned.
    const json = { model: "rigid" as const, places: [3] };
    await expect(client.pairings[":id"].align.$post({ param, json })).rejects.toThrow("There is no pair to align.");
    await expect(mark([2], "loose")).rejects.toThrow("Place 2 of pairing 1 is no pair.");
    expect(await undo(open)).toMatchObject({ kind: "paired", pairs: 2 });
    expect(await undo(open)).toMatchObject({ pairs: 3, canUndo: false });
  },
);

test("what is cancelled keeps what it had; a second one waits its turn", { timeout: 60_000 }, async () => {
  const { client } = await openBrains();
  await read(client.pairings.$post({ json: { from: "t1", to: "t2" } }));
  const align = () => client.pairings[":id"].align.$post({ param, json: { model: "rigid" } });
  const first = align();
  await expect(align()).rejects.toThrow("Pairs are being aligned.");

  await client.pairings.align.cancel.$post();
  const { moved, pairing } = await read(first);
  expect(moved).toBe(pairing.frames.filter(({ alignment }) => alignment !== null).length);
  expect(moved).toBeLessThan(2);
});

test("a dim slice is judged on the scale of its series", async () => {
  const open = openSession();
  await read(open.client.project.create.$post({ json: { path: join(open.folder, "d.aliquot"), classes: ["lesion"] } }));
  const { project } = open.session.open;
  await addSlice(project, "T1", 1, "train");
  await addSlice(project, "T2", 1, null, { gain: 0.06 }); // the target of the pair
  await addSlice(project, "T1", 1, null, { gain: 0.5 });
  await addSlice(project, "T2", 1, null);
  await read(open.client.pairings.$post({ json: { from: "T1", to: "T2" } }));
  const ranges = open.client.pairings[":id"].pairs[":place"].ranges;
  const { source, target } = await read(ranges.$get({ param: { id: "1", place: "0" } }));
  expect(target.low).toBe(0);
  expect(target.high).toBeGreaterThan(200); // 0.06 · 255 by itself
  expect(source.high).toBeGreaterThan(150);
  await expect(ranges.$get({ param: { id: "1", place: "9" } })).rejects.toThrow("is no pair");
});

test("methods, trainings and experiments learn from the pairing that is asked for, else from the newest", async () => {
  const open = openSession();
  await read(open.client.project.create.$post({ json: { path: join(open.folder, "w.aliquot"), classes: ["lesion"] } }));
  const { project } = open.session.open;
  const mask = { ...createLabelMap(SIDE, SIDE), data: new Uint8Array(SIDE ** 2).fill(1) };
  for (const patient of [1, 2, 3, 4]) {
    for (const modality of ["T1", "T2"] as const) {
      const frameId = await addSlice(project, modality, patient, modality === "T1" ? "train" : null);
      project.annotations.write(frameId, encodeLabelMap(mask), { origin: "drawn" });
    }
  }
  // A patient without T2: one image more of the source in one direction.
  await addSlice(project, "T1", 5, "train");
  await read(open.client.pairings.$post({ json: { from: "T1", to: "T2", kind: "unpaired" } }));
  await read(open.client.pairings.$post({ json: { from: "T2", to: "T1" } }));

  const modalities = async (query: { pairing?: string }) =>
    (await read(open.client.methods.$get({ query }))).find(({ id }) => id === "cyclegan")!.modalities;
  expect(await modalities({})).toEqual({ pairingId: 2, source: "T2", target: "T1", images: 4 });
  expect(await modalities({ pairing: "1" })).toEqual({ pairingId: 1, source: "T1", target: "T2", images: 5 });
  await expect(modalities({ pairing: "3" })).rejects.toThrow("There is no pairing 3 in this project");

  const learned = (pairing?: number) =>
    planTraining(project, { method: "cyclegan", pairing }, "cpu").snapshot.modalities;
  expect(learned()).toMatchObject({ source: "T2", target: "T1" });
  expect(learned(1)).toMatchObject({ source: "T1", target: "T2", kind: "unpaired" });

  const compared = { arms: ["supervised", "sources"], labelled: [2], seeds: [1], folds: 1, settings: { size: SIDE } };
  const planned = (pairing?: number) =>
    planExperimentRun(project, { ...compared, pairing }, "cpu").run.snapshot.modalities;
  expect(planned()).toMatchObject({ source: "T2", target: "T1" });
  expect(planned(1)).toMatchObject({ source: "T1", target: "T2" });
  const arms = await read(open.client.experiments.arms.$get());
  expect(arms.filter(({ isPaired }) => isPaired).map(({ id }) => id)).toEqual(["sources", "translated"]);
});

test("a training is repeated on the pairing that it learned from, as long as the project has it", async () => {
  const open = openSession();
  const path = join(open.folder, "again.aliquot");
  await read(open.client.project.create.$post({ json: { path, classes: ["lesion"] } }));
  const { project } = open.session.open;
  for (const patient of [1, 2, 3]) {
    await addSlice(project, "T1", patient, "train");
    await addSlice(project, "T2", patient, null);
  }
  for (const [from, to] of [
    ["T1", "T2"],
    ["T2", "T1"],
    ["T1", "T2"],
  ] as const)
    await read(open.client.pairings.$post({ json: { from, to } }));
  const settings = { size: SIDE };
  for (const pairing of [1, 2, undefined])
    await read(open.client.runs.$post({ json: { method: "cyclegan", settings, pairing, hold: true } }));
  const learned = async () =>
    (await read(open.client["run-history"].$get())).map(({ data }) => data.pairing?.pairingId).toReversed();
  expect(await learned()).toEqual([1, 2, 3]);

  await read(open.client.project.create.$post({ json: { path: join(open.folder, "other.aliquot"), classes: ["a"] } }));
  // Projects of before do not name it: the newest of these modalities that there was then. One that is gone is told so.
  const file = new Database(path);
  file.exec(`UPDATE run SET snapshot = json_remove(snapshot, '$.pairingId') WHERE id IN (1, 2)`);
  file.exec(`UPDATE run SET created_at = (SELECT created_at FROM pairing WHERE id = 2) WHERE id = 1`);
  file.exec(`UPDATE pairing SET created_at = '2099-01-01T00:00:00.000Z' WHERE id = 3`);
  file.exec(`UPDATE run SET snapshot = json_set(snapshot, '$.pairingId', 9) WHERE id = 3`);
  file.close();
  await read(open.client.project.open.$post({ json: { path } }));
  expect(await learned()).toEqual([1, 2, null]);
  expect((await read(open.client["run-history"].$get()))[0]!.data.pairing).toMatchObject({
    source: "T1",
    target: "T2",
  });
});

const undo = ({ client }: OpenSession): Promise<PairingDetail> => read(client.pairings[":id"].undo.$post({ param }));
