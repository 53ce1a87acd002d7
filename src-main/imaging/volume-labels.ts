/**
 * @file Label maps of volumes, NIfTI, NRRD and TIFF: whole numbers from 0 to 255, as they lie in the file.
 */
import { Problem } from "../problem/index.ts";
import type { VolumeLabels } from "./labels.ts";
import { openNifti } from "./nifti/index.ts";
import { readNiftiComment } from "./nifti-comment.ts";
import { openNrrd } from "./nrrd/index.ts";
import { openTiff } from "./tiff/index.ts";
import { gunzipStart, isGzip } from "./volume/gunzip.ts";
import { transparentMask, unsupportedFile } from "./trouble.ts";
import { checkVolumeSize, type Volume } from "./volume/volume.ts";

/** An extension that says more than this is not read: names of 255 classes take 20 kB. */
const MAX_COMMENT = 2 ** 16;
const COMMENT = 6;

/** Throws `Problem` "mask-mismatch" for voxels that are no classes, else as for images. */
export async function readNiftiLabels(bytes: Uint8Array, fileName: string): Promise<VolumeLabels> {
  const volume = await openNifti(bytes, fileName, true);
  return {
    ...labelsOf(volume, fileName),
    format: "nifti",
    comment: readNiftiComment(await readComment(bytes, fileName)),
  };
}

/** The same for NRRD. */
export async function readNrrdLabels(bytes: Uint8Array, fileName: string): Promise<VolumeLabels> {
  return { ...labelsOf(await openNrrd(bytes, fileName, true), fileName), format: "nrrd", comment: null };
}

/** The same for TIFF: its pages are slices; they have one size and lie nowhere. */
export async function readTiffLabels(bytes: Uint8Array, fileName: string): Promise<VolumeLabels> {
  const { frameCount, frame, isOnBlack } = openTiff(bytes, fileName);
  const first = await frame(0);
  const { width, height } = first;
  checkVolumeSize(fileName, [width, height, frameCount], 1, 1);
  const values = new Uint8Array(width * height * frameCount);
  for (let page = 0; page < frameCount; page++) {
    const { channels, data, rescaleSlope, rescaleIntercept, ...size } = page === 0 ? first : await frame(page);
    if (size.width !== width || size.height !== height) {
      throw unsupportedFile(fileName, "Its pages have different sizes.", "Save each page as a file of its own.");
    }
    const described = { size: [width, height, 1] as const, channels, samples: data, rescaleSlope, rescaleIntercept };
    if (isOnBlack()) throw transparentMask(fileName);
    values.set(labelsOf({ ...described, toPatient: null }, fileName).values, page * width * height);
  }
  return { kind: "volume", format: "tiff", size: [width, height, frameCount], values, toPatient: null, comment: null };
}

function labelsOf(
  {
    size,
    channels,
    samples,
    rescaleSlope,
    rescaleIntercept,
    toPatient,
  }: Pick<VolumeLabels, "size" | "toPatient"> &
    Pick<Volume, "channels" | "samples" | "rescaleSlope" | "rescaleIntercept">,
  fileName: string,
): Pick<VolumeLabels, "kind" | "size" | "values" | "toPatient"> {
  if (channels !== 1) {
    throw unsupportedFile(fileName, "Its voxels are colors, not classes.", "Save the label map as whole numbers.");
  }
  // As they lie in the file, where they are the classes already.
  if (samples instanceof Uint8Array && rescaleSlope === 1 && rescaleIntercept === 0) {
    return { kind: "volume", size, values: samples, toPatient };
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
  return { kind: "volume", size, values, toPatient };
}

/** The first extension, if it is a comment. nifti1.h: flag at 348, then esize, ecode and text. */
async function readComment(bytes: Uint8Array, fileName: string): Promise<string | null> {
  const head = isGzip(bytes) ? await gunzipStart(bytes, 360, fileName) : bytes;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (head.length < 360 || view.getInt32(0, true) !== 348 || head[348] !== 1) return null;
  const esize = view.getInt32(352, true);
  if (view.getInt32(356, true) !== COMMENT || esize < 16 || esize > MAX_COMMENT) return null;
  const end = 352 + esize;
  const whole = isGzip(bytes) ? await gunzipStart(bytes, end, fileName) : bytes;
  if (whole.length < end) return null;
  return new TextDecoder().decode(whole.subarray(360, end)).replace(/\0+$/, "");
}
