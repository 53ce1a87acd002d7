/**
 * @file A volume as its file holds it: one array of voxels and where they lie in the patient. Slicing is slices.ts.
 */
import { type DisplayWindow, MAX_SAMPLES, MAX_SIDE, type Samples, type SampleType } from "../../voxels/index.ts";
import { Problem } from "../../problem/index.ts";
import { checkSize, corruptFile } from "../trouble.ts";

export type Triple = [number, number, number];

/** Voxel index (i, j, k, 1) to patient coordinates (LPS, mm): rows x, y, z; the last column is the first voxel's center. */
export type VoxelToPatient = readonly [
  readonly [number, number, number, number],
  readonly [number, number, number, number],
  readonly [number, number, number, number],
];

export interface Volume {
  /** Voxels along the first (fastest), second and third axis of the array. */
  size: Triple;
  channels: 1 | 3;
  sampleType: SampleType;
  /** First axis fastest but for interleaved channels. */
  samples: Samples;
  rescaleSlope: number;
  rescaleIntercept: number;
  window: DisplayWindow | null;
  /** Of voxel centers along the three axes, mm; null when the file does not say. */
  spacing: Triple | null;
  /** null when the file does not say how it lies in the patient. */
  toPatient: VoxelToPatient | null;
}

/** Largest unpacked volume, bytes: 512 x 512 x 1024 of 16 bits; more would not fit beside its copies in a decoding process. */
export const MAX_VOLUME_BYTES = 2 ** 29;

/** Throws `Problem` unless a volume of that size may be read; before anything is allocated. */
export function checkVolumeSize(fileName: string, size: Triple, channels: number, bytesPerVoxel: number): void {
  const [first, second, third] = size;
  if (!size.every((count) => Number.isInteger(count) && count >= 1)) {
    throw corruptFile(fileName, `It claims ${size.join(" x ")} voxels.`);
  }
  checkSize(fileName, first, second, channels);
  checkSize(fileName, first, third, channels);
  checkSize(fileName, second, third, channels);
  const bytes = first * second * third * bytesPerVoxel;
  if (bytes <= MAX_VOLUME_BYTES) return;
  throw new Problem({
    code: "image-too-large",
    title: `${fileName}: the volume is too large.`,
    detail: `It claims ${size.join(" x ")} voxels, ${bytes} bytes; at most ${MAX_VOLUME_BYTES} bytes, ${MAX_SIDE} a side and ${MAX_SAMPLES} a slice are read.`,
    hint: "Crop it or resample it to larger voxels, then import it again.",
  });
}

/** Column `axis` of the matrix: from one voxel to the next along that axis, mm. */
export function axisVector(matrix: VoxelToPatient, axis: number): Triple {
  return [matrix[0][axis]!, matrix[1][axis]!, matrix[2][axis]!];
}

export function norm([x, y, z]: Triple): number {
  return Math.hypot(x, y, z);
}

/**
 * Throws `Problem` for a matrix that no volume can have: not finite, or flat (its axes do not span space).
 * `name`: what the format calls it.
 */
export function checkMatrix(fileName: string, matrix: VoxelToPatient, name: string): void {
  const [a, b, c] = [axisVector(matrix, 0), axisVector(matrix, 1), axisVector(matrix, 2)];
  const determinant =
    a[0] * (b[1] * c[2] - b[2] * c[1]) - b[0] * (a[1] * c[2] - a[2] * c[1]) + c[0] * (a[1] * b[2] - a[2] * b[1]);
  const lengths = norm(a) * norm(b) * norm(c);
  // 1e-6: axes that are nearly one are damage, not a tilted gantry.
  const isSound = matrix.flat().every(Number.isFinite) && lengths > 0 && Math.abs(determinant) > 1e-6 * lengths;
  if (!isSound) throw corruptFile(fileName, `Its ${name} does not describe three directions in space.`);
}
