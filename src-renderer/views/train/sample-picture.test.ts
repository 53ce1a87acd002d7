import { expect, it } from "vitest";
import type { Frame } from "../../../src-main/voxels/index.ts";
import { paletteOf } from "../../canvas/palette.ts";
import { samplePicture } from "./sample-picture.ts";

const frame = {
  width: 5,
  height: 5,
  channels: 1,
  sampleType: "uint8",
  data: new Uint8Array(25).fill(0),
  rescaleSlope: 1,
  rescaleIntercept: 0,
  photometric: "MONOCHROME2",
} as unknown as Frame;
frame.data[24] = 255;
const classes = [
  { value: 1, name: "a", color: "#ff0000", isLocked: false, isHidden: false },
  { value: 2, name: "b", color: "#00ff00", isLocked: false, isHidden: true },
];
const at = (rgba: Uint8ClampedArray, x: number, y: number) => [...rgba.subarray(4 * (5 * y + x), 4 * (5 * y + x) + 3)];

it("outlines a class fully and fills it thinly; hidden classes and background show the image", () => {
  const data = new Uint8Array(25);
  for (const y of [1, 2, 3]) for (const x of [1, 2, 3]) data[5 * y + x] = 1;
  data[20] = 2;
  const rgba = samplePicture(frame, { width: 5, height: 5, data }, paletteOf(classes));
  expect(at(rgba, 1, 1)).toEqual([255, 0, 0]);
  expect(at(rgba, 2, 2)).toEqual([89, 0, 0]);
  expect(at(rgba, 0, 4)).toEqual([0, 0, 0]);
  expect(at(rgba, 4, 4)).toEqual([255, 255, 255]);
});

it("refuses a mask of another size", () => {
  expect(() => samplePicture(frame, { width: 4, height: 5, data: new Uint8Array(20) }, paletteOf(classes))).toThrow(
    "mask of 4 x 5 on an image of 5 x 5",
  );
});
