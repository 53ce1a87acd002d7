/** @file pix2pix on blobs made by numbers: it learns to paint, judges itself, repeats itself to the bit, and says what it is. */
import { expect, test } from "vitest";
import type { CaseSource, FrameRole } from "../../src-main/dataset/index.ts";
import { decodeSafetensors } from "../../src-main/engine/safetensors.ts";
import { findMethod, type StartRequest, type TrainingSession } from "../../src-main/methods/index.ts";
import { deserializeFrame, type Frame, serializeFrame } from "../../src-main/voxels/index.ts";
import { blobStudy } from "../experiments/blob-phantom.ts";

const pix2pix = findMethod("pix2pix");
const small = {
  size: 16,
  batchSize: 2,
  generatorWidth: 4,
  generatorWidest: 8,
  discriminatorWidth: 4,
  steps: 6,
  validateEvery: 2,
} as const;
const ROLES: readonly FrameRole[] = ["train", "train", "train", "validate", "validate"];

function request(change: Partial<StartRequest> = {}, side = 16): StartRequest {
  const study = blobStudy(1, { learned: 5, judged: 0, side });
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

const nothing = (): never => {
  throw new Error("a generator predicts no mask");
};

test("is judged by the difference of its paintings, and makes images alone", () => {
  expect(pix2pix.judgedBy(pix2pix.parse({}))).toEqual({ figure: "validationL1", better: "lower" });
  expect(pix2pix.makes(pix2pix.parse({}))).toEqual(["images"]);
  const genseg = findMethod("genseg");
  expect(genseg.makes(genseg.parse({}))).toEqual(["masks", "images"]);
  expect(genseg.makes(genseg.parse({ second: "none" }))).toEqual(["masks"]);
});

test("learns: painted validation images come nearer to the real ones", { timeout: 60_000 }, async () => {
  const { cases, ...rest } = request({}, 32);
  // All that there is to see follows from the mask.
  const bright = async (frameId: number): Promise<Frame> => {
    const [frame, map] = [await cases.frame(frameId), await cases.labelMap(frameId)];
    return { ...frame, data: Uint8Array.from(map.data, (value, place) => 60 + 120 * value + (place % 3)) };
  };
  const settings = { ...small, size: 32, generatorWidth: 8, generatorWidest: 16, generatorRate: 0.002, steps: 120 };
  const session = await pix2pix.start({ ...rest, cases: { ...cases, frame: bright }, settings });
  const { score: before } = (await session.validate(nothing))!;
  await runTo(session, 120);
  const { score: after } = (await session.validate(nothing))!;
  await session.release();
  expect(after).toBeLessThan(0.25 * before!);
});

test("its model is the last one, unless the best is asked for", async () => {
  const candidates = async (keep: string): Promise<boolean[]> => {
    const session = await pix2pix.start(request({ settings: { ...small, keep } }));
    const seen: boolean[] = [];
    for (const step of [4, 6]) {
      await runTo(session, step);
      seen.push(session.isCandidate!);
    }
    await session.release();
    return seen;
  };
  expect(await candidates("last")).toEqual([false, true]);
  expect(await candidates("best")).toEqual([true, true]);
});

test("shows what it painted, in the shape of the image, with a figure of its own; the score is their mean", async () => {
  const study = blobStudy(1, { learned: 5, judged: 0, side: 16 });
  const wide = (frame: Frame): Frame => ({ ...frame, height: 8, data: frame.data.subarray(0, 8 * 16) });
  const { cases, ...rest } = request();
  const cut: CaseSource = {
    ...cases,
    frame: async (frameId) => wide(await study.frame(frameId)),
    labelMap: async (frameId) => {
      const { data, ...map } = await study.labelMap(frameId);
      return { ...map, height: 8, data: data.subarray(0, 8 * 16) };
    },
  };
  const session = await pix2pix.start({ cases: cut, ...rest });
  await runTo(session, 2);
  const shown: { frameId: number; picture: Frame; score: number | null }[] = [];
  const show = (frameId: number, picture: Frame, score: number | null): void =>
    void shown.push({ frameId, picture, score });
  const { score } = (await session.validate(nothing, show))!;
  const again = (await session.validate(nothing))!;
  await session.release();
  expect(shown.map(({ frameId, picture }) => [frameId, picture.width, picture.height])).toEqual([
    [4, 16, 8],
    [5, 16, 8],
  ]);
  expect(deserializeFrame(serializeFrame(shown[0]!.picture))).toEqual(shown[0]!.picture);
  expect(score).toBeCloseTo((shown[0]!.score! + shown[1]!.score!) / 2, 12);
  expect(again.score).toBe(score);
});

test("goes on from a checkpoint to the bit", async () => {
  const whole = await pix2pix.start(request());
  const expected = (await runTo(whole, 6)).slice(3);
  const judged = await whole.validate(nothing);
  const first = await pix2pix.start(request());
  await runTo(first, 3);
  const resume = await first.checkpoint();
  await first.release();
  const second = await pix2pix.start(request({ resume }));
  expect(second.step).toBe(3);
  expect(await runTo(second, 6)).toEqual(expected);
  expect(await second.validate(nothing)).toEqual(judged);
  expect(await second.checkpoint()).toEqual(await whole.checkpoint());
  expect(await second.weights()).toEqual(await whole.weights());
  await whole.release();
  await second.release();
});

test("its generator paints by itself what the training would paint, and has no cells", async () => {
  const session = await pix2pix.start(request({ settings: { ...small, size: 32 } }, 32));
  await runTo(session, 4);
  const weights = await session.weights();
  await session.release();
  const generator = await pix2pix.openGenerator!(weights, "cpu");
  expect([generator.size, generator.channels, generator.architecture()]).toEqual([32, 1, []]);
  const labelMap = Uint8Array.from({ length: 32 * 32 }, (_, place) => +(place % 32 < 12));
  const [first, again, other] = [
    await generator.paint(labelMap, [["a"]]),
    await generator.paint(labelMap, [["a"]]),
    await generator.paint(labelMap, [["b"]]),
  ];
  expect(first).toEqual(again);
  expect(first).not.toEqual(other);
  expect(first.every((value) => value >= 0 && value <= 1)).toBe(true);
  await generator.release();
});

test("its ONNX file says that it paints, and nothing takes it for a model that outlines", async () => {
  const session = await pix2pix.start(request());
  await runTo(session, 2);
  const onnx = await session.exportOnnx({ about: { project: "one" } });
  await session.release();
  await expect(pix2pix.openPredictor(onnx, "cpu")).rejects.toThrow(/paints images for masks; it outlines none/);
  await expect(findMethod("genseg").openPredictor(onnx, "cpu")).rejects.toThrow(/not one of this app's segmentation/);
});

test("goes on from an earlier generator, or says why not", async () => {
  const earlier = await pix2pix.start(request());
  await runTo(earlier, 6);
  const from = await earlier.weights();
  const { score } = (await earlier.validate(nothing))!;
  await earlier.release();
  const later = await pix2pix.start(request({ from, seed: 3 }));
  expect([later.step, (await later.validate(nothing))!.score]).toEqual([0, score]);
  await later.release();
  const start = (change: Partial<StartRequest>) => pix2pix.start(request({ from, ...change }));
  await expect(start({ classes: [{ value: 2, name: "vessel" }] })).rejects.toMatchObject({
    code: "bad-request",
    detail: "It knows the classes 1 blob; the project has 2 vessel.",
  });
  await expect(start({ channels: 3 })).rejects.toMatchObject({
    detail: expect.stringMatching(/gray images only/) as string,
  });
  await expect(start({ settings: { ...small, size: 32 } })).rejects.toMatchObject({
    detail: "Image size: it has 16; the setting is 32.",
  });
});

test.each(["fitted", "parity", "small"])("preset %s is made of settings that the method takes", (id) => {
  const preset = pix2pix.presets!.find((one) => one.id === id)!;
  const volumes = { labelled: 0, validated: 0, unlabelled: 0, leftOut: 0, longest: 0, apart: null, broken: [] };
  const facts = {
    labelled: 9,
    shown: 9,
    validated: 3,
    unlabelled: 0,
    classes: [],
    gray: 9,
    color: 0,
    side: 256,
    volumes,
  };
  for (const machine of [
    { cores: 2, memoryBytes: 8e9 },
    { cores: 16, memoryBytes: 64e9 },
  ]) {
    const settings = pix2pix.parse({ ...preset.fitted?.(facts, machine), ...preset.settings });
    if (id === "parity") expect(settings).toMatchObject({ size: 256, batchSize: 1, steps: 1800 });
  }
});

test("weights hold generator and discriminator, and nothing else", async () => {
  const session = await pix2pix.start(request());
  const { tensors } = decodeSafetensors(await session.weights());
  await session.release();
  expect(new Set(Object.keys(tensors).map((name) => name.split(".")[0]))).toEqual(
    new Set(["generator", "discriminator"]),
  );
});
