/**
 * @file NIfTI-1 and NIfTI-2 files, plain or gzipped, to volumes; and a volume to the form in which a project stores it.
 */
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { rangeOfWindow, type SampleType, windowOfValues } from "../../voxels/index.ts";
import { corruptFile, unsupportedFile } from "../trouble.ts";
import { checkPlausible, gunzipExactly, isGzip, peekGunzip } from "../volume/gunzip.ts";
import { checkVolumeSize, type Volume } from "../volume/volume.ts";
import { readStoredSamples } from "../volume/voxel-samples.ts";
import { datatypes, type NiftiHeader, niftiKind, readNiftiHeader } from "./header.ts";

/** Whether the file, unpacked if it is gzip, starts as NIfTI. */
export function isNifti(bytes: Uint8Array): boolean {
  return niftiKind(isGzip(bytes) ? peekGunzip(bytes) : bytes) !== null;
}

/** Opens a .nii or .nii.gz file of one volume: an image, unless it `isLabelMap`, which may be packed further. Throws `Problem`. */
export async function openNifti(bytes: Uint8Array, fileName: string, isLabelMap = false): Promise<Volume> {
  const isPacked = isGzip(bytes);
  const header = readNiftiHeader(isPacked ? peekGunzip(bytes) : bytes, fileName);
  const { size, type, bytesPerVoxel, offset } = header;
  checkVolumeSize(fileName, size, type === "RGB" || type === "RGBA" ? 3 : 1, bytesPerVoxel);
  const voxels = size[0] * size[1] * size[2];
  const end = offset + voxels * bytesPerVoxel;
  // Extensions between header and voxels are skipped, so they may not be endless.
  if (offset > MAX_OFFSET) throw corruptFile(fileName, `vox_offset = ${offset} is out of range.`);
  if (isPacked && !isLabelMap) checkPlausible(fileName, end, bytes.length);
  const whole = isPacked ? await gunzipExactly(bytes, end, fileName) : bytes;
  if (whole.length < end) {
    throw corruptFile(fileName, `It is cut off: its voxels end at byte ${end}, the file at ${whole.length}.`);
  }
  const read = readVoxels(whole.subarray(offset, end), voxels, header, fileName);
  return { ...read, ...describe(header, read.sampleType) };
}

/** Header extensions are notes of some kB; 64 MiB is far more than any. */
const MAX_OFFSET = 2 ** 26;

function describe(
  { size, slope, intercept, range, spacing, toPatient }: NiftiHeader,
  sampleType: SampleType,
): Omit<Volume, "channels" | "sampleType" | "samples"> {
  const scale = { sampleType, rescaleSlope: slope, rescaleIntercept: intercept };
  return {
    size,
    rescaleSlope: slope,
    rescaleIntercept: intercept,
    window: range === null ? null : windowOfValues(scale, range.low, range.high),
    spacing,
    toPatient,
  };
}

function readVoxels(
  bytes: Uint8Array,
  voxels: number,
  { type, isBigEndian }: NiftiHeader,
  fileName: string,
): Pick<Volume, "channels" | "sampleType" | "samples"> {
  if (type === "RGB") return { channels: 3, sampleType: "uint8", samples: bytes };
  if (type !== "RGBA")
    return { channels: 1, ...readStoredSamples(bytes, { type, length: voxels, isBigEndian }, fileName) };
  const samples = new Uint8Array(3 * voxels);
  for (let voxel = 0; voxel < voxels; voxel++) {
    if (bytes[4 * voxel + 3] !== 255) {
      throw unsupportedFile(fileName, "It has transparent voxels.", "Save it as RGB without alpha, then import it.");
    }
    for (let channel = 0; channel < 3; channel++) samples[3 * voxel + channel] = bytes[4 * voxel + channel]!;
  }
  return { channels: 3, sampleType: "uint8", samples };
}

/**
 * The volume as gzipped NIfTI-2, whose 64-bit floats keep its place exactly. Holds nothing but what `Volume` holds: no
 * description, no names, no extensions. `openNifti` gives the same volume back.
 */
export async function storeAsNifti(volume: Volume): Promise<Uint8Array> {
  const { size, channels, sampleType, samples, toPatient, spacing } = volume;
  const type = channels === 3 ? "RGB" : sampleType;
  if (channels === 3 && sampleType !== "uint8") throw new RangeError(`nifti: color of ${sampleType} cannot be stored.`);
  const [code, { bytes: bytesPerVoxel }] = Object.entries(datatypes).find(([, known]) => known!.type === type) as [
    string,
    { bytes: number },
  ];
  const file = new Uint8Array(STORED_OFFSET + samples.byteLength);
  const view = new DataView(file.buffer);
  view.setInt32(0, 540, true);
  file.set([0x6e, 0x2b, 0x32, 0, 0x0d, 0x0a, 0x1a, 0x0a], 4);
  view.setInt16(12, Number(code), true);
  view.setInt16(14, 8 * bytesPerVoxel, true);
  [3, ...size, 1, 1, 1, 1].forEach((count, index) => view.setBigInt64(16 + 8 * index, BigInt(count), true));
  [1, ...(spacing ?? [0, 0, 0])].forEach((value, index) => view.setFloat64(104 + 8 * index, value, true));
  view.setBigInt64(168, BigInt(STORED_OFFSET), true);
  view.setFloat64(176, volume.rescaleSlope, true);
  view.setFloat64(184, volume.rescaleIntercept, true);
  if (volume.window !== null) {
    const { low, high } = rangeOfWindow(volume.window);
    view.setFloat64(192, high, true);
    view.setFloat64(200, low, true);
  }
  if (toPatient !== null) {
    view.setInt32(348, 1, true); // NIFTI_XFORM_SCANNER_ANAT
    toPatient.forEach((row, world) =>
      row.forEach((entry, column) => view.setFloat64(400 + 32 * world + 8 * column, world < 2 ? -entry : entry, true)),
    );
  }
  view.setInt32(500, 2, true); // NIFTI_UNITS_MM
  file.set(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength), STORED_OFFSET);
  // The fastest level: a volume of 500 slices is packed while the person waits.
  const packed = await promisify(gzip)(file, { level: 1 });
  packed[9] = 255; // operating system unknown (RFC 1952 2.3.1): the same bytes on every system
  return packed;
}

const STORED_OFFSET = 544;
