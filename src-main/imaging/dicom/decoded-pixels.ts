/**
 * @file Stored values to what the app works with: gray or RGB samples, palette, color space and modality LUT applied.
 * Order of the steps: DICOM PS3.4 N.2, PS3.3 C.7.6.3 and C.11.1.
 */
import type { DataSet } from "dicom-parser";
import { bytesPerSample, type Photometric, type Samples, type SampleType } from "../../voxels/index.ts";
import { corruptFile } from "../trouble.ts";
import { decimals, firstItem } from "./attributes.ts";
import { convertYbrToRgb } from "./color.ts";
import type { ImagePixel } from "./image-pixel.ts";
import { applyLut, applyPalette, type LookUpTable, type Palette, readLut, readPalette } from "./lut.ts";
import { MODALITY_LUT_SEQUENCE } from "./units.ts";
import type { ReadStoredFrame, StoredFrame } from "./stored-frames.ts";

export interface DecodedPixels {
  width: number;
  height: number;
  channels: 1 | 3;
  photometric: Photometric;
  frameCount: number;
  sampleType: SampleType;
  /** Bits that samples need, at most those of the sample type. */
  bitsStored: number;
  /** True when the modality LUT is in the samples: then there is no rescale any more. C.11.1.1. */
  hasModalityLut: boolean;
  /** Whether a VOI LUT maps signed values: its input is what comes out of modality LUT or rescale. C.11.2.1.1. */
  isVoiSigned: boolean;
  /** Frame `index`, `[height, width, channels]`; a fresh array. */
  samples(index: number): Samples;
}

/** Prepares the steps; throws `Problem` when a table that they need is missing or broken. */
export function decodePixels(
  dataSet: DataSet,
  pixels: ImagePixel,
  readStored: ReadStoredFrame,
  fileName: string,
): DecodedPixels {
  const { width, height, frameCount, photometric } = pixels;
  const hasNegatives = pixels.isSigned || (decimals(dataSet, "x00281052")?.[0] ?? 0) < 0;
  const shared = { width, height, frameCount, hasModalityLut: false, isVoiSigned: hasNegatives };
  if (photometric === "PALETTE COLOR") {
    const palette = requirePalette(dataSet, pixels, fileName);
    const bitsStored = palette.some(({ bits }) => bits > 8) ? 16 : 8;
    const sampleType = bitsStored === 16 ? "uint16" : "uint8";
    const samples = (index: number): Samples => applyPalette(whole(readStored(index)), palette);
    return { ...shared, channels: 3, photometric: "RGB", sampleType, bitsStored, samples };
  }
  const own = { sampleType: pixels.sampleType, bitsStored: bitsOf(pixels) };
  if (pixels.channels === 3) {
    return {
      ...shared,
      ...own,
      channels: 3,
      photometric: "RGB",
      samples: (index) => toRgb(readStored(index), pixels, fileName),
    };
  }
  const gray = {
    ...shared,
    channels: 1,
    photometric: photometric === "MONOCHROME1" ? photometric : "MONOCHROME2",
  } as const;
  const table = readModalityLut(dataSet, pixels, fileName);
  if (table === null) return { ...gray, ...own, samples: (index) => whole(readStored(index)) };
  return {
    ...gray,
    sampleType: table.bits <= 8 ? "uint8" : "uint16",
    bitsStored: table.bits <= 8 ? 8 : 16,
    hasModalityLut: true,
    isVoiSigned: false,
    samples: (index) => applyLut(readStored(index).samples, table),
  };
}

/** Signed bytes are widened to int16; then all 16 bits are needed. */
function bitsOf({ sampleType, bitsAllocated, bitsStored }: ImagePixel): number {
  const bits = 8 * bytesPerSample(sampleType);
  return bits === bitsAllocated ? bitsStored : bits;
}

/** 64-bit numbers keep the 24 bits of float32. */
function whole({ samples }: StoredFrame): Samples {
  return samples instanceof Float64Array ? Float32Array.from(samples) : samples;
}

function requirePalette(dataSet: DataSet, { isSigned }: ImagePixel, fileName: string): Palette {
  const palette = readPalette(dataSet, isSigned);
  if (palette !== null) return palette;
  throw corruptFile(fileName, "Its palette, (0028,1101) to (0028,1223), is missing or broken.");
}

function readModalityLut(dataSet: DataSet, { isSigned }: ImagePixel, fileName: string): LookUpTable | null {
  const item = firstItem(dataSet, MODALITY_LUT_SEQUENCE);
  if (item === null) return null;
  const table = readLut(item, "x00283002", "x00283006", isSigned);
  if (table === null) throw corruptFile(fileName, "Its (0028,3000) 'Modality LUT Sequence' is broken.");
  return table;
}

/** What codestreams and Photometric Interpretation say, codestreams first; PS3.5 8.2 for what each coding allows. */
function toRgb({ samples, colors }: StoredFrame, { photometric, bitsStored }: ImagePixel, fileName: string): Samples {
  if (samples instanceof Float64Array || colors === "RGB") return samples as Samples;
  // YBR_ICT and YBR_RCT are undone by the JPEG 2000 decoder itself.
  const isYbr = colors === "YBR" || photometric.startsWith("YBR_FULL") || photometric === "YBR_PARTIAL_422";
  if (!isYbr) return samples;
  if (!(samples instanceof Uint8Array || samples instanceof Uint16Array) || bitsStored < 8) {
    throw corruptFile(
      fileName,
      `(0028,0101) 'Bits Stored' = ${bitsStored} or signed samples do not fit ${photometric}.`,
    );
  }
  convertYbrToRgb(samples, bitsStored, photometric === "YBR_PARTIAL_422" ? "partial" : "full");
  return samples;
}
