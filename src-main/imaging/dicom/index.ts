/**
 * @file One DICOM file, opened: frames on demand, modality, patient key, bytes without identity.
 */
import type { Frame, Samples } from "../../voxels/index.ts";
import type { Deidentification } from "../deidentify-options.ts";
import type { BurnedInHeader } from "../burned-in.ts";
import type { SourceInstance } from "../source.ts";
import { text } from "./attributes.ts";
import {
  type DeidentifiedDicom,
  deidentifyDicom,
  instanceReference,
  originalPatient,
  patientKey,
  seriesDescription,
  storedPatient,
  uidReplacement,
} from "./deidentify.ts";
import { decodePixels } from "./decoded-pixels.ts";
import { frameTransforms } from "./geometry.ts";
import { readImagePixel } from "./image-pixel.ts";
import { modalities } from "./modalities.ts";
import { parseDicom } from "./parse.ts";
import { isEmbedded, overlaysOfFrame, readOverlayPlanes } from "./overlays.ts";
import { embeddedElements } from "./retain-overlays.ts";
import type { WrittenElement } from "./write.ts";
import { cleanDescription } from "./technical-words.ts";
import { openStoredFrames, type ReadStoredFrame, type StoredFrame, withSigns } from "./stored-frames.ts";

export { type DirectoryEntry, readDirectory } from "./dicomdir.ts";
export { looksLikeBareDicom } from "./parse.ts";

/** Secondary Capture and its multi-frame kinds. PS3.4 table B.5-1. */
const SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7";

/** Bytes of samples that are given back at once. */
const LARGE = 2 ** 24;

export interface OpenDicom {
  frameCount: number;
  modality: string | null;
  patientKey: string | null;
  /** Frame `index`, counted from 0: gray or RGB. Palette, color space and modality LUT are applied, rescale is not. */
  frame(index: number): Frame;
  /** Values of frame `index` as they were before they were compressed: no color conversion, no look-up table. */
  stored: ReadStoredFrame;
  /** The file says that no device made its pixels. PS3.3 C.12.1.1.1, Synthetic Data. */
  isSynthetic: boolean;
  /** To be asked for at last: large samples of frames that were given out before are gone then. */
  deidentified(options: Deidentification): DeidentifiedDicom;
  instance(options: Deidentification): SourceInstance;
  burnedInHeader: BurnedInHeader;
}

/**
 * Opens a DICOM image and loads the decoders that it needs. Throws `Problem` for damaged files and for kinds that are not
 * read; so do `frame` and `stored`.
 */
export async function openDicom(file: Uint8Array, fileName: string): Promise<OpenDicom> {
  // A Node Buffer is a Uint8Array whose `slice` shares memory; what follows relies on the standard one, which copies.
  const bytes = new Uint8Array(file.buffer, file.byteOffset, file.byteLength);
  const { dataSet, syntax } = parseDicom(bytes, fileName);
  const imagePixel = readImagePixel(dataSet, fileName);
  const stored = await openStoredFrames(dataSet, syntax, imagePixel, fileName);
  const pixels = decodePixels(dataSet, imagePixel, withSigns(stored), fileName);
  // Import wants a frame twice, to look at and to store: the last one is kept.
  let last: { index: number; samples: Samples } | null = null;
  const samples = (index: number): Samples => {
    if (last?.index !== index) last = { index, samples: pixels.samples(index) };
    return last.samples;
  };
  const planes = readOverlayPlanes(dataSet, imagePixel);
  // Bits beside the stored ones are cut off in samples: cells are read a second time, whole.
  const cells = planes.some(isEmbedded)
    ? await openStoredFrames(dataSet, syntax, { ...imagePixel, isExtracted: false }, fileName)
    : stored;
  const readCells = (index: number): StoredFrame["samples"] => cells(index).samples;
  const declared = text(dataSet, "x00280301");
  const modality = text(dataSet, "x00080060");
  return {
    frameCount: pixels.frameCount,
    modality: modality !== null && modalities.has(modality) ? modality : null,
    patientKey: patientKey(dataSet),
    isSynthetic: text(dataSet, "x0008001c") === "YES",
    frame: (index) => ({
      width: pixels.width,
      height: pixels.height,
      channels: pixels.channels,
      sampleType: pixels.sampleType,
      data: samples(index),
      photometric: pixels.photometric,
      ...frameTransforms(dataSet, index, {
        hasModalityLut: pixels.hasModalityLut,
        isVoiSigned: pixels.isVoiSigned,
        fileName,
      }),
      ...overlaysOfFrame(planes, index, readCells),
    }),
    stored,
    deidentified(options) {
      const embedded = (): WrittenElement[] => embeddedElements(planes, readCells);
      const written = deidentifyDicom({ dataSet, syntax }, { ...pixels, samples }, options, embedded);
      // The last to be made of them; what was written is copied on its way to the app, and both may be large. The collector comes too late.
      const memory = last?.samples.buffer as ArrayBuffer | undefined;
      last = null;
      if (memory !== undefined && memory.byteLength > LARGE) memory.transfer(0);
      return written;
    },
    burnedInHeader: {
      modality,
      declared: declared === "YES" || declared === "NO" ? declared : null,
      isSecondaryCapture: (text(dataSet, "x00080016") ?? "").startsWith(SECONDARY_CAPTURE),
    },
    instance: (options) => ({
      stored: {
        ...instanceReference(dataSet, uidReplacement(options)),
        ...seriesDescription(dataSet, options.cleanDescriptors ? cleanDescription : () => ""),
        patient: storedPatient(dataSet, options),
      },
      original: {
        ...instanceReference(dataSet, (uid) => uid),
        ...seriesDescription(dataSet, (value) => value),
        patient: originalPatient(dataSet),
      },
    }),
  };
}
