/** @file Learning with unlabelled images on generated arrays: BCP and mean teacher learn, repeat themselves to the bit, and keep labels out. */
import { expect, test } from "vitest";
import type { CaseSource, FrameRole } from "../../src-main/dataset/index.ts";
import { decodeSafetensors } from "../../src-main/engine/safetensors.ts";
import {
  findMethod,
  type Reviewer,
  type StartRequest,
  type TrainingSession,
  type VolumeFacts,
} from "../../src-main/methods/index.ts";
import { dice } from "../../src-main/metrics/index.ts";
import { sentenceOf } from "../../src-main/problem/index.ts";
import { decodeLabelMap, encodeLabelMap, type LabelMap } from "../../src-main/voxels/index.ts";
import { disc } from "../runs/project-of-discs.ts";

const methods = [findMethod("bcp"), findMethod("mean-teacher")];
const bcp = methods[0]!;
const small = {
  size: 32,
  width: 4,
  depth: 2,
  halfBatch: 2,
  validateEvery: 4,
  learningRate: 0.01,
  emaDecay: 0.9,
} as const;

/** Discs with the roles given; asking for the label of an unlabelled one is a failure of its own. */
function discs(roles: readonly FrameRole[]): CaseSource {
  const made = roles.map((_, index) => disc(index));
  return {
    frames: roles.map((role, frameId) => ({ frameId, caseId: frameId, role, hasLabelMap: role !== "unlabelled" })),
    frame: (frameId) => Promise.resolve(made[frameId]!.frame),
    labelMap: (frameId) => {
      if (roles[frameId] === "unlabelled") throw new Error("an unlabelled frame was asked for its label");
      return Promise.resolve(decodeLabelMap(made[frameId]!.mask));
    },
  };
}

const ROLES: readonly FrameRole[] = [
  ...(["train", "train", "train", "train"] as const),
  "validate",
  ...Array.from({ length: 6 }, () => "unlabelled" as const),
];

function request(change: Partial<StartRequest> = {}, roles = ROLES): StartRequest {
  return {
    cases: discs(roles),
    settings: { ...small, steps: 12 },
    seed: 1,
    device: "cpu",
    classes: [{ value: 1, name: "disc" }],
    channels: 1,
    ...change,
  };
}

/** As the run process does it: validates when it is time, and tells the score. */
async function advance(session: TrainingSession, steps: number, judged: (map: LabelMap) => number = () => 0.5) {
  const losses: Record<string, number>[] = [];
  for (let count = 0; count < steps; count++) {
    losses.push(await session.runStep());
    if (session.step % session.validateEvery !== 0) continue;
    let score: number | null = null;
    await session.validate((_, map) => void (score = judged(map)));
    await session.validated?.(score);
  }
  return losses;
}

test.each(methods)("$id learns, and its model predicts what the session validated", async (method) => {
  const cases = discs(ROLES);
  const settings = { ...small, steps: 60, validateEvery: 20, deploy: "student" };
  const session = await method.start(request({ cases, settings }));
  expect(session.steps).toBe(60);
  const losses = await advance(session, 60);
  const mean = (part: typeof losses) => part.reduce((sum, { loss }) => sum + loss!, 0) / part.length;
  expect(mean(losses.slice(-5))).toBeLessThan(0.8 * losses[method.id === "bcp" ? 15 : 0]!["loss"]!);
  const validated = new Map<string, Uint8Array>();
  await session.validate((_, map) => void validated.set("student", map.data));
  expect(Object.keys(session.alsoValidate!)).toEqual(["teacher"]);
  await session.alsoValidate!["teacher"]!((_, map) => void validated.set("teacher", map.data));
  const truth = (await cases.labelMap(4)).data;
  expect(dice(validated.get("student")!, truth)).toBeGreaterThan(0.6);

  const onnx = await session.exportOnnx();
  const frame = await cases.frame(4);
  const predictor = await method.openPredictor(onnx, "cpu");
  expect(predictor.classes).toEqual([{ value: 1, name: "disc" }]);
  expect(dice((await predictor.predict(frame)).labelMap.data, validated.get("student")!)).toBeGreaterThan(0.995);

  const reviewer = (await method.openReviewer!(await session.weights(), "cpu")) as Reviewer;
  const both = await reviewer.infer(frame);
  for (const which of ["student", "teacher"] as const) {
    expect(dice(both[which].prediction().labelMap.data, validated.get(which)!)).toBeGreaterThan(0.995);
  }
  const views = new Float32Array(2 * 32 * 32).fill(0.3);
  const said = await reviewer.probabilities("teacher", views, 2);
  expect(said).toHaveLength(2 * 2 * 32 * 32);
  expect(said[0]! + said[32 * 32]!).toBeCloseTo(1, 5);
  await reviewer.release();
  await predictor.release();
  await session.release();
});

test.each(methods)("$id resumed anywhere goes on with the same bits, from one stage into the next", async (method) => {
  for (const at of [2, 3, 5]) {
    const whole = await method.start(request());
    await advance(whole, at);
    const checkpoint = await whole.checkpoint();
    const expected = await advance(whole, 4);
    const resumed = await method.start(request({ resume: checkpoint }));
    expect(resumed.step).toBe(at);
    expect(await advance(resumed, 4)).toEqual(expected);
    expect(decodeSafetensors(await resumed.checkpoint())).toEqual(decodeSafetensors(await whole.checkpoint()));
    await Promise.all([whole.release(), resumed.release()]);
  }
});

test("T17 the same seed sees the same images and masks, another seed others", async () => {
  const run = async (seed: number) => {
    const session = await bcp.start(request({ seed }));
    const losses = await advance(session, 6);
    await session.release();
    return losses;
  };
  const first = await run(3);
  expect(await run(3)).toEqual(first);
  expect(await run(4)).not.toEqual(first);
});

test("T17 no label of an unlabelled image can be reached: not in the data, and not by a role", async () => {
  const withLabels: CaseSource = {
    ...discs(ROLES),
    frames: discs(ROLES).frames.map((frame) => ({ ...frame, hasLabelMap: true })),
  };
  await expect(bcp.start(request({ cases: withLabels }))).rejects.toThrow(/unlabelled, but its label map is there/);
  await expect(bcp.start(request({}, [...ROLES, "evaluate"]))).rejects.toThrow(/training must not see it/);
});

test("the best step of pre-training goes on into student and teacher; the last one where that is asked for", async () => {
  const scores = [0.9, 0.1];
  const statesAfter = async (keep: "best" | "last") => {
    const settings = { ...small, steps: 12, pretrainShare: 0.5, validateEvery: 3, keep };
    const session = await bcp.start(request({ settings }));
    const seen: Record<string, Float32Array>[] = [];
    for (let step = 1; step <= 6; step++) {
      await session.runStep();
      if (step % 3 !== 0) continue;
      await session.validated!(scores[step / 3 - 1]!);
      seen.push(await networksOf(session));
    }
    expect(session.isCandidate).toBe(false);
    // A learning rate of next to nothing cannot be set here: instead the teacher tells, which moves by a tenth of a step.
    await session.runStep();
    const after = await networksOf(session);
    await session.release();
    return { seen, after };
  };
  const distance = (a: Float32Array, b: Float32Array) => Math.hypot(...a.map((value, at) => value - b[at]!));
  const name = "teacher.encoder.1.conv.0.weight";
  const best = await statesAfter("best");
  expect(distance(best.after[name]!, best.seen[0]![name]!)).toBeLessThan(
    distance(best.after[name]!, best.seen[1]![name]!),
  );
  const last = await statesAfter("last");
  expect(distance(last.after[name]!, last.seen[1]![name]!)).toBeLessThan(
    distance(last.after[name]!, last.seen[0]![name]!),
  );
});

async function networksOf(session: TrainingSession): Promise<Record<string, Float32Array>> {
  const { tensors } = decodeSafetensors(await session.weights());
  return Object.fromEntries(Object.entries(tensors).map(([name, { data }]) => [name, data as Float32Array]));
}

test.each<StartRequest["settings"]>([
  { mixing: "in" },
  { mixing: "out", dice: "image" },
  { mixing: "none" },
  { mixing: "none", useUnlabelled: false, pretraining: "plain" },
  { useUnlabelled: false },
  { alpha: 1, components: "all" },
  { maskShape: "cells", maskPerImage: true },
  { maskShape: "slab", maskRatio: "1/2", jointForward: true },
  { teacherMode: "eval", teacherStatistics: "copy", deploy: "teacher" },
  { teacherStatistics: "own", components: "large", componentArea: 1 },
  { strongIntensities: true, confidenceMargin: 0.5 },
  { cleanStatistics: true, optimizer: "sgd", schedule: "cosine", augmentation: "paper" },
  { augmentation: "any", dropout: false, keepMoments: false, components: "several", connectivity: "sides" },
])("BCP runs with %o, and its steps repeat", async (change) => {
  const settings = { ...small, steps: 6, validateEvery: 2, pretrainShare: 0.34, ...change };
  const run = async () => {
    const session = await bcp.start(request({ settings }));
    const losses = await advance(session, 6);
    const weights = await session.weights();
    const onnx = await session.exportOnnx();
    await session.release();
    return { losses, weights, onnx };
  };
  const first = await run();
  for (const { loss } of first.losses) expect(loss).toBeGreaterThan(0);
  expect(await run()).toEqual(first);
});

test("measured statistics change what is exported, not how training goes on", async () => {
  const settings = { ...small, steps: 12, validateEvery: 2 };
  const [plain, clean] = [
    await bcp.start(request({ settings })),
    await bcp.start(request({ settings: { ...settings, cleanStatistics: true } })),
  ];
  expect(await advance(clean, 8)).toEqual(await advance(plain, 8));
  const [a, b] = [await networksOf(plain), await networksOf(clean)];
  const differing = Object.keys(a).filter((name) => a[name]!.some((value, at) => value !== b[name]![at]));
  expect(differing.length).toBeGreaterThan(0);
  expect(differing.every((name) => /running(Mean|Variance)$/.test(name))).toBe(true);
  await Promise.all([plain.release(), clean.release()]);
});

test("going on from a model starts with both networks and without pre-training", async () => {
  const first = await bcp.start(request());
  await advance(first, 12);
  const weights = await first.weights();
  const second = await bcp.start(request({ from: weights, settings: { ...small, steps: 4 } }));
  expect(await networksOf(second)).toEqual(await networksOf(first));
  expect(Object.keys(await second.runStep())).toContain("outLoss");
  await expect(bcp.start(request({ from: weights, settings: { ...small, width: 8, steps: 4 } }))).rejects.toThrow(
    /cannot start from this model/,
  );
  await Promise.all([first.release(), second.release()]);
});

test("one labelled image is enough to run", async () => {
  const session = await bcp.start(request({ settings: { ...small, steps: 4 } }, ["train", "validate", "unlabelled"]));
  await advance(session, 4);
  expect(session.isCandidate).toBe(true);
  await session.release();
});

test("a mask of another size than its image is refused by name", async () => {
  const cases: CaseSource = {
    ...discs(ROLES),
    labelMap: () => Promise.resolve(decodeLabelMap(encodeLabelMap({ width: 8, height: 8, data: new Uint8Array(64) }))),
  };
  const session = await bcp.start(request({ cases }));
  await expect(session.runStep()).rejects.toThrow(/mask of image \d+ has another size/);
  await session.release();
});

const NO_VOLUMES = {
  labelled: 0,
  validated: 0,
  unlabelled: 0,
  leftOut: 0,
  longest: 0,
  apart: null,
  broken: [],
} satisfies VolumeFacts;

test("what to know of the data is said before a run", () => {
  const facts = {
    labelled: 1,
    shown: 1,
    validated: 1,
    unlabelled: 5,
    gray: 3,
    color: 3,
    side: 48,
    volumes: NO_VOLUMES,
  };
  const classes = [
    { value: 1, name: "liver", frames: 1 },
    { value: 2, name: "spleen", frames: 0 },
  ];
  const remarks = bcp.remarks!({ ...facts, classes }, {}).map(sentenceOf);
  expect(remarks.join(" ")).toMatch(/shows spleen/);
  expect(remarks.join(" ")).toMatch(/3 gray and 3 in colour/);
  expect(remarks.join(" ")).toMatch(/Only one image is annotated/);
  expect(bcp.remarks!({ ...facts, labelled: 2, gray: 0, classes: [classes[0]!] }, {})).toEqual([]);
  expect(() => bcp.remarks!({ ...facts, classes: [classes[1]!] }, {})).toThrow(
    /No annotated training image shows any class/,
  );
});

test.each(methods)("the presets of $id fit its settings", (method) => {
  for (const preset of method.presets!) {
    const facts = {
      labelled: 4,
      shown: 4,
      validated: 2,
      unlabelled: 20,
      classes: [],
      gray: 24,
      color: 0,
      side: 512,
      volumes: NO_VOLUMES,
    };
    const fitted = preset.fitted?.(facts, { cores: 2, memoryBytes: 8e9 }) ?? {};
    expect(method.parse({ ...fitted, ...preset.settings }).steps).toBeGreaterThan(1);
  }
});
