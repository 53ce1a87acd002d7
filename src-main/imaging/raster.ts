/**
 * @file PNG, JPEG and WebP to frames, by sharp (libvips) on bytes that were checked and stripped before.
 */
import sharp, { type OutputInfo, type Sharp } from "sharp";
import { type Frame, MAX_SAMPLES, windowOfRange } from "../voxels/index.ts";
import { isCoveredByPixels } from "./dicom/codecs/jpeg-coverage.ts";
import type { AttributeCount } from "./deidentify-options.ts";
import { exifOrientation, type JpegParts, readJpeg } from "./jpeg.ts";
import { isOpaque, putOnBlack, splitAlpha } from "./on-black.ts";
import { turnUpright } from "./orientation.ts";
import { type PngHeader, type PngParts, readPng, writePng } from "./png.ts";
import { pixelStreamLength } from "./png-scan-lines.ts";
import { BESIDE_PIXELS } from "./raster-metadata.ts";
import { storeFrame, type StoredBytes } from "./store.ts";
import { corruptFile } from "./trouble.ts";
import { readWebp } from "./webp.ts";

export interface RasterSource {
  frame: Frame;
  /** It has transparent pixels, which are put on black. */
  isOnBlack: boolean;
  /** The same picture with nothing beside its pixels. */
  stored(): Promise<StoredBytes>;
}

const removed = (name: string): AttributeCount => ({ name, action: "removed", count: 1 });

/**
 * Decodes a PNG of any color type and depth. Samples are exactly those of the file: color profile and gamma are not applied, 1, 2
 * and 4 bits give values 0 to 1, 3 and 15. Palettes become their colors, transparent pixels what they are on black. Throws `Problem`.
 */
export async function decodePng(bytes: Uint8Array, fileName: string): Promise<RasterSource & { header: PngHeader }> {
  const parts = readPng(bytes, fileName);
  const { header } = parts;
  const { bitDepth, color } = header;
  const isGray = color.startsWith("grayscale");
  const is16 = bitDepth === 16;
  // Naming the own color space keeps libvips from converting; without it 16-bit gray would come back as 8-bit color. Gray with
  // transparency goes by way of three equal channels: as gray, sharp would drop its alpha unseen.
  const isPlainGray = isGray && !header.hasTransparency;
  const space = isPlainGray ? (is16 ? "grey16" : "b-w") : is16 ? "rgb16" : "srgb";
  const raw = await rawSamples(sharp(writePng(parts), strict).toColourspace(space), is16, fileName);
  const { isOnBlack, ...onBlack } = withoutAlpha(raw, is16 ? 65_535 : 255);
  let picture: Picture = onBlack;
  if ((isGray || header.isGrayPalette) && picture.channels === 3) {
    picture = { samples: withoutEvery(picture.samples, 3, 1), channels: 1 };
  }
  const top = isGray && bitDepth < 8 ? 2 ** bitDepth - 1 : null;
  // libpng widens small depths by repeating bits: value * 255 / top, undone without rest.
  if (top !== null) picture.samples = picture.samples.map((sample) => (sample * top) / 255);
  const frame = { ...toFrame(header, picture), window: top === null ? null : windowOfRange(0, top) };
  return { frame, header, isOnBlack, stored: () => storePng(parts, frame, isOnBlack) };
}

/**
 * As it was compressed, up to the end of its pixels. A palette may have colors that no pixel uses, and transparent pixels have colors that nobody
 * sees: there the pixels are packed anew.
 */
async function storePng(parts: PngParts, frame: Frame, isOnBlack: boolean): Promise<StoredBytes> {
  const { header, compressed, attributes } = parts;
  const hasColorKey = header.hasTransparency && !header.color.endsWith("+alpha");
  if (header.color === "palette" || hasColorKey || isOnBlack) {
    const name = header.color === "palette" ? "PNG palette" : "PNG transparency";
    return { bytes: await storeFrame(frame), attributes: [...attributes, { name, action: "replaced", count: 1 }] };
  }
  const length = await pixelStreamLength(header, compressed);
  if (length === compressed.length) return { bytes: writePng(parts), attributes };
  const bytes =
    length === null ? await storeFrame(frame) : writePng({ ...parts, compressed: compressed.subarray(0, length) });
  return { bytes, attributes: [...attributes, removed(BESIDE_PIXELS)] };
}

/** Decodes an 8-bit JPEG, gray or color, turned upright as its Exif orientation says. Throws `Problem`. */
export async function decodeJpeg(bytes: Uint8Array, fileName: string): Promise<RasterSource> {
  const parts = readJpeg(bytes, fileName);
  const { header } = parts;
  const pipeline = sharp(parts.bare, strict)
    .autoOrient()
    .toColourspace(header.channels === 1 ? "b-w" : "srgb");
  const { samples, channels, width, height } = await rawSamples(pipeline, false, fileName);
  const frame = toFrame({ width, height }, { samples, channels });
  return { frame, isOnBlack: false, stored: () => storeJpeg(parts, frame) };
}

/**
 * As it was compressed where that is all pixels, else as PNG. Of progressive files the decoder reads all scans, and warns of bytes between and
 * behind them: those are refused.
 */
async function storeJpeg({ header, bare, attributes }: JpegParts, frame: Frame): Promise<StoredBytes> {
  if (header.isProgressive || isCoveredByPixels(bare)) return { bytes: bare, attributes };
  return { bytes: await storeFrame(frame), attributes: [...attributes, removed(BESIDE_PIXELS)] };
}

/**
 * Decodes a WebP, lossy or lossless, always as color, turned upright as its Exif orientation says. Stored as PNG: only a decoder of its own
 * could tell where its coded pixels end. Transparent pixels are put on black. Throws `Problem`.
 */
export async function decodeWebp(bytes: Uint8Array, fileName: string): Promise<RasterSource> {
  const { header, bare, exif, attributes } = readWebp(bytes, fileName);
  const { samples, channels, width, height } = await rawSamples(
    sharp(bare, strict).toColourspace("srgb"),
    false,
    fileName,
  );
  if (width !== header.width || height !== header.height) {
    throw corruptFile(fileName, `It claims ${header.width} x ${header.height} pixels, but holds ${width} x ${height}.`);
  }
  const { isOnBlack, ...picture } = withoutAlpha({ samples, channels }, 255);
  const asStored = toFrame({ width, height }, picture);
  const hasMark = exif !== null && String.fromCharCode(...exif.subarray(0, 4)) === "Exif";
  const orientation = exif === null ? 1 : (exifOrientation(hasMark ? exif.subarray(6) : exif) ?? 1);
  const frame = turnUpright(asStored, orientation);
  const stored = async (): Promise<StoredBytes> => ({
    bytes: await storeFrame(frame),
    attributes: [...attributes, removed("WebP data beside pixels")],
  });
  return { frame, isOnBlack, stored };
}

/** Any warning of the decoder fails: better no picture than a guessed one. */
const strict = { failOn: "warning", limitInputPixels: MAX_SAMPLES, sequentialRead: true } as const;

interface Picture {
  samples: Uint8Array | Uint16Array;
  channels: number;
}

async function rawSamples(
  pipeline: Sharp,
  is16: boolean,
  fileName: string,
): Promise<Picture & { width: number; height: number }> {
  let raw: { data: Buffer; info: OutputInfo };
  try {
    raw = await pipeline.raw({ depth: is16 ? "ushort" : "uchar" }).toBuffer({ resolveWithObject: true });
  } catch (error) {
    // libvips names the trouble ("libpng read error") but no content of the file.
    const reason = error instanceof Error ? error.message.split("\n")[0]!.trim() : "unknown";
    throw corruptFile(fileName, `Its pixels cannot be decoded (${reason}).`, error);
  }
  const { data, info } = raw;
  const isAligned = data.byteOffset % 2 === 0;
  const samples = !is16
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : isAligned
      ? new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2)
      : new Uint16Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength));
  if (samples.length !== info.width * info.height * info.channels) {
    throw new Error(`raster: sharp gave ${samples.length} samples for ${info.width} x ${info.height}`);
  }
  return { samples, channels: info.channels, width: info.width, height: info.height };
}

/** Drops an alpha channel that hides nothing; any other puts the pixels on black. */
function withoutAlpha({ samples, channels }: Picture, opaque: number): Picture & { isOnBlack: boolean } {
  if (channels === 1 || channels === 3) return { samples, channels, isOnBlack: false };
  const { colors, alpha } = splitAlpha(samples, channels);
  const isOnBlack = !isOpaque(alpha, opaque);
  if (isOnBlack) putOnBlack(colors, alpha, opaque);
  return { samples: colors, channels: channels - 1, isOnBlack };
}

/** The first `kept` of each `step` samples. `filter` would collect them one by one, in the heap. */
function withoutEvery(samples: Picture["samples"], step: number, kept: number): Picture["samples"] {
  const pixels = samples.length / step;
  const rest = samples instanceof Uint16Array ? new Uint16Array(pixels * kept) : new Uint8Array(pixels * kept);
  for (let pixel = 0, target = 0; pixel < pixels; pixel++) {
    for (let channel = 0; channel < kept; channel++) rest[target++] = samples[pixel * step + channel]!;
  }
  return rest;
}

function toFrame({ width, height }: { width: number; height: number }, { samples, channels }: Picture): Frame {
  return {
    width,
    height,
    channels: channels === 3 ? 3 : 1,
    sampleType: samples instanceof Uint16Array ? "uint16" : "uint8",
    data: samples,
    photometric: channels === 3 ? "RGB" : "MONOCHROME2",
    rescaleSlope: 1,
    rescaleIntercept: 0,
    window: null,
    spacing: null,
  };
}
