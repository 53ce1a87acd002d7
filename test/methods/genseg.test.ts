/** @file GenSeg on blobs made by numbers: it paints, outlines, searches, repeats itself to the bit, and asks for nothing that is not its own. */
import { expect, test } from "vitest";
import type { CaseSource, FrameRole } from "../../src-main/dataset/index.ts";
import { decodeSafetensors } from "../../src-main/engine/safetensors.ts";
import { findMethod, type StartRequest, type TrainingSession } from "../../src-main/methods/index.ts";
import { sentenceOf } from "../../src-main/problem/index.ts";
import { createLabelMap } from "../../src-main/voxels/index.ts";
import { blobStudy } from "../experiments/blob-phantom.ts";

const genseg = findMethod("genseg");
/** Discretised steps are as many as the method makes them. */
const DISCRETISED = 300;
const small = {
  size: 16,
  batchSize: 2,
  generatorWidth: 4,
  generatorWidest: 8,
  discriminatorWidth: 4,
  width: 2,
  depth: 2,
  generatorSteps: 3,
  steps: 6,
  searchEvery: 2,
  validateEvery: 2,
  learningRate: 0.01,
  architectureRate: 0.05,
} as const;

const ROLES: readonly FrameRole[] = ["train", "train", "train", "validate", "validate"];

function request(
  change: Partial<StartRequest> = {},
  study = blobStudy(1, { learned: 5, judged: 0, side: 16 }),
): StartRequest {
  const cases: CaseSource = {
    ...study,
    frames: ROLES.map((role, index) => ({ frameId: index + 1, caseId: index + 1, role, hasLabelMap: true })),
  };
  return { cases, settings: small, seed: 3, device: "cpu", classes: study.classes, channels: 1, ...change };
}

async function runTo(session: TrainingSession, step: number): Promise<Record<string, number>[]> {
  const figures: Record<string, number>[] = [];
  while (session.step < step) figures.push(await session.runStep());
  return figures;
}

test("paints alone, then outlines as well, with the search in every second step after its warm-up", async () => {
  const session = await genseg.start(request());
  expect(session.steps).toBe(9);
  const figures = await runTo(session, 9);
  const names = figures.map((one) => Object.keys(one));
  for (const own of names.slice(0, 3)) {
    const figuresAlone = own.filter((name) => !name.startsWith("share/"));
    expect(figuresAlone).toEqual(["loss", "generatorL1", "generatorAdversarial", "discriminator"]);
  }
  for (const [place, own] of names.slice(3).entries()) {
    expect(own).toContain("second");
    expect(own.includes("generatorL1")).toBe(place % 2 === 1);
    expect(own.includes("architectureSlope")).toBe(place % 2 === 1);
  }
  expect(figures.at(-1)!["architectureSlope"]).toBeGreaterThan(0);
  expect(figures.at(-1)!["architectureEntropy"]).toBeLessThan(1);
  await session.release();
});

test("tells the shares of each cell before the search and at each validation, and of a cut cell what was kept", async () => {
  const session = await genseg.start(request({ settings: { ...small, steps: 5, discretise: "argmax" } }));
  const figures = await runTo(session, session.steps);
  const sharesOf = (one: Record<string, number>) => Object.entries(one).filter(([name]) => name.startsWith("share/"));
  const told = figures.flatMap((one, at) => (sharesOf(one).length > 0 ? [at + 1] : []));
  expect(told.slice(0, 4)).toEqual([2, 3, 4, 6]);
  expect(told.at(-1)).toBe(session.steps);
  const cells = [0, 1].flatMap((cell) => [4, 6, 8].map((kernel) => `share/up/${cell}/${kernel}`));
  expect(sharesOf(figures[2]!).map(([name]) => name)).toEqual(cells);
  for (const [, share] of sharesOf(figures[2]!)) expect(share).toBeCloseTo(1 / 3, 2);
  const kept = sharesOf(figures.at(-1)!).map(([, share]) => share);
  expect(kept.toSorted()).toEqual([0, 0, 0, 0, 1, 1]);
  await session.release();
});

test("reads images to validate on for the search alone, and asks for no others than its own", async () => {
  const asked: number[] = [];
  const study = blobStudy(1, { learned: 5, judged: 0, side: 16 });
  const watched = {
    ...study,
    frame: (frameId: number) => (asked.push(frameId), study.frame(frameId)),
    labelMap: (frameId: number) => (asked.push(frameId), study.labelMap(frameId)),
  };
  const { cases } = request({}, watched);
  // A sixth frame, to judge on: nobody asks for it.
  const judged = { frameId: 99, caseId: 99, role: "judge", hasLabelMap: true } as const;
  const session = await genseg.start(request({ cases: { ...cases, frames: [...cases.frames, judged] } }));
  const [validated, first] = [[4, 5], 4]; // the search begins with the fifth step: the second of the joint ones
  await runTo(session, first);
  expect(asked.filter((frameId) => validated.includes(frameId))).toEqual([]);
  await runTo(session, first + 1);
  expect(new Set(asked)).toEqual(new Set([1, 2, 3, ...validated]));
  await session.release();
});

test("validates once there is something to judge, and its model outlines", async () => {
  const session = await genseg.start(request());
  const judged: number[] = [];
  const judge = (frameId: number): void => void judged.push(frameId);
  await runTo(session, 3);
  await session.validate(judge);
  expect([judged, session.isCandidate]).toEqual([[], false]);
  await runTo(session, 4);
  await session.validate(judge);
  expect([judged, session.isCandidate]).toEqual([[4, 5], true]);
  const predictor = await genseg.openPredictor(await session.exportOnnx(), "cpu");
  const { labelMap } = await predictor.predict(await request().cases.frame(1));
  expect([labelMap.width, labelMap.height]).toEqual([16, 16]);
  await predictor.release();
  await session.release();
});

test.each([
  ["while it paints alone", 2, {}],
  ["while it outlines", 6, {}],
  ["by differences and both routes", 6, { hypergradient: "differences", route: "both" }],
  ["after its cells were cut", 11, { discretise: "argmax" }],
] as const)("goes on from a checkpoint to the bit %s", async (_, stop, change) => {
  const settings = { ...small, ...change };
  const end = stop + 3;
  const whole = await genseg.start(request({ settings }));
  const expected = (await runTo(whole, end)).slice(stop);
  const first = await genseg.start(request({ settings }));
  await runTo(first, stop);
  const resume = await first.checkpoint();
  await first.release();
  const second = await genseg.start(request({ settings, resume }));
  expect(second.step).toBe(stop);
  expect(await runTo(second, end)).toEqual(expected);
  const weights = async (session: TrainingSession) => decodeSafetensors(await session.weights()).tensors;
  expect(await weights(second)).toEqual(await weights(whole));
  await whole.release();
  await second.release();
});

test("cut cells are named in the model, and the painter learns a little more with them", async () => {
  const session = await genseg.start(request({ settings: { ...small, discretise: "argmax" } }));
  expect(session.steps).toBe(9 + DISCRETISED);
  await runTo(session, 9);
  expect(session.isCandidate).toBe(false);
  await runTo(session, 11);
  const { metadata } = decodeSafetensors(await session.weights());
  const { kept } = JSON.parse(metadata["painter"]!) as { kept: number[] };
  expect(kept).toHaveLength(2);
  for (const kernel of kept) expect([0, 1, 2]).toContain(kernel);
  await session.release();
});

test.each([
  ["none", ["loss", "real"]],
  ["same", ["loss", "real", "second"]],
  ["moved", ["loss", "real", "second"]],
] as const)("without a painter: second half %s", async (second, names) => {
  const session = await genseg.start(request({ settings: { ...small, second } }));
  expect(session.steps).toBe(6);
  const [figures] = await runTo(session, 1);
  expect(Object.keys(figures!)).toEqual(names);
  const { tensors } = decodeSafetensors(await session.weights());
  expect(Object.keys(tensors).every((name) => name.startsWith("network."))).toBe(true);
  await session.release();
});

test("a painter that stays as it is, and mixtures that stay equal", async () => {
  const settings = { ...small, generator: "separate", architecture: "fixed" };
  const session = await genseg.start(request({ settings }));
  await runTo(session, 3);
  const before = decodeSafetensors(await session.weights()).tensors;
  await runTo(session, 9);
  const after = decodeSafetensors(await session.weights()).tensors;
  for (const [name, { data }] of Object.entries(after)) {
    if (name.startsWith("generator.")) expect(data).toEqual(before[name]!.data);
  }
  expect(Object.keys(after).some((name) => name.startsWith("generator."))).toBe(true);
  await session.release();
});

test("a DeepLab as segmenter: searched through, planned, resumed to the bit, and its model outlines and says what it is", async () => {
  const settings = { ...small, segmenter: "deeplab", size: 32, width: 4 };
  const reserved: number[] = [];
  const resources = { isPlanOnly: true, onReserved: (_: string, bytes: number) => void reserved.push(bytes) };
  const planned = await genseg.start(request({ settings, resources }));
  await planned.release();
  expect(Math.max(...reserved)).toBeGreaterThan(0);

  const session = await genseg.start(request({ settings }));
  const figures = await runTo(session, 7);
  expect(figures.at(-1)!["architectureSlope"]).toBeGreaterThan(0);
  const resumed = await genseg.start(request({ settings, resume: await session.checkpoint() }));
  expect(await runTo(resumed, 9)).toEqual(await runTo(session, 9));
  await resumed.release();
  const onnx = await session.exportOnnx();
  const predictor = await genseg.openPredictor(onnx, "cpu");
  const { labelMap } = await predictor.predict(await request().cases.frame(1));
  expect([labelMap.width, labelMap.height]).toEqual([16, 16]);
  await predictor.release();

  const weights = await session.weights();
  expect(decodeSafetensors(weights).metadata).toMatchObject({ method: "genseg", segmenter: "deeplab", depth: "4" });
  const generator = await genseg.openGenerator!(weights, "cpu");
  expect(generator.size).toBe(32);
  await generator.release();
  // A U-Net does not start from it.
  const segmentation = { size: 32, width: 4, depth: 4, steps: 1 };
  const onwards = findMethod("segment").start(request({ settings: segmentation, from: weights }));
  await expect(onwards).rejects.toThrow(/Its network is a DeepLab/);
  await session.release();
});

test("masks that are all empty are told before the first step", async () => {
  const study = blobStudy(1, { learned: 5, judged: 0, side: 16 });
  const empty = { ...study, labelMap: () => Promise.resolve(createLabelMap(16, 16)) };
  await expect(genseg.start(request({}, empty))).rejects.toThrow(/No new masks could be made/);
});

test.each([
  ["mixed", {}],
  ["cut", { discretise: "argmax" }],
] as const)(
  "its generator paints by itself, %s: an image is the same whatever is painted beside it",
  async (_, change) => {
    const session = await genseg.start(request({ settings: { ...small, size: 32, ...change } }));
    await runTo(session, 10);
    const generator = await genseg.openGenerator!(await session.weights(), "cpu");
    await session.release();
    expect([generator.size, generator.channels]).toEqual([32, 1]);
    const [cells, ...none] = generator.architecture();
    expect([cells!.half, cells!.shares.length, none]).toEqual(["up", 3, []]);
    for (const shares of cells!.shares) expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 5);
    const area = 32 * 32;
    const labelMaps = Uint8Array.from({ length: 2 * area }, (__, place) => +(place % 7 < 3));
    const together = await generator.paint(labelMaps, [
      ["seed", 1],
      ["seed", 2],
    ]);
    const alone = await generator.paint(labelMaps.subarray(area), [["seed", 2]]);
    const other = await generator.paint(labelMaps.subarray(area), [["seed", 3]]);
    for (const value of together) expect(value >= 0 && value <= 1).toBe(true);
    const difference = (a: Float32Array, b: Float32Array): number =>
      Math.max(...a.map((value, at) => Math.abs(value - b[at]!)));
    expect(difference(alone, together.slice(area))).toBeLessThan(1e-5);
    expect(difference(other, alone)).toBeGreaterThan(1e-5);
    await generator.release();
  },
);

test("a model without a generator says so", async () => {
  const session = await genseg.start(request({ settings: { ...small, second: "none" } }));
  const weights = await session.weights();
  await session.release();
  await expect(genseg.openGenerator!(weights, "cpu")).rejects.toThrow(/holds no generator/);
});

const facts = {
  labelled: 9,
  shown: 9,
  validated: 8,
  unlabelled: 0,
  classes: [{ value: 1, name: "blob", frames: 9 }],
  gray: 9,
  color: 0,
  side: 256,
  volumes: { labelled: 0, validated: 0, unlabelled: 0, leftOut: 9, longest: 0, apart: null, broken: [] },
};

test("says what too few masks and too few validation images mean", () => {
  const settings = genseg.parse({});
  expect(genseg.remarks!(facts, settings)).toEqual([
    { text: expect.stringMatching(/trains on the validation images/), values: {} },
  ]);
  expect(sentenceOf(genseg.remarks!({ ...facts, validated: 2 }, settings)[0]!)).toMatch(/listens to: 2, too few/);
  expect(() => genseg.remarks!({ ...facts, labelled: 3, shown: 3 }, settings)).toThrow(
    /A generator needs 4 annotated images/,
  );
  expect(genseg.remarks!({ ...facts, labelled: 3, shown: 3 }, genseg.parse({ second: "moved" }))).toEqual([]);
});

test("with fewer than 4 validation images the settings it offers leave the search out, and it says why", () => {
  const fitted = genseg.presets!.find(({ id }) => id === "fitted")!;
  const machine = { cores: 2, memoryBytes: 8e9 };
  const offered = (validated: number) =>
    genseg.parse({ ...fitted.fitted!({ ...facts, validated }, machine), ...fitted.settings });
  expect(offered(3)).toMatchObject({ generator: "separate", architecture: "fixed", augmentation: true });
  expect(genseg.remarks!({ ...facts, validated: 3 }, offered(3)).map(sentenceOf)).toEqual([
    expect.stringMatching(/^Validation images: 3, too few to lead a search/),
  ]);
  expect(offered(4)).toMatchObject({ architecture: "searched" });
  expect(genseg.remarks!({ ...facts, validated: 4 }, genseg.parse({ architecture: "fixed" }))).toEqual([]);
});

test("says from which size and width on it takes a DeepLab", () => {
  const deeplab = (change: Record<string, number>) => genseg.parse({ segmenter: "deeplab", ...change });
  expect(() => genseg.remarks!(facts, deeplab({ size: 16 }))).toThrow(/size = 16 is too small for DeepLab/);
  expect(() => genseg.remarks!(facts, deeplab({ width: 2 }))).toThrow(/width = 2 is too small for DeepLab/);
  for (const { fitted, settings } of genseg.presets!) {
    const machine = { cores: 2, memoryBytes: 8e9 };
    const all = genseg.parse({ ...fitted?.(facts, machine), ...settings, segmenter: "deeplab" });
    expect(() => genseg.remarks!(facts, all)).not.toThrow();
  }
});

test.each(["fitted", "no-search", "parity", "small"])("preset %s is made of settings that the method takes", (id) => {
  const preset = genseg.presets!.find((one) => one.id === id)!;
  for (const machine of [
    { cores: 2, memoryBytes: 8e9 },
    { cores: 16, memoryBytes: 64e9 },
  ]) {
    expect(() => genseg.parse({ ...preset.fitted?.(facts, machine), ...preset.settings })).not.toThrow();
  }
});
