/**
 * @file Transfer syntaxes by UID: DICOM PS3.6 table A-1. Native ones are read, the others are known by name.
 */

/** How the data set of a native (uncompressed) transfer syntax is written. PS3.5 annex A. */
export interface NativeSyntax {
  isBigEndian: boolean;
  isDeflated: boolean;
}

export const EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1";

export const nativeSyntaxes: Readonly<Record<string, NativeSyntax | undefined>> = {
  "1.2.840.10008.1.2": { isBigEndian: false, isDeflated: false },
  [EXPLICIT_LITTLE_ENDIAN]: { isBigEndian: false, isDeflated: false },
  "1.2.840.10008.1.2.1.99": { isBigEndian: false, isDeflated: true },
  "1.2.840.10008.1.2.2": { isBigEndian: true, isDeflated: false },
};

/** Compressed transfer syntaxes, for messages. */
export const compressedSyntaxes: Readonly<Record<string, string | undefined>> = {
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
  "1.2.840.10008.1.2.4.201": "High-Throughput JPEG 2000 Lossless",
  "1.2.840.10008.1.2.4.202": "High-Throughput JPEG 2000 RPCL Lossless",
  "1.2.840.10008.1.2.4.203": "High-Throughput JPEG 2000",
};
