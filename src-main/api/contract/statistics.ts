/** @file Figures of the whole set. */
import type { Split } from "./splits.ts";

export interface DatasetStatistics {
  /** Most frequent first. */
  sizes: { width: number; height: number; frames: number }[];
  modalities: { modality: string | null; frames: number }[];
  /** Of the most frequent modalities. */
  intensities: Intensities[];
  /** Null while nothing is annotated. */
  objects: ObjectAreas | null;
}

/**
 * Of some pixels of some frames of a modality, after rescale (Hounsfield units for CT); of colors their luma. In bins of equal width from
 * `low` to `high`.
 */
export interface Intensities {
  modality: string | null;
  /** Frames that were read, of how many. */
  read: number;
  of: number;
  low: number;
  high: number;
  series: IntensitySeries[];
}

export interface IntensitySeries {
  /** All pixels, those of the images of a split, or those annotated as a class. */
  of: { by: "all" } | { by: "split"; split: Split | null } | { by: "class"; value: number };
  /** Frames that it was read from. */
  frames: number;
  /** Share of its pixels in each bin. */
  shares: number[];
}

/** Areas of the objects of the present annotations: connected pixels of one class. In bins of equal ratio from `low` to `high`. */
export interface ObjectAreas {
  /** "px" where no annotated frame has a pixel size. */
  unit: "mm2" | "px";
  low: number;
  high: number;
  /** Objects left out, for the size of their pixels is not known while that of others is. */
  leftOut: number;
  classes: { value: number; objects: number; median: number; counts: number[] }[];
}

/** How far the figures are: frames read and annotations counted. */
export interface StatisticsProgress {
  done: number;
  total: number;
  secondsLeft: number | null;
}
