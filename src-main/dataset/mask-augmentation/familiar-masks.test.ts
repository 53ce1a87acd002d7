import { expect, test } from "vitest";
import { createLabelMap, type LabelMap, stampDisc } from "../../voxels/index.ts";
import { openFamiliarMasks } from "./index.ts";

const disc = (x: number, y: number, radius: number, value = 1): LabelMap => {
  const map = createLabelMap(64, 64);
  stampDisc(map, { x, y }, radius, value);
  return map;
};

const known = openFamiliarMasks([disc(20, 20, 6), disc(24, 30, 8), disc(18, 26, 7), disc(26, 22, 9)]);

test("masks between the known ones and their mirror images are familiar", () => {
  for (const map of [disc(21, 25, 7), disc(43, 25, 7), disc(23, 28, 9)]) expect(known.isFar(map)).toBe(false);
});

test("masks elsewhere, of another size or of other classes are far", () => {
  for (const map of [disc(22, 56, 7), disc(28, 30, 26), disc(21, 25, 7, 2)]) expect(known.isFar(map)).toBe(true);
  expect(known.distance(createLabelMap(64, 64))).toBe(Infinity);
});

test("one known mask alone has its own surroundings", () => {
  const single = openFamiliarMasks([disc(32, 32, 10)]);
  expect(single.isFar(disc(33, 31, 11))).toBe(false);
  expect(single.isFar(disc(32, 50, 10))).toBe(true);
});
