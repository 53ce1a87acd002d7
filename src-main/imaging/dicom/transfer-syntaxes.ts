/**
 * @file Transfer syntaxes by UID: DICOM PS3.6 table A-1. How the data set is written; how frames are coded is for codecs/.
 */

export interface TransferSyntax {
  uid: string;
  name: string;
  isImplicit: boolean;
  isBigEndian: boolean;
  isDeflated: boolean;
  /** Pixel cells are big-endian though the data set is not. */
  hasSwappedPixels: boolean;
}

export const IMPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2";
export const EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1";
export const EXPLICIT_BIG_ENDIAN = "1.2.840.10008.1.2.2";
const DEFLATED = "1.2.840.10008.1.2.1.99";
/** A private syntax of GE scanners: implicit little-endian but for its pixels. */
const SWAPPED_PIXELS = "1.2.840.113619.5.2";

const names: ReadonlyMap<string, string> = new Map(
  Object.entries({
    [IMPLICIT_LITTLE_ENDIAN]: "Implicit VR Little Endian",
    [EXPLICIT_LITTLE_ENDIAN]: "Explicit VR Little Endian",
    [EXPLICIT_BIG_ENDIAN]: "Explicit VR Big Endian",
    [DEFLATED]: "Deflated Explicit VR Little Endian",
    [SWAPPED_PIXELS]: "Implicit VR Little Endian with big-endian pixels",
    "1.2.840.10008.1.2.1.98": "Encapsulated Uncompressed",
    "1.2.840.10008.1.2.5": "RLE Lossless",
    "1.2.840.10008.1.2.4.50": "JPEG Baseline",
    "1.2.840.10008.1.2.4.51": "JPEG Extended (12 bits)",
    "1.2.840.10008.1.2.4.53": "JPEG Spectral Selection",
    "1.2.840.10008.1.2.4.55": "JPEG Full Progression",
    "1.2.840.10008.1.2.4.57": "JPEG Lossless",
    "1.2.840.10008.1.2.4.70": "JPEG Lossless, first-order prediction",
    "1.2.840.10008.1.2.4.80": "JPEG-LS Lossless",
    "1.2.840.10008.1.2.4.81": "JPEG-LS Near-Lossless",
    "1.2.840.10008.1.2.4.90": "JPEG 2000 Lossless",
    "1.2.840.10008.1.2.4.91": "JPEG 2000",
    "1.2.840.10008.1.2.4.92": "JPEG 2000 Part 2 Lossless",
    "1.2.840.10008.1.2.4.93": "JPEG 2000 Part 2",
    "1.2.840.10008.1.2.4.94": "JPIP Referenced",
    "1.2.840.10008.1.2.4.95": "JPIP Referenced Deflate",
    "1.2.840.10008.1.2.4.100": "MPEG2 Main Profile",
    "1.2.840.10008.1.2.4.101": "MPEG2 High Profile",
    "1.2.840.10008.1.2.4.102": "MPEG-4 AVC/H.264 High Profile",
    "1.2.840.10008.1.2.4.103": "MPEG-4 AVC/H.264 BD-compatible",
    "1.2.840.10008.1.2.4.104": "MPEG-4 AVC/H.264 for 2D Video",
    "1.2.840.10008.1.2.4.105": "MPEG-4 AVC/H.264 for 3D Video",
    "1.2.840.10008.1.2.4.106": "MPEG-4 AVC/H.264 Stereo",
    "1.2.840.10008.1.2.4.107": "HEVC/H.265 Main Profile",
    "1.2.840.10008.1.2.4.108": "HEVC/H.265 Main 10 Profile",
    "1.2.840.10008.1.2.4.110": "JPEG XL Lossless",
    "1.2.840.10008.1.2.4.111": "JPEG XL, from JPEG",
    "1.2.840.10008.1.2.4.112": "JPEG XL",
    "1.2.840.10008.1.2.4.201": "High-Throughput JPEG 2000 Lossless",
    "1.2.840.10008.1.2.4.202": "High-Throughput JPEG 2000 RPCL Lossless",
    "1.2.840.10008.1.2.4.203": "High-Throughput JPEG 2000",
    "1.2.840.10008.1.2.8.1": "Deflated Image Frame Compression",
  }),
);

const native = new Set([IMPLICIT_LITTLE_ENDIAN, EXPLICIT_LITTLE_ENDIAN, EXPLICIT_BIG_ENDIAN, DEFLATED, SWAPPED_PIXELS]);

/** The transfer syntax of `uid`; unknown (private) ones are taken as explicit little endian, as all of A.4 are. */
export function transferSyntax(uid: string): TransferSyntax {
  return {
    uid,
    name: names.get(uid) ?? "an unknown transfer syntax",
    isImplicit: uid === IMPLICIT_LITTLE_ENDIAN || uid === SWAPPED_PIXELS,
    isBigEndian: uid === EXPLICIT_BIG_ENDIAN,
    isDeflated: uid === DEFLATED,
    hasSwappedPixels: uid === SWAPPED_PIXELS,
  };
}

/** True when frames are plain cells, PS3.5 A.1 to A.3 and A.5. */
export function isNative({ uid }: TransferSyntax): boolean {
  return native.has(uid);
}

export function isKnown({ uid }: TransferSyntax): boolean {
  return names.has(uid);
}
