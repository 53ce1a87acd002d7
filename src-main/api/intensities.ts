/** @file Histograms of intensities: of all images of a modality, by split, and by annotated class; of some pixels of some frames. */
import { type Frame, intensityOf, type LabelMap } from "../voxels/index.ts";
import type { FrameColumns, Intensities, IntensitySeries, Split } from "./contract.ts";

/** Frames read of each modality, each of its splits, and of those with annotations: enough for the shape of a histogram. */
const FRAMES_READ = 12;
const MAX_MODALITIES = 8;
const BINS = 48;
/** Of each frame: at most this many, evenly over it, so that the main process is not held up. */
const PIXELS_READ = 16_384;

/** Frames to read of one modality. */
export interface IntensitySample {
  modality: string | null;
  /** Frames of the modality. */
  of: number;
  all: number[];
  bySplit: Map<Split | null, number[]>;
  annotated: number[];
}

/** Values of some pixels of a frame, and their classes where it is annotated. */
export interface SampledFrame {
  frameId: number;
  values: Float64Array;
  classes: Uint8Array | null;
}

/** Which frames to read, evenly over the list. */
export function chooseSamples(columns: FrameColumns): IntensitySample[] {
  const { frameId, modality, caseIndex, cases, annotation } = columns;
  const members = modality.values.map((): number[] => []);
  for (const index of frameId.keys()) members[modality.codes[index]!]!.push(index);
  return modality.values
    .map((name, code) => ({ name, positions: members[code]! }))
    .toSorted((a, b) => b.positions.length - a.positions.length)
    .slice(0, MAX_MODALITIES)
    .map(({ name, positions }) => {
      const idsOf = (chosen: readonly number[]): number[] => evenly(chosen, FRAMES_READ).map((at) => frameId[at]!);
      const bySplit = Map.groupBy(positions, (at) => cases[caseIndex[at]!]!.split);
      const annotated = positions.filter((at) => annotation.values[annotation.codes[at]!] !== null);
      return {
        modality: name,
        of: positions.length,
        all: idsOf(positions),
        bySplit: new Map([...bySplit].map(([split, ofSplit]) => [split, idsOf(ofSplit)])),
        annotated: idsOf(annotated),
      };
    });
}

/** Each once. */
export function framesOf({ all, bySplit, annotated }: IntensitySample): number[] {
  return [...new Set([...all, ...[...bySplit.values()].flat(), ...annotated])];
}

/** Pixels evenly over a frame. Values that are not finite are left out. */
export function samplePixels(frameId: number, frame: Frame, map: LabelMap | null): SampledFrame {
  const intensity = intensityOf(frame);
  const { rescaleSlope, rescaleIntercept, width, height } = frame;
  const pixels = width * height;
  const count = Math.min(pixels, PIXELS_READ);
  const positions = Array.from({ length: count }, (_, index) => Math.floor((index * pixels) / count));
  const finite = positions.filter((at) => Number.isFinite(intensity(at) * rescaleSlope + rescaleIntercept));
  return {
    frameId,
    values: Float64Array.from(finite, (at) => intensity(at) * rescaleSlope + rescaleIntercept),
    classes: map === null ? null : Uint8Array.from(finite, (at) => map.data[at]!),
  };
}

/** Null when no frame could be read. */
export function intensitiesOf(sample: IntensitySample, read: ReadonlyMap<number, SampledFrame>): Intensities | null {
  const frames = framesOf(sample).flatMap((frameId) => read.get(frameId) ?? []);
  if (frames.length === 0) return null;
  let low = Infinity;
  let high = -Infinity;
  for (const { values } of frames) {
    for (const value of values) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  const scale = high > low ? BINS / (high - low) : 0;
  const series = (of: IntensitySeries["of"], frameIds: readonly number[], value?: number): IntensitySeries[] => {
    const counts = new Array<number>(BINS).fill(0);
    let total = 0;
    let framesRead = 0;
    for (const frameId of frameIds) {
      const frame = read.get(frameId);
      if (frame === undefined) continue;
      const before = total;
      for (const [index, each] of frame.values.entries()) {
        if (value !== undefined && frame.classes?.[index] !== value) continue;
        counts[Math.min(BINS - 1, Math.floor((each - low) * scale))]!++;
        total++;
      }
      if (total > before) framesRead++;
    }
    return total === 0 ? [] : [{ of, frames: framesRead, shares: counts.map((count) => count / total) }];
  };
  const values = new Set(sample.annotated.flatMap((frameId) => [...new Set(read.get(frameId)?.classes ?? [])]));
  const classes = [...values].filter((value) => value !== 0).toSorted((a, b) => a - b);
  return {
    modality: sample.modality,
    read: frames.length,
    of: sample.of,
    low,
    high,
    series: [
      ...series({ by: "all" }, sample.all),
      ...[...sample.bySplit].flatMap(([split, frameIds]) => series({ by: "split", split }, frameIds)),
      ...classes.flatMap((value) => series({ by: "class", value }, sample.annotated, value)),
    ],
  };
}

function evenly<Value>(values: readonly Value[], count: number): Value[] {
  if (values.length <= count) return [...values];
  return Array.from({ length: count }, (_, index) => values[Math.floor(((index + 0.5) * values.length) / count)]!);
}
