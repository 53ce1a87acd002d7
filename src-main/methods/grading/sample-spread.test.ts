import { describe, expect, it } from "vitest";
import { pairedTTest, sampleSpread } from "./sample-spread.ts";

describe("the paired t-test", () => {
  // SciPy: stats.ttest_1samp(x, 0).
  it.each([
    [[1, 2, 3, 4], 3.872983346207417, 0.030466291662170977],
    [[0.1, -0.2, 0.3, 0.05, 0.12], 0.9195562482186982, 0.40984018349531115],
    [[-1, -2, -3, -4], -3.872983346207417, 0.030466291662170977],
  ])("of %j is Student's", (differences, t, p) => {
    const told = pairedTTest(differences);
    expect(told.t).toBeCloseTo(t, 12);
    expect(told.p).toBeCloseTo(p, 12);
  });

  it("has the closed forms of 1 and 2 degrees of freedom", () => {
    // One: p = 1 - (2/π) atan |t|; two: p = 1 - |t| / √(2 + t²).
    const one = pairedTTest([1, 2]);
    expect(one.p).toBeCloseTo(1 - (2 / Math.PI) * Math.atan(Math.abs(one.t!)), 12);
    const two = pairedTTest([1, 2, 4]);
    expect(two.p).toBeCloseTo(1 - Math.abs(two.t!) / Math.sqrt(2 + two.t! ** 2), 12);
  });

  it("is certain of differences that are all the same, and knows nothing of none", () => {
    expect(pairedTTest([0.2, 0.2, 0.2])).toEqual({ t: null, p: 0 });
    expect(pairedTTest([0, 0])).toEqual({ t: 0, p: 1 });
    expect(() => pairedTTest([1])).toThrow(RangeError);
  });
});

describe("samples of an image", () => {
  it("are told by class: mean, percentiles, deviation; by votes: entropy; and whether the two best are apart", () => {
    const samples = [
      [0.6, 0.3, 0.1],
      [0.5, 0.4, 0.1],
      [0.3, 0.6, 0.1],
      [0.6, 0.3, 0.1],
    ];
    const spread = sampleSpread(samples, [0.75, 0.25, 0])!;
    [0.5, 0.4, 0.1].forEach((mean, at) => expect(spread.means[at]).toBeCloseTo(mean, 12));
    expect(spread.low[0]).toBeCloseTo(0.3 + 0.075 * 0.2, 12);
    expect(spread.high[0]).toBeCloseTo(0.6, 12);
    expect(spread.deviations[0]).toBeCloseTo(Math.sqrt(0.06 / 4), 12);
    expect(spread.deviations[2]).toBeCloseTo(0, 12);
    expect(spread.entropy).toBeCloseTo((0.75 * Math.log(4 / 3) + 0.25 * Math.log(4)) / Math.log(3), 12);
    expect(spread.margin).toBeCloseTo(0.1, 12);
    // Differences 0.3, 0.1, -0.3, 0.3: t = 0.1 · 2 / √0.08.
    expect(spread.test).toMatchObject({ first: 0, second: 1, isApart: false });
    expect(spread.test.t).toBeCloseTo(0.1 / (Math.sqrt(0.08) / 2), 10);
  });

  it("that all say the same are apart by no doubt, and one sample says nothing of it", () => {
    const sure = sampleSpread(
      Array.from({ length: 5 }, () => [0.2, 0.8]),
      [0, 1],
    )!;
    expect(sure).toMatchObject({ entropy: 0, test: { first: 1, second: 0, p: 0, isApart: true } });
    expect(sampleSpread([[0.2, 0.8]], [0, 1])).toBeNull();
    expect(sampleSpread([[1], [1]], [1])).toBeNull();
  });
});
