/**
 * @file Windows bitmaps to frames: uncompressed of 1 to 32 bits, run-length coded (bmp-runs.ts) of 4 and 8. Microsoft, "Bitmap Storage" (BITMAPFILEHEADER, BITMAPCOREHEADER,
 * BITMAPINFOHEADER, BITMAPV4HEADER, BITMAPV5HEADER).
 */
import type { Frame } from "../voxels/index.ts";
import { unpackRuns } from "./bmp-runs.ts";
import { checkSize, corruptFile, unsupportedFile } from "./trouble.ts";

const FILE_HEADER = 14;
/** Sizes of the headers that exist, by what was added: OS/2 1, Windows 3, masks, alpha mask, version 4, version 5. */
const headerSizes = [12, 40, 52, 56, 108, 124];
const RGB = 0;
const RLE8 = 1;
const RLE4 = 2;
const BITFIELDS = 3;
const ALPHA_BITFIELDS = 6;
/** Bits of a pixel by compression. */
const bitsOf: ReadonlyMap<number, readonly number[]> = new Map([
  [RGB, [1, 4, 8, 16, 24, 32]],
  [RLE8, [8]],
  [RLE4, [4]],
  [BITFIELDS, [16, 32]],
  [ALPHA_BITFIELDS, [16, 32]],
]);

/** Whether it starts as a bitmap: two letters are few, so the size of the second header must be one that exists. */
export function isBmp(bytes: Uint8Array): boolean {
  if (bytes.length < FILE_HEADER + 4 || bytes[0] !== 0x42 || bytes[1] !== 0x4d) return false;
  const size = new DataView(bytes.buffer, bytes.byteOffset).getUint32(FILE_HEADER, true);
  return headerSizes.includes(size) || size === 16 || size === 64;
}

/** Decodes a bitmap. Gray where all colors of its palette are gray. Throws `Problem`, also when pixels are transparent. */
export function decodeBmp(bytes: Uint8Array, fileName: string): Frame {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerSize = view.getUint32(FILE_HEADER, true);
  if (!headerSizes.includes(headerSize)) throw notRead(fileName, "It is a bitmap of OS/2, version 2.");
  if (bytes.length < FILE_HEADER + headerSize) throw corruptFile(fileName, "Its bitmap header is cut off.");
  const isCore = headerSize === 12;
  const width = isCore ? view.getUint16(18, true) : view.getInt32(18, true);
  const signedHeight = isCore ? view.getUint16(20, true) : view.getInt32(22, true);
  const bits = view.getUint16(isCore ? 24 : 28, true);
  const compression = isCore ? RGB : view.getUint32(30, true);
  const height = Math.abs(signedHeight);
  checkSize(fileName, width, height, 3);
  const possibleBits = bitsOf.get(compression);
  if (possibleBits === undefined) {
    throw notRead(
      fileName,
      `Its bitmap compression is of type ${compression}; run-length coded and uncompressed ones are read.`,
    );
  }
  const isCoded = compression === RLE8 || compression === RLE4;
  if (!possibleBits.includes(bits) || (isCoded && signedHeight < 0)) {
    throw corruptFile(fileName, `A bitmap of ${bits} bits and compression ${compression} does not exist.`);
  }
  const start = view.getUint32(10, true);
  if (isCoded) {
    const palette = readPalette(view, { headerSize, isCore, bits, start }, fileName);
    const numbers = unpackRuns(bytes, { width, height, bits: bits === 4 ? 4 : 8, start }, fileName);
    const at = (y: number): number => width * (height - 1 - y);
    return readIndexed(numbers, { width, height, bits: 8, at }, palette, fileName);
  }
  const rowBytes = Math.ceil((width * bits) / 32) * 4;
  if (start + rowBytes * height > bytes.length) {
    throw corruptFile(
      fileName,
      `It is cut off: its pixels need ${rowBytes * height} bytes, ${Math.max(0, bytes.length - start)} are there.`,
    );
  }
  const rows = {
    width,
    height,
    bits,
    /** Where row `y`, counted from the top, starts: bitmaps are stored bottom up unless the height is negative. */
    at: (y: number): number => start + rowBytes * (signedHeight > 0 ? height - 1 - y : y),
  };
  if (bits <= 8)
    return readIndexed(bytes, rows, readPalette(view, { headerSize, isCore, bits, start }, fileName), fileName);
  if (bits === 24) return readBytes(bytes, rows);
  const masks = readMasks(view, { headerSize, compression, bits }, fileName);
  return readMasked(view, rows, masks, fileName);
}

interface Rows {
  width: number;
  height: number;
  bits: number;
  at(y: number): number;
}

/** [red, green, blue] per entry. */
function readPalette(
  view: DataView,
  { headerSize, isCore, bits, start }: { headerSize: number; isCore: boolean; bits: number; start: number },
  fileName: string,
): [number, number, number][] {
  const entryBytes = isCore ? 3 : 4;
  const told = isCore ? 0 : view.getUint32(46, true);
  const count = told === 0 ? 2 ** bits : told;
  const at = FILE_HEADER + headerSize;
  if (count > 2 ** bits || at + count * entryBytes > Math.min(start, view.byteLength)) {
    throw corruptFile(fileName, `Its palette of ${count} colors does not fit before its pixels.`);
  }
  return Array.from({ length: count }, (_, index) => {
    const entry = at + index * entryBytes;
    return [view.getUint8(entry + 2), view.getUint8(entry + 1), view.getUint8(entry)];
  });
}

function readIndexed(
  bytes: Uint8Array,
  { width, height, bits, at }: Rows,
  palette: [number, number, number][],
  fileName: string,
): Frame {
  const isGray = palette.every(([red, green, blue]) => red === green && red === blue);
  const channels = isGray ? 1 : 3;
  const data = new Uint8Array(width * height * channels);
  const mask = 2 ** bits - 1;
  let target = 0;
  for (let y = 0; y < height; y++) {
    const row = at(y);
    for (let x = 0; x < width; x++) {
      const bit = x * bits;
      const color = palette[(bytes[row + (bit >> 3)]! >> (8 - bits - (bit & 7))) & mask];
      if (color === undefined) throw corruptFile(fileName, "A pixel has a number that its palette does not have.");
      for (let channel = 0; channel < channels; channel++) data[target++] = color[channel]!;
    }
  }
  return frameOf(width, height, channels, data);
}

function readBytes(bytes: Uint8Array, { width, height, at }: Rows): Frame {
  const data = new Uint8Array(width * height * 3);
  let target = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0, source = at(y); x < width; x++, source += 3) {
      data[target++] = bytes[source + 2]!;
      data[target++] = bytes[source + 1]!;
      data[target++] = bytes[source]!;
    }
  }
  return frameOf(width, height, 3, data);
}

interface Mask {
  shift: number;
  top: number;
}

/** Red, green, blue and, where told, alpha. */
function readMasks(
  view: DataView,
  { headerSize, compression, bits }: { headerSize: number; compression: number; bits: number },
  fileName: string,
): (Mask | null)[] {
  const inFile = compression !== RGB;
  const defaults = bits === 16 ? [0x7c00, 0x03e0, 0x001f] : [0xff0000, 0x00ff00, 0x0000ff];
  const hasAlpha = inFile && (headerSize >= 56 || compression === ALPHA_BITFIELDS);
  const at = FILE_HEADER + 40;
  if (inFile && at + (hasAlpha ? 16 : 12) > view.byteLength)
    throw corruptFile(fileName, "Its color masks are cut off.");
  const values = [0, 1, 2, 3].map((index) => {
    if (index === 3 && !hasAlpha) return 0;
    return inFile ? view.getUint32(at + 4 * index, true) : defaults[index]!;
  });
  return values.map((value, index) => {
    if (index === 3 && value === 0) return null;
    const shift = 31 - Math.clz32(value & -value);
    const top = value >>> shift;
    // A run of ones, eight at most.
    if (value === 0 || (top & (top + 1)) !== 0 || top > 255) {
      throw notRead(fileName, "Its color masks are no runs of up to 8 bits.");
    }
    return { shift, top };
  });
}

/** Colors of fewer than 8 bits are widened to the full range, rounded to the nearest. */
function readMasked(
  view: DataView,
  { width, height, bits, at }: Rows,
  masks: (Mask | null)[],
  fileName: string,
): Frame {
  const data = new Uint8Array(width * height * 3);
  const [red, green, blue, alpha] = masks;
  const colors = [red!, green!, blue!];
  let target = 0;
  for (let y = 0; y < height; y++) {
    const row = at(y);
    for (let x = 0; x < width; x++) {
      const cell = bits === 16 ? view.getUint16(row + 2 * x, true) : view.getUint32(row + 4 * x, true);
      if (alpha !== undefined && alpha !== null && ((cell >>> alpha.shift) & alpha.top) !== alpha.top) {
        throw unsupportedFile(
          fileName,
          "It has transparent pixels.",
          "Flatten the image onto a background (remove its alpha channel), then import it.",
        );
      }
      for (const { shift, top } of colors) data[target++] = Math.round((((cell >>> shift) & top) * 255) / top);
    }
  }
  return frameOf(width, height, 3, data);
}

function frameOf(width: number, height: number, channels: 1 | 3, data: Uint8Array): Frame {
  return {
    width,
    height,
    channels,
    sampleType: "uint8",
    data,
    photometric: channels === 3 ? "RGB" : "MONOCHROME2",
    rescaleSlope: 1,
    rescaleIntercept: 0,
    window: null,
    spacing: null,
  };
}

function notRead(fileName: string, detail: string): Error {
  return unsupportedFile(fileName, detail, "Save it as uncompressed bitmap or as PNG, then import it.");
}
