/** @file What was measured on an image, in image coordinates, and what it comes to. */
import {
  type Frame,
  type LabelMap,
  measureAngle,
  measureArea,
  measureLength,
  type Measurement,
  type Point,
} from "../../src-main/voxels/index.ts";

export type Measure =
  | { kind: "length"; from: Point; to: Point }
  | { kind: "angle"; first: Point; vertex: Point; second: Point }
  /** Of the whole class on this image; `at` is where the text stands. */
  | { kind: "area"; at: Point; value: number };

/** Where tools put what they measure. */
export interface MeasureSheet {
  /** Being drawn. */
  draft: Measure | null;
  add(measure: Measure): void;
}

export function measurementOf(measure: Measure, frame: Frame, labels: LabelMap): Measurement {
  const { spacing } = frame;
  if (measure.kind === "length") return measureLength(measure.from, measure.to, spacing);
  if (measure.kind === "angle") return measureAngle(measure.first, measure.vertex, measure.second, spacing);
  return measureArea(labels, measure.value, spacing);
}

/** The line that shows it; none for an area. */
export function lineOf(measure: Measure): Point[] {
  if (measure.kind === "length") return [measure.from, measure.to];
  return measure.kind === "angle" ? [measure.first, measure.vertex, measure.second] : [];
}

/** Where its text stands. */
export function anchorOf(measure: Measure): Point {
  if (measure.kind === "length") return measure.to;
  return measure.kind === "angle" ? measure.vertex : measure.at;
}
