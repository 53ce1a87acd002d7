/**
 * @file Overlay planes, groups 6000 to 601E: graphics and regions drawn over an image. PS3.3 C.9.2 and C.9.3; those in unused bits
 * of Pixel Data are of PS3.3-2004 and before (retired). Read for display; they never reach the samples.
 */
import type { DataSet } from "dicom-parser";
import type { Overlay, Samples } from "../../voxels/index.ts";
import { decimals, type Tag, unsigned } from "./attributes.ts";
import { copiedWords } from "./element-bytes.ts";
import type { ImagePixel } from "./image-pixel.ts";

/** Cells of a frame as they are in the file, bits beside the stored ones included. */
export type ReadCells = (index: number) => Samples | Float64Array;

/** A plane, checked; where its bits are is told by `data` or `bitPosition`. */
export interface OverlayPlane {
  /** 0x6000 to 0x601e. */
  group: number;
  width: number;
  height: number;
  left: number;
  top: number;
  /** Number of the image's frame, from 0, that its first one lies over; null: its only one lies over all. */
  firstFrame: number | null;
  frameCount: number;
  /** null when it is in the image's own cells. */
  data: Uint8Array | null;
  bitPosition: number;
}

/** The planes of a data set: nothing for those that are cut off or do not fit the image's cells. */
export function readOverlayPlanes(dataSet: DataSet, pixels: ImagePixel): OverlayPlane[] {
  const planes: OverlayPlane[] = [];
  for (let group = 0x6000; group <= 0x601e; group += 2) {
    const plane = readPlane(dataSet, pixels, group);
    if (plane !== null) planes.push(plane);
  }
  return planes;
}

/** Whether any plane needs the cells of the image. */
export function isEmbedded({ data }: OverlayPlane): boolean {
  return data === null;
}

function readPlane(dataSet: DataSet, pixels: ImagePixel, group: number): OverlayPlane | null {
  const tag = (element: string): Tag => `x${group.toString(16)}${element}`;
  const height = unsigned(dataSet, tag("0010"));
  const width = unsigned(dataSet, tag("0011"));
  if (!width || !height) return null;
  const count = decimals(dataSet, tag("0015"))?.[0] ?? 1;
  if (!Number.isInteger(count) || count < 1) return null;
  // Row, then column, counted from 1; may be 0 or negative. C.9.2.1.1 calls it the upper left point.
  const origin = dataSet.elements[tag("0050")];
  const isPair = origin !== undefined && origin.length >= 4;
  const top = (isPair ? (dataSet.int16(tag("0050"), 0) ?? 1) : 1) - 1;
  const left = (isPair ? (dataSet.int16(tag("0050"), 1) ?? 1) : 1) - 1;
  const bitPosition = unsigned(dataSet, tag("0102")) ?? 0;
  const firstFrame = unsigned(dataSet, tag("0051"));
  const shared = { group, width, height, left, top, bitPosition };
  if (dataSet.elements[tag("3000")] === undefined) {
    const { bitsAllocated, bitsStored, shift, channels, isFloat, frameCount } = pixels;
    const isUnused = bitPosition < shift || bitPosition >= shift + bitsStored;
    const isFit = isUnused && bitPosition < bitsAllocated && width === pixels.width && height === pixels.height;
    // Its bits come with the frame that they are in.
    return isFit && channels === 1 && !isFloat ? { ...shared, firstFrame: 0, frameCount, data: null } : null;
  }
  const data = copiedWords(dataSet, tag("3000"));
  if (data === null || 8 * data.length < width * height * count) return null;
  return {
    ...shared,
    firstFrame: firstFrame === null ? (count === 1 ? null : 0) : firstFrame - 1,
    frameCount: count,
    data,
  };
}

/** The overlays of frame `index`, counted from 0; nothing when none lies over it. */
export function overlaysOfFrame(
  planes: readonly OverlayPlane[],
  index: number,
  readCells: ReadCells,
): { overlays?: Overlay[] } {
  const overlays = planes.flatMap((plane): Overlay[] => {
    const { width, height, left, top, firstFrame, frameCount, data, bitPosition } = plane;
    const own = firstFrame === null ? 0 : index - firstFrame;
    if (own < 0 || own >= frameCount) return [];
    const bits = data === null ? bitsOfCells(readCells(index), bitPosition) : bitsOfData(data, own, width * height);
    return [{ width, height, left, top, bits }];
  });
  return overlays.length === 0 ? {} : { overlays };
}

/** The bits of an embedded plane in all frames, one after the other without padding: as Overlay Data holds them. */
export function embeddedBits(
  { width, height, frameCount, bitPosition }: OverlayPlane,
  readCells: ReadCells,
): Uint8Array {
  const length = width * height;
  const bits = new Uint8Array(2 * Math.ceil((frameCount * length) / 16));
  for (let frame = 0; frame < frameCount; frame++) {
    const cells = readCells(frame);
    for (let index = 0, bit = frame * length; index < length; index++, bit++) {
      bits[bit >>> 3]! |= ((cells[index]! >>> bitPosition) & 1) << (bit & 7);
    }
  }
  return bits;
}

/** Frames follow each other without padding. PS3.5 8.1.2. */
function bitsOfData(data: Uint8Array, frame: number, length: number): Uint8Array {
  const start = frame * length;
  const bits = new Uint8Array(Math.ceil(length / 8));
  if (start % 8 === 0) {
    bits.set(data.subarray(start / 8, start / 8 + bits.length));
    if (length % 8 > 0) bits[bits.length - 1]! &= (1 << (length % 8)) - 1; // the rest is the next frame's
    return bits;
  }
  for (let index = 0; index < length; index++) {
    const bit = start + index;
    bits[index >>> 3]! |= ((data[bit >>> 3]! >>> (bit & 7)) & 1) << (index & 7);
  }
  return bits;
}

function bitsOfCells(cells: Samples | Float64Array, position: number): Uint8Array {
  const bits = new Uint8Array(Math.ceil(cells.length / 8));
  for (let index = 0; index < cells.length; index++)
    bits[index >>> 3]! |= ((cells[index]! >>> position) & 1) << (index & 7);
  return bits;
}
