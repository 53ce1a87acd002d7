/**
 * @file Siamese-Diffusion on blobs made by numbers: its stages, resuming to the bit, and painting that hangs on mask and key alone. Opening its programs takes
 * seconds: `ALIQUOT_LONG=1` tries all of it, the suite what opens few.
 */
import { expect, test } from "vitest";
import type { CaseSource, FrameRole } from "../../src-main/dataset/index.ts";
import { decodeSafetensors } from "../../src-main/engine/safetensors.ts";
import type { ImageGenerator, OwnJudgment, StartRequest, TrainingSession } from "../../src-main/methods/index.ts";
import { siameseDiffusion } from "../../src-main/methods/siamese-diffusion/index.ts";
import { startSiamese } from "../../src-main/methods/siamese-diffusion/session.ts";
import { settings } from "../../src-main/methods/siamese-diffusion/settings.ts";
import { parseSettings } from "../../src-main/methods/settings.ts";
import { blobStudy } from "../experiments/blob-phantom.ts";

const small = {
  size: 16,
  batchSize: 2,
  denoiser: "XS",
  priorSteps: 3,
  steps: 6,
  priorRate: 0.002,
  learningRate: 0.002,
  emaDecay: 0.5,
  validateEvery: 3,
  controlDrop: 0.3,
} as const;

const ROLES: readonly FrameRole[] = ["train", "train", "train", "validate", "unlabelled"];
const study = blobStudy(1, { learned: ROLES.length, judged: 0, side: 16 });

function request(change: Partial<StartRequest> = {}): StartRequest {
  const cases: CaseSource = {
    ...study,
    frames: ROLES.map((role, index) => ({
      frameId: index + 1,
      caseId: index + 1,
      role,
      hasLabelMap: role !== "unlabelled",
    })),
  };
  return { cases, settings: small, seed: 3, device: "cpu", classes: study.classes, channels: 1, ...change };
}

async function runTo(session: TrainingSession, step: number): Promise<Record<string, number>[]> {
  const figures: Record<string, number>[] = [];
  while (session.step < step) figures.push(await session.runStep());
  return figures;
}

const isLong = process.env["ALIQUOT_LONG"] === "1";
const longTest = test.runIf(isLong);

/** No masks are made that could be judged. */
const judge = () => expect.unreachable();

const siameseSettings = (given: Record<string, string | number | boolean>) =>
  parseSettings("siamese-diffusion", settings, given);

longTest(
  "learns from all images, then how masks steer, then from its own re-estimates too; and scores itself on validation images",
  async () => {
    const session = await startSiamese({ ...request(), settings: siameseSettings({ ...small, controlDrop: 0 }) });
    expect([session.steps, session.isCandidate]).toEqual([9, false]);
    expect(siameseDiffusion.totalSteps(siameseDiffusion.parse(small))).toBe(9);
    const figures = await runTo(session, 9);
    for (const one of figures.slice(0, 3)) expect(one).not.toHaveProperty("imageBranch");
    const [first] = figures.slice(3);
    expect(Object.keys(first!)).toEqual(
      expect.arrayContaining(["loss", "maskBranch", "imageBranch", "consistency", "imageWeight", "controlGradient"]),
    );
    expect(first!["imageWeight"]).toBe(0);
    expect(first!["consistency"]).toBeLessThan(1e-9);
    expect(first!["imageBranch"]).toBeCloseTo(first!["maskBranch"]!, 4);
    expect(figures.slice(3).map((one) => "augmentation" in one)).toEqual([false, false, false, true, true, true]);
    expect(figures.at(-1)!["imageWeight"]).toBeCloseTo(5 / 6, 6);
    expect(session.isCandidate).toBe(true);
    const pictures = new Map<number, number>();
    const look = () =>
      session.validate(judge, (frameId, { data }) => void pictures.set(frameId, data.length), new Set([4, 99]));
    const [one, other] = [await look(), await look()] as [OwnJudgment, OwnJudgment];
    expect(one).toEqual(other);
    expect(one.score).toBeGreaterThan(0);
    expect(one.figures!["validationImage"]).toBeGreaterThan(0);
    expect([...pictures]).toEqual([[4, 256]]);
    await session.release();
  },
  120_000,
);

test("averages follow from the first step on: hardly anything of the random start is left in them, whatever their decay", async () => {
  const session = await siameseDiffusion.start(request({ settings: { ...small, emaDecay: 0.999 } }));
  const encoder = async (network: string): Promise<Float32Array> => {
    const { tensors } = decodeSafetensors(await session.checkpoint());
    return tensors[`${network}.enter.weight`]!.data as Float32Array;
  };
  const start = await encoder("encoder");
  await runTo(session, 3);
  const [now, average] = [await encoder("encoder"), await encoder("encoderAverage")];
  const apart = (one: Float32Array, other: Float32Array): number =>
    Math.hypot(...one.map((value, at) => value - other[at]!));
  expect(apart(now, start)).toBeGreaterThan(0);
  expect(apart(average, now)).toBeLessThan(0.3 * apart(start, now));
  await session.release();
}, 60_000);

test.each([
  ...(isLong
    ? ([
        ["between the stages", 3, {}],
        ["before its re-estimates come in", 5, {}],
      ] as const)
    : []),
  ["after an autoencoder", 2, { adapter: "autoencoder", codecSteps: 2 }],
  ["while both branches learn", 1, { stages: "joint", onlineAugmentation: false, steps: 4 }],
] as const)(
  "goes on from a checkpoint to the bit %s",
  async (_, stop, change) => {
    const settings = { ...small, ...change };
    const whole = await siameseDiffusion.start(request({ settings }));
    const end = Math.min(stop + 2, whole.steps);
    await runTo(whole, stop);
    const resume = await whole.checkpoint();
    const expected = await runTo(whole, end);
    const second = await siameseDiffusion.start(request({ settings, resume }));
    expect(second.step).toBe(stop);
    expect(await runTo(second, end)).toEqual(expected);
    const tensors = async (session: TrainingSession) => decodeSafetensors(await session.weights()).tensors;
    expect(await tensors(second)).toEqual(await tensors(whole));
    await whole.release();
    await second.release();
  },
  120_000,
);

test.each([
  ["mask only", { imageBranch: false }, ["maskBranch"], ["imageBranch", "consistency", "augmentation"]],
  [
    "without online augmentation, plain hint, noise predicted, outlets at zero",
    { onlineAugmentation: false, hint: "plain", predicts: "eps", outlets: "zero", steps: 2 },
    ["imageBranch", "consistency"],
    ["augmentation", "noiseConsistency"],
  ],
  ...(isLong
    ? ([
        ["without consistency", { consistencyWeight: 0 }, ["imageBranch"], ["augmentation"]],
        [
          "pixels as they are, all samples augmented",
          { adapter: "identity", augmentedPart: "whole", steps: 2 },
          ["augmentation"],
          [],
        ],
      ] as const)
    : []),
] as const)(
  "trains everything together and paints %s",
  async (_, change, present, absent) => {
    const settings = { ...small, stages: "joint", steps: 1, ...change };
    const session = await siameseDiffusion.start(request({ settings }));
    const figures = (await runTo(session, session.steps)).at(-1)!;
    for (const name of present) expect(figures).toHaveProperty(name);
    for (const name of absent) expect(figures).not.toHaveProperty(name);
    const generator = await siameseDiffusion.openGenerator!(await session.weights(), "cpu");
    const image = await generator.paint(masks(1), [[1, 0]], { settings: { samplingSteps: 2 } });
    expect(image.every((value) => value >= 0 && value <= 1)).toBe(true);
    await generator.release();
    await session.release();
  },
  120_000,
);

test("goes on from an earlier model, also where its autoencoder learns first", async () => {
  const settings = { ...small, adapter: "autoencoder", codecSteps: 1, stages: "joint", steps: 1, imageBranch: false };
  const networks = ["encoder", "decoder", "control.encoder"];
  const numbersOf = async (bytes: Promise<Uint8Array>): Promise<Float32Array[]> => {
    const { tensors } = decodeSafetensors(await bytes);
    return networks.map((network) => {
      const named = Object.keys(tensors).filter((name) => name.startsWith(`${network}.`) && name.endsWith(".weight"));
      return tensors[named.toSorted()[0]!]!.data as Float32Array;
    });
  };
  const earlier = await siameseDiffusion.start(request({ settings }));
  await runTo(earlier, 2);
  const from = await earlier.weights();
  const before = await numbersOf(Promise.resolve(from));
  await earlier.release();
  const slowly = { ...settings, learningRate: 1e-6 };
  const later = await siameseDiffusion.start(request({ settings: slowly, from, seed: 4 }));
  await runTo(later, 2);
  const after = await numbersOf(later.checkpoint());
  await later.release();
  for (const [at, numbers] of before.entries()) {
    const moved = Math.hypot(...numbers.map((value, i) => after[at]![i]! - value));
    expect(moved, networks[at]!).toBeLessThan(0.2 * Math.hypot(...numbers));
  }
}, 120_000);

test("by the mask alone no figure of an image's branch is told", async () => {
  const settings = { ...small, stages: "joint", steps: 1, imageBranch: false };
  const session = await siameseDiffusion.start(request({ settings }));
  const { score, figures } = (await session.validate(judge)) as OwnJudgment;
  expect(score).toBeGreaterThan(0);
  expect(figures).toBeUndefined();
  await session.release();
}, 60_000);

/** Discs that wander. */
function masks(count: number, from = 0): Uint8Array {
  const labelMaps = new Uint8Array(count * 256);
  for (let one = 0; one < count; one++) {
    for (let place = 0; place < 256; place++) {
      const distance = Math.hypot((place % 16) - 4 - from - one, Math.floor(place / 16) - 8);
      labelMaps[one * 256 + place] = +(distance < 4);
    }
  }
  return labelMaps;
}

/** Of a whole training: made once, by whoever asks first. */
let trained: Promise<Uint8Array> | null = null;
const wholeTraining = (): Promise<Uint8Array> => (trained ??= trainedWeights(9));

async function trainedWeights(steps: number): Promise<Uint8Array> {
  const session = await siameseDiffusion.start(request());
  await runTo(session, steps);
  const weights = await session.weights();
  await session.release();
  return weights;
}

const KEYS = [
  [7, "paint", 0],
  [7, "paint", 1],
  [7, "paint", 2],
] as const;
const plain = { samplingSteps: 4, guidance: 1 };

longTest(
  "a picture hangs on its mask and key alone: not on what is painted beside it, nor on its place",
  async () => {
    const generator: ImageGenerator = await siameseDiffusion.openGenerator!(await wholeTraining(), "cpu");
    expect([generator.size, generator.channels, generator.classes]).toEqual([16, 1, study.classes]);
    const choices: Record<string, number | string>[] = [
      plain,
      { samplingSteps: 4 },
      { samplingSteps: 4, solver: "ddim", conditionGuidance: 2 },
    ];
    for (const settings of choices) {
      const all = await generator.paint(masks(3), KEYS, { settings });
      expect(await generator.paint(masks(3), KEYS, { settings })).toEqual(all);
      const last = await generator.paint(masks(1, 2), [KEYS[2]], { settings });
      for (const [i, value] of last.entries()) expect(Math.abs(value - all[2 * 256 + i]!)).toBeLessThan(1e-5);
      const otherKey = await generator.paint(masks(1, 2), [KEYS[0]], { settings });
      expect(otherKey).not.toEqual(last);
      const otherMask = await generator.paint(masks(1, 0), [KEYS[2]], { settings });
      expect(otherMask).not.toEqual(last);
    }
    await generator.release();
  },
  120_000,
);

longTest(
  "every step is told with what is seen so far, and the last preview is the picture; one that throws ends it",
  async () => {
    const generator = await siameseDiffusion.openGenerator!(await wholeTraining(), "cpu");
    const seen: Float32Array[] = [];
    const steps: number[][] = [];
    const image = await generator.paint(masks(2), KEYS.slice(0, 2), {
      settings: plain,
      onStep: async ({ step, steps: all, first, count, preview }) => {
        steps.push([step, all, first, count]);
        seen.push(await preview());
      },
    });
    expect(steps).toEqual([1, 2, 3, 4].map((step) => [step, 4, 0, 2]));
    expect(seen.at(-1)).toEqual(image);
    expect(seen[0]).not.toEqual(image);
    const stop = () => {
      throw new Error("stop");
    };
    await expect(generator.paint(masks(1), [KEYS[0]], { settings: plain, onStep: stop })).rejects.toThrow("stop");
    await generator.release();
  },
  120_000,
);

longTest(
  "an image to go by changes what is painted, by its weight",
  async () => {
    const generator = await siameseDiffusion.openGenerator!(await wholeTraining(), "cpu");
    const references = Float32Array.from({ length: 256 }, (_, i) => (i % 16) / 16);
    const paint = (options: Parameters<ImageGenerator["paint"]>[2]) => generator.paint(masks(1), [KEYS[0]], options);
    const without = await paint({ settings: plain });
    const ignored = await paint({ settings: plain, references: { images: references, weight: 0 } });
    for (const [i, value] of ignored.entries()) expect(Math.abs(value - without[i]!)).toBeLessThan(1e-5);
    expect(await paint({ settings: plain, references: { images: references, weight: 1 } })).not.toEqual(without);
    await generator.release();
  },
  120_000,
);

longTest(
  "what cannot be painted with is refused in words",
  async () => {
    const generator = await siameseDiffusion.openGenerator!(await wholeTraining(), "cpu");
    const paint = (settings: Record<string, string | number>) => generator.paint(masks(1), [KEYS[0]], { settings });
    await expect(paint({ solver: "ddim", samplingSteps: 30 })).rejects.toThrow(/numbers that divide 1000/);
    await expect(paint({ guidance: 99 })).rejects.toThrow(/guidance = 99 is not possible/);
    await expect(paint({ steps: 4 })).rejects.toThrow(/no setting steps/);
    await generator.release();
    const prior = await trainedWeights(2);
    await expect(siameseDiffusion.openGenerator!(prior, "cpu")).rejects.toThrow(/does not paint for masks yet/);
  },
  120_000,
);

longTest(
  "its model as ONNX holds one look at a picture",
  async () => {
    const session = await siameseDiffusion.start(request());
    await runTo(session, 4);
    const onnx = await session.exportOnnx();
    expect(onnx.length).toBeGreaterThan(3_000_000);
    await session.release();
  },
  120_000,
);

test("memory is planned without looking at an image", async () => {
  const blind: CaseSource = { ...request().cases, frame: () => Promise.reject(new Error("looked")) };
  const reserved: number[] = [];
  const resources = { isPlanOnly: true, onReserved: (_: string, bytes: number) => void reserved.push(bytes) };
  const session = await siameseDiffusion.start(request({ cases: blind, resources }));
  expect(Math.max(...reserved)).toBeGreaterThan(1_000_000);
  await session.release();
});
