/** @file Actions on several frames, and the slices that they go along. */
import { expect, it } from "vitest";
import { openProject } from "../../src-main/project/index.ts";
import { addFrame, maskOf, newImage, newProject, SIZE } from "./fixture.ts";

const names = ["a_1", "a_2", "a_3"];

it("undo on any frame takes all back, redo gives all again, also after a restart", () => {
  const project = newProject();
  const frameIds = names.map((name) => addFrame(project, name));
  const [first, second, third] = frameIds as [number, number, number];
  const { revisionId } = project.annotations.write(second, maskOf(2, 4), { origin: "drawn" });
  const heard: unknown[] = [];
  project.onChange((_, rows) => heard.push(rows));
  const states = project.annotations.writeGroup(
    frameIds.map((frameId) => ({ frameId, rle: maskOf(1, 9), base: frameId === second ? revisionId : 0 })),
  );
  expect(states.map(({ canUndo }) => canUndo)).toEqual([true, true, true]);
  expect(heard).toEqual([frameIds]);
  project.close();

  const again = openProject(project.path);
  expect(again.annotations.undo(third)).toMatchObject({ canRedo: true, group: { frameIds, kept: 0 } });
  expect(frameIds.map((frameId) => again.annotations.mask(frameId))).toEqual([null, maskOf(2, 4), null]);
  expect(again.annotations.redo(first).group).toEqual({ frameIds, kept: 0 });
  expect(frameIds.map((frameId) => again.annotations.mask(frameId))).toEqual(names.map(() => maskOf(1, 9)));
  again.close();
});

it("a frame that was changed since stays as it is, and is counted", () => {
  const project = newProject();
  const frameIds = names.map((name) => addFrame(project, name));
  const [first, second, third] = frameIds as [number, number, number];
  project.annotations.writeGroup(frameIds.map((frameId) => ({ frameId, rle: maskOf(1, 9), base: 0 })));
  project.annotations.write(second, maskOf(2, 3), { origin: "drawn" });
  expect(project.annotations.undo(first).group).toEqual({ frameIds: [first, third], kept: 1 });
  expect(project.annotations.mask(second)).toEqual(maskOf(2, 3));
  // Of its own: first the stroke, then its share of the action.
  expect(project.annotations.undo(second).group).toBeUndefined();
  expect(project.annotations.undo(second).group).toEqual({ frameIds: [second], kept: 0 });
  project.annotations.write(third, maskOf(1, 2), { origin: "drawn" });
  expect(project.annotations.redo(first).group).toEqual({ frameIds: [first, second], kept: 1 });
  expect(project.annotations.mask(third)).toEqual(maskOf(1, 2));
});

it("one stale base and nothing is written", () => {
  const project = newProject();
  const frameIds = names.map((name) => addFrame(project, name));
  const members = frameIds.map((frameId, index) => ({ frameId, rle: maskOf(1, 9), base: index === 2 ? 77 : 0 }));
  expect(() => project.annotations.writeGroup(members)).toThrow(expect.objectContaining({ code: "conflict" }));
  expect(frameIds.map((frameId) => project.annotations.head(frameId))).toEqual([0, 0, 0]);
});

it("slices are those of the series in the order of their planes, of the file, or of the case", () => {
  const project = newProject();
  const [frame] = newImage("x").frames;
  const slice = (name: string, z: number) => {
    const geometry = {
      origin: { x: 0, y: 0, z },
      columnDirection: { x: 1, y: 0, z: 0 },
      rowDirection: { x: 0, y: 1, z: 0 },
      sliceStep: null,
    };
    const instance = { sopClassUid: "1", sopInstanceUid: name, seriesUid: "9", studyUid: "8", number: null };
    const placed = { ...frame!, geometry, instance } as typeof frame;
    return project.images.add(newImage(name, { format: "dicom", caseName: "p", frames: [placed!] })).frameIds[0]!;
  };
  const [top, bottom, middle] = [slice("1", 30), slice("2", 0), slice("3", 12)];
  const stack = project.images.add(newImage("stack", { caseName: "p", frames: [frame!, frame!] })).frameIds;
  const single = ["s1", "s2"].map((name) => project.images.add(newImage(name, { caseName: "p" })).frameIds[0]!);
  addFrame(project, "of_another_case");
  const idsAround = (frameId: number) => project.slices.around(frameId).map((each) => each.frameId);
  expect(project.slices.around(middle).map(({ frameId, position }) => [frameId, position])).toEqual([
    [bottom, 0],
    [middle, 12],
    [top, 30],
  ]);
  expect([idsAround(stack[1]!), idsAround(single[0]!)]).toEqual([stack, single]);
  const volumes = project.slices.volumes();
  expect(volumes.size).toBe(5); // pictures that are alone, or of one case without a series, are no volume
  for (const id of [top, bottom, middle]) expect(volumes.get(id)).toEqual({ id: top, slices: 3 });
  for (const id of stack) expect(volumes.get(id)).toEqual({ id: stack[0], slices: 2 });
  project.annotations.write(top, maskOf(1, 3), { origin: "drawn" });
  project.annotations.write(middle, maskOf(1, 0), { origin: "drawn" });
  expect(project.slices.around(top).map(({ isEmpty }) => isEmpty)).toEqual([true, true, false]);
  expect(SIZE.width).toBe(16);
});
