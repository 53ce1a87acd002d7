/**
 * @file From samples to the bytes that a screen shows: rescale, window, inversion. DICOM PS3.3 C.11.1, C.11.2, C.7.6.3.1.2.
 */
import type { Frame, SampleType } from "./frame.ts";
import { suggestWindow } from "./suggest-window.ts";
import { brightness, type DisplayWindow } from "./window.ts";

export interface RenderOptions {
  /** Default: the suggested one. */
  window?: DisplayWindow | undefined;
  /** Dark for bright, in addition to what MONOCHROME1 asks for. */
  isInverted?: boolean | undefined;
}

/** Byte to show by stored sample; not-a-number is black. */
function levelOf(frame: Frame, { window = suggestWindow(frame), isInverted = false }: RenderOptions) {
  const { rescaleSlope, rescaleIntercept } = frame;
  const shown = brightness(window);
  const isFlipped = (frame.photometric === "MONOCHROME1") !== isInverted;
  return (sample: number): number => {
    const level = shown(sample * rescaleSlope + rescaleIntercept);
    return Math.round(255 * (isFlipped ? 1 - level : level));
  };
}

/** The smallest sample of a type that has few values, so that a table beats a million divisions; null for other types. */
export function firstOfTable(sampleType: SampleType): number | null {
  return { uint8: 0, uint16: 0, int16: -32_768, int32: null, uint32: null, float32: null }[sampleType];
}

/** Bytes to show for all values of the sample type, from `firstOfTable` on: 256 or 65 536. Only for such types. */
export function renderTable(frame: Frame, options: RenderOptions = {}): Uint8Array<ArrayBuffer> {
  const first = firstOfTable(frame.sampleType);
  if (first === null) throw new RangeError(`render: ${frame.sampleType} has too many values for a table.`);
  const level = levelOf(frame, options);
  const table = new Uint8Array(frame.sampleType === "uint8" ? 256 : 65_536);
  for (let index = 0; index < table.length; index++) table[index] = level(index + first);
  return table;
}

/**
 * Bytes to show: `[height, width]` for one channel, `[height, width, 3]` for RGB; rescaled, windowed, MONOCHROME1
 * inverted. Not-a-number shows as black. The window applies to each channel of RGB alike.
 */
export function renderFrame(frame: Frame, options: RenderOptions = {}): Uint8Array<ArrayBuffer> {
  const { data } = frame;
  const shown = new Uint8Array(data.length);
  const first = firstOfTable(frame.sampleType);
  if (first === null) {
    const level = levelOf(frame, options);
    for (let index = 0; index < data.length; index++) shown[index] = level(data[index]!);
  } else {
    const table = renderTable(frame, options);
    for (let index = 0; index < data.length; index++) shown[index] = table[data[index]! - first]!;
  }
  return shown;
}

/** As `renderFrame`, as `[height, width, 4]` opaque RGBA, written to `rgba`: what a 2-D canvas takes. */
export function renderFrameRgba(
  frame: Frame,
  options: RenderOptions = {},
  rgba = new Uint8ClampedArray(4 * frame.width * frame.height),
): Uint8ClampedArray<ArrayBuffer> {
  const { data, channels } = frame;
  const pixels = frame.width * frame.height;
  const first = firstOfTable(frame.sampleType);
  if (channels === 1 && first !== null) {
    // Four bytes at once; all computers that we run on are little-endian.
    const whole = new Uint32Array(rgba.buffer);
    const table = renderTable(frame, options);
    const colors = new Uint32Array(table.length);
    for (let value = 0; value < table.length; value++) colors[value] = 0xff000000 | (table[value]! * 0x010101);
    for (let pixel = 0; pixel < pixels; pixel++) whole[pixel] = colors[data[pixel]! - first]!;
    return rgba;
  }
  const shown = renderFrame(frame, options);
  const step = channels === 3 ? 1 : 0;
  for (let pixel = 0, source = 0; pixel < pixels; pixel++, source += channels) {
    rgba[4 * pixel] = shown[source]!;
    rgba[4 * pixel + 1] = shown[source + step]!;
    rgba[4 * pixel + 2] = shown[source + 2 * step]!;
    rgba[4 * pixel + 3] = 255;
  }
  return rgba;
}
