/** @file Actions on many images at once: each is undone as one, over restarts, and leaves alone what was changed since. */
import { expect, it } from "vitest";
import { openProject, type Project } from "../../src-main/project/index.ts";
import { addFrame, addModel, addProposal, maskOf, newImage, newProject } from "./fixture.ts";

function reopened(project: Project): Project {
  project.close();
  return openProject(project.path);
}

it("splits go back and forth as one, but for cases that were moved since", () => {
  let project = newProject();
  for (const name of ["a", "b", "c"]) addFrame(project, name);
  const [first, second, third] = project.cases.list().map(({ caseId }) => caseId) as [number, number, number];
  const splits = () => project.cases.list().map(({ split }) => split);
  project.cases.setSplit(first, "train");
  project.cases.assignSplits(new Map([first, second, third].map((id) => [id, "test" as const])));
  project = reopened(project);
  expect(project.bulk.history()).toEqual({ undo: { kind: "split", changed: 3 }, redo: null });
  expect(project.bulk.undo()).toMatchObject({ changed: 3, kept: 0, redo: { kind: "split", changed: 3 } });
  expect(splits()).toEqual(["train", null, null]);
  project.bulk.redo();
  expect(splits()).toEqual(["test", "test", "test"]);
  project.close();
});

it("accepted and rejected proposals wait again after undo, those of a stroke since stay", async () => {
  let project = newProject();
  const { modelId, runId } = addModel(project);
  const frameIds = ["a", "b", "c"].map((name) => addFrame(project, name));
  for (const frameId of frameIds) addProposal(project, frameId, modelId, runId);
  const pending = () => project.proposals.list({ state: "pending" }).length;
  expect(await project.bulk.decide(frameIds.slice(0, 2), "reject")).toBe(2);
  expect(project.bulk.undo()).toMatchObject({ kind: "reject", changed: 2, kept: 0 });
  expect(await project.bulk.decide(frameIds, "accept")).toBe(3);
  expect(pending()).toBe(0);
  project = reopened(project);
  project.annotations.write(frameIds[1]!, maskOf(1, 3), { origin: "drawn" });
  expect(project.bulk.undo()).toMatchObject({ kind: "accept", changed: 2, kept: 1 });
  expect(frameIds.map((id) => project.annotations.head(id) > 0)).toEqual([false, true, false]);
  expect(project.bulk.redo()).toMatchObject({ changed: 2, kept: 1 });
  expect(pending()).toBe(0);
  // On one image, as on the screen of one image: the whole action goes back.
  expect(project.annotations.undo(frameIds[0]!).group).toMatchObject({ kept: 1 });
  expect(pending()).toBe(2);
  project.close();
});

it.each([
  ["accept", "accepted"],
  ["reject", "rejected"],
] as const)(
  "a cancel in the middle leaves what was decided, and one undo takes it back: %s",
  async (decision, decided) => {
    const project = newProject();
    const { modelId, runId } = addModel(project);
    const frameIds = Array.from({ length: 400 }, (_, index) => addFrame(project, `image ${index}`));
    for (const frameId of frameIds) addProposal(project, frameId, modelId, runId);
    const inState = (state: "pending" | "accepted" | "rejected"): number => project.proposals.list({ state }).length;
    const cancel = new AbortController();
    const told: [number, number][] = [];
    const changed = await project.bulk.decide(frameIds, decision, {
      signal: cancel.signal,
      onProgress(done, total) {
        told.push([done, total]);
        cancel.abort();
      },
    });
    expect(told).toEqual([[changed, 400]]);
    expect(changed).toBeGreaterThan(0);
    expect([inState(decided), inState("pending")]).toEqual([changed, 400 - changed]);
    expect(project.bulk.undo()).toMatchObject({ kind: decision, changed, kept: 0 });
    expect(inState("pending")).toBe(400);
    project.close();
  },
);

it("a removed image is in no list and no count, and comes back as it was by undo or by importing its file", () => {
  let project = newProject();
  const frameIds = ["a", "b", "c"].map((name) => addFrame(project, name));
  const [first, second] = frameIds as [number, number, number];
  project.annotations.write(first, maskOf(1, 9), { origin: "drawn" });
  const { labelId } = project.labelDefinitions.add({ name: "age", kind: "number" });
  project.labels.set(labelId, first, 61);
  const { modelId, runId } = addModel(project);
  addProposal(project, second, modelId, runId);
  const before = { summary: project.summary(), labels: project.labels.list() };
  const going = { images: 2, frames: 2, annotated: 1, pendingProposals: 1, labels: 1, cases: 2 };
  expect(project.bulk.previewRemoval([first, second])).toEqual(going);
  expect(project.bulk.remove([first, second])).toBe(2);
  expect(project.images.frames().map(({ frameId }) => frameId)).toEqual([frameIds[2]]);
  expect(project.images.frameColumns().frameId).toEqual([frameIds[2]]);
  expect(project.summary().counts).toMatchObject({ cases: 1, frames: 1, annotated: 0, proposals: 0 });
  expect(project.summary().counts.burnedIn).toMatchObject({ "not-searched": 1 });
  expect(project.labels.list()).toEqual([]);
  expect(project.slices.around(frameIds[2]!).map(({ frameId }) => frameId)).toEqual([frameIds[2]]);
  project = reopened(project);
  expect(project.bulk.undo()).toMatchObject({ kind: "remove", changed: 2, kept: 0 });
  expect({ summary: project.summary(), labels: project.labels.list() }).toEqual(before);

  project.bulk.redo();
  expect(project.images.add(newImage("a"))).toMatchObject({ duplicate: true, frameIds: [first] });
  expect(project.annotations.head(first)).toBeGreaterThan(0);
  expect(project.summary().counts.frames).toBe(2);
  expect(project.bulk.undo()).toMatchObject({ changed: 1, kept: 1 });
  expect(project.summary()).toEqual(before.summary);
  project.close();
});

it("a label said of many goes back, also when another was said since", () => {
  const project = newProject();
  const frameIds = ["a", "b", "c"].map((name) => addFrame(project, name));
  const { labelId } = project.labelDefinitions.add({ name: "grade", kind: "grade", options: ["mild", "severe"] });
  const values = () => project.labels.values(labelId).map(({ value }) => value);
  project.labels.set(labelId, frameIds[0]!, "severe");
  expect(project.bulk.label(labelId, frameIds, "mild")).toBe(3);
  expect(() => project.bulk.label(labelId, frameIds, "none")).toThrow("none of its grades");
  project.labels.set(labelId, frameIds[2]!, "severe");
  expect(project.bulk.undo()).toMatchObject({ kind: "label", changed: 2, kept: 1 });
  expect(values()).toEqual(["severe", "severe"]);
  expect(project.bulk.redo()).toMatchObject({ changed: 2, kept: 1 });
  expect(values()).toEqual(["mild", "mild", "severe"]);
  project.close();
});

it("nothing to undo is said, and a project that can only be read is not changed", () => {
  const project = newProject();
  addFrame(project, "a");
  expect(() => project.bulk.undo()).toThrow("no action to undo");
  const reader = openProject(project.path, { readOnly: true });
  expect(() => reader.bulk.remove(reader.images.frames().map(({ frameId }) => frameId))).toThrow("can only be read");
  reader.close();
  project.close();
});
