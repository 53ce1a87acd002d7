/**
 * @file From samples to what a screen shows: rescale, window, inversion. DICOM PS3.3 C.11.1, C.11.2.
 */
import type { DisplayWindow, Frame } from "./frame.ts";

/** What a window is found from: a frame, or all of a volume. */
type Sampled = Pick<Frame, "data" | "sampleType" | "rescaleSlope" | "rescaleIntercept" | "window">;

/** Share of samples left out at each end when a window is found from the pixels. */
const TAIL = 0.005;

/**
 * Brightness in [0, 1] of a rescaled value. The linear function of DICOM PS3.3 C.11.2.1.2.1, with `width >= 1`:
 * 0 up to `center - 0.5 - (width - 1) / 2`, 1 above `center - 0.5 + (width - 1) / 2`, linear between.
 */
export function windowedLevel(value: number, { center, width }: DisplayWindow): number {
  const span = width - 1;
  const middle = center - 0.5;
  if (value <= middle - span / 2) return 0;
  if (value > middle + span / 2) return 1;
  return (value - middle) / span + 0.5;
}

/** The window that shows `low` as black and `high` as white under the linear function; any `low <= high`. */
export function windowOfRange(low: number, high: number): DisplayWindow {
  return { center: (low + high + 1) / 2, width: high - low + 1 };
}

/** The values shown as black and as white: inverse of `windowOfRange`. */
export function rangeOfWindow({ center, width }: DisplayWindow): { low: number; high: number } {
  return { low: center - 0.5 - (width - 1) / 2, high: center - 0.5 + (width - 1) / 2 };
}

/**
 * The window to open a frame with: the file's own; the full range of 8-bit pictures, which are made for display;
 * else the 0.5th to 99.5th percentile of the finite rescaled values.
 */
export function suggestWindow(frame: Sampled): DisplayWindow {
  if (frame.window !== null && frame.window.width >= 1) return frame.window;
  const { rescaleSlope, rescaleIntercept } = frame;
  if (frame.sampleType === "uint8" && rescaleSlope === 1 && rescaleIntercept === 0) return windowOfRange(0, 255);
  const [first, last] = percentiles(frame, TAIL);
  const ends = [first, last].map((sample) => sample * rescaleSlope + rescaleIntercept);
  return windowOfRange(Math.min(...ends), Math.max(...ends));
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

/**
 * Bytes to show: `[height, width]` for one channel, `[height, width, 3]` for RGB; rescaled, windowed, MONOCHROME1
 * inverted. Not-a-number shows as black. The window applies to each channel of RGB alike.
 */
export function renderFrame(frame: Frame, window: DisplayWindow = suggestWindow(frame)): Uint8Array<ArrayBuffer> {
  const { data, rescaleSlope, rescaleIntercept } = frame;
  const isInverted = frame.photometric === "MONOCHROME1";
  const level = (sample: number): number => {
    const shown = windowedLevel(sample * rescaleSlope + rescaleIntercept, window);
    return Math.round(255 * (isInverted ? 1 - shown : shown));
  };
  const shown = new Uint8Array(data.length);
  if (data.BYTES_PER_ELEMENT <= 2) {
    // Few distinct values: a table beats a million divisions.
    const first = frame.sampleType === "int16" ? -32_768 : 0;
    const table = new Uint8Array(data.BYTES_PER_ELEMENT === 1 ? 256 : 65_536);
    for (let index = 0; index < table.length; index++) table[index] = level(index + first);
    for (let index = 0; index < data.length; index++) shown[index] = table[data[index]! - first]!;
  } else {
    for (let index = 0; index < data.length; index++) shown[index] = level(data[index]!);
  }
  return shown;
}

/** As `renderFrame`, as `[height, width, 4]` opaque RGBA: what a 2-D canvas takes. */
export function renderFrameRgba(frame: Frame, window?: DisplayWindow): Uint8ClampedArray<ArrayBuffer> {
  const shown = renderFrame(frame, window);
  const pixels = frame.width * frame.height;
  const step = frame.channels === 3 ? 1 : 0;
  const rgba = new Uint8ClampedArray(4 * pixels);
  for (let pixel = 0, source = 0; pixel < pixels; pixel++, source += frame.channels) {
    rgba[4 * pixel] = shown[source]!;
    rgba[4 * pixel + 1] = shown[source + step]!;
    rgba[4 * pixel + 2] = shown[source + 2 * step]!;
    rgba[4 * pixel + 3] = 255;
  }
  return rgba;
}
