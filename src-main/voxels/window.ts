/**
 * @file Display windows: which brightness a rescaled value has. The one place where VOI LUT functions and tables of DICOM
 * PS3.3 C.11.2 are computed; everything that shows pixels, the viewers included, looks brightness up in what this gives.
 */

/** VOI LUT Function, (0028,1056). PS3.3 C.11.2.1.2 and C.11.2.1.3. */
export type VoiFunction = "LINEAR" | "LINEAR_EXACT" | "SIGMOID";

/** A window in rescaled units. `width >= 1` under LINEAR, which counts whole values; above 0 under the others. */
export interface FunctionWindow {
  /** LINEAR when left out, as in a file. */
  function?: VoiFunction;
  center: number;
  width: number;
}

/** One table of the VOI LUT Sequence. PS3.3 C.11.2.1.1. */
export interface TableWindow {
  table: {
    /** Rescaled value that the first entry stands for; smaller ones get the first entry, larger ones than the last the last. */
    first: number;
    /** Bits of an entry, 8 to 16: `2 ** bits - 1` is white. */
    bits: number;
    /** At least one. */
    entries: Uint16Array;
  };
}

export type DisplayWindow = FunctionWindow | TableWindow;

/** A window that a file proposes, with what it says about it. */
export type WindowPreset = DisplayWindow & {
  /** Window Center & Width Explanation (0028,1055) or LUT Explanation (0028,3003); left out where there is none. */
  explanation?: string;
};

/**
 * Brightness in [0, 1] by rescaled value; not-a-number stays one. Tables take the entry nearest to a value with fractions,
 * on which the standard is silent. The functions are those of PS3.3 C.11.2.1.2.1 (LINEAR), C.11.2.1.3.1 (SIGMOID) and
 * C.11.2.1.3.2 (LINEAR_EXACT) for an output from 0 to 1.
 */
export function brightness(window: DisplayWindow): (value: number) => number {
  if ("table" in window) {
    const { first, bits, entries } = window.table;
    const last = entries.length - 1;
    const white = 2 ** bits - 1;
    return (value) => entries[Math.min(last, Math.max(0, Math.round(value - first)))]! / white;
  }
  const { center, width } = window;
  if (window.function === "SIGMOID") return (value) => 1 / (1 + Math.exp((-4 * (value - center)) / width));
  const isExact = window.function === "LINEAR_EXACT";
  const middle = isExact ? center : center - 0.5;
  const span = isExact ? width : width - 1;
  const [low, high] = [middle - span / 2, middle + span / 2];
  return (value) => (value <= low ? 0 : value > high ? 1 : (value - middle) / span + 0.5);
}

/** The window that shows `low` as black and `high` as white under the linear function; any `low <= high`. */
export function windowOfRange(low: number, high: number): FunctionWindow {
  return { center: (low + high + 1) / 2, width: high - low + 1 };
}

/** The same for values with fractions: center and width are those of the range. */
export function exactWindowOfRange(low: number, high: number): FunctionWindow {
  return { function: "LINEAR_EXACT", center: (low + high) / 2, width: high - low };
}

/** Values between which a linear window rises; for SIGMOID and tables those of `linearWindow`. */
export function rangeOfWindow(window: DisplayWindow): { low: number; high: number } {
  const { function: name, center, width } = linearWindow(window);
  const isExact = name === "LINEAR_EXACT" || name === "SIGMOID";
  const middle = isExact ? center : center - 0.5;
  const span = isExact ? width : width - 1;
  return { low: middle - span / 2, high: middle + span / 2 };
}

/**
 * The window itself where it has center and width; for a table the linear one from the last value that is shown as its first
 * entry to the first that is shown as its largest (smallest, where it falls): what changing center and width starts from.
 */
export function linearWindow(window: DisplayWindow): FunctionWindow {
  if (!("table" in window)) return window;
  const { first, entries } = window.table;
  const [start, end] = [entries[0]!, entries.at(-1)!];
  const extreme = entries.reduce((most, entry) => (end < start ? Math.min(most, entry) : Math.max(most, entry)), start);
  const high = entries.indexOf(extreme);
  let low = 0;
  while (low + 1 < high && entries[low + 1] === start) low++;
  return windowOfRange(first + low, first + high);
}
