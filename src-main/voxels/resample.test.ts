import { expect, it } from "vitest";
import { Random } from "../random/index.ts";
import {
  createLabelMap,
  labelComponents,
  resizeArea,
  resizeBilinear,
  resizeLabelMap,
  resizePlanes,
  stampDisc,
} from "./index.ts";

const size = (width: number, height: number) => ({ width, height });

it("the same size changes nothing", () => {
  const random = new Random("resample", 1);
  const plane = Float32Array.from({ length: 7 * 5 }, () => random.uniform());
  expect(resizeBilinear(plane, size(7, 5), size(7, 5))).toEqual(plane);
  expect([...resizeArea(plane, size(7, 5), size(7, 5))]).toEqual(
    [...plane].map((value) => expect.closeTo(value, 6) as number),
  );
});

it("bilinear doubles with the half-pixel convention, edges repeated", () => {
  expect([...resizeBilinear([0, 4], size(2, 1), size(4, 1))]).toEqual([0, 1, 3, 4]);
  expect([...resizeBilinear([0, 4], size(1, 2), size(1, 4))]).toEqual([0, 1, 3, 4]);
});

it("halving is the mean of two, by bilinear and by area", () => {
  const plane = [1, 3, 5, 7, 9, 11, 13, 15];
  expect([...resizeBilinear(plane, size(4, 2), size(2, 1))]).toEqual([6, 10]);
  expect([...resizeArea(plane, size(4, 2), size(2, 1))]).toEqual([6, 10]);
});

it("area keeps the mean for any ratio; one axis may shrink while the other grows", () => {
  const random = new Random("resample", 2);
  const plane = Float32Array.from({ length: 31 * 17 }, () => random.uniform());
  const mean = (values: Float32Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  expect(mean(resizeArea(plane, size(31, 17), size(7, 5)))).toBeCloseTo(mean(plane), 5);
  expect(resizeArea(plane, size(31, 17), size(7, 40))).toHaveLength(7 * 40);
});

it("a linear ramp stays linear away from the edges", () => {
  const ramp = Float32Array.from({ length: 20 }, (_, index) => index + 0.5);
  const resized = resizeBilinear(ramp, size(20, 1), size(50, 1));
  for (let index = 2; index < 48; index++) expect(resized[index]).toBeCloseTo((index + 0.5) * 0.4, 5);
});

it("planes are resized one by one", () => {
  const planes = Float32Array.of(0, 4, 10, 30);
  expect([...resizePlanes(planes, 2, size(2, 1), size(1, 1))]).toEqual([2, 20]);
  expect(() => resizePlanes(planes, 3, size(2, 1), size(1, 1))).toThrow("do not fill");
});

it("label maps go up by whole factors and back without change, and never get new classes", () => {
  const map = createLabelMap(13, 9);
  stampDisc(map, { x: 6, y: 4 }, 3, 2);
  stampDisc(map, { x: 9, y: 6 }, 2, 200);
  const large = resizeLabelMap(map, size(39, 27));
  expect(resizeLabelMap(large, size(13, 9))).toEqual(map);
  expect([...new Set(resizeLabelMap(map, size(50, 20)).data)].sort()).toEqual([0, 2, 200]);
});

it("components touch by faces or by corners", () => {
  const diagonal = [1, 0, 0, 1];
  expect(labelComponents(diagonal, [2, 2], 1).sizes).toEqual([1, 1]);
  expect(labelComponents(diagonal, [2, 2], 2).sizes).toEqual([2]);
});
