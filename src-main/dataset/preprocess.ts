/**
 * @file Frames to what a network takes, and back: a square of normalized planes with the picture in the middle, its
 * aspect ratio kept (letterbox). Normalization is part of a stored model: never change it, add another name.
 */
import { type Frame, type LabelMap, resizeArea, resizeLabelMap, type Size } from "../voxels/index.ts";

/** Name of what `preprocessFrame` does; stands in the metadata of exported models. */
export const NORMALIZATION = "letterbox-clip0.5-zscore";

/** The same for machines: what to do to each image before it is fed. Stands in the metadata beside the name. */
export const NORMALIZATION_STEPS = {
  resize: { to: "size", fit: "letterbox", method: "area" },
  clipPercentiles: [0.5, 99.5],
  scale: { method: "z-score", per: "channel", over: "picture" },
  border: 0,
} as const;

/** Share of pixels clipped at each end: single hot or dead pixels must not set the contrast. */
const CLIPPED = 0.005;
/** Keeps a plane of one value finite, in units of the plane. */
const SMALLEST_DEVIATION = 1e-6;

export type ChannelCount = 1 | 3;

/** Where the picture lies in the square, in pixels of the square. */
export interface Placement {
  left: number;
  top: number;
  width: number;
  height: number;
}

export interface PreprocessedFrame {
  /** `[channels, size, size]`: mean 0, deviation 1 over the picture; 0 around it. */
  image: Float32Array<ArrayBuffer>;
  placement: Placement;
  /** Size of the frame. */
  original: Size;
}

/** The largest centered rectangle of the frame's aspect ratio in a square of side `size`. */
export function placeInSquare({ width, height }: Size, size: number): Placement {
  const scale = size / Math.max(width, height);
  const placed = {
    width: Math.max(1, Math.round(width * scale)),
    height: Math.max(1, Math.round(height * scale)),
  };
  return { ...placed, left: (size - placed.width) >> 1, top: (size - placed.height) >> 1 };
}

/**
 * Rescaled, dark on low (MONOCHROME1 is inverted), clipped to the 0.5th–99.5th percentile of the picture and brought to
 * mean 0 and deviation 1, each channel by itself. Gray becomes three equal channels where the network wants three; color
 * becomes its luminance (ITU-R BT.601) where it wants one. Not-a-number counts as the lowest value.
 */
export function preprocessFrame(frame: Frame, options: { size: number; channels: ChannelCount }): PreprocessedFrame {
  return inSquare(frame, options, normalized);
}

/** The same with values as they are, in units of the modality. */
export function squareFrame(frame: Frame, options: { size: number; channels: ChannelCount }): PreprocessedFrame {
  return inSquare(frame, options, (plane) => plane);
}

function inSquare(
  frame: Frame,
  { size, channels }: { size: number; channels: ChannelCount },
  valuesOf: (plane: Float32Array) => Float32Array,
): PreprocessedFrame {
  const original = { width: frame.width, height: frame.height };
  const placement = placeInSquare(original, size);
  const planes = planesOf(frame, channels).map((plane) => valuesOf(resizeArea(plane, original, placement)));
  const image = new Float32Array(channels * size * size);
  for (let channel = 0; channel < channels; channel++) {
    const plane = planes[channel % planes.length]!;
    for (let row = 0; row < placement.height; row++) {
      const start = (channel * size + placement.top + row) * size + placement.left;
      image.set(plane.subarray(row * placement.width, (row + 1) * placement.width), start);
    }
  }
  return { image, placement, original };
}

/** Class numbers at the network's size: 0 = background, k + 1 = `classes[k]`; values not listed are background. */
export function preprocessLabelMap(map: LabelMap, { size, classes }: { size: number; classes: readonly number[] }) {
  const placement = placeInSquare(map, size);
  const resized = resizeLabelMap(map, placement);
  const classNumber = new Uint8Array(256);
  classes.forEach((value, index) => (classNumber[value] = index + 1));
  const square = new Uint8Array(size * size);
  for (let row = 0; row < placement.height; row++) {
    for (let column = 0; column < placement.width; column++) {
      square[(placement.top + row) * size + placement.left + column] =
        classNumber[resized.data[row * placement.width + column]!]!;
    }
  }
  return square;
}

/** Planes of a frame in units of its modality, dark on low; not-a-number as the lowest value. Color as luminance where one is asked for. */
export function planesOf(frame: Frame, channels: ChannelCount): Float32Array[] {
  const { data, rescaleSlope, rescaleIntercept } = frame;
  const pixels = frame.width * frame.height;
  const sign = frame.photometric === "MONOCHROME1" ? -1 : 1;
  const planes = Array.from({ length: frame.channels }, (_, channel) => {
    const plane = new Float32Array(pixels);
    let lowest = Infinity;
    for (let pixel = 0; pixel < pixels; pixel++) {
      const value = sign * (data[pixel * frame.channels + channel]! * rescaleSlope + rescaleIntercept);
      plane[pixel] = value;
      if (Number.isFinite(value) && value < lowest) lowest = value;
    }
    const filler = lowest === Infinity ? 0 : lowest;
    for (let pixel = 0; pixel < pixels; pixel++) if (!Number.isFinite(plane[pixel]!)) plane[pixel] = filler;
    return plane;
  });
  if (planes.length === 1 || channels === 3) return planes;
  const [red, green, blue] = planes as [Float32Array, Float32Array, Float32Array];
  return [red.map((value, pixel) => 0.299 * value + 0.587 * green[pixel]! + 0.114 * blue[pixel]!)];
}

function normalized(plane: Float32Array): Float32Array {
  const sorted = plane.toSorted();
  const low = sorted[Math.floor(CLIPPED * (sorted.length - 1))]!;
  const high = sorted[Math.ceil((1 - CLIPPED) * (sorted.length - 1))]!;
  const clipped = plane.map((value) => Math.min(high, Math.max(low, value)));
  let sum = 0;
  for (const value of clipped) sum += value;
  const mean = sum / clipped.length;
  let squares = 0;
  for (const value of clipped) squares += (value - mean) ** 2;
  const deviation = Math.max(Math.sqrt(squares / clipped.length), SMALLEST_DEVIATION);
  return clipped.map((value) => (value - mean) / deviation);
}
