/**
 * @file The image file directories of a TIFF, checked. TIFF 6.0 (Adobe 1992), sections 2, 8, 14; Technical Note 2 for JPEG;
 * BigTIFF (libtiff's design document) for offsets of 64 bits.
 */
import { checkSize, checkUnpacked, corruptFile, MAX_UNPACKED_REWRITTEN, unsupportedFile } from "../trouble.ts";

export type TiffCompression = "none" | "lzw" | "deflate" | "packbits" | "jpeg" | "fax";

/** One page, all fields checked against each other. */
export interface TiffPage {
  /** Place in the file, counted from 0; pages that are previews or masks keep their numbers. */
  index: number;
  width: number;
  height: number;
  samplesPerPixel: number;
  /** Colors without extra samples such as alpha. */
  colors: 1 | 3;
  /** What the sample behind the colors is: alpha, by which colors are multiplied already or not; null when the file does not say. */
  extra: "associated" | "unassociated" | null;
  bits: 1 | 2 | 4 | 8 | 16 | 32 | 64;
  format: "unsigned" | "signed" | "float";
  compression: TiffCompression;
  photometric: "white-is-zero" | "black-is-zero" | "rgb" | "palette" | "ycbcr";
  predictor: 1 | 2 | 3;
  isPlanar: boolean;
  /** Lowest bit first in each byte, for samples below 8 bits. */
  isBitReversed: boolean;
  /** Exif orientation, 1 to 8. */
  orientation: number;
  /** 16-bit red, green, blue: all reds, then all greens, then all blues. */
  palette: number[] | null;
  /** Tiles, or strips as tiles of the width of the page. */
  tileWidth: number;
  tileHeight: number;
  /** Position and length in the file of each tile or strip. */
  pieces: { offset: number; length: number }[];
}

export interface TiffFile {
  isBigEndian: boolean;
  pages: TiffPage[];
}

export function isTiff(bytes: Uint8Array): boolean {
  const mark = String.fromCharCode(...bytes.subarray(0, 4));
  return ["II*\0", "MM\0*", "II+\0", "MM\0+"].includes(mark);
}

/** More pages than any document of one examination has. */
const MAX_PAGES = 10_000;
/** A page of 16 384 lines in strips of one line, three planes. */
const MAX_PIECES = 3 * 2 ** 16;

const compressions: Record<number, TiffCompression | undefined> = {
  1: "none",
  2: "fax",
  3: "fax",
  4: "fax",
  5: "lzw",
  7: "jpeg",
  8: "deflate",
  32773: "packbits",
  32946: "deflate",
};
const laterCompressions: Record<number, string | undefined> = {
  6: "old-style JPEG",
  34712: "JPEG 2000",
  34887: "LERC",
  34925: "LZMA",
  50000: "Zstandard",
  50001: "WebP",
  50002: "JPEG XL",
};
const photometrics: Record<number, TiffPage["photometric"] | undefined> = {
  0: "white-is-zero",
  1: "black-is-zero",
  2: "rgb",
  3: "palette",
  6: "ycbcr",
};
const laterPhotometrics: Record<number, string | undefined> = {
  4: "a mask",
  5: "CMYK",
  8: "CIE L*a*b*",
  32803: "a sensor's raw pattern",
};

/** Reads all pages but previews and masks. Throws `Problem` naming the tag at fault. */
export function readTiff(bytes: Uint8Array, fileName: string): TiffFile {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isBigEndian = bytes[0] === 0x4d;
  if (bytes.length < 16) throw corruptFile(fileName, `The TIFF is cut off: it has ${bytes.length} bytes.`);
  const reader = new Reader(view, !isBigEndian, view.getUint16(2, !isBigEndian) === 43, fileName);
  const pages: TiffPage[] = [];
  const seen = new Set<number>();
  let offset = reader.isBig ? reader.number(8, 16) : reader.number(4, 4);
  for (let index = 0; offset !== 0; index++) {
    if (seen.has(offset) || index >= MAX_PAGES) throw corruptFile(fileName, "The pages of the TIFF run in a circle.");
    seen.add(offset);
    const { fields, next } = reader.directory(offset);
    // Bit 0: a smaller version of another page; bit 2: a transparency mask.
    if (((fields.get(254)?.[0] ?? 0) & 5) === 0) pages.push(readPage(fields, index, bytes.length, fileName));
    offset = next;
  }
  if (pages.length === 0) throw corruptFile(fileName, "The TIFF has no page.");
  return { isBigEndian, pages };
}

type Fields = Map<number, number[]>;

/** Bytes of the field types that hold whole numbers: BYTE, SHORT, LONG, IFD, LONG8, IFD8. */
const typeBytes: Record<number, 1 | 2 | 4 | 8 | undefined> = { 1: 1, 3: 2, 4: 4, 13: 4, 16: 8, 18: 8 };
/** Tags that are looked at; the others may hold names, and are not even read. */
const tags = new Set([
  254, 256, 257, 258, 259, 262, 266, 273, 274, 277, 278, 279, 284, 317, 320, 322, 323, 324, 325, 338, 339,
]);

class Reader {
  readonly #view: DataView;
  readonly #isLittle: boolean;
  readonly isBig: boolean;
  readonly #fileName: string;

  constructor(view: DataView, isLittle: boolean, isBig: boolean, fileName: string) {
    this.#view = view;
    this.#isLittle = isLittle;
    this.isBig = isBig;
    this.#fileName = fileName;
  }

  /** Whole number at `offset`; `type` as in a field. */
  number(offset: number, type: number): number {
    const size = typeBytes[type]!;
    if (offset + size > this.#view.byteLength) throw corruptFile(this.#fileName, "The TIFF is cut off in a directory.");
    switch (size) {
      case 1:
        return this.#view.getUint8(offset);
      case 2:
        return this.#view.getUint16(offset, this.#isLittle);
      case 4:
        return this.#view.getUint32(offset, this.#isLittle);
      case 8:
        return Number(this.#view.getBigUint64(offset, this.#isLittle));
    }
  }

  directory(start: number): { fields: Fields; next: number } {
    const [countBytes, entryBytes, wordBytes] = this.isBig ? [8, 20, 8] : [2, 12, 4];
    const word = this.isBig ? 16 : 4;
    const count = this.number(start, this.isBig ? 16 : 3);
    const end = start + countBytes + entryBytes * count;
    if (count < 1 || end + wordBytes > this.#view.byteLength) {
      throw corruptFile(this.#fileName, "The TIFF is cut off: a directory runs past the end of the file.");
    }
    const fields: Fields = new Map();
    for (let entry = start + countBytes; entry < end; entry += entryBytes) {
      const tag = this.number(entry, 3);
      const type = this.number(entry + 2, 3);
      const size = typeBytes[type];
      if (!tags.has(tag) || size === undefined) continue;
      const length = this.number(entry + 4, word);
      const inline = entry + 4 + wordBytes;
      const at = length * size <= wordBytes ? inline : this.number(inline, word);
      if (length > MAX_PIECES || at + length * size > this.#view.byteLength) {
        throw corruptFile(this.#fileName, `The TIFF is cut off: tag ${tag} runs past the end of the file.`);
      }
      fields.set(
        tag,
        Array.from({ length }, (_, index) => this.number(at + index * size, type)),
      );
    }
    return { fields, next: this.number(end, word) };
  }
}

function readPage(fields: Fields, index: number, fileBytes: number, fileName: string): TiffPage {
  const single = (tag: number, name: string, fallback?: number): number => {
    const value = fields.get(tag)?.[0] ?? fallback;
    if (value === undefined)
      throw corruptFile(fileName, `The TIFF tag ${name} (${tag}) is missing on page ${index + 1}.`);
    return value;
  };
  const width = single(256, "ImageWidth");
  const height = single(257, "ImageLength");
  const samplesPerPixel = single(277, "SamplesPerPixel", 1);
  checkSize(fileName, width, height, Math.max(1, samplesPerPixel));
  const compressionCode = single(259, "Compression", 1);
  const compression = compressions[compressionCode];
  if (compression === undefined) {
    const name = laterCompressions[compressionCode] ?? `of type ${compressionCode}`;
    throw later(fileName, `Its compression is ${name}; none, LZW, Deflate, PackBits, JPEG and fax are read.`);
  }
  const photometricCode = single(262, "PhotometricInterpretation");
  const photometric = photometrics[photometricCode];
  if (photometric === undefined || (photometric === "ycbcr" && compression !== "jpeg")) {
    const name = laterPhotometrics[photometricCode] ?? `coded as type ${photometricCode}`;
    throw later(
      fileName,
      `Its colors are ${photometric === "ycbcr" ? "YCbCr without JPEG" : name}; gray, palette and RGB are read.`,
    );
  }
  const colors = photometric === "rgb" || photometric === "ycbcr" ? 3 : 1;
  const bits = uniform(fields.get(258) ?? [1]);
  const format = ({ 1: "unsigned", 2: "signed", 3: "float", 4: "unsigned" } as const)[
    uniform(fields.get(339) ?? [1]) ?? 0
  ];
  const extra = samplesPerPixel - colors;
  if (bits === null || format === undefined || extra < 0 || extra > 1) {
    throw later(fileName, `Its pixels have ${samplesPerPixel} samples of different or unknown kinds.`);
  }
  const depths = { unsigned: [1, 2, 4, 8, 16, 32], signed: [8, 16, 32], float: [32, 64] }[format];
  if (!depths.includes(bits) || (bits < 8 && (colors === 3 || extra > 0)) || (photometric === "palette" && bits > 8)) {
    throw later(fileName, `Its pixels are ${bits}-bit ${format} numbers, ${samplesPerPixel} per position.`);
  }
  if ((compression === "jpeg" && (bits !== 8 || format !== "unsigned")) || (compression === "fax" && bits !== 1)) {
    throw later(fileName, `Its pixels are ${bits}-bit ${format} numbers, which its compression does not hold.`);
  }
  const palette = photometric === "palette" ? (fields.get(320) ?? []) : null;
  if (palette !== null && palette.length !== 3 * 2 ** bits) {
    throw corruptFile(fileName, `The TIFF tag ColorMap (320) has ${palette.length} values; expected ${3 * 2 ** bits}.`);
  }
  const predictor = single(317, "Predictor", 1);
  if (
    predictor !== 1 &&
    !(predictor === 2 && bits >= 8 && format !== "float") &&
    !(predictor === 3 && format === "float")
  ) {
    throw corruptFile(fileName, `The TIFF tag Predictor (317) = ${predictor} does not fit its pixels.`);
  }
  if (compression !== "none") {
    // Colors of a palette are three samples of up to 16 bits.
    const pixelBytes = palette === null ? samplesPerPixel * Math.ceil(bits / 8) : 6;
    checkUnpacked(fileName, width * height * pixelBytes, MAX_UNPACKED_REWRITTEN);
  }
  const orientation = single(274, "Orientation", 1);
  return {
    index,
    width,
    height,
    samplesPerPixel,
    colors,
    extra: ({ 1: "associated", 2: "unassociated" } as const)[fields.get(338)?.[0] ?? 0] ?? null,
    bits: bits as TiffPage["bits"],
    format,
    compression,
    photometric,
    predictor: predictor as TiffPage["predictor"],
    isPlanar: samplesPerPixel > 1 && single(284, "PlanarConfiguration", 1) === 2,
    isBitReversed: single(266, "FillOrder", 1) === 2,
    orientation: orientation >= 1 && orientation <= 8 ? orientation : 1,
    palette,
    ...readPieces(fields, { width, height, samplesPerPixel }, fileBytes, fileName),
  };
}

function readPieces(
  fields: Fields,
  { width, height, samplesPerPixel }: { width: number; height: number; samplesPerPixel: number },
  fileBytes: number,
  fileName: string,
): Pick<TiffPage, "tileWidth" | "tileHeight" | "pieces"> {
  const isTiled = fields.has(322) || fields.has(324);
  const tileWidth = isTiled ? (fields.get(322)?.[0] ?? 0) : width;
  const tileHeight = isTiled ? (fields.get(323)?.[0] ?? 0) : Math.min(fields.get(278)?.[0] ?? height, height);
  const offsets = fields.get(isTiled ? 324 : 273) ?? [];
  const lengths = fields.get(isTiled ? 325 : 279) ?? [];
  if (tileWidth < 1 || tileHeight < 1) throw corruptFile(fileName, "The TIFF has tiles or strips without a size.");
  checkSize(fileName, tileWidth, tileHeight, samplesPerPixel);
  const perPlane = Math.ceil(width / tileWidth) * Math.ceil(height / tileHeight);
  const planes = samplesPerPixel > 1 && fields.get(284)?.[0] === 2 ? samplesPerPixel : 1;
  if (offsets.length !== perPlane * planes || lengths.length !== offsets.length) {
    throw corruptFile(
      fileName,
      `The TIFF has ${offsets.length} tiles or strips and ${lengths.length} lengths of them; its size needs ${perPlane * planes}.`,
    );
  }
  const pieces = offsets.map((offset, index) => ({ offset, length: lengths[index]! }));
  if (pieces.some(({ offset, length }) => offset + length > fileBytes)) {
    throw corruptFile(fileName, "The TIFF is cut off: its pixels run past the end of the file.");
  }
  return { tileWidth, tileHeight, pieces };
}

/** The one value that all samples share; null when they differ. */
function uniform(values: readonly number[]): number | null {
  return values.length > 0 && values.every((value) => value === values[0]) ? values[0]! : null;
}

function later(fileName: string, detail: string): Error {
  return unsupportedFile(fileName, detail, "Save it as 8- or 16-bit gray or RGB TIFF, or as PNG, then import it.");
}
