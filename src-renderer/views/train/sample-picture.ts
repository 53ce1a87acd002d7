/** @file A validation image with a mask over it, small enough to stand beside others. */
import { type Frame, type LabelMap, renderFrameRgba } from "../../../src-main/voxels/index.ts";

/** How much of the class color is in a pixel that has a class; pixels at the border of a class have all of it. */
const FILL = 0.35;

/**
 * RGBA `[height, width]` of the image in its suggested window with the mask in the colors of its classes: thin fill, full outline.
 * `palette`: 256 RGBA entries by class value, alpha 0 for classes not to be seen. The mask has the size of the frame.
 */
export function samplePicture(frame: Frame, mask: LabelMap, palette: Uint8Array): Uint8ClampedArray<ArrayBuffer> {
  const { width, height } = frame;
  if (mask.width !== width || mask.height !== height) {
    throw new RangeError(`sample: mask of ${mask.width} x ${mask.height} on an image of ${width} x ${height}.`);
  }
  const rgba = renderFrameRgba(frame);
  const { data } = mask;
  for (let pixel = 0; pixel < data.length; pixel++) {
    const value = data[pixel]!;
    if (value === 0 || palette[4 * value + 3] === 0) continue;
    const share = isBorder(data, pixel, width, height) ? 1 : FILL;
    for (let channel = 0; channel < 3; channel++) {
      const place = 4 * pixel + channel;
      rgba[place] = (1 - share) * rgba[place]! + share * palette[4 * value + channel]!;
    }
  }
  return rgba;
}

/** It has a neighbor, of four, of another value; pixels at the edge of the image are borders too. */
function isBorder(data: Uint8Array, pixel: number, width: number, height: number): boolean {
  const value = data[pixel]!;
  const x = pixel % width;
  const y = (pixel - x) / width;
  return (
    x === 0 ||
    y === 0 ||
    x === width - 1 ||
    y === height - 1 ||
    data[pixel - 1] !== value ||
    data[pixel + 1] !== value ||
    data[pixel - width] !== value ||
    data[pixel + width] !== value
  );
}
