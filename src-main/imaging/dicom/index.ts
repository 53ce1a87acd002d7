/**
 * @file One DICOM file, opened: frames on demand, modality, patient key, bytes without identity.
 */
import type { Frame } from "../../voxels/index.ts";
import type { SourceInstance } from "../source.ts";
import { text } from "./attributes.ts";
import { deidentifyDicom, instanceReference, patientKey, replacedUid } from "./deidentify.ts";
import { frameTransforms } from "./geometry.ts";
import { parseDicom } from "./parse.ts";
import { decodeFrameSamples, describePixels } from "./pixels.ts";

export interface OpenDicom {
  frameCount: number;
  modality: string | null;
  patientKey: string | null;
  /** Frame `index`, counted from 0, in samples as stored. */
  frame(index: number): Frame;
  deidentified(): Uint8Array;
  instance: SourceInstance;
}

/** Opens an uncompressed DICOM image. Throws `Problem` for damaged files and for kinds that are not read. */
export function openDicom(bytes: Uint8Array, fileName: string): OpenDicom {
  const { dataSet, syntax } = parseDicom(bytes, fileName);
  const pixels = describePixels(dataSet, syntax.isBigEndian, fileName);
  const modality = text(dataSet, "x00080060");
  return {
    frameCount: pixels.frameCount,
    modality: modality !== null && /^[A-Z]{1,16}$/.test(modality) ? modality : null,
    patientKey: patientKey(dataSet),
    frame: (index) => ({
      width: pixels.width,
      height: pixels.height,
      channels: pixels.channels,
      sampleType: pixels.sampleType,
      data: decodeFrameSamples(pixels, index),
      photometric: pixels.photometric,
      ...frameTransforms(dataSet, index, fileName),
    }),
    deidentified: () => deidentifyDicom(dataSet, pixels),
    instance: {
      stored: instanceReference(dataSet, replacedUid),
      original: instanceReference(dataSet, (uid) => uid),
    },
  };
}
