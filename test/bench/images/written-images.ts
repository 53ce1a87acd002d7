/** @file Image files to import, drawn by code with a fixed seed: what matters of them is their size and how they compress. */
import { execFile } from "node:child_process";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import sharp from "sharp";
import { Random } from "../../../src-main/random/index.ts";
import { type Attribute, writeTestDicom } from "../../imaging/dicom-writer.ts";
import { writeNifti } from "../../imaging/nifti-writer.ts";

const run = promisify(execFile);

/** A body with organs and the grain of a CT, 12 bits stored, air 0; differs from slice to slice. */
function drawSlice(size: number, index: number): Uint16Array {
  const random = new Random(1, "bench-slice", index);
  const samples = new Uint16Array(size * size);
  const noise = Uint8Array.from({ length: 4096 }, () => random.uint32() & 31);
  const shift = random.uint32() & 4095;
  for (let y = 0, at = 0; y < size; y++) {
    for (let x = 0; x < size; x++, at++) {
      const u = (2 * x) / size - 1;
      const v = (2 * y) / size - 1;
      const radius = Math.hypot(u / 0.85, v / 0.65);
      // Multiplied, so that the grain does not repeat along rows.
      const grain = noise[(at * 2654435761 + shift) & 4095]!;
      const organ = Math.sin(9 * u + index / 40) * Math.cos(7 * v) > 0.4 ? 60 : 0;
      samples[at] = radius > 1 ? grain : radius > 0.94 ? 924 + grain : 1040 + organ + grain;
    }
  }
  return samples;
}

const pad = (value: number): string => String(value).padStart(5, "0");

/** A slice of a CT as a file, Explicit VR Little Endian. PS3.3 A.3. */
function ctFile(size: number, index: number, series: string, patient: string): Buffer {
  const decimal = (...values: number[]): string => values.join("\\");
  const attributes: Attribute[] = [
    [0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.2\0"],
    [0x00080018, "UI", `${series}.${index + 1}`],
    [0x00080020, "DA", "20240131"],
    [0x00080060, "CS", "CT"],
    [0x00100010, "PN", `Bench^${patient}`],
    [0x00100020, "LO", patient],
    [0x0020000d, "UI", `${series.slice(0, -2)}`],
    [0x0020000e, "UI", series],
    [0x00200013, "IS", String(index + 1)],
    [0x00200032, "DS", decimal(-180, -180, index)],
    [0x00200037, "DS", decimal(1, 0, 0, 0, 1, 0)],
    [0x00280002, "US", 1],
    [0x00280004, "CS", "MONOCHROME2"],
    [0x00280010, "US", size],
    [0x00280011, "US", size],
    [0x00280030, "DS", decimal(0.7, 0.7)],
    [0x00280100, "US", 16],
    [0x00280101, "US", 12],
    [0x00280102, "US", 11],
    [0x00280103, "US", 0],
    [0x00281050, "DS", "40"],
    [0x00281051, "DS", "400"],
    [0x00281052, "DS", "-1024"],
    [0x00281053, "DS", "1"],
    [0x7fe00010, "OW", new Uint8Array(drawSlice(size, index).buffer)],
  ];
  return writeTestDicom(attributes);
}

/** `count` slices of one CT series of 512²; returns their bytes in all. */
export async function writeSeries(folder: string, count: number): Promise<number> {
  await mkdir(folder, { recursive: true });
  let bytes = 0;
  for (let index = 0; index < count; index++) {
    const file = ctFile(512, index, "1.2.826.0.1.3680043.10.1.1", "P1");
    await writeFile(join(folder, `IM${pad(index + 1)}.dcm`), file);
    bytes += file.length;
  }
  return bytes;
}

/** The files of `from` as JPEG Lossless (1.2.840.10008.1.2.4.70) in `to`, by dcmtk; false where that is not installed. */
export async function compressSeries(from: string, to: string): Promise<boolean> {
  await mkdir(to, { recursive: true });
  try {
    await run("dcmcjpeg", ["--version"]);
  } catch {
    return false;
  }
  const names = (await readdir(from)).values();
  const work = async (): Promise<void> => {
    for (const name of names) await run("dcmcjpeg", ["+e1", join(from, name), join(to, name)]);
  };
  await Promise.all([work(), work()]);
  return true;
}

/** One NIfTI volume of `count` slices of `size`², 16 bits. */
export async function writeVolume(folder: string, count: number, size: number): Promise<void> {
  await mkdir(folder, { recursive: true });
  const values = new Uint16Array(size * size * count);
  for (let index = 0; index < count; index++) values.set(drawSlice(size, index), index * size * size);
  const parts = { size: [size, size, count], datatype: 512, values, pixdim: [1, 0.7, 0.7, 1], units: 2 };
  await writeFile(join(folder, "scan.nii"), writeNifti(parts));
}

/** `count` files of 64²: PNG and DICOM in turns, 40 to a patient. */
export async function writeSmallFiles(folder: string, count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    const patient = Math.floor(index / 40);
    const inside = join(folder, `patient${pad(patient)}`);
    if (index % 40 === 0) await mkdir(inside, { recursive: true });
    if (index % 2 === 0) {
      const file = ctFile(64, index, `1.2.826.0.1.3680043.10.2.${patient + 1}`, `P${patient}`);
      await writeFile(join(inside, `IM${pad(index)}.dcm`), file);
    } else {
      const raw = { width: 64, height: 64, channels: 1 } as const;
      const pixels = Uint8Array.from(drawSlice(64, index), (sample) => sample >> 3);
      const png = sharp(pixels, { raw }).toColorspace("b-w").png({ compressionLevel: 1 });
      await writeFile(join(inside, `image${pad(index)}.png`), await png.toBuffer());
    }
  }
}
