/**
 * @file The header of a NIfTI-1 or NIfTI-2 file, checked. Field offsets: nifti1.h (348 bytes) and nifti2.h (540 bytes) of
 * https://nifti.nimh.nih.gov; the rules in the comments of nifti1.h.
 */
import { corruptFile, unsupportedFile } from "../trouble.ts";
import type { Triple, VoxelToPatient } from "../volume/volume.ts";
import { checkMatrix } from "../volume/volume.ts";
import type { StoredType } from "../volume/voxel-samples.ts";

export interface NiftiHeader {
  size: Triple;
  /** RGB: three interleaved uint8 channels; RGBA: four. */
  type: StoredType | "RGB" | "RGBA";
  bytesPerVoxel: number;
  isBigEndian: boolean;
  /** Where the voxels start. */
  offset: number;
  slope: number;
  intercept: number;
  /** Suggested range of display, in scaled values; null when not given. */
  range: { low: number; high: number } | null;
  /** mm; null when a spacing is not positive. */
  spacing: Triple | null;
  toPatient: VoxelToPatient | null;
}

/** Bytes that hold either header and its four bytes of extension flags. */
export const NIFTI_HEADER_BYTES = 544;

/** DT_ codes of nifti1.h that are read. */
export const datatypes: Record<number, { type: NiftiHeader["type"]; bytes: number } | undefined> = {
  2: { type: "uint8", bytes: 1 },
  4: { type: "int16", bytes: 2 },
  8: { type: "int32", bytes: 4 },
  16: { type: "float32", bytes: 4 },
  64: { type: "float64", bytes: 8 },
  128: { type: "RGB", bytes: 3 },
  256: { type: "int8", bytes: 1 },
  512: { type: "uint16", bytes: 2 },
  768: { type: "uint32", bytes: 4 },
  1024: { type: "int64", bytes: 8 },
  1280: { type: "uint64", bytes: 8 },
  2304: { type: "RGBA", bytes: 4 },
};
const laterDatatypes: Record<number, string | undefined> = {
  1: "single bits",
  32: "complex numbers",
  1536: "128-bit floats",
  1792: "complex numbers",
  2048: "complex numbers",
};

/** Millimetres of the units of space. Unknown units count as mm, as in all tools of the field. */
const unitMillimetres: Record<number, number | undefined> = { 0: 1, 1: 1000, 2: 1, 3: 0.001 };

export type NiftiKind = "nifti-1" | "nifti-2" | "header-of-pair";

/** What the first bytes say; null for no NIfTI. Analyze 7.5 files have no mark and are none. */
export function niftiKind(bytes: Uint8Array): NiftiKind | null {
  const markAt = (offset: number): string => String.fromCharCode(...bytes.subarray(offset, offset + 4));
  if (markAt(344) === "n+1\0") return "nifti-1";
  if (markAt(4) === "n+2\0") return "nifti-2";
  return markAt(344) === "ni1\0" || markAt(4) === "ni2\0" ? "header-of-pair" : null;
}

/** Reads the header at the start of `bytes`. Throws `Problem` naming the field at fault. */
export function readNiftiHeader(bytes: Uint8Array, fileName: string): NiftiHeader {
  const kind = niftiKind(bytes);
  if (kind === "header-of-pair") {
    throw unsupportedFile(
      fileName,
      "It is one half of a NIfTI pair (.hdr and .img).",
      "Convert the pair to one .nii or .nii.gz file, then import it.",
    );
  }
  const isSecond = kind === "nifti-2";
  const headerBytes = isSecond ? 540 : 348;
  if (bytes.length < headerBytes) {
    throw corruptFile(fileName, `Its NIfTI header is cut off: ${bytes.length} of ${headerBytes} bytes are there.`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isBigEndian = view.getInt32(0, true) !== headerBytes;
  if (isBigEndian && view.getInt32(0, false) !== headerBytes) {
    throw corruptFile(fileName, `sizeof_hdr is not ${headerBytes}.`);
  }
  const fields = isSecond ? secondFields(view, !isBigEndian) : firstFields(view, !isBigEndian);
  const { datatype, bitpix, dim, pixdim } = fields;
  const known = datatypes[datatype];
  if (known === undefined) {
    throw unsupportedFile(
      fileName,
      `Its voxels are ${laterDatatypes[datatype] ?? "of an unknown type"} (datatype ${datatype}).`,
      "Convert it to whole numbers or floats of up to 64 bits, then import it again.",
    );
  }
  if (bitpix !== 8 * known.bytes) throw corruptFile(fileName, `bitpix = ${bitpix} does not fit datatype ${datatype}.`);
  const unit = unitMillimetres[fields.units & 7];
  if (unit === undefined) throw corruptFile(fileName, "xyzt_units names no unit of space.");
  const spacing = pixdim.slice(1, 4).map((distance) => Math.abs(distance) * unit) as Triple;
  const minimalOffset = headerBytes + 4;
  // The standard wants at least that; zero is written by tools that mean it.
  const offset = fields.offset === 0 ? minimalOffset : fields.offset;
  if (!Number.isInteger(offset) || offset < minimalOffset) {
    throw corruptFile(fileName, `vox_offset is not a whole number of at least ${minimalOffset}.`);
  }
  const hasScale = known.type !== "RGB" && known.type !== "RGBA" && fields.slope !== 0 && !Number.isNaN(fields.slope);
  if (hasScale && !(Number.isFinite(fields.slope) && Number.isFinite(fields.intercept))) {
    throw corruptFile(fileName, "scl_slope and scl_inter are not finite numbers.");
  }
  const { low, high } = fields;
  return {
    size: readSize(dim, fileName),
    type: known.type,
    bytesPerVoxel: known.bytes,
    isBigEndian,
    offset,
    slope: hasScale ? fields.slope : 1,
    intercept: hasScale ? fields.intercept : 0,
    range: Number.isFinite(low) && Number.isFinite(high) && high > low ? { low, high } : null,
    spacing: spacing.every((distance) => Number.isFinite(distance) && distance > 0) ? spacing : null,
    toPatient: readOrientation(fields, unit, fileName),
  };
}

/** Three spatial dimensions; a series over time or a vector per voxel is refused. */
function readSize(dim: readonly number[], fileName: string): Triple {
  const count = dim[0]!;
  if (!(count >= 1 && count <= 7)) throw corruptFile(fileName, `dim[0] = ${count}; expected 1 to 7.`);
  const sizes = [1, 2, 3, 4, 5, 6, 7].map((axis) => (axis <= count ? dim[axis]! : 1));
  const damaged = sizes.findIndex((size) => !(size >= 1));
  if (damaged !== -1) throw corruptFile(fileName, `dim[${damaged + 1}] = ${sizes[damaged]}; expected at least 1.`);
  const [first, second, third, ...others] = sizes as [number, number, number, ...number[]];
  const volumes = others.reduce((product, size) => product * size, 1);
  if (volumes > 1) {
    throw unsupportedFile(
      fileName,
      `It holds ${volumes} volumes (${dim.slice(1, count + 1).join(" x ")}), for example a series over time.`,
      "Split it into files of one volume each (fslsplit, for example), then import those.",
    );
  }
  return [first, second, third];
}

interface Fields {
  datatype: number;
  bitpix: number;
  dim: number[];
  pixdim: number[];
  offset: number;
  slope: number;
  intercept: number;
  low: number;
  high: number;
  units: number;
  qformCode: number;
  sformCode: number;
  quaternion: number[];
  qoffset: number[];
  srows: number[];
}

function firstFields(view: DataView, isLittle: boolean): Fields {
  const short = (offset: number): number => view.getInt16(offset, isLittle);
  const float = (offset: number): number => view.getFloat32(offset, isLittle);
  const list = (count: number, at: (index: number) => number): number[] =>
    Array.from({ length: count }, (_, i) => at(i));
  return {
    dim: list(8, (index) => short(40 + 2 * index)),
    datatype: short(70),
    bitpix: short(72),
    pixdim: list(8, (index) => float(76 + 4 * index)),
    offset: float(108),
    slope: float(112),
    intercept: float(116),
    units: view.getUint8(123),
    high: float(124),
    low: float(128),
    qformCode: short(252),
    sformCode: short(254),
    quaternion: list(3, (index) => float(256 + 4 * index)),
    qoffset: list(3, (index) => float(268 + 4 * index)),
    srows: list(12, (index) => float(280 + 4 * index)),
  };
}

function secondFields(view: DataView, isLittle: boolean): Fields {
  const short = (offset: number): number => view.getInt16(offset, isLittle);
  const int = (offset: number): number => view.getInt32(offset, isLittle);
  const long = (offset: number): number => Number(view.getBigInt64(offset, isLittle));
  const double = (offset: number): number => view.getFloat64(offset, isLittle);
  const list = (count: number, at: (index: number) => number): number[] =>
    Array.from({ length: count }, (_, i) => at(i));
  return {
    datatype: short(12),
    bitpix: short(14),
    dim: list(8, (index) => long(16 + 8 * index)),
    pixdim: list(8, (index) => double(104 + 8 * index)),
    offset: long(168),
    slope: double(176),
    intercept: double(184),
    high: double(192),
    low: double(200),
    qformCode: int(344),
    sformCode: int(348),
    quaternion: list(3, (index) => double(352 + 8 * index)),
    qoffset: list(3, (index) => double(376 + 8 * index)),
    srows: list(12, (index) => double(400 + 8 * index)),
    units: int(500),
  };
}

/**
 * Method 3 (sform) where its code is set, else method 2 (qform), as nibabel and ITK prefer them. Method 1 only scales: it
 * does not say how the volume lies in the patient.
 */
function readOrientation(fields: Fields, unit: number, fileName: string): VoxelToPatient | null {
  const { sformCode, qformCode, srows } = fields;
  if (sformCode <= 0 && qformCode <= 0) return null;
  const rows = sformCode > 0 ? [srows.slice(0, 4), srows.slice(4, 8), srows.slice(8, 12)] : quaternionRows(fields);
  // NIfTI counts x to the right and y to the front; DICOM's patient coordinates the other way.
  const matrix = rows.map((row, world) =>
    row.map((entry) => entry * unit * (world < 2 ? -1 : 1) + 0),
  ) as unknown as VoxelToPatient;
  checkMatrix(fileName, matrix, sformCode > 0 ? "sform" : "qform");
  return matrix;
}

/** Rotation from the quaternion's b, c, d with a = sqrt(1 - b² - c² - d²), scaled by pixdim; pixdim[0] mirrors the third axis. */
function quaternionRows({ quaternion, qoffset, pixdim }: Fields): number[][] {
  let [b, c, d] = quaternion as [number, number, number];
  let a = 1 - (b * b + c * c + d * d);
  if (a < 1e-7) {
    // Rounding: half a turn.
    const length = Math.hypot(b, c, d);
    [b, c, d] = [b / length, c / length, d / length];
    a = 0;
  } else a = Math.sqrt(a);
  const [x, y, z] = pixdim.slice(1, 4).map(Math.abs) as Triple;
  const k = pixdim[0]! < 0 ? -z : z;
  const [ox, oy, oz] = qoffset as [number, number, number];
  return [
    [(a * a + b * b - c * c - d * d) * x, 2 * (b * c - a * d) * y, 2 * (b * d + a * c) * k, ox],
    [2 * (b * c + a * d) * x, (a * a + c * c - b * b - d * d) * y, 2 * (c * d - a * b) * k, oy],
    [2 * (b * d - a * c) * x, 2 * (c * d + a * b) * y, (a * a + d * d - b * b - c * c) * k, oz],
  ];
}
