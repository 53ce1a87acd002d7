import { expect, it } from "vitest";
import {
  dice,
  evaluateLabelMaps,
  hausdorff95,
  iou,
  meanOfDefined,
  squaredDistances,
} from "../../src-main/metrics/index.ts";
import { Random } from "../../src-main/random/index.ts";
import { createLabelMap, stampDisc } from "../../src-main/voxels/index.ts";

it("measures that are not defined are null, not made up", () => {
  const empty = [0, 0, 0, 0];
  const one = [0, 1, 0, 0];
  expect(dice(empty, empty)).toBeNull();
  expect(iou(empty, empty)).toBeNull();
  expect(dice(one, empty)).toBe(0);
  expect(iou(one, empty)).toBe(0);
  expect(hausdorff95(one, empty, { shape: [2, 2] })).toBeNull();
  expect(hausdorff95(empty, empty, { shape: [2, 2] })).toBeNull();
  expect(hausdorff95(one, one, { shape: [2, 2] })).toBe(0);
});

it("the distance transform equals the search over all pairs, also with uneven spacing in three dimensions", () => {
  const random = new Random("distance-transform", 1);
  for (const [shape, spacing] of [
    [
      [9, 13],
      [1, 1],
    ],
    [
      [1, 7],
      [0.5, 2],
    ],
    [
      [4, 6, 5],
      [2.5, 0.7, 1.1],
    ],
  ] as const) {
    const voxels = shape.reduce<number>((product, size) => product * size, 1);
    const mask = Uint8Array.from({ length: voxels }, () => (random.uniform() < 0.1 ? 1 : 0));
    mask[random.integer(voxels)] = 1;
    const place = (index: number): number[] => {
      let rest = index;
      const position: number[] = [];
      for (const size of [...shape].reverse()) {
        position.unshift(rest % size);
        rest = Math.floor(rest / size);
      }
      return position;
    };
    const expected = Float64Array.from(mask, (_, from) => {
      let best = Infinity;
      mask.forEach((value, to) => {
        if (!value) return;
        const target = place(to);
        const squared = place(from).reduce((sum, at, axis) => sum + (spacing[axis]! * (at - target[axis]!)) ** 2, 0);
        best = Math.min(best, squared);
      });
      return best;
    });
    const got = squaredDistances(mask, shape, spacing);
    got.forEach((value, index) => expect(value).toBeCloseTo(expected[index]!, 9));
  }
});

it("the distance transform of an empty mask is infinite", () => {
  expect([...squaredDistances(new Uint8Array(6), [2, 3], [1, 1])]).toEqual(Array(6).fill(Infinity));
});

it("scores each class in mm where the spacing is known, else in pixels", () => {
  const truth = createLabelMap(64, 48);
  const prediction = createLabelMap(64, 48);
  stampDisc(truth, { x: 20, y: 20 }, 8, 1);
  stampDisc(prediction, { x: 24, y: 20 }, 8, 1);
  stampDisc(prediction, { x: 50, y: 30 }, 4, 3);
  const options = { classes: [1, 2, 3], spacing: { x: 0.5, y: 2 } };
  const [first, second, third] = evaluateLabelMaps(prediction, truth, options);
  expect(first!.unit).toBe("mm");
  expect(first!.hd95).toBe(2); // shifted by 4 columns of 0.5 mm
  expect(first!.dice).toBeGreaterThan(0.6);
  expect(first!.dice).toBeLessThan(0.8);
  expect(second).toEqual({ value: 2, dice: null, iou: null, hd95: null, assd: null, unit: "mm" });
  expect(third).toEqual({ value: 3, dice: 0, iou: 0, hd95: null, assd: null, unit: "mm" });
  const [inPixels] = evaluateLabelMaps(prediction, truth, { classes: [1], spacing: null });
  expect(inPixels!.unit).toBe("px");
  expect(inPixels!.hd95).toBe(4);
  expect(() => evaluateLabelMaps(prediction, createLabelMap(2, 2), options)).toThrow("64 x 48");
});

it("a mean leaves out what is not defined and says how many it holds", () => {
  expect(meanOfDefined([0.5, null, 1])).toEqual({ mean: 0.75, count: 2 });
  expect(meanOfDefined([null])).toEqual({ mean: null, count: 0 });
});

it("a 512 x 512 image is scored within a fraction of a second", () => {
  const truth = createLabelMap(512, 512);
  const prediction = createLabelMap(512, 512);
  stampDisc(truth, { x: 250, y: 250 }, 150, 1);
  stampDisc(prediction, { x: 260, y: 240 }, 140, 1);
  evaluateLabelMaps(prediction, truth, { classes: [1], spacing: null });
  const start = performance.now();
  evaluateLabelMaps(prediction, truth, { classes: [1], spacing: null });
  // Measured 55 ms; a search over all pairs of surface pixels would be quadratic. Wide margin for busy machines.
  expect(performance.now() - start).toBeLessThan(1000);
});
