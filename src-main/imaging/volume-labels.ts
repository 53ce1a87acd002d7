/**
 * @file NIfTI label maps: whole numbers from 0 to 255, as they lie in the file.
 */
import { Problem } from "../problem/index.ts";
import type { VolumeLabels } from "./labels.ts";
import { openNifti } from "./nifti/index.ts";
import { gunzipExactly, isGzip } from "./volume/gunzip.ts";
import { unsupportedFile } from "./trouble.ts";

/** An extension that says more than this is not read: names of 255 classes take 20 kB. */
const MAX_COMMENT = 2 ** 16;
const COMMENT = 6;

export async function readNiftiLabels(bytes: Uint8Array, fileName: string): Promise<VolumeLabels> {
  const { size, channels, samples, rescaleSlope, rescaleIntercept, toPatient } = await openNifti(bytes, fileName);
  if (channels !== 1) {
    throw unsupportedFile(fileName, "Its voxels are colors, not classes.", "Save the label map as whole numbers.");
  }
  const values = new Uint8Array(samples.length);
  for (let index = 0; index < samples.length; index++) {
    const value = samples[index]! * rescaleSlope + rescaleIntercept;
    if (!(Number.isInteger(value) && value >= 0 && value <= 255)) {
      throw new Problem({
        code: "mask-mismatch",
        title: `${fileName}: it is no label map.`,
        detail: `Voxel ${index} is ${value}; classes are whole numbers from 0 to 255.`,
        hint: "Choose the file with the labels; the image itself belongs to the images.",
      });
    }
    values[index] = value;
  }
  return { kind: "nifti", size, values, toPatient, comment: await readComment(bytes, fileName) };
}

/** The first extension, if it is a comment. nifti1.h: flag at 348, then esize, ecode and text. */
async function readComment(bytes: Uint8Array, fileName: string): Promise<string | null> {
  const head = isGzip(bytes) ? await gunzipExactly(bytes, 360, fileName) : bytes;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (head.length < 360 || view.getInt32(0, true) !== 348 || head[348] !== 1) return null;
  const esize = view.getInt32(352, true);
  if (view.getInt32(356, true) !== COMMENT || esize < 16 || esize > MAX_COMMENT) return null;
  const end = 352 + esize;
  const whole = isGzip(bytes) ? await gunzipExactly(bytes, end, fileName) : bytes;
  if (whole.length < end) return null;
  return new TextDecoder().decode(whole.subarray(360, end)).replace(/\0+$/, "");
}
