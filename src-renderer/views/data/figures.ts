/** @file Figures of the set as tables, for those who read and those who copy; the plots draw the same numbers. */
import type { FrameRow, LabelDefinition, LabelValue, Split } from "../../../src-main/api/contract.ts";

export interface FigureTable {
  columns: string[];
  rows: (string | number)[][];
}

/** Comma-separated values. RFC 4180; numbers in full, with a decimal point in every language. */
export function csvOf({ columns, rows }: FigureTable): string {
  const field = (value: string | number): string => {
    const text = String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [columns, ...rows].map((row) => `${row.map(field).join(",")}\r\n`).join("");
}

export interface SplitCounts {
  split: Split | null;
  cases: number;
  images: number;
  annotated: number;
}

/** Of each split in the order of use; those without a case are left out. */
export function countSplits(frames: readonly FrameRow[]): SplitCounts[] {
  const order: (Split | null)[] = ["train", "val", "test", "unlabelled", null];
  const bySplit = Map.groupBy(frames, ({ split }) => split);
  return order.flatMap((split) => {
    const ofSplit = bySplit.get(split);
    if (ofSplit === undefined) return [];
    return {
      split,
      cases: new Set(ofSplit.map(({ caseId }) => caseId)).size,
      images: ofSplit.length,
      annotated: ofSplit.filter(({ annotation }) => annotation !== null).length,
    };
  });
}

/** How often each value of a label was said, of images or patients. */
export interface LabelBalance {
  definition: LabelDefinition;
  counts: { name: string; count: number }[];
  unsaid: number;
}

const NUMBER_BINS = 10;

/** `values` by frame; numbers in bins of equal width. */
export function labelBalance(
  definition: LabelDefinition,
  values: readonly { frameId: number; value: LabelValue }[],
  frames: readonly FrameRow[],
  numbers: (value: number) => string,
): LabelBalance {
  const subjectOf = ({ caseId, imageId }: FrameRow): number => (definition.scope === "patient" ? caseId : imageId);
  const byFrame = new Map(values.map(({ frameId, value }) => [frameId, value]));
  const bySubject = new Map<number, LabelValue | undefined>();
  for (const frame of frames) bySubject.set(subjectOf(frame), byFrame.get(frame.frameId));
  const said = [...bySubject.values()].filter((value) => value !== undefined);
  const counts =
    definition.kind === "number"
      ? binned(
          said.filter((value) => typeof value === "number"),
          numbers,
        )
      : definition.options.map((name) => ({ name, count: said.filter((value) => value === name).length }));
  return { definition, counts, unsaid: bySubject.size - said.length };
}

function binned(values: readonly number[], numbers: (value: number) => string): { name: string; count: number }[] {
  if (values.length === 0) return [];
  const low = values.reduce((least, value) => Math.min(least, value), Infinity);
  const high = values.reduce((most, value) => Math.max(most, value), -Infinity);
  if (low === high) return [{ name: numbers(low), count: values.length }];
  const width = (high - low) / NUMBER_BINS;
  const counts = new Array<number>(NUMBER_BINS).fill(0);
  for (const value of values) counts[Math.min(NUMBER_BINS - 1, Math.floor((value - low) / width))]!++;
  return counts.map((count, bin) => ({
    name: `${numbers(low + bin * width)} – ${numbers(low + (bin + 1) * width)}`,
    count,
  }));
}

/** Edges of bins of equal width, or of equal ratio; one more than there are bins. */
export function binEdges(low: number, high: number, bins: number, scale: "linear" | "log"): number[] {
  return Array.from({ length: bins + 1 }, (_, index) =>
    scale === "linear" ? low + ((high - low) * index) / bins : low * (high / low) ** (index / bins),
  );
}
