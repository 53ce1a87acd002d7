/** @file Which images a run on labels of whole images is shown: those that are asked for, and those that judge the model; and what is kept of its answers. */
import { expect, test } from "vitest";
import type { Split } from "../../src-main/api/contract.ts";
import { findMethod } from "../../src-main/methods/index.ts";
import type { Project } from "../../src-main/project/index.ts";
import { labelFrames, planGradeEvaluation, planGrading } from "../../src-main/runs/grading-request.ts";
import { recordReport } from "../../src-main/runs/recording.ts";
import { newImage, newProject } from "../project/fixture.ts";

/** A model that learned the label as it is now; nothing is asked of it. */
function addModel(project: Project, labelId: number): number {
  const { name, kind, options, unit } = project.labelDefinitions.get(labelId);
  const snapshot = { frames: [], classes: [], fromModel: null, targets: [{ labelId, name, kind, options, unit }] };
  const run = { kind: "train", method: "classify", settings: {}, seed: 1, device: "cpu", steps: 1, snapshot } as const;
  const runId = project.runs.create(run);
  const bytes = { onnx: Buffer.from("onnx"), weights: Buffer.from("weights") };
  const told = { name: "m", method: "classify", step: 1, score: 0.9, makes: ["grades" as const], classes: [] };
  return project.models.add({ runId, ...told, ...bytes });
}

function openProject(options: string[]) {
  const project = newProject();
  const { labelId } = project.labelDefinitions.add({ name: "stage", kind: "grade", options });
  const add = (patient: string, split: Split): number => project.images.add(newImage(patient), { split }).frameIds[0]!;
  const say = (of: readonly (readonly [number, string])[]) =>
    project.labels.record(
      of.map(([frameId, value]) => ({ labelId, subjectId: project.images.frame(frameId).imageId, value })),
    );
  return { project, labelId, add, say };
}

test("of many validation images those that judge are drawn, however they were imported", () => {
  const { project, labelId, add, say } = openProject(["mild", "severe"]);
  const modelId = addModel(project, labelId);
  add("asked", "unlabelled");
  const truths = project.edit("add images", () =>
    Array.from({ length: 400 }, (_, at) => [add(`p${at}`, "val"), at < 320 ? "mild" : "severe"] as const),
  );
  say(truths);
  const judged = () => planGrading(project, { modelId }, "cpu").snapshot.frames.filter(({ values }) => values);
  const severe = judged().filter(({ values }) => values![0] === 1).length;
  expect(judged()).toHaveLength(300);
  // Hypergeometric: 60 in the mean, deviation 3.5.
  expect(severe).toBeGreaterThan(45);
  expect(severe).toBeLessThan(75);
  expect(judged()).toEqual(judged());
});

test("images of a class that the label got after the training judge the model, and are not asked again", () => {
  const { project, labelId, add, say } = openProject(["mild", "severe"]);
  const modelId = addModel(project, labelId);
  project.labelDefinitions.change(labelId, { options: ["none", "mild", "severe"] });
  const [open, told] = [add("open", "unlabelled"), add("told", "unlabelled")];
  const [mild, none] = [add("a", "test"), add("b", "test")];
  say([[told, "none"], [mild, "mild"], [none, "none"]]); // prettier-ignore
  expect(planGrading(project, { modelId }, "cpu").snapshot.frames.map(({ frameId }) => frameId)).toEqual([open]);
  const { frames, unknownClasses } = planGradeEvaluation(project, { modelId, split: "test" }, "cpu").snapshot;
  expect(frames.map(({ frameId, values }) => [frameId, values])).toEqual([
    [mild, [0]],
    [none, [2]],
  ]);
  expect(unknownClasses).toEqual([["none"]]);
});

test("a number is judged as it would be proposed, within the range of its label", () => {
  const project = newProject();
  const { labelId } = project.labelDefinitions.add({ name: "depth", kind: "number", minimum: 0, maximum: 30 });
  const modelId = addModel(project, labelId);
  const [frameId] = project.images.add(newImage("a"), { split: "test" }).frameIds;
  project.labels.set(labelId, frameId!, 1);
  const runId = project.runs.create(planGradeEvaluation(project, { modelId, split: "test" }, "cpu"));
  const none = { probability: null, probabilities: [], votes: [], expected: null, likely: null, interval: null };
  const saliency = { cells: 1, maps: [[0]], area: { left: 0, top: 0, width: 1, height: 1 } };
  const evidence = { samples: 1, saliency, peak: { x: 0, y: 0 }, regions: [], looks: null };
  const graded = { answers: [{ labelId, value: -3.2, uncertainty: 0.1, ...none }], ...evidence };
  recordReport(project, runId, { kind: "graded", images: [{ frameId: frameId!, graded }] });
  project.runs.update(runId, { state: "done" });
  expect(project.labelAnswers.latest(modelId, "test")!.answers).toMatchObject([
    { truth: 1, fileName: "a.png", answer: { value: 0 } },
  ]);
});

test("grades that were read as numbers are refused with the way to import them as grades", () => {
  const project = newProject();
  const { labelId } = project.labelDefinitions.add({ name: "dr", kind: "number" });
  expect(() => labelFrames(project, findMethod("classify"), [labelId])).toThrow(
    expect.objectContaining({
      title: "classify does not learn dr: it is a label of numbers.",
      hint: expect.stringContaining('"dr grade:grade(0<1<2)"') as string,
    }) as Error,
  );
});

test("where nothing is left to grade it is said where else images lack the label", () => {
  const { project, labelId, add, say } = openProject(["mild", "severe"]);
  const modelId = addModel(project, labelId);
  say([[add("known", "unlabelled"), "mild"]]);
  const plan = () => planGrading(project, { modelId }, "cpu");
  const detail = (text: string) =>
    expect.objectContaining({ title: "There is nothing to grade.", detail: text }) as Error;
  const here = "The unlabelled split has 1 images, 1 of them with stage.";
  expect(plan).toThrow(detail(here));
  add("open", "train");
  expect(plan).toThrow(detail(`${here} Of the other splits 1 image lacks it: choose one of these.`));
});
