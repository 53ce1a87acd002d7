/**
 * @file What misalignment does to translations, in small trainings on the brain phantom: whether the registration does the work. The longer ones with
 * ALIQUOT_LONG=1; the full sweep is `npm run experiments -- reggan`.
 */
import { describe, expect, it } from "vitest";
import { misalign } from "../../src-main/dataset/index.ts";
import { brainPairs, brainSlices } from "./brain-phantom.ts";
import { scoreTranslations } from "./translation-scores.ts";
import { trainAndScore, type TrainingOptions } from "./translation.ts";

const isLong = process.env["ALIQUOT_LONG"] === "1";
const SIDE = 32;

/** The specification's tier "tiny". */
const TINY = {
  size: SIDE,
  batchSize: 4,
  generatorWidth: 8,
  generatorBlocks: 2,
  discriminatorWidth: 8,
  discriminatorHalvings: 2,
  registrationWidth: 8,
  registrationLevels: 3,
  registrationBlocks: 1,
  learningRate: 5e-4,
};

/** The specification's tier "test", whose figures its thresholds come from, at 48² as it advises where time is short. */
const TEST = { ...TINY, size: 48, generatorBlocks: 3, registrationLevels: 4 };

const trained = (settings: TrainingOptions["settings"], { seed = 11, train = 200, test = 24, tier = TINY } = {}) =>
  trainAndScore(brainPairs(seed, { side: tier.size, train, test }), {
    method: settings["mode"] === undefined ? "cyclegan" : "reggan",
    settings: { ...tier, ...settings },
    seed,
    threads: 1,
  });

describe("the phantom", () => {
  it("shows the same anatomy twice, with the textures against each other, and another for each number", () => {
    const { t1, t2 } = brainSlices(11, 0, 64);
    const isHead = (plane: Float32Array) => plane.map((value) => (value > 0 ? 1 : 0));
    expect(isHead(t1)).toEqual(isHead(t2));
    const share = isHead(t1).reduce((sum, value) => sum + value, 0) / t1.length;
    expect(share).toBeGreaterThan(0.2);
    expect(share).toBeLessThan(0.5);
    // White matter is the brightest of one and dark in the other.
    const white = [...t1.keys()].filter((at) => t1[at]! > 0.75);
    expect(white.reduce((sum, at) => sum + t2[at]!, 0) / white.length).toBeLessThan(0.35);
    expect(brainSlices(11, 1, 64)).not.toEqual(brainSlices(11, 0, 64));
    expect(brainSlices(11, 0, 64)).toEqual({ t1, t2 });
  });
});

describe("the scores of a translation", () => {
  const real = brainSlices(11, 0, SIDE).t2.map((value) => 2 * value - 1);
  const other = brainSlices(11, 1, SIDE).t2.map((value) => 2 * value - 1);

  it("are the best ones for the truth itself", () => {
    const pairs = [real, other].map((image) => ({ made: image, real: image }));
    expect(scoreTranslations(pairs, SIDE)).toEqual({
      nmae: 0,
      psnr: 100,
      ssim: 1,
      shift: { down: 0, across: 0 },
      variety: 1,
    });
  });

  it("find how far edges have moved, and an output that is always the same", () => {
    const planes = { width: SIDE, height: SIDE, channels: 1, data: real };
    const made = misalign(planes, { degrees: 0, scale: 1, shift: { x: 2, y: -1 } }).data;
    const { shift, psnr } = scoreTranslations([{ made, real }], SIDE);
    expect(shift).toEqual({ down: -1, across: 2 });
    expect(psnr).toBeLessThan(20);
    const same = [real, other].map((image) => ({ made: real, real: image }));
    expect(scoreTranslations(same, SIDE).variety).toBe(0);
  });
});

it("E7: one seed, one loss trace; two modes with one seed see the same pairs", { timeout: 60_000 }, async () => {
  const FEW = { train: 6, test: 2 };
  const settings = { mode: "reggan", noiseLevel: 3, steps: 3 };
  const [one, again] = [await trained(settings, FEW), await trained(settings, FEW)];
  expect(one).toEqual(again);
  // Before the first update generator, discriminator and pair are the same: so is what the discriminator says.
  const alone = await trained({ ...settings, mode: "nc" }, FEW);
  expect(alone.losses[0]!["adversarial"]).toBe(one.losses[0]!["adversarial"]);
});

it(
  "E2 and E5, smaller: after few steps on misaligned pairs RegGAN is ahead, and pix2pix's outputs hardly depend on their input",
  { timeout: 120_000 },
  async () => {
    // Far from trained: at level 5 pix2pix has settled on an average by then. The whole of E2 is below.
    const briefly = { noiseLevel: 5, steps: 200, learningRate: 1e-3 };
    const pixels = (await trained({ ...briefly, mode: "pix2pix" })).scores;
    const registered = (await trained({ ...briefly, mode: "reggan" })).scores;
    expect(registered.psnr).toBeGreaterThan(pixels.psnr + 0.3);
    expect(registered.ssim).toBeGreaterThan(pixels.ssim + 0.03);
    expect(registered.variety).toBeGreaterThan(2 * pixels.variety);
  },
);

describe.skipIf(!isLong)("trained for half an hour or more (ALIQUOT_LONG=1)", { timeout: 7_200_000 }, () => {
  const STEPS = 600;
  const tier = TEST;
  const seeds = [11, 22, 33];

  it("E2, E4, E5: misaligned pairs cost RegGAN less than half of what they cost pix2pix", async () => {
    const psnr: Record<string, number[]> = {};
    for (const seed of seeds) {
      for (const noiseLevel of [0, 3, 5]) {
        for (const mode of ["pix2pix", "reggan"]) {
          const { scores } = await trained({ mode, noiseLevel, steps: STEPS }, { seed, tier });
          (psnr[`${mode} ${noiseLevel}`] ??= []).push(scores.psnr);
          if (mode !== "reggan") continue;
          expect(scores.variety).toBeGreaterThan(0.5);
          if (noiseLevel > 3) continue;
          expect(Math.abs(scores.shift.down)).toBeLessThanOrEqual(0.5);
          expect(Math.abs(scores.shift.across)).toBeLessThanOrEqual(0.5);
        }
      }
    }
    const mean = (key: string): number => psnr[key]!.reduce((sum, value) => sum + value, 0) / seeds.length;
    for (const level of [3, 5]) {
      expect(mean(`reggan ${level}`)).toBeGreaterThan(mean(`pix2pix ${level}`) + 1);
      const [lost, lostByPixels] = ["reggan", "pix2pix"].map((mode) => mean(`${mode} 0`) - mean(`${mode} ${level}`));
      expect(lost).toBeLessThan(0.5 * lostByPixels!);
    }
  });

  it("E3: neither the discriminator alone nor the lower weight of pixels does it", async () => {
    const of = (settings: TrainingOptions["settings"]) =>
      trained({ noiseLevel: 5, steps: STEPS, ...settings }, { tier });
    const whole = (await of({ mode: "reggan" })).scores.psnr;
    expect((await of({ mode: "nc" })).scores.psnr).toBeLessThan(whole - 0.5);
    expect((await of({ mode: "pix2pix", pixelWeight: 20 })).scores.psnr).toBeLessThan(whole - 1);
  });

  it("E6: without smoothness the flow is rough, without correction it stays where it began", async () => {
    const of = (settings: TrainingOptions["settings"]) =>
      trained({ mode: "reggan", noiseLevel: 3, steps: STEPS, ...settings }, { tier });
    const [whole, rough, uncorrected] = [
      await of({}),
      await of({ smoothnessWeight: 0 }),
      await of({ correctionWeight: 0 }),
    ];
    const roughness = [rough, whole].map(({ losses }) => losses.at(-1)!["smoothness"]!);
    console.log(`E6: smoothness without and with its weight: ${roughness.join(", ")}`);
    expect(roughness[0]).toBeGreaterThan(10 * roughness[1]!);
    expect(uncorrected.flow["flowLargest"]).toBeLessThan(0.1);
    expect(uncorrected.scores.psnr).toBeLessThan(whole.scores.psnr - 1);
  });
});
