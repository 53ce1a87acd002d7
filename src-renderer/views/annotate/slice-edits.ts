/**
 * @file What slices lend each other: labels of the neighbor, and shapes between two that were drawn. Locked classes neither come nor go.
 */
import { interpolateSlices, type LabelMap, type Lock, type PixelSpacing } from "../../../src-main/voxels/index.ts";
import type { SliceRow } from "../../../src-main/api/contract.ts";

/** Two drawn slices and all empty ones between them. */
export interface Gap {
  from: SliceRow;
  to: SliceRow;
  between: SliceRow[];
}

/** The gap that holds an empty slice; null where it is drawn on, or nothing is drawn on one side. */
export function gapAround(slices: readonly SliceRow[], frameId: number): Gap | null {
  const index = slices.findIndex((slice) => slice.frameId === frameId);
  if (slices[index]?.isEmpty !== true) return null;
  const before = slices.findLastIndex((slice, each) => each < index && !slice.isEmpty);
  const after = slices.findIndex((slice, each) => each > index && !slice.isEmpty);
  if (before < 0 || after < 0) return null;
  return { from: slices[before]!, to: slices[after]!, between: slices.slice(before + 1, after) };
}

/** How far along the way a slice of the gap lies, by mm where all positions are known and differ, else by count. */
export function fractionOf({ from, to, between }: Gap, slice: SliceRow): number {
  const byCount = (between.indexOf(slice) + 1) / (between.length + 1);
  if (from.position === null || to.position === null || slice.position === null) return byCount;
  const share = (slice.position - from.position) / (to.position - from.position);
  return share > 0 && share < 1 ? share : byCount;
}

/** `into` with the labels of `from` in place of its own. A fresh map. */
export function copiedLabels(into: LabelMap, from: LabelMap, isLocked: Lock): LabelMap {
  const data = into.data.map((present, index) => {
    if (isLocked(present)) return present;
    const value = from.data[index]!;
    return isLocked(value) ? 0 : value;
  });
  return { ...into, data };
}

/** Labels of one slice of the gap. */
export function labelsBetween(
  ends: { from: LabelMap; to: LabelMap; spacing: PixelSpacing | null },
  fraction: number,
  isLocked: Lock,
): LabelMap {
  const labels = interpolateSlices(ends.from, ends.to, fraction, ends.spacing ?? undefined);
  labels.data.forEach((value, index) => {
    if (isLocked(value)) labels.data[index] = 0;
  });
  return labels;
}
