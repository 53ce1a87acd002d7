import { expect, it } from "vitest";
import { Random } from "../random/index.ts";
import {
  classPixels,
  createLabelMap,
  decodeLabelMap,
  encodeLabelMap,
  paintSegment,
  stampDisc,
  withoutClass,
} from "./index.ts";

it("gives back every label map, also of one pixel, one value and noise", () => {
  const random = new Random("rle", 1);
  const maps = [
    createLabelMap(1, 1),
    { width: 3, height: 2, data: Uint8Array.of(255, 255, 255, 255, 255, 255) },
    { width: 127, height: 65, data: Uint8Array.from({ length: 127 * 65 }, () => random.integer(256)) },
    { width: 300, height: 200, data: Uint8Array.from({ length: 60_000 }, () => (random.uniform() < 0.01 ? 7 : 0)) },
  ];
  for (const map of maps) expect(decodeLabelMap(encodeLabelMap(map))).toEqual(map);
});

it("counts the pixels of each class without making the map", () => {
  const map = createLabelMap(40, 30);
  map.data.fill(2, 100, 350);
  map.data.fill(7, 900, 903);
  map.data.fill(2, 1199);
  expect(classPixels(encodeLabelMap(map))).toEqual(
    new Map([
      [2, 251],
      [7, 3],
    ]),
  );
  expect(() => classPixels(encodeLabelMap(map).slice(0, -1))).toThrow("damaged");
});

it("takes a class off without making the map", () => {
  const map = createLabelMap(40, 30);
  map.data.fill(2, 100, 350);
  map.data.fill(7, 200, 203);
  const without = { ...map, data: map.data.map((value) => (value === 7 ? 0 : value)) };
  expect(withoutClass(encodeLabelMap(map), 7)).toEqual(encodeLabelMap(without));
  expect(withoutClass(encodeLabelMap(without), 2)).toEqual(encodeLabelMap(createLabelMap(40, 30)));
});

it("stores a blob on 512 x 512 in less than 2 kB", () => {
  const map = createLabelMap(512, 512);
  paintSegment(map, { x: 180, y: 200 }, { x: 320, y: 300 }, 90, 1);
  expect(encodeLabelMap(map).length).toBeLessThan(2000);
});

it("stores an empty map of the largest size in a few bytes", () => {
  expect(encodeLabelMap(createLabelMap(16_384, 64)).length).toBeLessThan(16);
});

const bytesOf = (...parts: number[]): Uint8Array => Uint8Array.of(0x41, 0x4c, 0x4d, 1, ...parts);

it.each([
  ["nothing at all", new Uint8Array(0), "mark"],
  ["something else", Uint8Array.of(1, 2, 3, 4, 5, 6), "mark"],
  ["a newer version", Uint8Array.of(0x41, 0x4c, 0x4d, 2, 1, 1, 0, 0), "version 2"],
  ["no height", bytesOf(4), "height"],
  ["no pixels", bytesOf(0, 4), "0 x 4"],
  ["65 535 a side", bytesOf(0xff, 0xff, 3, 0xff, 0xff, 3), "65535 x 65535"],
  ["a number of 6 bytes", bytesOf(0x80, 0x80, 0x80, 0x80, 0x80, 1), "longer than 5"],
  ["a number padded with zeros", bytesOf(0x82, 0x00, 2, 1, 3), "shortest"],
  ["runs that end early", bytesOf(2, 2, 1, 2), "class value"],
  ["a run without length", bytesOf(2, 2, 1), "run length"],
  ["a run beyond the end", bytesOf(2, 2, 1, 4), "more than 2 x 2"],
  ["class 256", bytesOf(2, 2, 0x80, 2, 3), "class value 256"],
  ["bytes after the end", bytesOf(2, 2, 1, 3, 0), "1 bytes after"],
])("refuses %s", (_, bytes, message) => {
  expect(() => decodeLabelMap(bytes)).toThrow(message);
});

it("refuses every truncation and another size than expected", () => {
  const map = createLabelMap(40, 30);
  stampDisc(map, { x: 20, y: 15 }, 9, 3);
  const bytes = encodeLabelMap(map);
  for (let length = 0; length < bytes.length; length++) {
    expect(() => decodeLabelMap(bytes.subarray(0, length))).toThrow("damaged");
  }
  expect(decodeLabelMap(bytes, { width: 40, height: 30 })).toEqual(map);
  expect(() => decodeLabelMap(bytes, { width: 30, height: 40 })).toThrow("Expected 30 x 40 pixels, got 40 x 30.");
});
