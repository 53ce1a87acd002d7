import { expect, it, test } from "vitest";
import { Random } from "../random/index.ts";
import { squaredDistances } from "./distance-transform.ts";
import { scoreVolume, summarizeVolumes } from "./index.ts";
import { hausdorff95Of, surfaceDistances } from "./surface-distance.ts";

/** A mask of `shape` with these voxels, [z, y, x] each. */
function maskOf(shape: readonly [number, number, number], voxels: readonly (readonly number[])[]): Uint8Array {
  const mask = new Uint8Array(shape[0] * shape[1] * shape[2]);
  for (const [z, y, x] of voxels) mask[(z! * shape[1] + y!) * shape[2] + x!] = 1;
  return mask;
}

/** All voxels of a box, `start` included, `end` not. */
function box(start: readonly number[], end: readonly number[]): number[][] {
  const voxels: number[][] = [];
  for (let z = start[0]!; z < end[0]!; z++)
    for (let y = start[1]!; y < end[1]!; y++) for (let x = start[2]!; x < end[2]!; x++) voxels.push([z, y, x]);
  return voxels;
}

const shape = [8, 9, 10] as const;

test("two single voxels 3 apart are 3 apart by every distance, in any direction, and in mm where there is a spacing", () => {
  const one = maskOf(shape, [[4, 4, 4]]);
  for (const [axis, other] of [
    [1, 4, 4],
    [4, 7, 4],
    [4, 4, 1],
  ].entries()) {
    const scores = scoreVolume(one, maskOf(shape, [other]), { shape });
    expect(scores).toEqual({ dice: 0, jaccard: 0, hausdorff95: 3, averageSurfaceDistance: 3, assd: 3, empty: "none" });
    const spacing = [2.5, 0.7, 0.5];
    const inMm = scoreVolume(one, maskOf(shape, [other]), { shape, spacing });
    expect(inMm.hausdorff95).toBeCloseTo(3 * spacing[axis]!, 12);
    expect(inMm.averageSurfaceDistance).toBeCloseTo(3 * spacing[axis]!, 12);
  }
});

test("95HD lies between ranks of the pooled distances: nineteen zeros and one 10 give 0.5", () => {
  for (const zeros of [19, 12]) {
    const distances = { aToB: new Float64Array(zeros), bToA: Float64Array.of(...Array(19 - zeros).fill(0), 10) };
    expect(hausdorff95Of(distances)).toBeCloseTo(0.5, 12);
  }
});

test("ASD is directed, over face-connected surfaces: a plus lies on the square, four corners of the square lie 1 off the plus", () => {
  const plane = [1, 5, 5] as const;
  const square = maskOf(plane, box([0, 1, 1], [1, 4, 4]));
  const plus = maskOf(plane, [
    [0, 2, 2],
    [0, 1, 2],
    [0, 3, 2],
    [0, 2, 1],
    [0, 2, 3],
  ]);
  const flat = { shape: [5, 5] };
  expect(scoreVolume(plus, square, flat).averageSurfaceDistance).toBe(0);
  expect(scoreVolume(square, plus, flat).averageSurfaceDistance).toBe((4 * 1) / 8);
  expect(scoreVolume(square, plus, flat).assd).toBe(0.25);
  // The same as a solid in three dimensions: the cube's 26 surface voxels, 20 of them off the plus of 6 arms.
  const cube = maskOf([5, 5, 5], box([1, 1, 1], [4, 4, 4]));
  const arms = maskOf(
    [5, 5, 5],
    [
      [2, 2, 2],
      [1, 2, 2],
      [3, 2, 2],
      [2, 1, 2],
      [2, 3, 2],
      [2, 2, 1],
      [2, 2, 3],
    ],
  );
  const solid = { shape: [5, 5, 5] };
  expect(scoreVolume(arms, cube, solid).averageSurfaceDistance).toBe(0);
  const edgesAndCorners = 12 * 1 + 8 * Math.SQRT2;
  expect(scoreVolume(cube, arms, solid).averageSurfaceDistance).toBeCloseTo(edgesAndCorners / 26, 12);
});

test("an object that touches the border of the volume has surface there", () => {
  const full = maskOf([3, 3, 3], box([0, 0, 0], [3, 3, 3]));
  const center = maskOf([3, 3, 3], [[1, 1, 1]]);
  const { aToB } = surfaceDistances(full, center, { shape: [3, 3, 3] })!;
  expect(aToB.length).toBe(26);
});

test("Jaccard is D / (2 - D) in each volume, and both are counts of voxels", () => {
  const a = maskOf(shape, box([1, 1, 1], [5, 5, 5]));
  const b = maskOf(shape, box([1, 1, 2], [5, 5, 6]));
  const { dice, jaccard } = scoreVolume(a, b, { shape });
  expect(dice).toBeCloseTo(0.75, 12);
  expect(jaccard).toBeCloseTo(dice / (2 - dice), 12);
});

test("empty masks: strict gives the worst and says so, legacy gives zeros as published tables do", () => {
  const empty = new Uint8Array(8 * 9 * 10);
  const one = maskOf(shape, [[4, 4, 4]]);
  const scores = (dice: number, distance: number, kind: string) => ({
    dice,
    jaccard: dice,
    hausdorff95: distance,
    averageSurfaceDistance: distance,
    assd: distance,
    empty: kind,
  });
  const diagonal = Math.hypot(8 * 2, 9, 10);
  const options = { shape, spacing: [2, 1, 1] };
  expect(scoreVolume(empty, empty, options)).toEqual(scores(1, 0, "both"));
  expect(scoreVolume(empty, one, options)).toEqual(scores(0, diagonal, "prediction"));
  expect(scoreVolume(one, empty, options)).toEqual(scores(0, diagonal, "reference"));
  const legacy = { ...options, emptyRule: "legacy" } as const;
  expect(scoreVolume(empty, empty, legacy)).toEqual(scores(0, 0, "both"));
  expect(scoreVolume(empty, one, legacy)).toEqual(scores(0, 0, "prediction"));
  expect(() => scoreVolume(one, empty, legacy)).toThrow("the reference is empty");
  const summary = summarizeVolumes([empty, one].map((prediction) => scoreVolume(prediction, one, options)));
  expect(summary).toMatchObject({ dice: 0.5, volumes: 2, empty: { prediction: 1, reference: 0, both: 0 } });
  expect(summary.hausdorff95).toBeCloseTo(diagonal / 2, 12);
  expect(() => summarizeVolumes([])).toThrow(RangeError);
});

it("finds the same distances within the masks' box as in the whole volume", () => {
  const random = new Random("volume scores", 1);
  for (let round = 0; round < 20; round++) {
    const [a, b] = [0, 1].map(() => {
      const start = shape.map((size) => random.integer(size - 2));
      const end = shape.map((size, axis) => start[axis]! + 1 + random.integer(size - start[axis]!));
      return maskOf(
        shape,
        box(start, end).filter(() => random.uniform() < 0.7),
      );
    }) as [Uint8Array, Uint8Array];
    const found = surfaceDistances(a, b, { shape, spacing: [1.5, 1, 1] });
    if (found === null) {
      expect([a, b].some((mask) => mask.every((value) => value === 0))).toBe(true);
      continue;
    }
    const isSurface = (mask: Uint8Array) =>
      mask.map((value, index) => {
        const [z, y, x] = [Math.floor(index / 90), Math.floor(index / 10) % 9, index % 10];
        const at = (dz: number, dy: number, dx: number) => {
          const inside = z + dz >= 0 && z + dz < 8 && y + dy >= 0 && y + dy < 9 && x + dx >= 0 && x + dx < 10;
          return inside && mask[index + 90 * dz + 10 * dy + dx] === 1;
        };
        const isInner = at(-1, 0, 0) && at(1, 0, 0) && at(0, -1, 0) && at(0, 1, 0) && at(0, 0, -1) && at(0, 0, 1);
        return value && !isInner ? 1 : 0;
      });
    const squared = squaredDistances(isSurface(b), shape, [1.5, 1, 1]);
    const surface = isSurface(a);
    expect([...found.aToB]).toEqual([...squared].filter((_, index) => surface[index]).map(Math.sqrt));
  }
});
