/**
 * @file Writes NIfTI-1 files (nifti.nimh.nih.gov, nifti1.h), one volume each, not compressed.
 */
import { Problem } from "../problem/index.ts";
import { cross, type FrameGeometry, type PixelSpacing, type Samples } from "../voxels/index.ts";

export interface NiftiVolume {
  /** Columns, rows, slices: the first runs fastest in `data`. */
  dims: readonly [number, number, number];
  data: Samples;
  /** In mm; null: not known, then 1 is written and no orientation. */
  spacing: PixelSpacing | null;
  /** Of the first slice, with the step to the next; null: not known. */
  geometry: FrameGeometry | null;
  /** Value in units of the modality = sample * slope + intercept. */
  rescale?: { slope: number; intercept: number };
  /** Classes, not intensities. */
  isLabelMap: boolean;
  /** Extension of code 6, plain text: what the header has no field for. */
  comment?: string;
}

const HEADER_BYTES = 348;
const MAX_DIMENSION = 32_767;
const INTENT_LABEL = 1002;
const SCANNER = 1;
const MILLIMETERS = 2;
const COMMENT = 6;

const datatypes = new Map<unknown, number>([
  [Uint8Array, 2],
  [Int16Array, 4],
  [Int32Array, 8],
  [Float32Array, 16],
  [Uint16Array, 512],
  [Uint32Array, 768],
]);

/** The bytes of a `.nii` file; throws `Problem` for more than 32 767 voxels a side. */
export function writeNifti({
  dims,
  data,
  spacing,
  geometry,
  rescale,
  isLabelMap,
  comment,
}: NiftiVolume): Uint8Array<ArrayBuffer> {
  if (dims.some((size) => size > MAX_DIMENSION)) {
    throw new Problem({
      code: "image-too-large",
      title: "NIfTI holds at most 32767 voxels a side.",
      detail: `The volume has ${dims.join(" x ")}.`,
      hint: "Export this image in another format.",
    });
  }
  if (data.length !== dims[0] * dims[1] * dims[2]) {
    throw new RangeError(`nifti: ${data.length} samples do not fill ${dims.join(" x ")}.`);
  }
  const extension = comment === undefined ? new Uint8Array(0) : commentExtension(comment);
  const start = HEADER_BYTES + 4 + extension.length;
  const bytes = new Uint8Array(start + data.byteLength);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, HEADER_BYTES, true);
  [3, ...dims, 1, 1, 1, 1].forEach((value, index) => view.setInt16(40 + 2 * index, value, true));
  view.setInt16(68, isLabelMap ? INTENT_LABEL : 0, true);
  view.setInt16(70, datatypes.get(data.constructor)!, true);
  view.setInt16(72, 8 * data.BYTES_PER_ELEMENT, true);
  view.setFloat32(108, start, true);
  view.setFloat32(112, rescale?.slope ?? 1, true);
  view.setFloat32(116, rescale?.intercept ?? 0, true);
  view.setUint8(123, spacing === null ? 0 : MILLIMETERS);
  const step = geometry?.sliceStep ?? null;
  const sliceSpacing = step === null ? 1 : Math.hypot(step.x, step.y, step.z);
  // pixdim[0] is qfac: 1, for axes are written right-handed or by the sform alone.
  [1, spacing?.x ?? 1, spacing?.y ?? 1, sliceSpacing].forEach((value, index) =>
    view.setFloat32(76 + 4 * index, value, true),
  );
  if (spacing !== null && geometry !== null) writeOrientation(view, spacing, geometry);
  bytes.set(new TextEncoder().encode("n+1\0"), 344);
  if (extension.length > 0) {
    bytes[HEADER_BYTES] = 1;
    bytes.set(extension, HEADER_BYTES + 4);
  }
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), start);
  return bytes;
}

/** Voxel to world, row by row, in NIfTI's axes: x to the right, y to the front, z to the head. */
export function niftiAffine(spacing: PixelSpacing, geometry: FrameGeometry): number[][] {
  const { origin, columnDirection: i, rowDirection: j, sliceStep } = geometry;
  const k = sliceStep ?? cross(i, j);
  return (["x", "y", "z"] as const).map((axis) => {
    const sign = axis === "z" ? 1 : -1; // DICOM's x and y point the other way
    return [i[axis] * spacing.x, j[axis] * spacing.y, k[axis], origin[axis]].map((value) => sign * value + 0);
  });
}

function writeOrientation(view: DataView, spacing: PixelSpacing, geometry: FrameGeometry): void {
  const affine = niftiAffine(spacing, geometry);
  view.setInt16(254, SCANNER, true);
  affine.forEach((row, index) =>
    row.forEach((value, column) => view.setFloat32(280 + 16 * index + 4 * column, value, true)),
  );
  // The qform knows rotations only: columns of unit length that are perpendicular and right-handed.
  const lengths = [0, 1, 2].map((column) => Math.hypot(...affine.map((row) => row[column]!)));
  const rotation = affine.map((row) => [0, 1, 2].map((column) => row[column]! / lengths[column]!));
  const product = (a: number, b: number): number => rotation.reduce((sum, row) => sum + row[a]! * row[b]!, 0);
  const isPerpendicular = [product(0, 1), product(0, 2), product(1, 2)].every((each) => Math.abs(each) < 1e-4);
  if (!isPerpendicular || determinant(rotation) < 0) return;
  view.setInt16(252, SCANNER, true);
  quaternion(rotation).forEach((value, index) => view.setFloat32(256 + 4 * index, value, true));
  affine.forEach((row, index) => view.setFloat32(268 + 4 * index, row[3]!, true));
}

function determinant(m: number[][]): number {
  const [[a, b, c], [d, e, f], [g, h, i]] = m as [number, number, number][] as [
    [number, number, number],
    [number, number, number],
    [number, number, number],
  ];
  return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
}

/** b, c, d of the unit quaternion of a rotation, its a not negative (nifti1.h, "method 2"). */
function quaternion(r: number[][]): [number, number, number] {
  const at = (row: number, column: number): number => r[row]![column]!;
  const squares = [
    1 + at(0, 0) + at(1, 1) + at(2, 2),
    1 + at(0, 0) - at(1, 1) - at(2, 2),
    1 - at(0, 0) + at(1, 1) - at(2, 2),
    1 - at(0, 0) - at(1, 1) + at(2, 2),
  ];
  // The largest part first: dividing by a small one would lose digits.
  const largest = squares.indexOf(Math.max(...squares));
  const scale = 2 * Math.sqrt(squares[largest]!);
  const differences = [at(2, 1) - at(1, 2), at(0, 2) - at(2, 0), at(1, 0) - at(0, 1)];
  const sums: Record<string, number> = {
    "12": at(0, 1) + at(1, 0),
    "13": at(0, 2) + at(2, 0),
    "23": at(1, 2) + at(2, 1),
  };
  const parts = [0, 1, 2, 3].map((part) => {
    if (part === largest) return scale / 4;
    if (largest === 0) return differences[part - 1]! / scale;
    if (part === 0) return differences[largest - 1]! / scale;
    return sums[[part, largest].sort().join("")]! / scale;
  });
  const sign = parts[0]! < 0 ? -1 : 1;
  return [sign * parts[1]!, sign * parts[2]!, sign * parts[3]!];
}

/** esize, ecode, text; the size a multiple of 16. */
function commentExtension(comment: string): Uint8Array {
  const text = new TextEncoder().encode(comment);
  const bytes = new Uint8Array(Math.ceil((8 + text.length) / 16) * 16);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, bytes.length, true);
  view.setInt32(4, COMMENT, true);
  bytes.set(text, 8);
  return bytes;
}
