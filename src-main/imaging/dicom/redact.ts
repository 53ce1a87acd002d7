/**
 * @file Redaction of DICOM: cells of native pixel data are set in place; all other pixel data is decoded and written uncompressed,
 * which loses nothing. Then the header says what was done. PS3.5 8.1, PS3.3 C.7.6.1 and C.7.6.3.
 */
import type { DataSet } from "dicom-parser";
import { clipToImage, darkestPixel, fillSource, type Frame, type Rectangle, type Samples } from "../../voxels/index.ts";
import type { RedactRequest } from "../source.ts";
import { unsupportedFile } from "../trouble.ts";
import { unsigned } from "./attributes.ts";
import { type ImagePixel, readImagePixel } from "./image-pixel.ts";
import { openDicom } from "./index.ts";
import { type ParsedDicom, parseDicom } from "./parse.ts";
import { redactedHeader } from "./redacted-header.ts";
import { rewriteDicom } from "./rewrite.ts";
import { type StoredFrame, withSigns } from "./stored-frames.ts";
import { isNative } from "./transfer-syntaxes.ts";
import type { WrittenElement } from "./write.ts";

/** A rectangle of one frame with the stored samples of one pixel that it gets. */
interface Patch {
  frame: number;
  rectangle: Rectangle;
  samples: number[];
}

/** The file with its rectangles filled, and nothing left of what was there: icon and overlays included. Throws `Problem`. */
export async function redactDicom(bytes: Uint8Array, request: RedactRequest): Promise<Uint8Array> {
  const { fileName } = request;
  const copy = bytes.slice();
  const parsed = parseDicom(copy, fileName);
  const pixel = readImagePixel(parsed.dataSet, fileName);
  const source = await openDicom(bytes, fileName);
  const frames = request.allFrames ? Array.from({ length: pixel.frameCount }, (_, index) => index) : [request.frame];
  const read = withSigns(source.stored);
  const patches = frames.flatMap((frame) => patchesOf(source.frame(frame), read(frame), { frame, pixel, request }));
  clearOverlays(parsed, request.rectangles);
  const header = redactedHeader(parsed, request.isReviewed);
  if (isInPlace(parsed, pixel)) {
    for (const patch of patches) setCells(parsed.dataSet, pixel, patch);
    return rewriteDicom(parsed, new Map(header.map(({ tag, element }) => [tag, element])));
  }
  const pixels = writtenPixels(parsed, pixel, read, patches, fileName);
  return rewriteDicom(parsed, new Map([...header, ...pixels].map(({ tag, element }) => [tag, element])));
}

function patchesOf(
  shown: Frame,
  stored: StoredFrame,
  { frame, pixel, request }: { frame: number; pixel: ImagePixel; request: RedactRequest },
): Patch[] {
  const { rectangles, fill } = request;
  const at = (place: number): number[] =>
    Array.from({ length: pixel.channels }, (_, channel) => Number(stored.samples[place * pixel.channels + channel]!));
  return rectangles.map((rectangle) => {
    const chosen = fillSource(shown, rectangle, fill);
    if (chosen.kind === "pixel") return { frame, rectangle, samples: at(chosen.place) };
    if (chosen.kind === "sample") {
      return { frame, rectangle, samples: Array.from({ length: pixel.channels }, () => chosen.value) };
    }
    const samples = pixel.channels === 1 ? at(darkestPixel(shown)) : blackOf(pixel, stored);
    return { frame, rectangle, samples };
  });
}

function isYbr({ photometric }: ImagePixel, { colors }: StoredFrame): boolean {
  if (colors !== null) return colors === "YBR";
  // YBR_ICT and YBR_RCT are undone by the JPEG 2000 decoder itself.
  return photometric.startsWith("YBR_FULL") || photometric === "YBR_PARTIAL_422";
}

/** PS3.3 C.7.6.3.1.2: chrominance is zero at half of the range; luminance of the partial range starts at a sixteenth. */
function blackOf(pixel: ImagePixel, stored: StoredFrame): number[] {
  if (!isYbr(pixel, stored)) return [0, 0, 0];
  const middle = 2 ** (pixel.bitsStored - 1);
  return [pixel.photometric === "YBR_PARTIAL_422" ? middle / 8 : 0, middle, middle];
}

/** Whether each sample has a cell of its own in the file, in the order of bytes of this machine. */
function isInPlace({ syntax, dataSet }: ParsedDicom, pixel: ImagePixel): boolean {
  const { element, photometric, bitsAllocated } = pixel;
  const isCoded = element.encapsulatedPixelData === true || element.hadUndefinedLength === true;
  const isWhole = element.length <= dataSet.byteArray.length - element.dataOffset;
  const isOrdered = !syntax.isBigEndian && !syntax.hasSwappedPixels && bitsAllocated !== 12;
  return isNative(syntax) && !isCoded && isWhole && isOrdered && !photometric.endsWith("422");
}

function setCells({ byteArray }: DataSet, pixel: ImagePixel, { frame, rectangle, samples }: Patch): void {
  const { width, height, channels, isPlanar, element, bitsAllocated } = pixel;
  const view = new DataView(byteArray.buffer, byteArray.byteOffset + element.dataOffset, element.length);
  const put = putterOf(view, pixel);
  const { left, top, right, bottom } = clipToImage(rectangle, { width, height });
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      for (let channel = 0; channel < channels; channel++) {
        const place = y * width + x;
        const sample = isPlanar ? channel * width * height + place : place * channels + channel;
        put(
          (frame * width * height * channels + sample) * (bitsAllocated === 1 ? 1 : bitsAllocated / 8),
          samples[channel]!,
        );
      }
    }
  }
}

/** Sets the whole cell, so that old overlays in its upper bits go as well. The place is in bytes, for 1-bit cells in bits. */
function putterOf(
  view: DataView,
  { bitsAllocated, isFloat, shift }: ImagePixel,
): (place: number, value: number) => void {
  if (isFloat) {
    if (bitsAllocated === 64) return (place, value) => view.setFloat64(place, value, true);
    return (place, value) => view.setFloat32(place, value, true);
  }
  switch (bitsAllocated) {
    case 1:
      return (bit, value) => {
        const byte = view.getUint8(bit >>> 3);
        view.setUint8(bit >>> 3, value === 0 ? byte & ~(1 << (bit & 7)) : byte | (1 << (bit & 7)));
      };
    case 8:
      return (place, value) => view.setUint8(place, value << shift);
    case 16:
      return (place, value) => view.setUint16(place, value << shift, true);
    default:
      return (place, value) => view.setUint32(place, shift === 0 ? value : value << shift, true);
  }
}

/** Pixel data of all frames as cells without compression, and the attributes that describe them. PS3.5 A.4: chrominance of each pixel. */
function writtenPixels(
  { dataSet, syntax }: ParsedDicom,
  pixel: ImagePixel,
  read: (index: number) => StoredFrame,
  patches: readonly Patch[],
  fileName: string,
): { tag: number; element: WrittenElement | null }[] {
  const { width, height, channels, frameCount, bitsAllocated, bitsStored, isFloat, photometric } = pixel;
  const isPacked = bitsAllocated === 12;
  if (pixel.isExtracted && !isPacked) {
    throw unsupportedFile(
      fileName,
      `Its pixels are ${syntax.name} and share their cells with overlays.`,
      "Export it as Explicit VR Little Endian without overlays, import that, and redact it.",
    );
  }
  const length = width * height * channels;
  // Cells of 12 bits, retired from the standard, become cells of 16 with the sample at their bottom.
  const bits = isPacked ? 16 : bitsAllocated;
  const cells = new DataView(new ArrayBuffer(2 * Math.ceil((length * frameCount * bits) / 16)));
  const put = putterOf(cells, isPacked ? { ...pixel, bitsAllocated: 16, shift: 0 } : pixel);
  let colors: string = photometric;
  for (let frame = 0; frame < frameCount; frame++) {
    const stored = read(frame);
    if (channels === 3 && stored.colors !== null) colors = stored.colors === "RGB" ? "RGB" : "YBR_FULL";
    else if (photometric === "YBR_ICT" || photometric === "YBR_RCT") colors = "RGB";
    // Without subsampling there is one name; of the partial range there is none, and its values must be converted.
    else if (photometric === "YBR_FULL_422") colors = "YBR_FULL";
    else if (photometric === "YBR_PARTIAL_422") throw partialRange(fileName);
    const samples = withPatches(
      stored.samples,
      pixel,
      patches.filter((patch) => patch.frame === frame),
    );
    const first = frame * length;
    for (let index = 0; index < length; index++) put((first + index) * (bits === 1 ? 1 : bits / 8), samples[index]!);
  }
  const content = new Uint8Array(cells.buffer);
  if (syntax.isBigEndian) swap(content, bits);
  const vr = isFloat ? (bits === 64 ? "OD" : "OF") : bits <= 8 ? "OB" : "OW";
  const tag = Number(`0${pixel.element.tag}`);
  return [
    { tag, element: { tag, vr, value: content } },
    { tag: 0x00280004, element: { tag: 0x00280004, vr: "CS", value: colors } },
    ...(isPacked ? [numberOf(0x00280100, bits), numberOf(0x00280102, bitsStored - 1)] : []),
    ...(channels === 3 ? [{ tag: 0x00280006, element: { tag: 0x00280006, vr: "US", value: 0 } as const }] : []),
    // Offsets of frames that were encapsulated. PS3.3 C.7.6.3.1.8.
    ...[0x7fe00001, 0x7fe00002, 0x7fe00003].filter((offsets) => dataSet.elements[keyOf(offsets)]).map(removed),
  ];
}

function partialRange(fileName: string): Error {
  return unsupportedFile(
    fileName,
    "Its colors are YBR_PARTIAL_422, which has no form without subsampling.",
    "Import it again with de-identification, which stores RGB, and redact that.",
  );
}

function withPatches(
  samples: Samples | Float64Array,
  { width, height, channels }: ImagePixel,
  patches: readonly Patch[],
): Samples | Float64Array {
  const filled = samples.slice();
  for (const patch of patches) {
    const { left, top, right, bottom } = clipToImage(patch.rectangle, { width, height });
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) filled.set(patch.samples, (y * width + x) * channels);
    }
  }
  return filled;
}

function swap(bytes: Uint8Array, bits: number): void {
  const buffer = Buffer.from(bytes.buffer);
  if (bits === 16) buffer.swap16();
  if (bits === 32) buffer.swap32();
  if (bits === 64) buffer.swap64();
}

const numberOf = (tag: number, value: number): { tag: number; element: WrittenElement } => ({
  tag,
  element: { tag, vr: "US", value },
});
const removed = (tag: number): { tag: number; element: null } => ({ tag, element: null });
const keyOf = (tag: number): string => `x${tag.toString(16).padStart(8, "0")}`;

/** Overlays over the rectangles become empty: writing may be in them just as well. PS3.3 C.9.2; bits from the lowest, PS3.5 8.1.2. */
function clearOverlays({ dataSet, syntax }: ParsedDicom, rectangles: readonly Rectangle[]): void {
  for (let group = 0x6000; group <= 0x601e; group += 2) {
    const tag = (element: number): `x${string}` => `x${((group << 16) | element).toString(16)}`;
    const data = dataSet.elements[tag(0x3000)];
    const [rows, columns] = [unsigned(dataSet, tag(0x0010)), unsigned(dataSet, tag(0x0011))];
    if (data === undefined || rows === null || columns === null) continue;
    const top = dataSet.int16(tag(0x0050), 0) ?? 1;
    const left = dataSet.int16(tag(0x0050), 1) ?? 1;
    const bits = 8 * Math.min(data.length, dataSet.byteArray.length - data.dataOffset);
    const overlay = { width: columns, height: rows };
    const isSwapped = syntax.isBigEndian && data.vr !== "OB" ? 1 : 0;
    for (let start = 0; start + rows * columns <= bits; start += rows * columns) {
      for (const { x, y, width, height } of rectangles) {
        const part = clipToImage({ x: x - (left - 1), y: y - (top - 1), width, height }, overlay);
        for (let row = part.top; row < part.bottom; row++) {
          for (let column = part.left; column < part.right; column++) {
            const bit = start + row * columns + column;
            dataSet.byteArray[data.dataOffset + ((bit >>> 3) ^ isSwapped)]! &= ~(1 << (bit & 7));
          }
        }
      }
      if (rows * columns === 0) break;
    }
  }
}
