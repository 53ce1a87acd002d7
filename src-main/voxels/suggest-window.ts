/**
 * @file Windows found from the pixels: the one to open a frame with, percentiles, the full range.
 */
import type { Frame } from "./frame.ts";
import { type DisplayWindow, exactWindowOfRange, type FunctionWindow, windowOfRange } from "./window.ts";

/** What a window is found from: a frame, or all of a volume. */
type Sampled = Pick<Frame, "data" | "sampleType" | "rescaleSlope" | "rescaleIntercept" | "window">;
type Scale = Pick<Sampled, "sampleType" | "rescaleSlope" | "rescaleIntercept">;

/** Share of samples left out at each end when a window is found from the pixels. */
const TAIL = 0.005;

/**
 * The window to open a frame with: the file's own; the full range of 8-bit pictures, which are made for display;
 * else the 0.5th to 99.5th percentile of the finite rescaled values.
 */
export function suggestWindow(frame: Sampled): DisplayWindow {
  return frame.window ?? (opensWithFullRange(frame) ? windowOfRange(0, 255) : percentileWindow(frame));
}

/** From the 0.5th to the 99.5th percentile of the finite rescaled values. */
export function percentileWindow(frame: Sampled): FunctionWindow {
  return windowOfSamples(frame, percentiles(frame, TAIL));
}

/** From the smallest to the largest finite rescaled value; all that 8 bits hold for pictures. */
export function fullRangeWindow(frame: Sampled): FunctionWindow {
  return opensWithFullRange(frame) ? windowOfRange(0, 255) : windowOfSamples(frame, extremes(frame.data));
}

/** A window of a range, in the form that fits such values: center and width of fractions are those of the range. */
export function windowOfValues(scale: Scale, low: number, high: number): FunctionWindow {
  const { sampleType, rescaleSlope, rescaleIntercept } = scale;
  const isWhole = sampleType !== "float32" && Number.isInteger(rescaleSlope) && Number.isInteger(rescaleIntercept);
  return isWhole || low === high ? windowOfRange(low, high) : exactWindowOfRange(low, high);
}

function windowOfSamples(frame: Sampled, samples: [number, number]): FunctionWindow {
  const ends = samples.map((sample) => sample * frame.rescaleSlope + frame.rescaleIntercept);
  return windowOfValues(frame, Math.min(...ends), Math.max(...ends));
}

/** Whether a frame whose file has no window opens with all that 8 bits hold: pictures are made for display. */
export function opensWithFullRange({ sampleType, rescaleSlope, rescaleIntercept }: Scale): boolean {
  return sampleType === "uint8" && rescaleSlope === 1 && rescaleIntercept === 0;
}

function extremes(data: Sampled["data"]): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const sample of data) {
    if (!Number.isFinite(sample)) continue;
    if (sample < low) low = sample;
    if (sample > high) high = sample;
  }
  return low <= high ? [low, high] : [0, 0];
}

/** The samples at `tail` and `1 - tail` of the sorted finite samples; the extremes if those two are equal. */
function percentiles(frame: Sampled, tail: number): [number, number] {
  const sampleAt = frame.data.BYTES_PER_ELEMENT <= 2 ? byCounting(frame) : bySorting(frame);
  const [low, high] = [sampleAt(tail), sampleAt(1 - tail)];
  return low < high ? [low, high] : [sampleAt(0), sampleAt(1)];
}

/** Samples of a volume that are counted; all of a frame of 2048 x 2048. */
const MAX_COUNTED = 2 ** 22;

/** Sample at a fraction of the sorted samples, for sample types of few values; exact for up to `MAX_COUNTED`. */
function byCounting(frame: Sampled): (fraction: number) => number {
  const first = frame.sampleType === "int16" ? -32_768 : 0;
  const counts = new Uint32Array(65_536);
  const { data } = frame;
  const stride = oddStride(data.length, MAX_COUNTED);
  for (let index = 0; index < data.length; index += stride) counts[data[index]! - first]!++;
  const counted = Math.ceil(data.length / stride);
  return (fraction) => {
    const rank = Math.round(fraction * (counted - 1));
    let value = 0;
    for (let passed = counts[0]!; passed <= rank && value < 65_535; passed += counts[value]!) value++;
    return value + first;
  };
}

/** Odd, so that it does not walk down one column of an image whose width is a power of two. */
function oddStride(length: number, most: number): number {
  return Math.ceil(length / most) | 1;
}

/** As `byCounting`, from every n-th finite sample: at most 2^15, within 1 % of the rank. */
function bySorting(frame: Sampled): (fraction: number) => number {
  const stride = oddStride(frame.data.length, 2 ** 15);
  const picked = new Float64Array(Math.ceil(frame.data.length / stride));
  let count = 0;
  for (let index = 0; index < frame.data.length; index += stride) {
    const sample = frame.data[index]!;
    if (Number.isFinite(sample)) picked[count++] = sample;
  }
  const sorted = picked.subarray(0, count).sort();
  return (fraction) => sorted[Math.round(fraction * (count - 1))] ?? 0;
}
