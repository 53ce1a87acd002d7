import { expect, test } from "vitest";
import { saliencyPlane, saliencyRange } from "./saliency-plane.ts";

const whole = { left: 0, top: 0, width: 8, height: 8 };

test("the highest cell is the hottest, the lowest is not seen, and between their middles it is even", () => {
  const plane = saliencyPlane({ cells: 2, maps: [[0, 4, 0, 4]], area: whole }, 0, { width: 8, height: 8 })!;
  const row = [...plane.subarray(24, 32)];
  expect([row[0], row[1], row[6], row[7]]).toEqual([255, 255, 0, 0]);
  const steps = row.slice(2, 6);
  expect(steps).toEqual(steps.toSorted((a, b) => b - a));
  expect(steps[1]! - steps[2]!).toBeCloseTo(255 / 4, -1);
  expect([...plane.subarray(0, 8)]).toEqual(row);
});

test("where the square of a network reaches beyond the image, the map lies as the network saw it", () => {
  // An image of 8 × 4 in a square of 8 × 8: the rows above and below are not the image's.
  const area = { left: 0, top: -2, width: 8, height: 8 };
  const maps = [[9, 9, 9, 9, 0, 0, 0, 0, 1, 1, 1, 1, 9, 9, 9, 9]];
  const plane = saliencyPlane({ cells: 4, maps, area }, 0, { width: 8, height: 4 })!;
  expect(plane).toHaveLength(32);
  expect(Math.min(...plane)).toBeGreaterThan(150);
});

test("beside its area nothing is shown, and a map without differences is none", () => {
  const area = { left: 4, top: 0, width: 4, height: 8 };
  const plane = saliencyPlane({ cells: 1, maps: [[1], [2, 3]], area }, 0, { width: 8, height: 8 });
  expect(plane).toBeNull();
  expect(saliencyRange([2, 2])).toBeNull();
  expect(saliencyPlane({ cells: 2, maps: [], area }, 0, { width: 8, height: 8 })).toBeNull();
  const half = saliencyPlane({ cells: 2, maps: [[0, 1, 2, 3]], area }, 0, { width: 8, height: 8 })!;
  expect([...half.subarray(0, 4)]).toEqual([255, 255, 255, 255]);
  expect(half[7 * 8 + 7]).toBe(0);
});
