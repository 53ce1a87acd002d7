/** @file Figures of the whole set: sizes and modalities by SQL, intensities of some frames by the decode pool. */
import { type Frame, intensityOf } from "../voxels/index.ts";
import type { DatasetStatistics, FrameColumns, Histogram } from "./contract.ts";

/** Frames read of each modality: enough for the shape of a histogram, few enough to wait for. */
const FRAMES_READ = 12;
const MAX_MODALITIES = 8;
const BINS = 48;
/** Of each frame: at most this many, evenly over it, so that the main process is not held up. */
const PIXELS_READ = 16_384;

/** Counts the list and reads some frames of each modality, evenly over it. A frame that cannot be read is left out and not counted as read. */
export async function datasetStatistics(
  columns: FrameColumns,
  readFrame: (frameId: number) => Promise<Frame>,
): Promise<DatasetStatistics> {
  const { frameId, width, height, modality } = columns;
  const sizes = new Map<string, { width: number; height: number; frames: number }>();
  const members = modality.values.map((): number[] => []);
  for (const [index, id] of frameId.entries()) {
    const [columnCount, rowCount] = [width[index]!, height[index]!];
    const key = `${columnCount} ${rowCount}`;
    const size = sizes.get(key) ?? { width: columnCount, height: rowCount, frames: 0 };
    size.frames++;
    sizes.set(key, size);
    members[modality.codes[index]!]!.push(id);
  }
  const modalities = modality.values
    .map((name, code) => ({ modality: name, frames: members[code]!.length, ids: members[code]! }))
    .toSorted((a, b) => b.frames - a.frames);
  const intensities: Histogram[] = [];
  for (const { modality: name, ids } of modalities.slice(0, MAX_MODALITIES)) {
    const chosen = evenly(ids, FRAMES_READ);
    const frames = await Promise.all(chosen.map((id) => readFrame(id).catch(() => null)));
    const read = frames.filter((frame) => frame !== null);
    if (read.length > 0) intensities.push({ modality: name, read: read.length, of: ids.length, ...histogram(read) });
  }
  return {
    sizes: [...sizes.values()].toSorted((a, b) => b.frames - a.frames),
    modalities: modalities.map(({ modality: name, frames }) => ({ modality: name, frames })),
    intensities,
  };
}

function evenly(ids: readonly number[], count: number): number[] {
  if (ids.length <= count) return [...ids];
  return Array.from({ length: count }, (_, index) => ids[Math.floor(((index + 0.5) * ids.length) / count)]!);
}

/**
 * Shares of some pixels in 48 bins between the smallest and the largest intensity among them, each frame of equal weight. Values
 * that are not finite belong to no bin.
 */
export function histogram(frames: readonly Frame[]): Pick<Histogram, "low" | "high" | "shares"> {
  let low = Infinity;
  let high = -Infinity;
  const rows = frames.map((frame) => {
    const intensity = intensityOf(frame);
    const { rescaleSlope, rescaleIntercept, width, height } = frame;
    const pixels = width * height;
    const count = Math.min(pixels, PIXELS_READ);
    const values = Float64Array.from(
      { length: count },
      (_, index) => intensity(Math.floor((index * pixels) / count)) * rescaleSlope + rescaleIntercept,
    ).filter(Number.isFinite);
    for (const value of values) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
    return values;
  });
  const shares = new Array<number>(BINS).fill(0);
  const scale = high > low ? BINS / (high - low) : 0;
  for (const values of rows) {
    for (const value of values) {
      shares[Math.min(BINS - 1, Math.floor((value - low) * scale))]! += 1 / (values.length * rows.length);
    }
  }
  return { low, high, shares };
}
