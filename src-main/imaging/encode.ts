/**
 * @file Pictures out: masks and thumbnails as PNG.
 */
import sharp from "sharp";
import { type DisplayWindow, type Frame, type LabelMap, renderFrame } from "../voxels/index.ts";

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
  const { width, height, channels } = frame;
  return sharp(renderFrame(frame, { window }), { raw: { width, height, channels } })
    .resize(maxSide, maxSide, { fit: "inside", withoutEnlargement: true })
    .toColourspace(channels === 1 ? "b-w" : "srgb")
    .png({ compressionLevel: 6 })
    .toBuffer();
}
