/**
 * @file Marker segments of JPEG and JPEG-LS codestreams. ITU-T T.81 annex B, T.87 annex C.
 */
import { CannotDecode, NotSupported } from "./codec.ts";

/** T.81 table B.1. */
export const SOI = 0xd8;
export const EOI = 0xd9;
const SOS = 0xda;
const TEM = 0x01;
/** JPEG-LS, T.87 C.1.1. */
export const SOF_LS = 0xf7;

/** SOF0, SOF1, SOF2, SOF3: sequential baseline, sequential extended, progressive, lossless; all Huffman coded. */
export const SOF = { baseline: 0xc0, extended: 0xc1, progressive: 0xc2, lossless: 0xc3 } as const;

const readProcesses: ReadonlySet<number> = new Set([...Object.values(SOF), SOF_LS]);

/** SOF9 to SOF11 are arithmetic, SOF5 to SOF7 hierarchical, SOF13 to SOF15 both. */
function unreadProcess(marker: number): string {
  const kind = marker >= 0xc9 && marker <= 0xcb ? "arithmetic coding" : "hierarchical";
  return `its JPEG process is ${kind}, which is not read`;
}

export interface JpegComponent {
  id: number;
  horizontal: number;
  vertical: number;
  quantization: number;
}

export interface JpegHeader {
  /** The second byte of its SOF marker. */
  process: number;
  precision: number;
  width: number;
  height: number;
  components: JpegComponent[];
  colors: "RGB" | "YBR" | null;
  /** JFIF and Adobe segments: start of the marker, end after the segment. */
  colorSegments: { start: number; end: number }[];
}

export interface JpegSegment {
  /** Second byte of the marker. */
  marker: number;
  /** Where the marker's first byte is. */
  start: number;
  /** Content without its length field. */
  content: Uint8Array;
  /** First byte after the segment. */
  end: number;
}

/** The segment at or after `position` (fill bytes are passed over, B.1.1.2); null at the end of the codestream. */
export function nextSegment(bytes: Uint8Array, position: number): JpegSegment | null {
  let at = position;
  while (at + 1 < bytes.length && !(bytes[at] === 0xff && isMarker(bytes[at + 1]!))) at++;
  if (at + 1 >= bytes.length) return null;
  const marker = bytes[at + 1]!;
  if (hasNoContent(marker)) return { marker, start: at, content: bytes.subarray(0, 0), end: at + 2 };
  const length = at + 3 < bytes.length ? (bytes[at + 2]! << 8) | bytes[at + 3]! : 0;
  if (length < 2 || at + 2 + length > bytes.length) {
    throw new CannotDecode("a JPEG segment runs past the end of its codestream");
  }
  return { marker, start: at, content: bytes.subarray(at + 4, at + 2 + length), end: at + 2 + length };
}

/** Reads up to the first scan. Throws `CannotDecode` when there is no frame header. */
export function readJpegHeader(bytes: Uint8Array): JpegHeader {
  if (bytes[0] !== 0xff || bytes[1] !== SOI) throw new CannotDecode("its codestream is not JPEG");
  const colorSegments: JpegHeader["colorSegments"] = [];
  let frame: Omit<JpegHeader, "colors" | "colorSegments"> | null = null;
  let isJfif = false;
  let adobeTransform: number | null = null;
  for (let position = 2; ;) {
    const segment = nextSegment(bytes, position);
    if (segment === null || segment.marker === EOI || segment.marker === SOS) break;
    const { marker, content } = segment;
    if (marker === 0xe0 && startsWith(content, "JFIF\0")) {
      isJfif = true;
      colorSegments.push(segment);
    } else if (marker === 0xee && startsWith(content, "Adobe") && content.length >= 12) {
      adobeTransform = content[11]!;
      colorSegments.push(segment);
    } else if (isFrameHeader(marker)) {
      if (!readProcesses.has(marker)) throw new NotSupported(unreadProcess(marker));
      if (frame !== null) throw new CannotDecode("it has two JPEG frame headers");
      frame = readFrameHeader(marker, content);
    }
    position = segment.end;
  }
  if (frame === null) throw new CannotDecode("its codestream has no JPEG frame header");
  return { ...frame, colors: colorsOf(frame.components, adobeTransform, isJfif), colorSegments };
}

/** B.2.2. */
function readFrameHeader(marker: number, content: Uint8Array): Omit<JpegHeader, "colors" | "colorSegments"> {
  const count = content[5] ?? 0;
  if (count < 1 || count > 4 || content.length < 6 + 3 * count)
    throw new CannotDecode("its JPEG frame header is broken");
  const components = Array.from({ length: count }, (_, index): JpegComponent => {
    const at = 6 + 3 * index;
    const sampling = content[at + 1]!;
    return { id: content[at]!, horizontal: sampling >> 4, vertical: sampling & 15, quantization: content[at + 2]! };
  });
  if (
    components.some(({ horizontal, vertical }) => ![1, 2, 3, 4].includes(horizontal) || vertical < 1 || vertical > 4)
  ) {
    throw new CannotDecode("its JPEG sampling factors are not 1 to 4");
  }
  return {
    process: marker,
    precision: content[0]!,
    height: (content[1]! << 8) | content[2]!,
    width: (content[3]! << 8) | content[4]!,
    components,
  };
}

/** Adobe's segment says it outright; components named R, G, B do; JFIF allows YCbCr only. */
function colorsOf(components: JpegComponent[], adobeTransform: number | null, isJfif: boolean): JpegHeader["colors"] {
  if (components.length !== 3) return null;
  if (adobeTransform !== null) return adobeTransform === 0 ? "RGB" : "YBR";
  if (String.fromCharCode(...components.map(({ id }) => id)) === "RGB") return "RGB";
  return isJfif ? "YBR" : null;
}

function isMarker(byte: number): boolean {
  return byte !== 0x00 && byte !== 0xff;
}

/** SOI, EOI, RSTn, TEM. */
function hasNoContent(marker: number): boolean {
  return (marker >= 0xd0 && marker <= EOI) || marker === TEM;
}

/** SOF0 to SOF15 but DHT, JPG and DAC; JPEG-LS. */
function isFrameHeader(marker: number): boolean {
  return (
    (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) || marker === SOF_LS
  );
}

function startsWith(content: Uint8Array, mark: string): boolean {
  return [...mark].every((character, index) => content[index] === character.charCodeAt(0));
}
