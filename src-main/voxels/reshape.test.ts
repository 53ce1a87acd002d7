import { describe, expect, it } from "vitest";
import { ellipseMask } from "./drawn-shapes.ts";
import type { Frame } from "./frame.ts";
import { createLabelMap } from "./label-map.ts";
import { maskOfClass, paintMask } from "./mask.ts";
import { fillHoles, growMask, shrinkMask, smoothMask } from "./morphology.ts";
import { boundsOfClass, reshapeClass } from "./reshape.ts";

const size = { width: 60, height: 50 };
const disc = ellipseMask(size, { x: 20, y: 0 }, { x: 44, y: 26 }); // touches the upper edge
const frame: Frame = {
  ...size,
  channels: 3,
  sampleType: "uint8",
  data: Uint8Array.from({ length: 9000 }, (_, index) => index % 251),
  photometric: "RGB",
  rescaleSlope: 1,
  rescaleIntercept: 0,
  window: null,
  spacing: null,
};
const free = (): boolean => false;

function mapOfDisc() {
  const map = createLabelMap(60, 50);
  paintMask(map, disc, 3);
  return map;
}

describe("reshaping a class", () => {
  it.each([
    ["growing", 5, (mask: typeof disc) => growMask(mask, 4)],
    ["shrinking", 5, (mask: typeof disc) => shrinkMask(mask, 4)],
    ["smoothing", 10, (mask: typeof disc) => smoothMask(mask, 3)],
    ["filling holes", 1, fillHoles],
  ])("%s within its surroundings is the same as in the whole image", (_, margin, shape) => {
    const map = mapOfDisc();
    map.data[12 * 60 + 30] = 0; // a hole
    const whole = shape(maskOfClass(map, 3));
    reshapeClass(map, frame, { value: 3, margin, isLocked: free }, shape);
    expect([...maskOfClass(map, 3).data]).toEqual([...whole.data]);
  });

  it("hands over the pixels below the class", () => {
    const map = mapOfDisc();
    reshapeClass(map, frame, { value: 3, margin: 2, isLocked: free }, (mask, cut) => {
      expect([cut.width, cut.height, mask.width, mask.height]).toEqual([28, 28, 28, 28]);
      expect(cut.data[0]).toBe(frame.data[18 * 3]);
      expect(cut.data[(5 * 28 + 7) * 3 + 2]).toBe(frame.data[(5 * 60 + 25) * 3 + 2]);
      return mask;
    });
  });

  it("keeps locked classes, and says what changed", () => {
    const map = mapOfDisc();
    map.data.fill(1, 30 * 60);
    const changed = reshapeClass(map, frame, { value: 3, margin: 9, isLocked: (value) => value === 1 }, (mask) =>
      growMask(mask, 8),
    );
    expect(map.data.subarray(30 * 60).every((value) => value === 1)).toBe(true);
    expect(changed).toEqual({ x: 12, y: 0, width: 40, height: 30 });
    const before = map.data.slice();
    const locked = { value: 3, margin: 1, isLocked: (value: number) => value === 3 };
    expect(reshapeClass(map, frame, locked, (mask) => growMask(mask, 1))).toBeNull();
    expect(map.data).toEqual(before);
  });

  it("does nothing for a class that is absent", () => {
    expect(boundsOfClass(mapOfDisc(), 7)).toBeNull();
    const untouched = reshapeClass(mapOfDisc(), frame, { value: 7, margin: 1, isLocked: free }, () => {
      throw new Error("asked for the shape of nothing");
    });
    expect(untouched).toBeNull();
  });
});
