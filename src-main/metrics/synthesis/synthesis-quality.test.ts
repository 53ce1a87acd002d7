import { describe, expect, it } from "vitest";
import { Random } from "../../random/index.ts";
import { frechetDistance } from "../distributions/frechet-distance.ts";
import { kernelDistance } from "../distributions/kernel-distance.ts";
import { COEFFICIENTS } from "../features/scattering.ts";
import { directionless } from "../features/directionless.ts";
import type { Estimated } from "./quality.ts";
import { type MeasuredPair, synthesisQuality } from "./synthesis-quality.ts";

const draw = (random: Random, images: number, shift = 0): Float64Array[] =>
  Array.from({ length: images }, () => Float64Array.from({ length: COEFFICIENTS }, () => shift + random.normal()));

const realOf = (rows: Float64Array[]) => ({
  features: { rows, groups: rows.map((_, index) => `patient ${index}`) },
  thresholds: { feature: { distance: 1, ratio: 1 }, pixel: { distance: 1, ratio: 1 } },
  warnings: [],
  expectedByChance: (count: number) => 0.1 * count,
});

const pairsOf = (rows: Float64Array[], each = 1): MeasuredPair[] =>
  rows.map((features, index) => ({
    features,
    group: Math.floor(index / each),
    alignment: index / rows.length,
    isNearCopy: false,
  }));

function numbers(estimate: Estimated) {
  if (estimate.kind === "too-few") throw new Error(`too few: ${estimate.images} of ${estimate.needed}`);
  return estimate;
}

describe("the quality of synthetic pairs", () => {
  const random = new Random("quality");
  const [rows, others] = [draw(random, 24), draw(random, 60)];

  it("does not depend on the order in which the pairs were made", () => {
    const pairs = pairsOf(others, 2);
    const inOrder = synthesisQuality(realOf(rows), pairs);
    const shuffled = synthesisQuality(realOf(rows), random.shuffle(pairs));
    for (const measure of ["diversity", "frechet", "kernel"] as const) {
      const [one, other] = [numbers(inOrder[measure]), numbers(shuffled[measure])];
      for (const bound of ["value", "low", "high", "plain"] as const) {
        expect(other[bound] / one[bound]).toBeCloseTo(1, 9);
      }
    }
    expect({ ...shuffled, diversity: 0, frechet: 0, kernel: 0 }).toEqual({
      ...inOrder,
      diversity: 0,
      frechet: 0,
      kernel: 0,
    });
  });

  it("is that of the measures by themselves, of pairs that are not withheld", () => {
    const pairs = pairsOf([...rows.slice(0, 5), ...others]).map((pair, index) => ({ ...pair, isNearCopy: index < 5 }));
    const quality = synthesisQuality(realOf(rows), pairs);
    expect(quality).toMatchObject({ pairs: 60, real: 24, nearCopies: 5, expectedByChance: 6.5 });
    expect(numbers(quality.kernel).plain).toBeCloseTo(kernelDistance(others, rows), 12);
    expect(numbers(quality.frechet).plain).toBeCloseTo(
      frechetDistance(others.map(directionless), rows.map(directionless)),
      12,
    );
  });

  it("tells how many it takes where there are too few, and never a number", () => {
    const quality = synthesisQuality(realOf(rows.slice(0, 9)), pairsOf(others));
    const tooFew = (images: number, needed: number) => ({ kind: "too-few", images, needed });
    expect(quality).toMatchObject({ diversity: tooFew(9, 10), frechet: tooFew(9, 20), kernel: tooFew(9, 10) });
    // Sixty images of 15 masks count as 15.
    const grouped = synthesisQuality(realOf(rows), pairsOf(others, 4));
    expect(grouped.frechet).toEqual(tooFew(15, 20));
    expect(grouped.kernel.kind).toBe("estimate");
    expect(synthesisQuality(realOf(rows), [])).toMatchObject({ pairs: 0, alignment: null, kernel: tooFew(0, 10) });
  });

  it("has no diversity beside real images that are all the same, and repeated ones make no difference", () => {
    const same = Array.from({ length: 24 }, () => rows[0]!);
    expect(synthesisQuality(realOf(same), pairsOf(others)).diversity).toEqual({ kind: "too-few", images: 1, needed: 10 }); // prettier-ignore
    const [twice, once] = [[...rows, ...rows], rows].map((real) => synthesisQuality(realOf(real), pairsOf(others)));
    expect(numbers(twice!.diversity).plain).toBeCloseTo(numbers(once!.diversity).plain, 12);
  });

  it("counts poor pairs, and has no alignment without judge and no near-copies without verdict", () => {
    const pairs = pairsOf(others.slice(0, 4));
    expect(synthesisQuality(realOf(rows), pairs).alignment).toEqual({ median: 0.375, lowest: 0, poor: 2 });
    const unjudged = pairs.map((pair) => ({ ...pair, alignment: null, isNearCopy: null }));
    const quality = synthesisQuality({ ...realOf(rows), thresholds: null, expectedByChance: () => null }, unjudged);
    expect(quality).toMatchObject({ alignment: null, nearCopies: null, expectedByChance: null, pairs: 4 });
  });
});
