/** @file The segment method on generated arrays: it learns, repeats itself to the bit, and exports what it learned. */
import { expect, test } from "vitest";
import type { CaseSource, FrameRole } from "../../src-main/dataset/index.ts";
import type { LoweringChoice, TuningCache } from "../../src-main/engine/runtime/index.ts";
import { findMethod, type StartRequest } from "../../src-main/methods/index.ts";
import { dice } from "../../src-main/metrics/index.ts";
import { decodeLabelMap, type Frame } from "../../src-main/voxels/index.ts";
import { disc } from "../runs/project-of-discs.ts";

const segment = findMethod("segment");
const small = { size: 32, width: 4, depth: 2, batchSize: 4, learningRate: 0.01 };

/** Discs with the roles given; `edit` changes frames. */
function discs(roles: FrameRole[], edit: (frame: Frame) => Frame = (frame) => frame): CaseSource {
  const made = roles.map((_, index) => disc(index));
  return {
    frames: roles.map((role, frameId) => ({ frameId, caseId: frameId, role, hasLabelMap: true })),
    frame: (frameId) => Promise.resolve(edit(made[frameId]!.frame)),
    labelMap: (frameId) => Promise.resolve(decodeLabelMap(made[frameId]!.mask)),
  };
}

function request(change: Partial<StartRequest> = {}): StartRequest {
  return {
    cases: discs(["train", "train", "train", "train", "validate"]),
    settings: { ...small, steps: 40 },
    seed: 1,
    device: "cpu",
    classes: [{ value: 1, name: "disc" }],
    channels: 1,
    ...change,
  };
}

test("the loss falls, and the exported model predicts what the session validated", async () => {
  const cases = discs(["train", "train", "train", "train", "validate"]);
  const session = await segment.start(request({ cases }));
  const losses: number[] = [];
  while (session.step < session.steps) losses.push((await session.runStep())["loss"]!);
  expect(losses.slice(-5).every((loss) => loss < losses[0]!)).toBe(true);
  const validated = new Map<number, Uint8Array>();
  await session.validate((frameId, map) => void validated.set(frameId, map.data));
  expect([...validated.keys()]).toEqual([4]);
  const predictor = await segment.openPredictor(await session.exportOnnx(), "cpu");
  expect(predictor.classes).toEqual([{ value: 1, name: "disc" }]);
  const { labelMap } = await predictor.predict(await cases.frame(4));
  expect(dice(labelMap.data, validated.get(4)!)).toBeGreaterThan(0.995);
  await predictor.release();
  await session.release();
});

test("a session resumed from a checkpoint goes on with the same bits", async () => {
  const whole = await segment.start(request());
  for (let step = 0; step < 6; step++) await whole.runStep();
  const checkpoint = await whole.checkpoint();
  const expected = [await whole.runStep(), await whole.runStep()];
  const resumed = await segment.start(request({ resume: checkpoint }));
  expect(resumed.step).toBe(6);
  expect([await resumed.runStep(), await resumed.runStep()]).toEqual(expected);
  expect(await resumed.weights()).toEqual(await whole.weights());
  await Promise.all([whole.release(), resumed.release()]);
});

test("a tuned session keeps its measured choices in the checkpoint: resumed without the measurements, it has the same bits", async () => {
  const settings = { ...small, steps: 40, tune: true };
  const kept = new Map<string, LoweringChoice>();
  const cache: TuningCache = {
    get: (name) => kept.get(name) ?? {},
    set: (name, choice) => void kept.set(name, choice),
  };
  await (await segment.start(request({ settings, tuning: cache }))).release();
  const [[machine, measured]] = [...kept] as [[string, LoweringChoice]];
  // The most general way everywhere: other bits than the rule's, whatever was measured.
  const general = Object.entries(measured).map(([key]): [string, string] => [
    key,
    key.startsWith("convolutionWeightGradient") ? "windows-of-x" : "conv-transpose",
  ]);
  kept.set(machine, Object.fromEntries(general));
  const whole = await segment.start(request({ settings, tuning: cache }));
  for (let step = 0; step < 3; step++) await whole.runStep();
  const checkpoint = await whole.checkpoint();
  const expected = [await whole.runStep(), await whole.runStep()];
  const resumed = await segment.start(request({ settings, resume: checkpoint }));
  expect([await resumed.runStep(), await resumed.runStep()]).toEqual(expected);
  expect(await resumed.weights()).toEqual(await whole.weights());
  const ruled = await segment.start(request());
  for (let step = 0; step < 5; step++) await ruled.runStep();
  expect(await ruled.weights()).not.toEqual(await whole.weights());
  await Promise.all([whole.release(), resumed.release(), ruled.release()]);
});

test("exporting earlier weights leaves the session as it was", async () => {
  const session = await segment.start(request());
  await session.runStep();
  const early = { weights: await session.weights(), onnx: await session.exportOnnx() };
  await session.runStep();
  const late = await session.checkpoint();
  expect(await session.exportOnnx({ weights: early.weights })).toEqual(early.onnx);
  expect(await session.checkpoint()).toEqual(late);
  await session.release();
});

test("several classes keep their values; color images make a network of three channels", async () => {
  const cases = discs(["train", "train", "validate"], (frame) => ({
    ...frame,
    channels: 3,
    photometric: "RGB",
    data: Uint8Array.from([...frame.data].flatMap((value) => [value, value, value])),
  }));
  const classes = [
    { value: 1, name: "disc" },
    { value: 7, name: "never drawn" },
  ];
  const session = await segment.start(request({ cases, classes, channels: 3 }));
  await session.runStep();
  const predictor = await segment.openPredictor(await session.exportOnnx(), "cpu");
  expect(predictor.classes).toEqual(classes);
  const prediction = await predictor.predict(disc(9).frame); // gray images do as well
  expect(prediction.labelMap).toMatchObject({ width: 48, height: 48 });
  await predictor.release();
  await session.release();
});

test("a frame of any other role than train and validate is refused", async () => {
  const cases = discs(["train", "validate", "evaluate"]);
  await expect(segment.start(request({ cases }))).rejects.toThrow("training must not see it");
});
