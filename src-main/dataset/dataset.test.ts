import { expect, test } from "vitest";
import { Random } from "../random/index.ts";
import { createLabelMap, type Frame, type LabelMap } from "../voxels/index.ts";
import {
  augment,
  createBatches,
  createSampler,
  preprocessFrame,
  preprocessLabelMap,
  restorePrediction,
} from "./index.ts";

function grayFrame(width: number, height: number, value: (x: number, y: number) => number): Frame {
  const data = Float32Array.from({ length: width * height }, (_, at) => value(at % width, Math.floor(at / width)));
  return {
    width,
    height,
    channels: 1,
    sampleType: "float32",
    data,
    photometric: "MONOCHROME2",
    rescaleSlope: 1,
    rescaleIntercept: 0,
    window: null,
    spacing: null,
  };
}

const moments = (values: Float32Array) => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, deviation: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length) };
};

test("a frame gets mean 0 and deviation 1, whatever its units and its hot pixels", () => {
  const ramp = grayFrame(64, 64, (x, y) => x + y);
  const { image } = preprocessFrame(ramp, { size: 64, channels: 1 });
  expect(moments(image).mean).toBeCloseTo(0, 5);
  expect(moments(image).deviation).toBeCloseTo(1, 5);
  const scaled = preprocessFrame({ ...ramp, rescaleSlope: 40, rescaleIntercept: -1000 }, { size: 64, channels: 1 });
  scaled.image.forEach((value, at) => expect(value).toBeCloseTo(image[at]!, 4));
  const hot = preprocessFrame(
    grayFrame(64, 64, (x, y) => (x === 5 && y === 5 ? 1e9 : x === 6 && y === 6 ? NaN : x + y)),
    { size: 64, channels: 1 },
  );
  expect(hot.image[64 * 40 + 40]).toBeCloseTo(image[64 * 40 + 40]!, 1);
});

test("MONOCHROME1 is inverted, an even image is all 0, gray fills three channels, color becomes one", () => {
  const ramp = grayFrame(32, 32, (x) => x);
  const dark = preprocessFrame({ ...ramp, photometric: "MONOCHROME1" }, { size: 32, channels: 1 }).image;
  const bright = preprocessFrame(ramp, { size: 32, channels: 3 }).image;
  dark.forEach((value, at) => expect(value).toBeCloseTo(-bright[at]!, 5));
  expect(bright.subarray(1024, 2048)).toEqual(bright.subarray(0, 1024));
  const even = preprocessFrame(
    grayFrame(32, 32, () => 7),
    { size: 32, channels: 1 },
  ).image;
  expect(even.every((value) => value === 0)).toBe(true);
  const data = Float32Array.from([...ramp.data].flatMap((value) => [value, value, value]));
  const color: Frame = { ...ramp, channels: 3, photometric: "RGB", data };
  const luminance = preprocessFrame(color, { size: 32, channels: 1 }).image;
  luminance.forEach((value, at) => expect(value).toBeCloseTo(bright[at]!, 4));
});

/** One-hot probabilities of a square of class numbers. */
function certain(square: Uint8Array, classes: number): Float32Array {
  const probabilities = new Float32Array((1 + classes) * square.length);
  square.forEach((value, at) => (probabilities[value * square.length + at] = 1));
  return probabilities;
}

test.each([
  ["landscape", 200, 120],
  ["portrait", 90, 170],
  ["smaller than the network", 20, 31],
])("a label map comes back from the network's square in place and size: %s", (_, width, height) => {
  const map: LabelMap = createLabelMap(width, height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (x < width / 2) map.data[y * width + x] = 4;
      else if (y < height / 3) map.data[y * width + x] = 9;
    }
  }
  const options = { size: 128, classes: [4, 9] };
  const { placement, original } = preprocessFrame(
    grayFrame(width, height, () => 0),
    { size: 128, channels: 1 },
  );
  const square = preprocessLabelMap(map, options);
  const { labelMap, confidence, expectedDice } = restorePrediction(
    certain(square, 2),
    { placement, original },
    options,
  );
  const wrong = labelMap.data.filter((value, at) => value !== map.data[at]).length;
  // Only pixels along the two edges may differ, by less than one pixel of the square.
  expect(wrong).toBeLessThan((width + height) * Math.max(1, Math.max(width, height) / 128));
  expect(confidence.length).toBe(width * height);
  expect(expectedDice).toBeGreaterThan(0.95);
});

test("expected Dice is 2 Σ p m / (Σ p + Σ m), without faint foreground; of an empty proposal 1 - the largest p", () => {
  const place = { placement: { left: 0, top: 0, width: 32, height: 32 }, original: { width: 32, height: 32 } };
  const uniform = (foreground: number) =>
    Float32Array.from({ length: 2048 }, (_, at) => (at < 1024 ? 1 - foreground : foreground));
  const options = { size: 32, classes: [1] };
  expect(restorePrediction(uniform(0.8), place, options).expectedDice).toBeCloseTo(1.6 / 1.8, 5);
  const spotted = uniform(0.05);
  spotted.fill(0.1, 0, 100);
  spotted.fill(0.9, 1024, 1124);
  expect(restorePrediction(spotted, place, options).expectedDice).toBeCloseTo(1.8 / 1.9, 5);
  const empty = restorePrediction(uniform(0.2), place, options);
  expect(empty.expectedDice).toBeCloseTo(0.8, 5);
  expect(empty.confidence[0]).toBe(204);
});

test("each epoch shows every example once, and its order follows from seed and position alone", () => {
  const sampler = createSampler(7, 3);
  const first = Array.from({ length: 21 }, (_, position) => sampler(position));
  for (const epoch of [0, 1, 2])
    expect(first.slice(7 * epoch, 7 * epoch + 7).toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect(first.slice(0, 7)).not.toEqual(first.slice(7, 14));
  expect(createSampler(7, 3)(17)).toBe(first[17]);
});

test("image and label map are varied alike: a mask painted into the image stays on it", () => {
  const size = 64;
  const labelMap = Uint8Array.from({ length: size * size }, (_, at) => {
    return Math.hypot((at % size) - 20, Math.floor(at / size) - 40) < 12 ? 1 : 0;
  });
  const image = Float32Array.from(labelMap, (value) => (value ? 2 : -1));
  const into = { image: new Float32Array(size * size), labelMap: new Uint8Array(size * size) };
  for (let seed = 0; seed < 20; seed++) {
    augment({ image, labelMap }, { size, channels: 1, random: new Random(seed), into });
    const middle = (Math.min(...into.image) + Math.max(...into.image)) / 2;
    const apart = into.labelMap.filter((value, at) => value !== (into.image[at]! > middle ? 1 : 0)).length;
    expect(apart).toBeLessThan(0.03 * size * size);
    expect(into.labelMap.some((value) => value === 1)).toBe(true);
  }
});

test("a batch follows from seed and step alone", async () => {
  const example = (index: number) =>
    Promise.resolve({
      image: new Float32Array(32 * 32).map((_, at) => index + Math.sin(at)),
      labelMap: new Uint8Array(32 * 32).fill(index),
    });
  const options = { size: 32, channels: 1, batchSize: 3, seed: 4, isAugmented: true } as const;
  const inOrder = createBatches(5, example, options);
  for (let step = 0; step < 4; step++) await inOrder(step);
  const expected = await inOrder(4);
  const fresh = await createBatches(5, example, options)(4);
  expect(fresh).toEqual(expected);
  expect((await createBatches(5, example, { ...options, seed: 5 })(4)).image).not.toEqual(expected.image);
});
