/** @file A picture that lies in a square of planes, as networks take and paint them: cut out, in bytes, with its mask. */
import type { DisplayWindow, Frame, LabelMap, PixelSpacing } from "../voxels/index.ts";
import { type MaskRecord, type Planes, unwarpImage, warpImage } from "./mask-augmentation/index.ts";
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

/** Shares of the picture's sides by which its texture is moved on: no two of them alike. */
const MOVES = [
  { x: 1 / 2, y: 1 / 2 },
  { x: 1 / 3, y: 1 / 4 },
  { x: 2 / 3, y: 1 / 3 },
  { x: 1 / 4, y: 3 / 4 },
] as const;

/**
 * Pictures that share the mask of a picture, and no more: each class in its mean value; and with what the picture shows beyond that, moved to other
 * places, so that they are as rough as it is.
 */
export function picturesOfMask(
  square: PlacedPicture,
  classNumbers: Uint8Array,
): (Planes & { channels: ChannelCount })[] {
  const { width, height, channels, data } = pictureOf(square);
  const classes = pictureOf({ ...square, channels: 1, image: Float32Array.from(classNumbers) }).data;
  const area = width * height;
  const flat = new Float32Array(data.length);
  for (let channel = 0; channel < channels; channel++) {
    const [sums, counts] = [new Float64Array(256), new Float64Array(256)];
    for (let pixel = 0; pixel < area; pixel++) {
      sums[classes[pixel]!]! += data[channel * area + pixel]!;
      counts[classes[pixel]!]!++;
    }
    for (let pixel = 0; pixel < area; pixel++) {
      flat[channel * area + pixel] = sums[classes[pixel]!]! / counts[classes[pixel]!]!;
    }
  }
  const rough = MOVES.map((move) => {
    const [right, down] = [Math.round(move.x * width), Math.round(move.y * height)];
    return flat.map((value, at) => {
      const [plane, row, column] = [Math.floor(at / area) * area, Math.floor((at % area) / width), at % width];
      const from = plane + ((row + down) % height) * width + ((column + right) % width);
      return value + data[from]! - flat[from]!;
    });
  });
  return [flat, ...rough].map((each) => ({ width, height, channels, data: each }));
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

/**
 * The square with its picture moved as a mask was, to go by beside it. What comes in from without is the picture's edges; around the picture nothing changes. Of
 * a blend it is what the first mask would have become.
 */
export function deformed(square: PlacedPicture, { geometry }: Pick<MaskRecord, "geometry">): Float32Array {
  const { size, channels, placement } = square;
  const filled = { ...square, image: square.image.slice() };
  fillAround(filled);
  const moved = warpImage({ width: size, height: size, channels, data: filled.image }, geometry, "repeat").data;
  const { left, top, width, height } = placement;
  const image = square.image.slice();
  for (let channel = 0; channel < channels; channel++) {
    for (let row = top; row < top + height; row++) {
      const start = (channel * size + row) * size + left;
      image.set(moved.subarray(start, start + width), start);
    }
  }
  return image;
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
