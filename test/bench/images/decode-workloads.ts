/**
 * @file What is decoded: a transfer syntax and a kind of picture, the program that writes such files, and that of dcmtk which reads them.
 */

/** Kinds of pictures of `peers/dicom_corpus.py`. */
export type Kind = "ct" | "gray" | "rgb";

export interface DecodeWorkload {
  /** For `--only`, and the name of its folder. */
  name: string;
  syntax: string;
  kind: Kind;
  /** Program and options before input and output; null: the files as they were generated. "openjph": the encoder of its npm package. */
  write: readonly [program: string, ...options: string[]] | "openjph" | "openjph lossy" | null;
  /** Program of dcmtk with the options before input and output; null: dcmtk does not read it. */
  dcmtk: readonly [program: string, ...options: string[]] | null;
  /** One frame: ours must have the same sum of samples as pydicom's; false where decoders may differ by rounding or give YBR. */
  isExact: boolean;
  /** Measured, too: the way through the decode pool, and import's share of a decoding process. */
  isImported?: boolean;
}

export const kinds: Readonly<Record<Kind, { title: string; bytesPerFrame: number }>> = {
  ct: { title: "CT, 12 of 16 bits", bytesPerFrame: 2 * 512 * 512 },
  gray: { title: "gray, 8 bits", bytesPerFrame: 512 * 512 },
  rgb: { title: "color, 3 × 8 bits", bytesPerFrame: 3 * 512 * 512 },
};

/** Raw samples, all frames: the least that dcmtk can do with uncompressed pixels beyond reading them. */
const native = ["dcmconv", "+te"] as const;
const swapped = ["dcmconv", "+ti"] as const;
const jpeg = ["dcmdjpeg"] as const;
const jpegLs = ["dcmdjpls"] as const;
const rle = ["dcmdrle"] as const;

const lossless = (
  name: string,
  syntax: string,
  kind: Kind,
  write: DecodeWorkload["write"],
  dcmtk: DecodeWorkload["dcmtk"],
): DecodeWorkload => ({ name, syntax, kind, write, dcmtk, isExact: true });

const lossy = (...args: Parameters<typeof lossless>): DecodeWorkload => ({ ...lossless(...args), isExact: false });

export const decodeWorkloads: readonly DecodeWorkload[] = [
  lossless("implicit-ct", "Implicit VR Little Endian", "ct", ["dcmconv", "+ti"], native),
  { ...lossless("explicit-ct", "Explicit VR Little Endian", "ct", null, swapped), isImported: true },
  lossless("explicit-rgb", "Explicit VR Little Endian", "rgb", null, swapped),
  lossless("big-endian-ct", "Explicit VR Big Endian", "ct", ["dcmconv", "+tb"], native),
  lossless("deflated-ct", "Deflated Explicit VR Little Endian", "ct", ["dcmconv", "+td"], native),
  lossless("rle-ct", "RLE Lossless", "ct", ["dcmcrle"], rle),
  lossless("rle-rgb", "RLE Lossless", "rgb", ["dcmcrle"], rle),
  lossy("baseline-gray", "JPEG Baseline", "gray", ["dcmcjpeg", "+eb"], jpeg),
  { ...lossy("baseline-rgb", "JPEG Baseline", "rgb", ["dcmcjpeg", "+eb"], jpeg), isImported: true },
  lossy("extended-ct", "JPEG Extended (12 bits)", "ct", ["dcmcjpeg", "+ee"], jpeg),
  lossless("lossless-ct", "JPEG Lossless, process 14, predictor 6", "ct", ["dcmcjpeg", "+el"], jpeg),
  { ...lossless("sv1-ct", "JPEG Lossless, first-order prediction", "ct", ["dcmcjpeg", "+e1"], jpeg), isImported: true },
  lossless("sv1-rgb", "JPEG Lossless, first-order prediction", "rgb", ["dcmcjpeg", "+e1"], jpeg),
  lossless("jpeg-ls-ct", "JPEG-LS Lossless", "ct", ["dcmcjpls", "+el"], jpegLs),
  lossless("jpeg-ls-rgb", "JPEG-LS Lossless", "rgb", ["dcmcjpls", "+el"], jpegLs),
  lossless("near-ct", "JPEG-LS Near-Lossless", "ct", ["dcmcjpls", "+en"], jpegLs),
  { ...lossless("j2k-ct", "JPEG 2000 Lossless", "ct", ["gdcmconv", "--j2k"], null), isImported: true },
  lossless("j2k-rgb", "JPEG 2000 Lossless", "rgb", ["gdcmconv", "--j2k"], null),
  {
    ...lossy("j2k-lossy-ct", "JPEG 2000", "ct", ["gdcmconv", "--j2k", "--lossy", "--irreversible", "-r", "8"], null),
    isImported: true,
  },
  lossless("htj2k-ct", "High-Throughput JPEG 2000 Lossless", "ct", "openjph", null),
  lossy("htj2k-lossy-ct", "High-Throughput JPEG 2000", "ct", "openjph lossy", null),
];
