/**
 * @file Voxels as a file stores them to samples: byte order undone, 64-bit numbers narrowed only where nothing is lost.
 */
import { createSamples, type Samples, type SampleType } from "../../voxels/index.ts";
import { unsupportedFile } from "../trouble.ts";

/** Number types of NIfTI and NRRD files that are read. */
export type StoredType =
  "int8" | "uint8" | "int16" | "uint16" | "int32" | "uint32" | "int64" | "uint64" | "float32" | "float64";

export const storedBytes: Record<StoredType, 1 | 2 | 4 | 8> = {
  int8: 1,
  uint8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  uint64: 8,
  float32: 4,
  float64: 8,
};

const hostIsLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/**
 * Samples from `length` numbers at the start of `bytes`. int8 becomes int16; 64-bit whole numbers become 32-bit if all fit; 64-bit floats are
 * rounded to 32-bit ones (relative error 6e-8). May share memory with `bytes`. Throws `Problem` where values would be lost.
 */
export function readStoredSamples(
  bytes: Uint8Array,
  { type, length, isBigEndian }: { type: StoredType; length: number; isBigEndian: boolean },
  fileName: string,
): { sampleType: SampleType; samples: Samples } {
  const size = storedBytes[type];
  const isSwapped = size > 1 && isBigEndian === hostIsLittleEndian;
  const isViewable = !isSwapped && bytes.byteOffset % size === 0;
  const cells = isViewable ? bytes.subarray(0, length * size) : new Uint8Array(bytes.subarray(0, length * size)); // a copy, aligned
  if (isSwapped) swapInPlace(cells, size);
  const buffer = cells.buffer as ArrayBuffer;
  switch (type) {
    case "int8":
      return { sampleType: "int16", samples: new Int16Array(new Int8Array(buffer, cells.byteOffset, length)) };
    case "float64": {
      const values = new Float64Array(buffer, cells.byteOffset, length);
      const samples = new Float32Array(length);
      for (let index = 0; index < length; index++) {
        samples[index] = values[index]!;
        if (!Number.isFinite(samples[index]!) && Number.isFinite(values[index]!))
          throw outOfRange(fileName, "64-bit float");
      }
      return { sampleType: "float32", samples };
    }
    case "int64":
      return narrowed(new BigInt64Array(buffer, cells.byteOffset, length), "int32", fileName);
    case "uint64":
      return narrowed(new BigUint64Array(buffer, cells.byteOffset, length), "uint32", fileName);
    default:
      return { sampleType: type, samples: createSamples(type, length, buffer, cells.byteOffset) };
  }
}

function narrowed(
  values: BigInt64Array | BigUint64Array,
  sampleType: "int32" | "uint32",
  fileName: string,
): { sampleType: SampleType; samples: Samples } {
  const samples = createSamples(sampleType, values.length);
  for (let index = 0; index < values.length; index++) {
    const value = Number(values[index]!);
    samples[index] = value;
    if (samples[index] !== value) throw outOfRange(fileName, "64-bit whole");
  }
  return { sampleType, samples };
}

function outOfRange(fileName: string, kind: string): Error {
  return unsupportedFile(
    fileName,
    `Its ${kind} numbers do not fit into 32 bits.`,
    "Convert it to 16-bit whole numbers or 32-bit floats, then import it again.",
  );
}

function swapInPlace(cells: Uint8Array, size: number): void {
  const view = Buffer.from(cells.buffer, cells.byteOffset, cells.byteLength);
  if (size === 2) view.swap16();
  else if (size === 4) view.swap32();
  else view.swap64();
}
