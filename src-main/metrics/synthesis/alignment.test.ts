import { describe, expect, it } from "vitest";
import { alignmentOf } from "./alignment.ts";

describe("alignment of a mask and what is found in its image", () => {
  it("is the mean Dice over the classes of the mask", () => {
    // Class 1: 2 of 4 and 2 found, both right: 2·2 / 6. Class 2: found exactly.
    expect(alignmentOf([1, 1, 1, 1, 2, 2, 0], [1, 1, 0, 0, 2, 2, 0], [1, 2])).toBeCloseTo((4 / 6 + 1) / 2, 14);
    expect(alignmentOf([1, 1, 0], [0, 0, 1], [1])).toBe(0);
  });

  it("is lowered by a class that only the judge sees, by its area", () => {
    const mask = [...Array<number>(100).fill(1), ...Array<number>(100).fill(0)];
    const withStray = (pixels: number) => mask.map((value, at) => (at >= 100 && at < 100 + pixels ? 2 : value));
    expect(alignmentOf(mask, withStray(1), [1, 2])).toBeCloseTo(1 / 1.01, 14);
    expect(alignmentOf(mask, withStray(50), [1, 2])).toBeCloseTo(1 / 1.5, 14);
    expect(alignmentOf(mask, withStray(100), [1, 2])).toBe(0.5);
    const small = mask.map((value, at) => (at < 90 ? 0 : value));
    expect(alignmentOf(small, small.map((value, at) => (at < 60 ? 2 : value)), [1, 2])).toBe(0.5); // prettier-ignore
  });

  it("heeds only the classes that generator and judge share", () => {
    expect(alignmentOf([1, 1, 3, 3], [1, 1, 4, 4], [1, 2])).toBe(1);
    expect(alignmentOf([3, 3], [4, 4], [1, 2])).toBeNull();
    expect(alignmentOf([0, 0], [2, 0], [1, 2])).toBe(0);
    expect(() => alignmentOf([1], [1, 1], [1])).toThrow("1 and 2 voxels");
  });
});
