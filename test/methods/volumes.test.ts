/** @file Learning from series as volumes: BCP and mean teacher learn, go on to the bit, keep labels out, and label series of any size. */
import { expect, test } from "vitest";
import type { CaseSource, FrameRole } from "../../src-main/dataset/index.ts";
import { decodeSafetensors } from "../../src-main/engine/safetensors.ts";
import { loadOnnx, type NotEnoughMemoryError } from "../../src-main/engine/runtime/index.ts";
import {
  findMethod,
  type StartRequest,
  type TrainingSession,
  type VolumeReviewer,
} from "../../src-main/methods/index.ts";
import { sentenceOf } from "../../src-main/problem/index.ts";
import { startWithin } from "../../src-main/runs/memory.ts";
import { countOverlap } from "../../src-main/metrics/index.ts";
import type { LabelMap } from "../../src-main/voxels/index.ts";
import { ball, BALL_SIZE, balls } from "./balls.ts";

const methods = [findMethod("bcp"), findMethod("mean-teacher")];
const bcp = methods[0]!;
const small = {
  dimensions: "3",
  size: 16,
  slices: 8,
  width: 4,
  depth: 3,
  halfBatch: 1,
  dropout: false,
  validateEvery: 4,
  learningRate: 0.01,
  emaDecay: 0.9,
} as const;

const ROLES: readonly FrameRole[] = ["train", "train", "validate", "unlabelled", "unlabelled", "unlabelled"];
const DEPTH = BALL_SIZE[0];

function request(change: Partial<StartRequest> = {}, roles = ROLES): StartRequest {
  return {
    cases: balls(roles),
    settings: { ...small, steps: 12 },
    seed: 1,
    device: "cpu",
    classes: [{ value: 1, name: "ball" }],
    channels: 1,
    ...change,
  };
}

/** As the run process does it, with a score that does not matter. */
async function advance(session: TrainingSession, steps: number) {
  const losses: Record<string, number>[] = [];
  for (let count = 0; count < steps; count++) {
    losses.push(await session.runStep());
    if (session.step % session.validateEvery !== 0) continue;
    await session.validate(() => undefined);
    await session.validated?.(0.5);
  }
  return losses;
}

/** Of all slices together. */
function volumeDice(predicted: readonly LabelMap[], truth: readonly LabelMap[]): number {
  const sums = { both: 0, either: 0 };
  predicted.forEach(({ data, width, height }, index) => {
    expect([height, width]).toEqual(BALL_SIZE.slice(1));
    const { both, onlyA, onlyB } = countOverlap(data, truth[index]!.data);
    sums.both += 2 * both;
    sums.either += 2 * both + onlyA + onlyB;
  });
  return sums.both / sums.either;
}

test.each(methods)(
  "$id learns from volumes, and its model labels a series as the session validated it",
  async (method) => {
    const settings = { ...small, steps: 80, validateEvery: 100 };
    const session = await method.start(request({ settings }));
    expect(session.judgesVolumes).toBe(true);
    const losses = await advance(session, 80);
    const mean = (part: typeof losses) => part.reduce((sum, { loss }) => sum + loss!, 0) / part.length;
    const first = method.id === "bcp" ? 20 : 0;
    expect(mean(losses.slice(-8))).toBeLessThan(0.8 * mean(losses.slice(first, first + 5)));

    const validated = new Map<number, LabelMap>();
    await session.validate((frameId, map) => void validated.set(frameId, map));
    const { frames, labelMaps } = ball(2);
    expect([...validated.keys()]).toEqual(Array.from({ length: DEPTH }, (_, slice) => 2 * DEPTH + slice));
    expect(volumeDice([...validated.values()], labelMaps)).toBeGreaterThan(0.7);

    const onnx = await session.exportOnnx();
    const loaded = await loadOnnx(onnx, "cpu");
    expect(loaded.metadata).toMatchObject({
      dimensions: "3",
      slices: "8",
      size: "16",
      normalization: "volume-z-score",
    });
    await loaded.release();
    const predictor = await method.openPredictor(onnx, "cpu");
    const shares: number[] = [];
    const slices = { count: DEPTH, slice: (index: number) => Promise.resolve(frames[index]!) };
    const predictions = [...(await predictor.predictVolume!(slices, (share) => void shares.push(share)))];
    predictions.forEach(({ labelMap, confidence, expectedDice }, index) => {
      expect(labelMap).toEqual(validated.get(2 * DEPTH + index));
      expect(confidence).toHaveLength(labelMap.data.length);
      expect(expectedDice).toBeGreaterThanOrEqual(0);
    });
    expect(shares[0]).toBe(0);
    expect(shares.at(-1)).toBeLessThan(1);
    await expect(predictor.predict(frames[0]!)).rejects.toThrow(/reads whole series, not single images/);
    await predictor.release();

    const reviewer = (await method.openReviewer!(await session.weights(), "cpu")) as VolumeReviewer;
    expect(reviewer.kind).toBe("volumes");
    const one = await reviewer.look(slices, 1);
    [...one.predictions(one.student)].forEach(({ labelMap }, index) => {
      expect(labelMap).toEqual(validated.get(2 * DEPTH + index)); // the student is the model
    });
    const told: number[] = [];
    const four = await reviewer.look(slices, 4, (share) => void told.push(share));
    expect(told).toEqual(told.toSorted((a, b) => a - b));
    expect([four.size, four.winners.length]).toEqual([BALL_SIZE, 4]);
    expect(four.winners[0]).toEqual(one.winners[0]);
    const voxels = four.values.length;
    for (let voxel = 0; voxel < voxels; voxel += 97) {
      expect(four.teacher[voxel]! + four.teacher[voxels + voxel]!).toBeCloseTo(1, 5);
    }
    const seen = [...four.predictions(four.teacher)].map(({ labelMap }) => labelMap);
    expect(volumeDice(seen, labelMaps)).toBeGreaterThan(0.6);
    expect(four.pseudoLabel(four.winners[0]!).some((label, voxel) => label > four.winners[0]![voxel]!)).toBe(false);
    await reviewer.release();
    await session.release();
  },
);

test.each(methods)("$id on volumes resumed anywhere goes on with the same bits", async (method) => {
  for (const at of [2, 5]) {
    const whole = await method.start(request());
    await advance(whole, at);
    const checkpoint = await whole.checkpoint();
    const expected = await advance(whole, 3);
    const resumed = await method.start(request({ resume: checkpoint }));
    expect(await advance(resumed, 3)).toEqual(expected);
    expect(decodeSafetensors(await resumed.checkpoint())).toEqual(decodeSafetensors(await whole.checkpoint()));
    await Promise.all([whole.release(), resumed.release()]);
  }
});

test.each<StartRequest["settings"]>([
  { mixing: "in", dice: "batch", augmentation: "none" },
  { useUnlabelled: false, augmentation: "paper" },
  { maskShape: "cells", components: "several", connectivity: "edges", cleanStatistics: true },
  { maskShape: "slab", components: "large", componentArea: 1, connectivity: "sides", maskPerImage: true, halfBatch: 2 },
  { strongIntensities: true, confidenceMargin: 0.5, dropout: true, intensities: "abdomen", sliceSide: 20 },
  { optimizer: "sgd", schedule: "tenths", teacherMode: "eval", jointForward: true },
])("BCP runs on volumes with %o", async (change) => {
  const settings = { ...small, steps: 4, validateEvery: 2, pretrainShare: 0.5, ...change };
  const session = await bcp.start(request({ settings }));
  for (const { loss } of await advance(session, 4)) expect(loss).toBeGreaterThan(0);
  await session.release();
});

test("a patch larger than a series is filled up with nothing, and the labels come back at the size of the slices", async () => {
  const size = [3, 13, 9] as const;
  const cases: CaseSource = balls(ROLES, size as unknown as typeof BALL_SIZE);
  const session = await bcp.start(request({ cases, settings: { ...small, steps: 2, pretrainShare: 0.5 } }));
  await advance(session, 2);
  const shapes: number[][] = [];
  await session.validate((_, { width, height }) => void shapes.push([height, width]));
  expect(shapes).toEqual(Array.from({ length: 3 }, () => [13, 9]));
  await session.release();
});

test("series of different slice counts and sizes are learned from, judged and proposed for together", async () => {
  const sizes = [
    [10, 22, 26],
    [7, 30, 18],
    [2, 16, 16],
    [19, 20, 40],
  ] as const;
  const roles: readonly FrameRole[] = ["train", "train", "validate", "unlabelled"];
  const made = sizes.map((size, index) => balls([roles[index]!], size as unknown as typeof BALL_SIZE));
  const at = (frameId: number) => [made[Math.floor(frameId / 100)]!, frameId % 100] as const;
  const cases: CaseSource = {
    frames: made.flatMap(({ frames }, index) =>
      frames.map((frame) => ({
        ...frame,
        frameId: 100 * index + frame.frameId,
        caseId: index,
        volume: { id: index, slices: sizes[index]![0] },
      })),
    ),
    frame: (frameId) => at(frameId)[0].frame(at(frameId)[1]),
    labelMap: (frameId) => at(frameId)[0].labelMap(at(frameId)[1]),
  };
  const settings = { ...small, steps: 6, pretrainShare: 0.5 };
  const session = await bcp.start(request({ cases, settings }));
  for (const { loss } of await advance(session, 6)) expect(loss).toBeGreaterThan(0);
  const judged: number[][] = [];
  await session.validate((frameId, { width, height }) => void judged.push([frameId, height, width]));
  expect(judged).toEqual([
    [200, 16, 16],
    [201, 16, 16],
  ]);
  const reviewer = (await bcp.openReviewer!(await session.weights(), "cpu")) as VolumeReviewer;
  for (const [index, size] of sizes.entries()) {
    const slices = { count: size[0], slice: (slice: number) => cases.frame(100 * index + slice) };
    const { teacher, predictions } = await reviewer.look(slices, 1);
    expect([...predictions(teacher)].map(({ labelMap }) => labelMap.data.length)).toEqual(
      Array.from({ length: size[0] }, () => size[1] * size[2]),
    );
  }
  await reviewer.release();
  await session.release();
});

test("series that are labelled in part, or not wholly there, lend no labels", async () => {
  const source = balls(["train", "train", "train", "validate", "unlabelled"]);
  const asked: number[] = [];
  const cases: CaseSource = {
    frames: source.frames.flatMap((frame) => {
      if (frame.frameId === 2 * DEPTH + 4) return [{ ...frame, role: "unlabelled", hasLabelMap: false }];
      return frame.frameId === DEPTH + 1 ? [] : [frame];
    }),
    frame: (frameId) => source.frame(frameId),
    labelMap(frameId) {
      asked.push(Math.floor(frameId / DEPTH));
      return source.labelMap(frameId);
    },
  };
  const session = await bcp.start(request({ cases, settings: { ...small, steps: 4, pretrainShare: 0.25 } }));
  for (let step = 0; step < 4; step++) await session.runStep();
  expect(new Set(asked)).toEqual(new Set([0]));
  await session.release();
});

test("slices of different sizes are refused in a sentence", async () => {
  const source = balls(ROLES);
  const other = ball(7, [DEPTH, 12, 12]).frames[0]!;
  const cases = {
    ...source,
    frame: (frameId: number) => (frameId % DEPTH === 3 ? Promise.resolve(other) : source.frame(frameId)),
  };
  const session = await bcp.start(request({ cases }));
  await expect(session.runStep()).rejects.toThrow(/is no volume/);
  await session.release();
});

test("patches that do not fit into memory are refused before the first step, with smaller ones", async () => {
  const settings = { ...small, size: 48, slices: 16, halfBatch: 2, steps: 4 };
  const refused = (memoryLimit: number): Promise<unknown> =>
    startWithin(bcp, request({ settings, resources: { memoryLimit } })).catch((error: unknown) => error);
  const { needed } = (await bcp
    .start(request({ settings, resources: { memoryLimit: 1 } }))
    .catch((error: unknown) => error)) as NotEnoughMemoryError;
  expect(await refused(0.8 * needed)).toMatchObject({
    code: "not-enough-memory",
    hint: expect.stringMatching(/patches \(settings size and slices\)/) as string,
    settings: { halfBatch: 1 },
  });
  expect(await refused(0.3 * needed)).toMatchObject({
    settings: { halfBatch: 1, size: expect.toSatisfy((size) => size < 48) as number, slices: 12 },
  });
});

test("a model of single images is no start for volumes, and none of volumes for single images", async () => {
  const first = await bcp.start(request());
  const from = await first.weights();
  const { dimensions: _, slices: _slices, ...flat } = small;
  await expect(bcp.start(request({ from, settings: { ...flat, steps: 4 } }))).rejects.toThrow(/cannot start from this/);
  const second = await bcp.start(request({ from, settings: { ...small, steps: 2 } }));
  expect(Object.keys(await second.runStep())).toContain("outLoss");
  await Promise.all([first.release(), second.release()]);
});

test("what volumes need is said before a run", () => {
  const volumes = { labelled: 2, validated: 1, unlabelled: 3, leftOut: 0, longest: 40, apart: null, broken: [] };
  const facts = { labelled: 20, shown: 20, validated: 10, unlabelled: 30, gray: 60, color: 0, side: 48 };
  const classes = [{ value: 1, name: "ball", frames: 9 }];
  const said = (change: Partial<typeof volumes> | { broken: { name: string; reason: string }[] }, settings = {}) =>
    bcp.remarks!(
      { ...facts, classes, volumes: { ...volumes, ...change } },
      bcp.parse({ dimensions: "3", ...settings }),
    ).map(sentenceOf);
  expect(said({})).toEqual([]);
  expect(said({ leftOut: 4, longest: 9, labelled: 1 }).join(" ")).toMatch(
    /4 images are left out.*9 slices.*one series/,
  );
  expect(() => said({ labelled: 0 })).toThrow(/No series of the training split has masks on all/);
  expect(() => said({ validated: 0 })).toThrow(/No series of the validation split/);
  expect(() => said({ unlabelled: 0 })).toThrow(/No series to learn from is without masks/);
  expect(said({ unlabelled: 0 }, { useUnlabelled: false })).toEqual([]);
  expect(() => said({}, { augmentation: "any" })).toThrow(/augmentation "any"/);
  expect(() => said({}, { slices: 12, depth: 4 })).toThrow(/depth 4 cannot take patches of 12 slices/);
  expect(() => said({ broken: [{ name: "a", reason: "Several lie at one place." }] })).toThrow(/no volume/);
});
