import { describe, expect, it } from "vitest";
import { createLabelMap, ellipseMask, paintMask } from "../../../src-main/voxels/index.ts";
import type { SliceRow } from "../../../src-main/api/contract.ts";
import { copiedLabels, fractionOf, gapAround, labelsBetween } from "./slice-edits.ts";

const stack = (marks: string, positions?: number[]): SliceRow[] =>
  [...marks].map((mark, index) => ({
    frameId: index,
    position: positions?.[index] ?? null,
    revisionId: 0,
    isEmpty: mark === ".",
  }));

describe("the gap around a slice", () => {
  it("reaches to the nearest drawn slices on both sides", () => {
    const gap = gapAround(stack("x..x...x."), 5);
    expect([gap?.from.frameId, gap?.between.map(({ frameId }) => frameId), gap?.to.frameId]).toEqual([3, [4, 5, 6], 7]);
  });
  it("is none on a drawn slice, nor where one side has nothing", () => {
    expect([3, 0, 8].map((frameId) => gapAround(stack(".x.x...x."), frameId))).toEqual([null, null, null]);
  });
  it("is measured in mm, or counted where positions are unknown or the same", () => {
    const known = gapAround(stack("x..x", [0, 1, 7, 10]), 1)!;
    expect(known.between.map((slice) => fractionOf(known, slice))).toEqual([0.1, 0.7]);
    const same = gapAround(stack("x..x", [5, 5, 5, 5]), 1)!;
    expect(same.between.map((slice) => fractionOf(same, slice))).toEqual([1 / 3, 2 / 3]);
  });
});

describe("labels from other slices", () => {
  it("take the place of what is there, but for locked classes", () => {
    const into = { ...createLabelMap(5, 1), data: Uint8Array.of(1, 2, 3, 0, 1) };
    const from = { ...createLabelMap(5, 1), data: Uint8Array.of(2, 1, 2, 3, 0) };
    expect([...copiedLabels(into, from, (value) => value === 3).data]).toEqual([2, 1, 3, 0, 0]);
  });
  it("between two discs lies one of the size between; a locked class is not drawn", () => {
    const disc = (radius: number) => {
      const map = createLabelMap(40, 40);
      paintMask(map, ellipseMask(map, { x: 20 - radius, y: 20 - radius }, { x: 20 + radius, y: 20 + radius }), 1);
      return map;
    };
    const ends = { from: disc(6), to: disc(12), spacing: { x: 1, y: 1 } };
    const area = labelsBetween(ends, 0.5, () => false).data.filter((value) => value === 1).length;
    expect(Math.sqrt(area / Math.PI)).toBeCloseTo(9, 0);
    expect(labelsBetween(ends, 0.5, (value) => value === 1).data.includes(1)).toBe(false);
  });
});
