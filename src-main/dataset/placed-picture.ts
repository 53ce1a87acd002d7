/** @file A picture that lies in a square of planes, as networks take and paint them: cut out, in bytes, with its mask. */
import type { DisplayWindow, Frame, LabelMap, PixelSpacing } from "../voxels/index.ts";
import { type MaskRecord, type Planes, unwarpImage } from "./mask-augmentation/index.ts";
import type { ChannelCount, Placement } from "./preprocess.ts";

export interface PlacedPicture {
  /** `[channels, size, size]` in [0, 1]. */
  image: Float32Array;
  channels: ChannelCount;
  size: number;
  placement: Placement;
}

/** 8 bits: what a generator knows of intensities is no finer. `spacing`: of its pixels. */
export function pictureFrame(
  square: PlacedPicture,
  { spacing = null, window = null }: { spacing?: PixelSpacing | null; window?: DisplayWindow | null } = {},
): Frame {
  const { width, height, data: planes } = pictureOf(square);
  const { channels } = square;
  const pixels = width * height;
  const data = new Uint8Array(pixels * channels);
  for (let channel = 0; channel < channels; channel++) {
    for (let pixel = 0; pixel < pixels; pixel++) {
      data[pixel * channels + channel] = Math.round(255 * Math.min(1, Math.max(0, planes[channel * pixels + pixel]!)));
    }
  }
  return {
    width,
    height,
    channels,
    sampleType: "uint8",
    data,
    photometric: channels === 1 ? "MONOCHROME2" : "RGB",
    rescaleSlope: 1,
    rescaleIntercept: 0,
    window,
    spacing,
  };
}

/** Class numbers of the square (k + 1 for `classes[k]`) as a label map of the picture. */
export function pictureLabels(
  classNumbers: Uint8Array,
  { size, placement }: Pick<PlacedPicture, "size" | "placement">,
  classes: readonly number[],
): LabelMap {
  const { left, top, width, height } = placement;
  const data = new Uint8Array(width * height);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const number = classNumbers[(top + row) * size + left + column]!;
      if (number > 0) data[row * width + column] = classes[number - 1]!;
    }
  }
  return { width, height, data };
}

/**
 * The picture with the deformation of its mask undone, to be compared with real ones: a copy that was turned lies no nearer to its original than any other
 * image. What lies outside is filled from the picture's edges.
 */
export function undeformed(square: PlacedPicture, { geometry }: MaskRecord): ReturnType<typeof pictureOf> {
  const { size, channels } = square;
  const filled = { ...square, image: square.image.slice() };
  fillAround(filled);
  const planes = { width: size, height: size, channels, data: filled.image };
  return pictureOf({ ...square, image: unwarpImage(planes, geometry, "repeat").image.data });
}

/** The picture of a square of planes. */
export function pictureOf({ image, channels, size, placement }: PlacedPicture): Planes & { channels: ChannelCount } {
  const { left, top, width, height } = placement;
  const data = new Float32Array(channels * width * height);
  for (let channel = 0; channel < channels; channel++) {
    for (let row = 0; row < height; row++) {
      const start = (channel * size + top + row) * size + left;
      data.set(image.subarray(start, start + width), (channel * height + row) * width);
    }
  }
  return { width, height, channels, data };
}

/** Around the picture its edges go on. */
function fillAround({ image, channels, size, placement }: PlacedPicture): void {
  const { left, top, width, height } = placement;
  const within = (value: number, from: number, length: number): number =>
    Math.min(from + length - 1, Math.max(from, value));
  for (let channel = 0; channel < channels; channel++) {
    for (let row = 0; row < size; row++) {
      for (let column = 0; column < size; column++) {
        const source = within(row, top, height) * size + within(column, left, width);
        image[(channel * size + row) * size + column] = image[channel * size * size + source]!;
      }
    }
  }
}
