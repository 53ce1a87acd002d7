import { describe, expect, it } from "vitest";
import { Random } from "../../random/index.ts";
import { chooseRegions, cutRegions } from "./regions.ts";

const CELLS = 8;
/** 64 pixels, windows of 16: two cells. */
const options = { classes: 1, cells: CELLS, size: 64, side: 16, count: 4 };
const flat = (value = 0) => new Float64Array(CELLS ** 2).fill(value);
const peaked = (row: number, column: number, height = 1) => {
  const map = flat();
  map[row * CELLS + column] = height;
  return map;
};
const drawn = (seed: number, classes = 1) => {
  const random = new Random("saliency", seed);
  return Float64Array.from({ length: classes * CELLS ** 2 }, () => random.normal());
};

describe("regions", () => {
  it("the first has the highest mean of all windows", () => {
    for (let seed = 0; seed < 20; seed++) {
      const saliency = drawn(seed);
      const [first] = chooseRegions({ ...options, saliency });
      const meanAt = (row: number, column: number) =>
        [0, 1, CELLS, CELLS + 1].reduce((sum, offset) => sum + saliency[row * CELLS + column + offset]!, 0) / 4;
      const means = [];
      for (let row = 0; row < 7; row++) for (let column = 0; column < 7; column++) means.push(meanAt(row, column));
      expect(meanAt(first!.row / 8, first!.column / 8)).toBeCloseTo(Math.max(...means), 12);
    }
  });

  it("covers a single peak; a broad plateau may win over a lone spike in a wide window, and never where the window is one cell", () => {
    for (const [row, column] of [
      [3, 4],
      [0, 0],
      [7, 7],
    ] as const) {
      const [first] = chooseRegions({ ...options, saliency: peaked(row, column) });
      expect(first!.row / 8).toBeGreaterThanOrEqual(row - 1);
      expect(first!.row / 8).toBeLessThanOrEqual(row);
      expect(first!.column / 8).toBeGreaterThanOrEqual(column - 1);
      expect(first!.column / 8).toBeLessThanOrEqual(column);
    }
    const both = peaked(1, 1);
    for (const at of [5 * CELLS + 5, 5 * CELLS + 6, 6 * CELLS + 5, 6 * CELLS + 6]) both[at] = 0.6;
    expect(chooseRegions({ ...options, saliency: both })[0]).toEqual({ row: 40, column: 40 });
    expect(chooseRegions({ ...options, side: 8, saliency: both })[0]).toEqual({ row: 8, column: 8 });
  });

  it("all lie inside, whatever the sizes, and a map without any difference gives places too", () => {
    for (const saliency of [flat(), flat(-3), drawn(1)]) {
      for (const [size, side] of [
        [64, 16],
        [224, 32],
        [100, 30],
        [48, 48],
      ] as const) {
        const regions = chooseRegions({ ...options, saliency, size, side });
        expect(regions).toHaveLength(4);
        for (const { row, column } of regions) {
          for (const first of [row, column]) {
            expect(Number.isInteger(first)).toBe(true);
            expect(first).toBeGreaterThanOrEqual(0);
            expect(first + side).toBeLessThanOrEqual(size);
          }
        }
      }
    }
  });

  it("follow their map by a cell, and are all different where the window is one cell", () => {
    const at = (row: number, column: number) =>
      chooseRegions({ ...options, side: 8, count: 1, saliency: peaked(row, column) })[0];
    expect(at(3, 4)).toEqual({ row: 24, column: 32 });
    expect(at(4, 4)).toEqual({ row: 32, column: 32 });
    const positive = drawn(5).map((value) => Math.exp(value));
    const regions = chooseRegions({ ...options, side: 8, count: 6, saliency: positive });
    expect(new Set(regions.map(({ row, column }) => `${row} ${column}`)).size).toBe(6);
  });

  it("count classes alike, whatever their range", () => {
    const saliency = new Float64Array(2 * CELLS ** 2);
    saliency[3 * CELLS + 3] = 1000; // of the first class
    saliency[CELLS ** 2 + 6 * CELLS + 1] = 0.001; // of the second
    const [first, second] = chooseRegions({ ...options, classes: 2, side: 8, saliency });
    expect([first, second]).toEqual([
      { row: 24, column: 24 },
      { row: 48, column: 8 },
    ]);
  });

  it("refuse windows larger than the image", () => {
    expect(() => chooseRegions({ ...options, side: 80, saliency: flat() })).toThrow("do not fit");
  });

  it("are cut out with all channels", () => {
    const image = Float32Array.from({ length: 2 * 16 }, (_, at) => at);
    const cut = cutRegions(image, { size: 4, side: 2, channels: 2 }, [
      { row: 1, column: 2 },
      { row: 0, column: 0 },
    ]);
    expect([...cut]).toEqual([6, 7, 10, 11, 22, 23, 26, 27, 0, 1, 4, 5, 16, 17, 20, 21]);
    const options = { size: 4, side: 2, channels: 2, isFirstChannelAlone: true };
    expect([...cutRegions(image, options, [{ row: 1, column: 2 }])]).toEqual([6, 7, 10, 11, 6, 7, 10, 11]);
  });
});
