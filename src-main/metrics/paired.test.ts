import { describe, expect, it } from "vitest";
import { Random } from "../random/index.ts";
import { bootstrapMean, type Observation } from "./bootstrap.ts";
import { learningCurve } from "./learning-curve.ts";
import { countSigns, pairedDifferences, pairedEffect, passGate } from "./paired.ts";

/** `values[seed][patient]`; patients are the same in all seeds, or each seed has its own. */
function observed(values: readonly (readonly number[])[], patients: "shared" | "own"): Observation[] {
  return values.flatMap((row, seed) =>
    row.map((value, column) => ({ seed, patient: patients === "own" ? `${seed}/${column}` : column, value })),
  );
}

describe("bootstrap of a mean", () => {
  it("weighs seeds alike, however many patients they have", () => {
    const { mean, seeds, patients } = bootstrapMean(observed([[0, 0, 0, 0], [1]], "own"));
    expect(mean).toBe(0.5);
    expect(seeds).toEqual([
      { seed: 0, mean: 0, patients: 4 },
      { seed: 1, mean: 1, patients: 1 },
    ]);
    expect(patients).toBe(5);
  });

  it("has no width where nothing varies", () => {
    for (const patients of ["shared", "own"] as const) {
      const values = [
        [0.25, 0.25],
        [0.25, 0.25],
      ];
      expect(bootstrapMean(observed(values, patients))).toMatchObject({ mean: 0.25, low: 0.25, high: 0.25 });
    }
  });

  it("of one seed is that of a plain mean: normal theory gives the width", () => {
    const random = new Random(5, "test");
    const row = Array.from({ length: 200 }, () => 3 + 2 * random.normal());
    const { mean, low, high } = bootstrapMean(observed([row], "own"), { resamples: 8000 });
    const deviation = Math.sqrt(row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / row.length);
    const half = (1.96 * deviation) / Math.sqrt(row.length);
    expect(Math.abs(mean - low - half)).toBeLessThan(0.1 * half);
    expect(Math.abs(high - mean - half)).toBeLessThan(0.1 * half);
  });

  it("of two patients once each is known by counting: quarter, half, quarter", () => {
    const inner = bootstrapMean(observed([[0, 1]], "own"), { confidence: 0.4, resamples: 20_000 });
    expect(inner).toMatchObject({ low: 0.5, high: 0.5 });
    const outer = bootstrapMean(observed([[0, 1]], "own"), { confidence: 0.6, resamples: 20_000 });
    expect(outer).toMatchObject({ low: 0, high: 1 });
  });

  it("of strata is the mean of their means, whatever their sizes, and a patient may stand in two", () => {
    const of = (stratum: number, values: readonly number[]): Observation[] =>
      values.map((value, patient) => ({ seed: 1, patient, stratum, value }));
    const { mean, patients, low, high } = bootstrapMean([...of(0, [1, 1, 1, 0]), ...of(1, [0])]);
    expect(mean).toBe(0.375);
    expect(patients).toBe(4);
    expect(low).toBeGreaterThanOrEqual(0);
    expect(high).toBeLessThanOrEqual(1);
    const alike = bootstrapMean([...of(0, [1, 1, 1, 1, 1]), ...of(1, [1])]);
    expect(alike).toMatchObject({ mean: 1, low: 1, high: 1 });
    expect(() => bootstrapMean([...of(2, [1]), ...of(2, [1])])).toThrow("twice");
  });

  it("a patient who is difficult in every seed does not become surer by more seeds", () => {
    const row = [0, 1, 0, 1, 0, 1];
    const values = Array.from({ length: 20 }, () => row);
    const width = ({ low, high }: { low: number; high: number }) => high - low;
    const shared = width(bootstrapMean(observed(values, "shared")));
    const own = width(bootstrapMean(observed(values, "own")));
    expect(shared).toBeGreaterThan(2 * own);
    expect(Math.abs(shared - width(bootstrapMean(observed([row], "own"))))).toBeLessThan(0.1);
  });

  it("takes seeds that share only some of their patients", () => {
    const observations = [
      { seed: 1, patient: "a", value: 1 },
      { seed: 1, patient: "b", value: 3 },
      { seed: 2, patient: "b", value: 3 },
      { seed: 2, patient: "c", value: 5 },
    ];
    const { mean, low, high } = bootstrapMean(observations);
    expect(mean).toBe(3);
    expect(low).toBeGreaterThanOrEqual(1);
    expect(high).toBeLessThanOrEqual(5);
  });

  it("is repeatable", () => {
    const observations = observed([[0.1, 0.5, 0.2], [0.3]], "own");
    expect(bootstrapMean(observations, { seed: 3 })).toEqual(bootstrapMean(observations, { seed: 3 }));
    expect(bootstrapMean(observations, { seed: 3 })).not.toEqual(bootstrapMean(observations, { seed: 4 }));
  });

  it("covers the true mean about as often as it says", () => {
    let covered = 0;
    for (let trial = 0; trial < 200; trial++) {
      const random = new Random(trial, "trial");
      const values = Array.from({ length: 12 }, () => {
        const seedEffect = 0.5 * random.normal();
        return Array.from({ length: 10 }, () => seedEffect + random.normal());
      });
      const { low, high } = bootstrapMean(observed(values, "own"), { confidence: 0.9, resamples: 400 });
      if (low <= 0 && 0 <= high) covered++;
    }
    expect(covered / 200).toBeGreaterThan(0.82);
    expect(covered / 200).toBeLessThan(0.98);
  });

  it("refuses what it cannot judge", () => {
    expect(() => bootstrapMean([])).toThrow(RangeError);
    expect(() => bootstrapMean([{ seed: 1, patient: 1, value: NaN }])).toThrow("finite");
    expect(() => bootstrapMean(observed([[1]], "own"), { confidence: 95 })).toThrow("confidence");
    const twice = { seed: 1, patient: 1, value: 1 };
    expect(() => bootstrapMean([twice, twice])).toThrow("twice");
  });
});

describe("paired effect", () => {
  it("takes only what both have judged", () => {
    const arm = observed([[0.5, 0.6], [0.7]], "shared");
    const reference = observed([[0.25, 0.5]], "shared");
    const differences = pairedDifferences(arm, reference).map(({ value }) => Number(value.toFixed(3)));
    expect(differences).toEqual([0.25, 0.1]);
  });

  it("sees a small steady gain under large differences between patients", () => {
    const random = new Random(1, "patients");
    const reference = Array.from({ length: 3 }, () => Array.from({ length: 8 }, () => random.between(0.2, 0.9)));
    const arm = reference.map((row) => row.map((value) => value + 0.02 + 0.005 * random.normal()));
    const effect = pairedEffect(observed(arm, "own"), observed(reference, "own"));
    expect(effect.verdict).toBe("gain");
    expect(effect.sign).toMatchObject({ positive: 3, total: 3 });
    expect(effect.mean).toBeCloseTo(0.02, 2);
    expect(pairedEffect(observed(reference, "own"), observed(arm, "own")).verdict).toBe("loss");
  });

  it("claims nothing for noise", () => {
    const random = new Random(2, "noise");
    const noise = () => Array.from({ length: 5 }, () => Array.from({ length: 20 }, () => random.normal()));
    expect(pairedEffect(observed(noise(), "own"), observed(noise(), "own")).verdict).toBe("none");
  });

  it("an arm against itself is no gain", () => {
    const scores = observed([[0.4, 0.9]], "own");
    expect(pairedEffect(scores, scores)).toMatchObject({ mean: 0, low: 0, high: 0, verdict: "none" });
  });

  it("counts signs and what a coin would do", () => {
    expect(countSigns([1, 2, 3, 4, 5])).toEqual({ positive: 5, total: 5, chance: 1 / 32 });
    expect(countSigns([1, 2, 3, 4, -5])).toEqual({ positive: 4, total: 5, chance: 6 / 32 });
    expect(countSigns([0, -1])).toEqual({ positive: 0, total: 2, chance: 1 });
  });
});

describe("gate", () => {
  const effectOf = (differences: readonly number[], confidence = 0.9) => {
    // Two patients with the same difference: the interval is that of the seeds.
    const arm = observed(
      differences.map((value) => [value, value]),
      "own",
    );
    const reference = arm.map((observation) => ({ ...observation, value: 0 }));
    return pairedEffect(arm, reference, { confidence });
  };
  const gate = { minimumGain: 0.05, minimumPositive: 5, confidence: 0.9 };

  it("passes a gain that is large, steady and sure", () => {
    expect(passGate(effectOf([0.06, 0.05, 0.08, 0.07, 0.06]), gate).isPassed).toBe(true);
  });

  it("names what is missing", () => {
    expect(passGate(effectOf([0.01, 0.02, 0.01, 0.02, 0.01]), gate)).toEqual({
      isPassed: false,
      isLargeEnough: false,
      isPositiveOftenEnough: true,
      isIntervalAboveZero: true,
    });
    expect(passGate(effectOf([0.2, 0.2, 0.2, 0.2, -0.01]), gate)).toMatchObject({
      isPassed: false,
      isPositiveOftenEnough: false,
    });
    expect(passGate(effectOf([0.5, -0.2, 0.2, -0.3, 0.1]), gate)).toMatchObject({ isIntervalAboveZero: false });
  });

  it("is not passed with an interval of another width", () => {
    expect(() => passGate(effectOf([1], 0.5), gate)).toThrow("confidence 0.5, expected 0.9");
  });
});

describe("learning curve", () => {
  it("has a point for each number of labelled images, in order", () => {
    const at = (labelled: number, value: number) => [
      { labelled, seed: 1, patient: 1, value },
      { labelled, seed: 1, patient: 2, value: value + 0.1 },
    ];
    const curve = learningCurve([...at(10, 0.7), ...at(5, 0.5)]);
    expect(curve.map(({ labelled, mean }) => [labelled, Number(mean.toFixed(3))])).toEqual([
      [5, 0.55],
      [10, 0.75],
    ]);
    expect(curve[0]!.low).toBeCloseTo(0.5);
    expect(curve[0]!.high).toBeCloseTo(0.6);
  });
});
