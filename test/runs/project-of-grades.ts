/** @file Projects whose images show one to three discs, graded and counted; and runs that are killed and resumed. */
import { expect } from "vitest";
import type { LabelDefinition, Split } from "../../src-main/api/contract.ts";
import { encodePng } from "../../src-main/imaging/index.ts";
import { Random } from "../../src-main/random/index.ts";
import type { TrainingRequest } from "../../src-main/runs/training-request.ts";
import { newPicture } from "../project/fixture.ts";
import { openWorkshop, reaches, type Workshop } from "./project-of-discs.ts";

/** Seconds, not minutes. */
export const QUICK = { size: 32, width: 4, batchSize: 8, validateEvery: 10 };

let added = 0;
/** As many bright discs as `count`, on noise. */
export async function addDiscs(shop: Workshop, count: number, split: Split | null, side = 32): Promise<number> {
  const seed = added++;
  const random = new Random("discs", seed);
  const centers = Array.from({ length: count }, (_, at) => [8 + 14 * (at % 2), 8 + 14 * (at >> 1)] as const);
  const data = Uint8Array.from({ length: side * side }, (_, at) => {
    const isIn = centers.some(([x, y]) => Math.hypot((at % side) - x, Math.floor(at / side) - y) < 5);
    return Math.round((isIn ? 190 : 60) + random.between(-20, 20));
  });
  const sourceBytes = await encodePng(data, side, side, 1);
  const picture = newPicture(`discs-${seed}`, sourceBytes, { width: side, height: side }, { caseName: `case ${seed}` });
  return shop.project.images.add(picture, { split }).frameIds[0]!;
}

export interface Graded {
  shop: Workshop;
  grade: LabelDefinition;
  number: LabelDefinition;
  frames: Record<Split, number[]>;
}

/** Images of one to three discs with their grade and number; some of the unlabelled split without. */
export async function openGraded({ train = 12, val = 6, unlabelled = 3, test = 3 } = {}): Promise<Graded> {
  const shop = await openWorkshop();
  const { project } = shop;
  const grade = project.labelDefinitions.add({ name: "stage", kind: "grade", options: ["one", "two", "three"] });
  const number = project.labelDefinitions.add({ name: "discs", kind: "number", unit: "pieces", minimum: 0 });
  const frames: Record<Split, number[]> = { train: [], val: [], test: [], unlabelled: [] };
  for (const [split, count] of Object.entries({ train, val, unlabelled, test }) as [Split, number][]) {
    for (let at = 0; at < count; at++) {
      const discs = 1 + (at % 3);
      const frameId = await addDiscs(shop, discs, split);
      frames[split].push(frameId);
      if (split === "unlabelled") continue;
      project.labels.set(grade.labelId, frameId, grade.options[discs - 1]!);
      project.labels.set(number.labelId, frameId, discs);
    }
  }
  return { shop, grade, number, frames };
}

/** Killed at each of these steps and resumed, a training ends with the checkpoint, model and figures of one that was left alone. */
export async function expectSameBitsWhenKilled(
  { project, queue, processes }: Workshop,
  request: TrainingRequest,
  steps: readonly number[],
): Promise<void> {
  const whole = await queue.finished(queue.submitTraining(request).runId);
  expect(whole.problem).toBeNull();
  const { runId } = queue.submitTraining(request);
  for (const step of steps) {
    await reaches(queue, runId, step);
    processes.at(-1)!.kill();
    expect(await queue.finished(runId)).toMatchObject({ state: "interrupted" });
    queue.resume(runId);
  }
  const run = await queue.finished(runId);
  expect(run).toMatchObject({ state: "done", step: whole.step });
  expect(project.runs.checkpoint(runId, "last")).toEqual(project.runs.checkpoint(whole.runId, "last"));
  expect(project.models.weights(run.modelId!)).toEqual(project.models.weights(whole.modelId!));
  expect(project.models.onnx(run.modelId!)).toEqual(project.models.onnx(whole.modelId!));
  expect(project.runs.metrics(runId)).toEqual(project.runs.metrics(whole.runId));
}
