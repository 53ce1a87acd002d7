/**
 * @file NRRD files with their voxels inside (raw, gzip, ascii) to volumes.
 */
import { createSamples, type Samples, type SampleType } from "../../voxels/index.ts";
import { corruptFile, unsupportedFile } from "../trouble.ts";
import { checkPlausible, gunzipExactly } from "../volume/gunzip.ts";
import { checkVolumeSize, type Volume } from "../volume/volume.ts";
import { readStoredSamples, type StoredType, storedBytes } from "../volume/voxel-samples.ts";
import { type NrrdHeader, readNrrdHeader } from "./header.ts";

export { isNrrd } from "./header.ts";

/** Opens a .nrrd file of one volume or picture: an image, unless it `isLabelMap`, which may be packed further. Throws `Problem`. */
export async function openNrrd(bytes: Uint8Array, fileName: string, isLabelMap = false): Promise<Volume> {
  const header = readNrrdHeader(bytes, fileName);
  const { size, channels, type, isBigEndian, spacing, toPatient } = header;
  checkVolumeSize(fileName, size, Math.min(channels, 3), storedBytes[type] * channels);
  const length = size[0] * size[1] * size[2] * channels;
  if (header.encoding === "gzip" && !isLabelMap) checkPlausible(fileName, length * storedBytes[type], bytes.length);
  const voxels =
    header.encoding === "ascii"
      ? readAscii(bytes.subarray(header.offset), { type, length }, fileName)
      : readStoredSamples(await voxelBytes(bytes, header, length, fileName), { type, length, isBigEndian }, fileName);
  const described = { size, rescaleSlope: 1, rescaleIntercept: 0, window: null, spacing, toPatient };
  if (channels !== 4) return { ...described, ...voxels, channels };
  return { ...described, sampleType: "uint8", samples: withoutAlpha(voxels.samples, fileName), channels: 3 };
}

async function voxelBytes(
  bytes: Uint8Array,
  { type, encoding, offset, byteSkip }: NrrdHeader,
  length: number,
  fileName: string,
): Promise<Uint8Array> {
  const expected = length * storedBytes[type];
  const data = bytes.subarray(offset);
  if (byteSkip === "to-end") {
    if (data.length < expected) throw cutOff(fileName, expected, data.length);
    return data.subarray(data.length - expected);
  }
  const end = byteSkip + expected;
  const unpacked = encoding === "gzip" ? await gunzipExactly(data, end, fileName) : data;
  if (unpacked.length < end) throw cutOff(fileName, end, unpacked.length);
  return unpacked.subarray(byteSkip, end);
}

/** ASCII numbers become these; each must survive. */
const sampleTypes: Partial<Record<StoredType, SampleType>> = {
  int8: "int16",
  int64: "int32",
  uint64: "uint32",
  float64: "float32",
};

function readAscii(
  bytes: Uint8Array,
  { type, length }: { type: StoredType; length: number },
  fileName: string,
): { sampleType: SampleType; samples: Samples } {
  // A digit and a blank each: checked before anything is allocated.
  if (bytes.length < 2 * length - 1) throw cutOff(fileName, 2 * length - 1, bytes.length);
  const sampleType = sampleTypes[type] ?? (type as SampleType);
  const samples = createSamples(sampleType, length);
  const isFloat = sampleType === "float32";
  let count = 0;
  let start = -1;
  for (let index = 0; index <= bytes.length && count < length; index++) {
    const isBlank = index === bytes.length || bytes[index]! <= 0x20 || bytes[index] === 0x2c;
    if (!isBlank) {
      if (start === -1) start = index;
      continue;
    }
    if (start === -1) continue;
    const text = index - start > 40 ? "" : String.fromCharCode(...bytes.subarray(start, index)).toLowerCase();
    start = -1;
    const special = isFloat ? specialFloats.get(text) : undefined;
    const value = special ?? (text === "" ? NaN : Number(text));
    samples[count] = value;
    if (special === undefined && !(isFloat ? Number.isFinite(samples[count]!) : samples[count] === value)) {
      throw corruptFile(fileName, `Number ${count + 1} of its voxels is none of the type ${type}.`);
    }
    count++;
  }
  if (count < length) throw corruptFile(fileName, `It is cut off: ${length} numbers expected, ${count} are there.`);
  return { sampleType, samples };
}

const specialFloats: ReadonlyMap<string, number> = new Map(
  Object.entries({
    nan: NaN,
    inf: Infinity,
    "+inf": Infinity,
    "-inf": -Infinity,
  }),
);

function withoutAlpha(rgba: Samples, fileName: string): Uint8Array {
  const rgb = new Uint8Array((rgba.length / 4) * 3);
  for (let voxel = 0; 4 * voxel < rgba.length; voxel++) {
    if (rgba[4 * voxel + 3] !== 255) {
      throw unsupportedFile(fileName, "It has transparent voxels.", "Save it as RGB without alpha, then import it.");
    }
    for (let channel = 0; channel < 3; channel++) rgb[3 * voxel + channel] = rgba[4 * voxel + channel]!;
  }
  return rgb;
}

function cutOff(fileName: string, expected: number, found: number): Error {
  return corruptFile(fileName, `It is cut off: its voxels need ${expected} bytes, ${found} are there.`);
}
