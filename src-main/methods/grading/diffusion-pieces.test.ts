/** @file Parts of a diffusion over labels that are worked out on the host: times, guesses, stages, remarks, and the settings of the published program. */
import { describe, expect, it } from "vitest";
import { linearNoise } from "../../diffusion/index.ts";
import { Random } from "../../random/index.ts";
import type { TrainingFacts } from "../training-facts.ts";
import { parseSettings } from "../settings.ts";
import { denoiserBatch, drawTimes } from "./diffusion-batch.ts";
import { chainOf, diffusionSettings, diffusionShape, stagesOf } from "./diffusion-settings.ts";
import { centerOf, guessesOf, toldOf } from "./guesses.ts";
import { diffusionPresets } from "./presets.ts";
import { clipRemarks, diffusionRemarks, guessRemarks } from "./remarks.ts";

const settingsWith = (given: Parameters<typeof parseSettings>[2] = {}) =>
  parseSettings("diffmic", diffusionSettings, given);

describe("times of a batch", () => {
  it("come in pairs that mirror each other, so that their mean is the middle", () => {
    for (const batch of [8, 9, 1]) {
      const times = drawTimes(100, batch, new Random("times", batch));
      expect(times).toHaveLength(batch);
      expect(times.every((time) => Number.isInteger(time) && time >= 0 && time < 100)).toBe(true);
      const half = Math.floor(batch / 2) + 1;
      for (let at = half; at < batch; at++) expect(times[at]).toBe(99 - times[at - half]!);
    }
  });

  it("reach the first and the last alike", () => {
    const counts = new Array<number>(10).fill(0);
    for (let step = 0; step < 500; step++)
      for (const time of drawTimes(10, 8, new Random("all", step))) counts[time]!++;
    expect(Math.min(...counts)).toBeGreaterThan(0.8 * 400);
    expect(Math.max(...counts)).toBeLessThan(1.2 * 400);
  });
});

describe("guesses", () => {
  const logits = { whole: [2, 0, -1], close: [-1, 1, 0.5] };
  const softmax = (row: readonly number[]) => {
    const powers = row.map(Math.exp);
    return powers.map((power) => power / powers.reduce((sum, one) => sum + one, 0));
  };

  it("of the paper are the mean of probabilities, of the program that of logits", () => {
    const [p, q] = [softmax(logits.whole), softmax(logits.close)];
    const paper = guessesOf(logits, "paper");
    paper.both.forEach((value, at) => expect(value).toBeCloseTo((p[at]! + q[at]!) / 2, 12));
    const roots = p.map((value, at) => Math.sqrt(value * q[at]!));
    const sum = roots.reduce((total, one) => total + one, 0);
    guessesOf(logits, "code").both.forEach((value, at) => expect(value).toBeCloseTo(roots[at]! / sum, 12));
    expect(toldOf(paper, "paper")).toEqual([...paper.whole, ...paper.close]);
    expect(toldOf(paper, "code")).toEqual(paper.both);
  });

  it("centre the noise once, twice or not at all, in training as in sampling", () => {
    const guesses = guessesOf(logits, "paper");
    const sum = guesses.whole.map((value, at) => value + guesses.close[at]!);
    centerOf(guesses, { isCentred: true, isSummed: true }).forEach((value, at) => expect(value).toBeCloseTo(sum[at]!));
    expect(centerOf(guesses, { isCentred: true })).toEqual(guesses.both);
    expect(centerOf(guesses, { isCentred: false, isSummed: true })).toEqual([0, 0, 0]);
    const schedule = linearNoise({ steps: 10, first: 0.01, last: 0.9 });
    const batch = denoiserBatch(schedule, { grades: [0], guesses: [guesses], isSummed: true }, ["batch"]);
    batch.both.forEach((value, at) => expect(value).toBeCloseTo(sum[at]!, 6));
    batch.whole.forEach((value, at) => expect(value).toBeCloseTo(guesses.whole[at]!, 6));
  });
});

it("stages follow each other: folds, guesses, diffusion", () => {
  const given = { folds: 3, guidanceSteps: 10, steps: 40 };
  const told = (priors: "in-fold" | "out-of-fold") =>
    stagesOf({ ...given, priors, isJoint: false }).map(({ kind, fold, first, steps }) => [kind, fold, first, steps]);
  expect(told("in-fold")).toEqual([
    ["guidance", 0, 0, 10],
    ["diffusion", 0, 10, 40],
  ]);
  expect(told("out-of-fold")).toEqual([
    ["fold", 0, 0, 10],
    ["fold", 1, 10, 10],
    ["fold", 2, 20, 10],
    ["guidance", 0, 30, 10],
    ["diffusion", 0, 40, 40],
  ]);
});

describe("settings", () => {
  it("of the published program take nothing that it does not have", () => {
    const published = settingsWith(diffusionPresets.find(({ id }) => id === "published")!.settings);
    expect(published).toMatchObject({
      ...{ labelSmoothing: 0, isBalanced: false, guidanceSchedule: "constant", localChannels: "first" },
      ...{ variant: "code", priorSum: false, isCentred: true, seesImage: true },
    });
    expect(chainOf(published)).toEqual({
      ...{ variant: "code", isCentred: true, sampler: { ddim: 10 }, image: "trained", clip: null },
    });
    expect(diffusionShape(published, 3, 4).regions).toEqual({ count: 6, side: 32, isFirstChannelAlone: true });
    expect(diffusionShape(published, 1, 4).regions).toEqual({ count: 6, side: 32 }); // gray has one anyway
  });

  it("of earlier runs mean what they meant", () => {
    const usual = settingsWith();
    expect(usual).toMatchObject({ labelSmoothing: 0.05, isBalanced: true, guidanceSchedule: "cosine" });
    expect(chainOf(usual)).toEqual({
      ...{ variant: "code", isCentred: true, sampler: "full", image: "features", clip: [-0.5, 1.5] },
    });
    expect(diffusionShape(usual, 3, 4).regions).toEqual({ count: 4, side: 24 });
    // The sum is the paper's alone.
    expect(chainOf(settingsWith({ priorSum: true }))).not.toHaveProperty("isSummed");
    expect(chainOf(settingsWith({ priorSum: true, variant: "paper" }))).toMatchObject({ isSummed: true });
  });
});

describe("remarks", () => {
  const facts = (patients: number) => ({ labels: { patients } }) as unknown as TrainingFacts;

  it("small batches cannot compare distributions unless pairs with themselves are left out", () => {
    const texts = (given: Parameters<typeof settingsWith>[0]) => diffusionRemarks(facts(9), settingsWith(given));
    expect(texts({ diffusionBatch: 8 })[0]).toMatchObject({ values: { batch: 8 } });
    expect(texts({ batchSize: 4, isJoint: true })[0]).toMatchObject({ values: { batch: 4 } });
    expect(texts({ diffusionBatch: 9 })).toEqual([]);
    expect(texts({ diffusionBatch: 8, isUnbiased: true })).toEqual([]);
    expect(texts({ diffusionBatch: 8, distributionWeight: 0 })).toEqual([]);
    expect(texts({ batchSize: 4 })).toEqual([]); // that of the looks, which compare nothing
  });

  it("folds want a patient each, and looks that do not learn on", () => {
    const settings = settingsWith({ priors: "out-of-fold", folds: 4 });
    expect(diffusionRemarks(facts(4), settings)).toEqual([]);
    expect(() => diffusionRemarks(facts(3), settings)).toThrow(
      "there are 3. All images of a patient stay in one fold.",
    );
    expect(() => diffusionRemarks(facts(1), settings)).toThrow("Set priors to in-fold");
    expect(() => diffusionRemarks(facts(9), { ...settings, isJoint: true })).toThrow("cannot leave out a fold");
  });

  it("guesses that are much better on what was learned, and estimates at their limit, are told", () => {
    expect(guessRemarks({ trained: 0.99, validated: 0.7 })[0]!.values).toEqual({ trained: "99 %", validated: "70 %" });
    expect(guessRemarks({ trained: 0.84, validated: 0.7 })).toEqual([]);
    expect(guessRemarks({ trained: 0.5, validated: 0.9 })).toEqual([]);
    expect(clipRemarks(0.01)).toEqual([]);
    expect(clipRemarks(0.012)[0]!.values).toEqual({ share: "1.2 %" });
  });
});
