/**
 * @file Writes NIfTI-1 and NIfTI-2 files of every datatype and byte order, field by field after nifti1.h and nifti2.h, for tests:
 * not by the code under test.
 */
import { gzipSync } from "node:zlib";

export interface NiftiParts {
  version?: 1 | 2;
  isBigEndian?: boolean;
  isGzipped?: boolean;
  /** dim[1] on; dim[0] is their count. */
  size: number[];
  datatype: number;
  /** Voxels, x fastest; bigints for 64-bit whole numbers. */
  values: ArrayLike<number> | ArrayLike<bigint>;
  /** pixdim[0] (qfac), then one per dimension. */
  pixdim?: number[];
  units?: number;
  slope?: number;
  intercept?: number;
  range?: [low: number, high: number];
  qform?: { quaternion: number[]; offset: number[] };
  /** 3 rows of 4: voxel to right-anterior-superior. */
  sform?: number[][];
  offset?: number;
  /** Free texts: descrip, aux_file, intent_name. */
  texts?: string;
  bitpix?: number;
  magic?: string;
}

type Put = (view: DataView, offset: number, value: number | bigint, isLittle: boolean) => void;
const cells: Record<number, { bits: number; put: Put } | undefined> = {
  2: { bits: 8, put: (view, at, value) => view.setUint8(at, Number(value)) },
  4: { bits: 16, put: (view, at, value, little) => view.setInt16(at, Number(value), little) },
  8: { bits: 32, put: (view, at, value, little) => view.setInt32(at, Number(value), little) },
  16: { bits: 32, put: (view, at, value, little) => view.setFloat32(at, Number(value), little) },
  64: { bits: 64, put: (view, at, value, little) => view.setFloat64(at, Number(value), little) },
  256: { bits: 8, put: (view, at, value) => view.setInt8(at, Number(value)) },
  512: { bits: 16, put: (view, at, value, little) => view.setUint16(at, Number(value), little) },
  768: { bits: 32, put: (view, at, value, little) => view.setUint32(at, Number(value), little) },
  1024: { bits: 64, put: (view, at, value, little) => view.setBigInt64(at, BigInt(value), little) },
  1280: { bits: 64, put: (view, at, value, little) => view.setBigUint64(at, BigInt(value), little) },
};

export function writeNifti(parts: NiftiParts): Buffer {
  const { version = 1, isBigEndian = false, size, datatype, values, magic } = parts;
  const isLittle = !isBigEndian;
  const isSecond = version === 2;
  // Colors are bytes: three or four values a voxel.
  const cell = cells[datatype] ?? cells[2]!;
  const bits = parts.bitpix ?? (datatype === 128 ? 24 : datatype === 2304 ? 32 : cell.bits);
  const start = parts.offset ?? (isSecond ? 544 : 352);
  const file = new Uint8Array(start + (values.length * cell.bits) / 8);
  const view = new DataView(file.buffer);
  const short = (at: number, value: number) => view.setInt16(at, value, isLittle);
  const int = (at: number, value: number) => view.setInt32(at, value, isLittle);
  const long = (at: number, value: number) => view.setBigInt64(at, BigInt(value), isLittle);
  const real = (at: number, value: number) =>
    isSecond ? view.setFloat64(at, value, isLittle) : view.setFloat32(at, value, isLittle);
  const realBytes = isSecond ? 8 : 4;
  const reals = (at: number, list: readonly number[]) =>
    list.forEach((value, index) => real(at + realBytes * index, value));
  const text = (at: number, value: string) => file.set(new TextEncoder().encode(value), at);

  const dim = [size.length, ...size, ...new Array<number>(7 - size.length).fill(1)];
  const pixdim = parts.pixdim ?? [1, ...size.map(() => 1)];
  const [low, high] = parts.range ?? [0, 0];
  const [slope, intercept] = [parts.slope ?? 0, parts.intercept ?? 0];
  const { quaternion, offset } = parts.qform ?? { quaternion: [0, 0, 0], offset: [0, 0, 0] };
  const codes = [parts.qform === undefined ? 0 : 1, parts.sform === undefined ? 0 : 2] as const;
  const rows = (parts.sform ?? [[0], [0], [0]]).flatMap((row) => [...row, 0, 0, 0].slice(0, 4));
  if (isSecond) {
    int(0, 540);
    text(4, magic ?? "n+2\0\r\n\x1a\n");
    short(12, datatype);
    short(14, bits);
    dim.forEach((count, index) => long(16 + 8 * index, count));
    reals(104, pixdim);
    long(168, start);
    reals(176, [slope, intercept, high, low]);
    text(240, parts.texts ?? "");
    int(344, codes[0]);
    int(348, codes[1]);
    reals(352, [...quaternion, ...offset]);
    reals(400, rows);
    int(500, parts.units ?? 2);
  } else {
    int(0, 348);
    dim.forEach((count, index) => short(40 + 2 * index, count));
    short(70, datatype);
    short(72, bits);
    reals(76, pixdim);
    reals(108, [start, slope, intercept]);
    view.setUint8(123, parts.units ?? 2);
    reals(124, [high, low]);
    text(148, parts.texts ?? "");
    text(328, (parts.texts ?? "").slice(0, 15));
    short(252, codes[0]);
    short(254, codes[1]);
    reals(256, [...quaternion, ...offset]);
    reals(280, rows);
    text(344, magic ?? "n+1\0");
  }
  for (let index = 0; index < values.length; index++) {
    cell.put(view, start + (index * cell.bits) / 8, values[index]!, isLittle);
  }
  return parts.isGzipped === true ? gzipSync(file) : Buffer.from(file.buffer);
}
