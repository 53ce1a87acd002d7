/** @file Trainings of DiffMIC in this process: what their settings change, what they refuse, and what their models tell. */
import { describe, expect, it } from "vitest";
import type { CaseSource, FrameRole, SourceFrame } from "../../src-main/dataset/index.ts";
import { decodeSafetensors } from "../../src-main/engine/safetensors.ts";
import { findMethod, type LabelTarget, type SettingValue, type StartRequest } from "../../src-main/methods/index.ts";
import { Random } from "../../src-main/random/index.ts";
import type { Frame } from "../../src-main/voxels/index.ts";

const SIDE = 32;
const targets: LabelTarget[] = [{ labelId: 1, name: "stage", kind: "grade", options: ["a", "b", "c"], unit: null }];
const SMALL = {
  ...{ size: SIDE, width: 4, batchSize: 6, validateEvery: 4, guidanceSteps: 4, steps: 8, regionSide: 8, regions: 2 },
  ...{ hidden: 16, times: 25, views: 2, samples: 2, diffusionBatch: 6 },
};

/** A bright disc, further right for each grade, on noise: patients of two images each. */
function discs(roles: readonly FrameRole[], caseOf = (at: number): number => at >> 1): CaseSource {
  const frames = roles.map((role, at): SourceFrame => {
    return { frameId: at + 1, caseId: caseOf(at), role, hasLabelMap: false, values: [at % 3] };
  });
  return {
    frames,
    frame(frameId): Promise<Frame> {
      const random = new Random("disc", frameId);
      const x = 7 + 9 * ((frameId - 1) % 3);
      const data = Uint8Array.from({ length: SIDE * SIDE }, (_, at) => {
        const isIn = Math.hypot((at % SIDE) - x, Math.floor(at / SIDE) - 16) < 5;
        return (isIn ? 190 : 60) + random.integer(30);
      });
      const gray = { width: SIDE, height: SIDE, channels: 1, sampleType: "uint8", photometric: "MONOCHROME2" } as const;
      const scale = { rescaleSlope: 1, rescaleIntercept: 0, window: null, spacing: null };
      return Promise.resolve({ ...gray, ...scale, data } as Frame);
    },
    labelMap: () => Promise.reject(new Error("there are no masks")),
  };
}

const both = [...Array<FrameRole>(12).fill("train"), ...Array<FrameRole>(6).fill("validate")];
const diffmic = findMethod("diffmic");

function start(settings: Record<string, SettingValue>, cases: CaseSource, more: Partial<StartRequest> = {}) {
  const parsed = diffmic.parse({ ...SMALL, ...settings });
  const rest = { seed: 3, channels: 1, classes: [], device: "cpu", targets, resources: { threads: 1 } } as const;
  return diffmic.start({ settings: parsed, cases, ...rest, ...more });
}

/** All steps; what the last validation said, and the model. */
async function trained(settings: Record<string, SettingValue>, cases = discs(both)) {
  const session = await start(settings, cases);
  try {
    const losses = [];
    while (session.step < session.steps) losses.push(await session.runStep());
    const judgment = await session.validate(() => undefined);
    const weights = await session.weights();
    return { losses, judgment: judgment!, weights, onnx: await session.exportOnnx() };
  } finally {
    await session.release();
  }
}

describe("a training", () => {
  it("says of its model what it was made from: noise, limit, split and folds", async () => {
    const { weights, judgment } = await trained({ priors: "out-of-fold", folds: 3, clip: 0.25 });
    const { metadata } = decodeSafetensors(weights);
    expect(metadata).toMatchObject({ betas: "0.004 0.8", seed: "3", step: "24" });
    expect(metadata["split"]).toMatch(/^sha256:[0-9a-f]{64}$/);
    const folds = JSON.parse(metadata["folds"]!) as number[][];
    expect(folds.map((cases) => cases.length)).toEqual([2, 2, 2]);
    expect(folds.flat().toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5]);
    const { chain } = JSON.parse(metadata["description"]!) as { chain: object };
    expect(chain).toMatchObject({ clip: [-0.25, 1.25], sampler: "full", variant: "code" });
    const { metadata: other } = decodeSafetensors(
      (await trained({}, discs(both.toReversed()))).weights, // the same images, split in another way
    );
    expect(other["split"]).not.toBe(metadata["split"]);
    expect(other["folds"]).toBeUndefined();
    expect(Object.keys(judgment.figures!).toSorted()).toEqual(
      ["clippedShare", "closeAccuracy", "guessAccuracy", "guessAccuracyTrained", "wholeAccuracy"].toSorted(),
    );
  });

  it("without validation images tells no figure of them", async () => {
    const { judgment } = await trained({}, discs(both.slice(0, 12)));
    expect(judgment).toEqual({ score: null });
  });

  it("with fewer patients than folds is refused before a fold holds nobody", async () => {
    const of = (patients: number) => discs(both.slice(0, 6), (at) => at % patients);
    const settings = { priors: "out-of-fold", folds: 4 };
    await expect(start(settings, of(1))).rejects.toMatchObject({ settings: { priors: "in-fold" } });
    await expect(start(settings, of(3))).rejects.toMatchObject({
      code: "not-enough-data",
      title: "4 folds need 4 labelled patients in the training split; there are 3.",
      settings: { folds: 3 },
    });
    const session = await start({ ...settings, folds: 3 }, of(3));
    await session.release();
  });

  it.each<[string, Record<string, SettingValue>]>([
    ["without close looks", { regions: 0 }],
    ["without close looks, jointly", { regions: 0, isJoint: true, variant: "paper" }],
    ["without the image", { seesImage: false }],
    ["around the sum of the guesses", { variant: "paper", priorSum: true, clip: 0 }],
    ["as published", { isBalanced: false, labelSmoothing: 0, guidanceSchedule: "constant", isJoint: true, clip: 0 }],
  ])("%s learns, and its model grades", async (_, settings) => {
    const { losses, weights, onnx } = await trained(settings);
    expect(losses.every(({ loss }) => Number.isFinite(loss))).toBe(true);
    expect(onnx.length).toBeGreaterThan(1000);
    const grader = await diffmic.openGrader!(weights, "cpu");
    try {
      const frame = await discs(both).frame(1);
      const [graded] = await grader.grade([{ key: 1, frame }], { samples: 3, seed: 1 });
      expect(graded!.regions).toHaveLength(settings["regions"] === 0 ? 0 : 2);
      const { probabilities } = graded!.answers[0]!;
      expect(probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 9);
      const { whole, close } = graded!.looks!;
      if (settings["regions"] === 0) expect(close).toBe(whole);
    } finally {
      await grader.release();
    }
  });

  it("whose rate of the guesses is constant moves at once; otherwise it warms up", async () => {
    const moved = async (guidanceSchedule: string): Promise<number> => {
      const session = await start({ guidanceSchedule, guidanceSteps: 400, guidanceRate: 1e-3 }, discs(both));
      const before = decodeSafetensors(await session.weights()).tensors;
      await session.runStep();
      const after = decodeSafetensors(await session.weights()).tensors;
      await session.release();
      const name = Object.keys(before).find((each) => each.startsWith("global.saliency"))!;
      return Math.max(
        ...(after[name]!.data as Float32Array).map((value, at) =>
          Math.abs(value - (before[name]!.data as Float32Array)[at]!),
        ),
      );
    };
    expect(await moved("constant")).toBeCloseTo(1e-3, 5); // Adam's first step is the rate itself
    expect(await moved("cosine")).toBeLessThan(1e-4);
  });
});
