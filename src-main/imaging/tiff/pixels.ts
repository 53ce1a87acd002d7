/**
 * @file One page of a TIFF to a frame. Samples are exactly those of the file; JPEG and fax pages are decoded by sharp (libtiff).
 */
import sharp from "sharp";
import { createSamples, type Frame, MAX_SAMPLES, type Samples, windowOfRange } from "../../voxels/index.ts";
import { isOpaque, putOnBlack, splitAlpha } from "../on-black.ts";
import { turnUpright } from "../orientation.ts";
import { corruptFile, unsupportedFile } from "../trouble.ts";
import { readStoredSamples, type StoredType } from "../volume/voxel-samples.ts";
import type { TiffPage } from "./directory.ts";
import { unpackBits, unpackDeflate, unpackLzw } from "./unpack.ts";

type Cells = Uint8Array | Uint16Array | Uint32Array | BigUint64Array;

const hostIsLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Decodes `page` of the file, turned upright as its Orientation says; `isOnBlack` where pixels were transparent. Throws `Problem`. */
export async function decodePage(
  bytes: Uint8Array,
  page: TiffPage,
  isBigEndian: boolean,
  fileName: string,
): Promise<{ frame: Frame; isOnBlack: boolean }> {
  const { width, height, bits, photometric } = page;
  if (page.compression === "jpeg" || page.compression === "fax") {
    return { frame: await decodeBySharp(bytes, page, fileName), isOnBlack: false };
  }
  const cells = readCells(bytes, page, isBigEndian, fileName);
  const stored =
    `${{ unsigned: "uint", signed: "int", float: "float" }[page.format]}${Math.max(8, bits)}` as StoredType;
  const { samples, sampleType } = readStoredSamples(
    new Uint8Array(cells.buffer, cells.byteOffset, cells.byteLength),
    { type: stored, length: cells.length, isBigEndian: !hostIsLittleEndian },
    fileName,
  );
  const top = 2 ** bits - 1;
  const { colors, alpha } = separateAlpha(samples, page, top, fileName);
  let picture: { samples: Samples; channels: 1 | 3 } = { samples: colors, channels: page.colors };
  if (page.palette !== null) picture = applyPalette(picture.samples, page.palette, bits);
  if (photometric === "white-is-zero") {
    if (page.format !== "unsigned")
      throw notRead(fileName, "Its white is zero, but its numbers have no largest value.");
    picture.samples = picture.samples.map((sample) => top - sample);
  }
  if (alpha !== null && page.extra === "unassociated") putOnBlack(picture.samples, alpha, top);
  const kept = sampleTypeOf(picture.samples) ?? sampleType;
  if (picture.channels === 3 && kept !== "uint8" && kept !== "uint16") {
    throw notRead(fileName, `Its colors are ${bits}-bit ${page.format} numbers.`);
  }
  const frame = frameOf({ width, height, ...picture, sampleType: kept });
  if (page.palette === null && bits < 8) frame.window = windowOfRange(0, top);
  return { frame: turnUpright(frame, page.orientation), isOnBlack: alpha !== null };
}

async function decodeBySharp(bytes: Uint8Array, page: TiffPage, fileName: string): Promise<Frame> {
  const { width, height, colors, compression, orientation } = page;
  let raw: Buffer;
  try {
    const pipeline = sharp(bytes, { page: page.index, failOn: "warning", limitInputPixels: MAX_SAMPLES })
      .toColourspace(colors === 3 ? "srgb" : "b-w")
      .raw();
    const { data, info } = await pipeline.toBuffer({ resolveWithObject: true });
    if (info.width !== width || info.height !== height || info.channels !== colors) {
      throw notRead(
        fileName,
        `Its page of ${width} x ${height} comes out as ${info.width} x ${info.height}, ${info.channels} channels.`,
      );
    }
    raw = data;
  } catch (error) {
    if (!(error instanceof Error) || "code" in error) throw error;
    throw corruptFile(fileName, `Its pixels cannot be decoded (${error.message.split("\n")[0]!.trim()}).`, error);
  }
  const samples = new Uint8Array(raw);
  if (compression !== "fax")
    return turnUpright(frameOf({ width, height, samples, channels: colors, sampleType: "uint8" }), orientation);
  const bitsOnly = samples.map((sample) => sample / 255);
  const frame = frameOf({ width, height, samples: bitsOnly, channels: 1, sampleType: "uint8" });
  return turnUpright({ ...frame, window: windowOfRange(0, 1) }, orientation);
}

/** All samples of the page, interleaved, in the host's byte order, unsigned bit patterns. */
function readCells(bytes: Uint8Array, page: TiffPage, isBigEndian: boolean, fileName: string): Cells {
  const { width, height, samplesPerPixel, isPlanar, tileWidth, tileHeight } = page;
  const cells = createCells(page.bits, width * height * samplesPerPixel);
  const across = Math.ceil(width / tileWidth);
  const perPlane = across * Math.ceil(height / tileHeight);
  const own = isPlanar ? 1 : samplesPerPixel;
  page.pieces.forEach(({ offset, length }, index) => {
    const plane = Math.floor(index / perPlane);
    const left = ((index % perPlane) % across) * tileWidth;
    const top = Math.floor((index % perPlane) / across) * tileHeight;
    const columns = Math.min(tileWidth, width - left);
    const rows = Math.min(tileHeight, height - top);
    // A tile is stored whole, the last strip only as far as the page goes.
    const storedRows = tileWidth === width ? rows : tileHeight;
    const piece = readPiece(
      bytes.subarray(offset, offset + length),
      page,
      { rows: storedRows, own, isBigEndian },
      fileName,
    );
    for (let row = 0; row < rows; row++) {
      const source = row * tileWidth * own;
      const target = ((top + row) * width + left) * samplesPerPixel;
      if (!isPlanar) (cells as Uint8Array).set((piece as Uint8Array).subarray(source, source + columns * own), target);
      else {
        for (let column = 0; column < columns; column++) {
          cells[target + column * samplesPerPixel + plane] = piece[source + column]!;
        }
      }
    }
  });
  return cells;
}

function readPiece(
  packed: Uint8Array,
  page: TiffPage,
  { rows, own, isBigEndian }: { rows: number; own: number; isBigEndian: boolean },
  fileName: string,
): Cells {
  const { bits, tileWidth, tileHeight, predictor } = page;
  const rowCells = tileWidth * own;
  const rowBytes = Math.ceil((rowCells * bits) / 8);
  const expected = rowBytes * rows;
  const plain = page.isBitReversed && page.compression !== "none" && bits >= 8 ? packed.map(reversed) : packed;
  const bytes = unpack(plain, page, { expected, most: rowBytes * tileHeight }, fileName);
  if (bits < 8) return spreadBits(bytes, { bits, rows, rowCells, rowBytes, isReversed: page.isBitReversed });
  if (predictor === 3) return undoFloatPredictor(bytes, { bits, rows, rowCells, own });
  const size = bits / 8;
  // Aligned, and free to be changed: what was unpacked is ours already.
  const isOwn = page.compression !== "none" && bytes.byteOffset % size === 0;
  const aligned = Buffer.from(
    isOwn ? bytes.buffer : new Uint8Array(bytes).buffer,
    isOwn ? bytes.byteOffset : 0,
    bytes.length,
  );
  if (size > 1 && isBigEndian === hostIsLittleEndian) {
    if (size === 2) aligned.swap16();
    else if (size === 4) aligned.swap32();
    else aligned.swap64();
  }
  const cells = createCells(bits, rowCells * rows, aligned);
  if (predictor === 2) {
    const numbers = cells as Uint8Array; // or wider; sums wrap around as the differences did
    for (let row = 0; row < rows; row++) {
      for (let at = row * rowCells + own; at < (row + 1) * rowCells; at++) numbers[at]! += numbers[at - own]!;
    }
  }
  return cells;
}

function unpack(
  packed: Uint8Array,
  { compression }: TiffPage,
  { expected, most }: { expected: number; most: number },
  fileName: string,
): Uint8Array {
  switch (compression) {
    case "lzw":
      return unpackLzw(packed, expected, fileName);
    case "packbits":
      return unpackBits(packed, expected, fileName);
    case "deflate":
      return unpackDeflate(packed, { expected, most }, fileName);
    default:
      if (packed.length < expected) {
        throw corruptFile(
          fileName,
          `It is cut off: a part of its pixels has ${packed.length} bytes; expected ${expected}.`,
        );
      }
      return packed.subarray(0, expected);
  }
}

/** Samples below 8 bits to bytes; each row starts at a byte. */
function spreadBits(
  bytes: Uint8Array,
  {
    bits,
    rows,
    rowCells,
    rowBytes,
    isReversed,
  }: { bits: number; rows: number; rowCells: number; rowBytes: number; isReversed: boolean },
): Uint8Array {
  const cells = new Uint8Array(rows * rowCells);
  const mask = (1 << bits) - 1;
  for (let row = 0; row < rows; row++) {
    for (let cell = 0; cell < rowCells; cell++) {
      const bit = cell * bits;
      const byte = bytes[row * rowBytes + (bit >> 3)]!;
      const shift = 8 - bits - (bit & 7);
      cells[row * rowCells + cell] = ((isReversed ? reversed(byte) : byte) >> shift) & mask;
    }
  }
  return cells;
}

function reversed(byte: number): number {
  let result = 0;
  for (let bit = 0; bit < 8; bit++) result |= ((byte >> bit) & 1) << (7 - bit);
  return result;
}

/** Adobe Photoshop TIFF Technical Note 3: bytes of a row by significance, highest first, then differences of bytes. */
function undoFloatPredictor(
  bytes: Uint8Array,
  { bits, rows, rowCells, own }: { bits: number; rows: number; rowCells: number; own: number },
): Cells {
  const size = bits / 8;
  const rowBytes = rowCells * size;
  const sums = new Uint8Array(bytes); // a copy
  const ordered = new Uint8Array(rows * rowBytes);
  for (let row = 0; row < rows; row++) {
    const start = row * rowBytes;
    for (let at = start + own; at < start + rowBytes; at++) sums[at]! += sums[at - own]!;
    for (let cell = 0; cell < rowCells; cell++) {
      for (let rank = 0; rank < size; rank++) {
        const place = hostIsLittleEndian ? size - 1 - rank : rank;
        ordered[start + cell * size + place] = sums[start + rank * rowCells + cell]!;
      }
    }
  }
  return createCells(bits, rows * rowCells, ordered);
}

function createCells(bits: number, length: number, bytes?: Uint8Array): Cells {
  const buffer = bytes === undefined ? new ArrayBuffer(length * Math.max(1, bits / 8)) : (bytes.buffer as ArrayBuffer);
  const offset = bytes?.byteOffset ?? 0;
  if (bits <= 8) return new Uint8Array(buffer, offset, length);
  if (bits === 16) return new Uint16Array(buffer, offset, length);
  return bits === 32 ? new Uint32Array(buffer, offset, length) : new BigUint64Array(buffer, offset, length);
}

/**
 * `alpha` is null where nothing is transparent. Associated alpha has darkened the colors already: they are what they are on black. TIFF 6.0
 * section 18, tag ExtraSamples.
 */
function separateAlpha(
  samples: Samples,
  { samplesPerPixel, colors, format, extra, bits, photometric }: TiffPage,
  top: number,
  fileName: string,
): { colors: Samples; alpha: Samples | null } {
  if (samplesPerPixel === colors) return { colors: samples, alpha: null };
  const split = splitAlpha(samples, samplesPerPixel);
  if (format === "unsigned" && isOpaque(split.alpha, top)) return { ...split, alpha: null };
  const isDarkened = extra === "associated" && photometric !== "white-is-zero" && photometric !== "palette";
  if (format === "unsigned" && bits <= 16 && (extra === "unassociated" || isDarkened)) return split;
  throw unsupportedFile(
    fileName,
    "It has a channel beside its colors, and does not say that it is transparency of 8 or 16 bits.",
    "Save the image without that channel (flatten it onto a background), then import it.",
  );
}

/** Colors of the palette; 8-bit where all its entries are 8-bit ones widened, else 16-bit; gray when all are gray. */
function applyPalette(
  indices: Samples,
  palette: readonly number[],
  bits: number,
): { samples: Samples; channels: 1 | 3 } {
  const count = 2 ** bits;
  const divisor = [257, 256].find((one) => palette.every((entry) => entry % one === 0));
  // Some writers put 8-bit values in as they are; so does libtiff read them.
  const isNarrow = palette.every((entry) => entry < 256);
  const scale = isNarrow ? 1 : (divisor ?? 1);
  const is8 = isNarrow || divisor !== undefined;
  const isGray = palette
    .slice(0, count)
    .every((red, index) => red === palette[count + index] && red === palette[2 * count + index]);
  const channels = isGray ? 1 : 3;
  const samples = createSamples(is8 ? "uint8" : "uint16", indices.length * channels);
  for (let pixel = 0; pixel < indices.length; pixel++) {
    for (let channel = 0; channel < channels; channel++) {
      samples[pixel * channels + channel] = palette[channel * count + indices[pixel]!]! / scale;
    }
  }
  return { samples, channels };
}

/** Of arrays made here; null for those whose type was told. */
function sampleTypeOf(samples: Samples): "uint8" | "uint16" | null {
  if (samples instanceof Uint8Array) return "uint8";
  return samples instanceof Uint16Array ? "uint16" : null;
}

function frameOf({
  samples,
  ...described
}: { samples: Samples } & Pick<Frame, "width" | "height" | "channels" | "sampleType">): Frame {
  return {
    ...described,
    data: samples,
    photometric: described.channels === 3 ? "RGB" : "MONOCHROME2",
    rescaleSlope: 1,
    rescaleIntercept: 0,
    window: null,
    spacing: null,
  };
}

function notRead(fileName: string, detail: string): Error {
  return unsupportedFile(fileName, detail, "Save it as 8- or 16-bit gray or RGB TIFF, or as PNG, then import it.");
}
