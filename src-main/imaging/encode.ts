/**
 * @file Pictures out: masks and thumbnails as PNG.
 */
import sharp from "sharp";
import { type DisplayWindow, type Frame, type LabelMap, renderFrame, suggestWindow } from "../voxels/index.ts";

/** Longest side of a thumbnail, pixels: sharp enough for a list on a dense screen, a few kB. */
export const THUMBNAIL_SIDE = 128;

/**
 * PNG of a label map, 8-bit gray: 0 and 255 when there is one class (as other tools write masks), class values when
 * there are several. `decodeMask` with the same classes gives the same label map back.
 */
export async function encodeMaskPng(map: LabelMap, classes: readonly { value: number }[]): Promise<Uint8Array> {
  const isBinary = classes.length === 1;
  const values = isBinary ? map.data.map((value) => (value === 0 ? 0 : 255)) : map.data;
  return encodePng(values, map.width, map.height, 1);
}

/** PNG of bytes `[height, width, channels]`, 8-bit gray or RGB, values unchanged. */
export async function encodePng(
  samples: Uint8Array,
  width: number,
  height: number,
  channels: 1 | 3,
): Promise<Uint8Array> {
  return sharp(samples, { raw: { width, height, channels } })
    .toColourspace(channels === 1 ? "b-w" : "srgb")
    .png({ compressionLevel: 6, palette: false })
    .toBuffer();
}

/** PNG of the frame as shown with `window` (default: the suggested one), longest side at most `maxSide` pixels. */
export async function encodeThumbnail(
  frame: Frame,
  window?: DisplayWindow,
  maxSide: number = THUMBNAIL_SIDE,
): Promise<Uint8Array> {
  const small = shrunk(frame, maxSide);
  const { width, height, channels } = small;
  return sharp(renderFrame(small, { window: window ?? suggestWindow(frame) }), {
    raw: { width, height, channels },
  })
    .resize(maxSide, maxSide, { fit: "inside", withoutEnlargement: true })
    .toColourspace(channels === 1 ? "b-w" : "srgb")
    .png({ compressionLevel: 6 })
    .toBuffer();
}

/** Rows and columns of a block that its mean is taken of: at least half as many, evenly spread over larger blocks. */
const MAX_AVERAGED = 32;

/**
 * The frame at a whole fraction of its size, means of blocks, its longer side at least `minSide`: windowing and resizing what is left
 * costs little. The mean of stored values and that of shown ones differ only where a block straddles an end of the window.
 */
function shrunk(frame: Frame, minSide: number): Frame {
  const factor = Math.floor(Math.max(frame.width, frame.height) / minSide);
  const width = Math.floor(frame.width / factor);
  const height = Math.floor(frame.height / factor);
  if (factor < 2 || width === 0 || height === 0) return frame;
  const { channels, data } = frame;
  const means = new Float32Array(width * height * channels);
  const rowStep = frame.width * channels;
  const step = Math.ceil(factor / MAX_AVERAGED);
  const count = Math.ceil(factor / step) ** 2;
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let channel = 0; channel < channels; channel++, at++) {
        let sum = 0;
        for (let dy = 0; dy < factor; dy += step) {
          let from = (y * factor + dy) * rowStep + x * factor * channels + channel;
          for (let dx = 0; dx < factor; dx += step, from += step * channels) sum += data[from]!;
        }
        means[at] = sum / count;
      }
    }
  }
  return { ...frame, width, height, sampleType: "float32", data: means };
}
