import { expect, test } from "vitest";
import { Random } from "../random/index.ts";
import { createFrameCache } from "./frame-cache.ts";
import { strongIntensities } from "./strong-intensities.ts";
import { drawPlaneTurn, turnPlanes } from "./plane-turn.ts";

const turned = (values: number[], turn: Partial<ReturnType<typeof drawPlaneTurn>>) => {
  const size = Math.sqrt(values.length);
  const into = new Uint8Array(values.length);
  turnPlanes(Uint8Array.from(values), size, { quarters: 0, mirror: null, degrees: 0, ...turn }, into);
  return [...into];
};

test("quarter turns go against the clock, and mirroring reverses rows or columns", () => {
  const square = [1, 2, 3, 4];
  expect(turned(square, { quarters: 1 })).toEqual([2, 4, 1, 3]);
  expect(turned(square, { quarters: 2 })).toEqual([4, 3, 2, 1]);
  expect(turned(square, { quarters: 3 })).toEqual([3, 1, 4, 2]);
  expect(turned(square, { mirror: "rows" })).toEqual([3, 4, 1, 2]);
  expect(turned(square, { mirror: "columns" })).toEqual([2, 1, 4, 3]);
});

test("a small angle reads the nearest pixel, and nothing from outside; the middle stays", () => {
  const side = 33;
  const values = Array.from({ length: side * side }, (_, at) => 1 + (at % 200));
  const result = turned(values, { degrees: 20 });
  expect(result[16 * side + 16]).toBe(values[16 * side + 16]);
  expect(result[0]).toBe(0);
  expect(result.every((value) => value === 0 || values.includes(value))).toBe(true);
  const back = turned(result, { degrees: -20 });
  const same = back.filter((value, at) => value === values[at]).length;
  expect(same).toBeGreaterThan(0.5 * side * side);
});

test("turns are drawn with the published chances", () => {
  const random = new Random(3, "turns");
  const kinds = { flipped: 0, turned: 0, none: 0 };
  const angles = new Set<number>();
  for (let draw = 0; draw < 8000; draw++) {
    const { mirror, degrees, quarters } = drawPlaneTurn("paper", random);
    if (mirror !== null) kinds.flipped++;
    else if (degrees !== 0) {
      kinds.turned++;
      angles.add(degrees);
      expect(quarters).toBe(0);
    } else kinds.none++;
  }
  expect(kinds.flipped / 8000).toBeCloseTo(0.5, 1);
  expect(kinds.turned / 8000).toBeCloseTo(0.25 * (39 / 40), 1);
  expect([Math.min(...angles), Math.max(...angles)]).toEqual([-20, 19]);
});

test("strong intensities keep geometry: what was brighter stays brighter where nothing is blurred", () => {
  const size = 16;
  let changed = 0;
  for (let seed = 0; seed < 20; seed++) {
    const image = Float32Array.from({ length: size * size }, (_, at) => (at % size < 8 ? -1 : 1));
    strongIntensities(image, size, new Random(seed, "strong"));
    expect(image.every(Number.isFinite)).toBe(true);
    expect(image[0]!).toBeLessThan(image[size - 1]!);
    if (image[0] !== -1) changed++;
  }
  expect(changed).toBeGreaterThan(10);
});

test("a cache keeps what fits, and prepares the rest anew", async () => {
  const prepared: number[] = [];
  const cache = createFrameCache(
    (frameId: number) => {
      prepared.push(frameId);
      return Promise.resolve(new Uint8Array(10));
    },
    { bytesOf: (bytes) => bytes.length, limitBytes: 25 },
  );
  for (const frameId of [1, 2, 3, 1, 2, 3, 3]) await cache(frameId);
  expect(prepared).toEqual([1, 2, 3, 3, 3]);
});
