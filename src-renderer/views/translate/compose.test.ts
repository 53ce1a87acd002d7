import { expect, it } from "vitest";
import type { Frame } from "../../../src-main/voxels/index.ts";
import { composed, errorMap, type Gray, grayAsMade, grayOf } from "./compose.ts";

const frame = (values: number[], more: Partial<Frame> = {}): Frame => ({
  width: values.length,
  height: 1,
  channels: 1,
  sampleType: "float32",
  data: Float32Array.from(values),
  photometric: "MONOCHROME2",
  rescaleSlope: 1,
  rescaleIntercept: 0,
  window: null,
  spacing: null,
  ...more,
});
const gray = (width: number, height: number, value: (x: number, y: number) => number): Gray => ({
  width,
  height,
  data: Uint8Array.from({ length: width * height }, (_, at) => value(at % width, Math.floor(at / width))),
});
const rgb = (pixels: Uint8ClampedArray, at: number) => [...pixels.slice(4 * at, 4 * at + 3)];

it("an image is shown from its lowest to its highest value, dark on low, whatever its units", () => {
  expect([...grayOf(frame([-1000, -500, 0])).data]).toEqual([0, 128, 255]);
  expect([...grayOf(frame([0, 1, 2], { photometric: "MONOCHROME1" })).data]).toEqual([255, 128, 0]);
  expect([...grayOf(frame([7, 7, 7])).data]).toEqual([0, 0, 0]);
  expect([...grayOf(frame([NaN, 0, 4])).data]).toEqual([0, 0, 255]);
  // A dim slice on the scale of its series, in units of the modality.
  expect([...grayOf(frame([0, 3, 6], { rescaleSlope: 2 }), { low: 0, high: 200 }).data]).toEqual([0, 8, 15]);
  // What a model made has its scale already.
  expect([...grayAsMade(frame([10, 20])).data]).toEqual([10, 20]);
});

it("one hot pixel does not darken the others", () => {
  const values = Array.from({ length: 1001 }, (_, at) => at % 100);
  values[500] = 90_000;
  expect(Math.max(...grayOf(frame(values)).data.slice(0, 100))).toBe(255);
  expect(grayOf(frame(values)).data[50]).toBeGreaterThan(120);
});

it("overlay: blue where the source alone is bright, orange where the target alone is, gray where both are", () => {
  const source = gray(3, 1, (x) => (x === 1 ? 0 : 200));
  const target = gray(3, 1, (x) => (x === 0 ? 0 : 200));
  const pixels = composed(source, target, "overlay", { opacity: 0.5 });
  const [red, , blue] = rgb(pixels, 0);
  expect(blue).toBeGreaterThan(red!);
  const [warm, , cold] = rgb(pixels, 1);
  expect(warm).toBeGreaterThan(cold!);
  expect(rgb(pixels, 2)).toEqual([200, 200, 200]);
  // Alone, the target is not seen.
  const alone = composed(
    source,
    gray(3, 1, () => 99),
    "overlay",
    { opacity: 0 },
  );
  expect(alone).toEqual(
    composed(
      source,
      gray(3, 1, () => 0),
      "overlay",
      { opacity: 0 },
    ),
  );
});

it("checkerboard: squares by turns, along both sides", () => {
  const pixels = composed(
    gray(4, 4, () => 10),
    gray(4, 4, () => 20),
    "checkerboard",
    { tiles: 2 },
  );
  const shown = Array.from({ length: 16 }, (_, at) => pixels[4 * at]);
  expect(shown).toEqual([10, 10, 20, 20, 10, 10, 20, 20, 20, 20, 10, 10, 20, 20, 10, 10]);
});

it("difference: black where both are alike, white where they differ most, and its mean", () => {
  const { pixels, mean } = errorMap(
    gray(2, 1, () => 0),
    gray(2, 1, (x) => 255 * x),
  );
  expect([rgb(pixels, 0), rgb(pixels, 1)]).toEqual([
    [0, 0, 0],
    [255, 255, 255],
  ]);
  expect(mean).toBeCloseTo(0.5);
});
