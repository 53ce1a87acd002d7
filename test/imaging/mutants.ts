/**
 * @file Broken variants of files of every kind that is read, from fixed seeds: the same number gives the same bytes.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import sharp from "sharp";
import { writeSegmentation } from "../../src-main/imaging/dicom/segmentation-write.ts";
import { Random } from "../../src-main/random/index.ts";
import { writeTestDicom } from "./dicom-writer.ts";
import { hostileFiles, mutations, noisePng } from "./hostile.ts";
import { writeNifti } from "./nifti-writer.ts";
import { writePng } from "./png-writer.ts";
import { writeTiff } from "./tiff-writer.ts";

export interface Mutant {
  fileName: string;
  bytes: Buffer;
  /** Read as a file of labels instead of as an image. */
  isLabels?: boolean;
}

/** Larger files take long to decode, and their headers, where damage matters, are hit less often. */
const MAX_SEED_BYTES = 150_000;
const fixtures = join(import.meta.dirname, "../fixtures/dicom");

/** Sound files, one or more of each format: what is damaged below. */
export async function seedFiles(): Promise<Mutant[]> {
  const dicom = readdirSync(fixtures, { recursive: true, encoding: "utf8" })
    .filter((name) => !name.endsWith(".json"))
    .map((name) => join(fixtures, name))
    .filter((file) => statSync(file).isFile() && statSync(file).size <= MAX_SEED_BYTES)
    .sort()
    .map((file) => ({ fileName: "a.dcm", bytes: readFileSync(file) }));
  const picture = sharp(noisePng());
  const values = Float32Array.from({ length: 60 }, (_, index) => index);
  const nifti = { size: [5, 4, 3], datatype: 16, values };
  const page = { width: 7, height: 5, data: new Uint8Array(35).fill(9) };
  const nrrd = "NRRD0004\ntype: uint8\ndimension: 3\nsizes: 4 3 2\nencoding: raw\n\n";
  return [
    ...dicom,
    { fileName: "a.dcm", bytes: writeTestDicom([], { isDeflated: true }) },
    { fileName: "a.png", bytes: noisePng() },
    { fileName: "b.png", bytes: await picture.clone().png({ palette: true }).toBuffer() },
    { fileName: "a.jpg", bytes: await picture.clone().jpeg().toBuffer() },
    {
      fileName: "b.jpg",
      bytes: await picture.clone().jpeg({ progressive: true }).withMetadata({ orientation: 6 }).toBuffer(),
    },
    { fileName: "a.tif", bytes: await picture.clone().tiff({ compression: "lzw" }).toBuffer() },
    { fileName: "a.webp", bytes: await picture.clone().webp().toBuffer() },
    { fileName: "a.nii", bytes: writeNifti(nifti) },
    { fileName: "b.nii", bytes: writeNifti({ ...nifti, version: 2, isBigEndian: true }) },
    { fileName: "a.nii.gz", bytes: writeNifti({ ...nifti, isGzipped: true }) },
    { fileName: "a.nrrd", bytes: Buffer.concat([Buffer.from(nrrd), Buffer.alloc(24, 7)]) },
    {
      fileName: "b.nrrd",
      bytes: Buffer.concat([Buffer.from(nrrd.replace("raw", "gzip")), gzipSync(Buffer.alloc(24, 7))]),
    },
    { fileName: "c.nrrd", bytes: Buffer.from(`${nrrd.replace("raw", "ascii")}${"7 ".repeat(24)}`) },
    { fileName: "b.tif", bytes: writeTiff([page, page], { isBigEndian: true }) },
    { fileName: "c.tif", bytes: writeTiff([page], { isBigTiff: true }) },
    { fileName: "d.tif", bytes: await picture.clone().tiff({ compression: "deflate", tile: true }).toBuffer() },
    { fileName: "a.bmp", bytes: bitmap() },
    { fileName: "b.webp", bytes: await picture.clone().webp({ lossless: true }).toBuffer() },
    ...labelFiles().map((file) => ({ ...file, isLabels: true })),
  ];
}

/** 2 x 2 pixels of 24 bits. */
function bitmap(): Buffer {
  const file = Buffer.alloc(54 + 16, 9);
  file.fill(0, 0, 54).write("BM", "latin1");
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(54, 10);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(2, 18);
  file.writeInt32LE(2, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(24, 28);
  return file;
}

function labelFiles(): Mutant[] {
  const categories = [{ id: 1, name: "heart" }];
  const images = [{ id: 1, file_name: "p0.png", width: 7, height: 5 }];
  const of = { image_id: 1, category_id: 1, iscrowd: 0 };
  const annotations = [
    { id: 1, ...of, segmentation: [[1, 1, 5, 1, 5, 4]] },
    { id: 2, ...of, iscrowd: 1, segmentation: { size: [5, 7], counts: [6, 4, 25] } },
    { id: 3, ...of, iscrowd: 1, segmentation: { size: [5, 7], counts: "64i0" } },
  ];
  const data = Uint8Array.from({ length: 35 }, (_, index) => index % 3);
  const slice = (index: number) => ({
    map: { width: 7, height: 5, data },
    instance: {
      studyUid: "1.2.3",
      seriesUid: "1.2.3.4",
      sopClassUid: "1.2.840.10008.5.1.4.1.1.2",
      sopInstanceUid: `1.2.3.4.${index}`,
      frameOfReferenceUid: "1.2.3.5",
    },
    frameNumber: null,
    geometry: {
      origin: { x: 0, y: 0, z: 2 * index },
      columnDirection: { x: 1, y: 0, z: 0 },
      rowDirection: { x: 0, y: 1, z: 0 },
      sliceStep: { x: 0, y: 0, z: 2 },
    },
  });
  const segment = { color: "#ff0000", algorithm: "MANUAL", algorithmName: null } as const;
  const segmentation = writeSegmentation({
    slices: [slice(1), slice(2)],
    segments: [
      { value: 1, name: "heart", ...segment },
      { value: 2, name: "lung", ...segment },
    ],
    spacing: { x: 1, y: 1 },
    createdAt: "2026-01-01T00:00:00Z",
    softwareVersion: "1",
    isSynthetic: false,
  });
  const nifti = { size: [5, 4, 3], datatype: 2, values: Uint8Array.from({ length: 60 }, (_, index) => index % 4) };
  const dataset = {
    labels: { background: 0, heart: 1, ignore: 2 },
    channel_names: { 0: "CT" },
    file_ending: ".nii.gz",
  };
  return [
    { fileName: "coco.json", bytes: Buffer.from(JSON.stringify({ images, categories, annotations })) },
    { fileName: "dataset.json", bytes: Buffer.from(JSON.stringify(dataset)) },
    {
      fileName: "labels.csv",
      bytes: Buffer.from('image,class,score\r\np0.png,"heart, left",0.5\r\np1.png,lung,2\r\n'),
    },
    { fileName: "seg.dcm", bytes: Buffer.from(segmentation) },
    { fileName: "labels.nii", bytes: writeNifti(nifti) },
    { fileName: "labels.nii.gz", bytes: writeNifti({ ...nifti, isGzipped: true }) },
  ];
}

/** Files that claim or unpack to far more than they hold. */
export function bombs(): Mutant[] {
  const zeros = Buffer.alloc(400 * 2 ** 20);
  const sized = (width: number, height: number) =>
    writeTestDicom([
      [0x00280010, "US", height],
      [0x00280011, "US", width],
    ]);
  const nifti = writeNifti({ size: [5, 4, 3], datatype: 2, values: new Uint8Array(60) });
  const huge = Buffer.from(nifti);
  for (let dimension = 1; dimension <= 7; dimension++) huge.writeInt16LE(32_767, 40 + 2 * dimension);
  huge.writeInt16LE(7, 40);
  const pixels = deflateSync(zeros);
  const png = writePng({ width: 16_000, height: 16_000, bitDepth: 8, colorType: 0, rows: [Uint8Array.of(0)] });
  const start = writeTestDicom([], { isDeflated: true });
  const body = start.indexOf(Buffer.from("1.2.840.10008.1.2.1.99")) + 22;
  return [
    ...hostileFiles().map(({ fileName, bytes }) => ({ fileName, bytes })),
    { fileName: "square.dcm", bytes: sized(65_535, 65_535) },
    { fileName: "line.dcm", bytes: sized(65_535, 1) },
    { fileName: "inflated.dcm", bytes: Buffer.concat([start.subarray(0, body), deflateRawSync(zeros)]) },
    { fileName: "bomb.png", bytes: png },
    { fileName: "bomb.nii.gz", bytes: gzipSync(zeros) },
    { fileName: "bomb2.nii.gz", bytes: gzipSync(Buffer.concat([nifti, zeros])) },
    { fileName: "huge.nii", bytes: huge },
    {
      fileName: "bomb.nrrd",
      bytes: Buffer.concat([
        Buffer.from("NRRD0004\ntype: uint8\ndimension: 2\nsizes: 65535 65535\nencoding: gzip\n\n"),
        gzipSync(pixels),
      ]),
    },
  ];
}

/** DICOM fragments and sequences gone wrong: items cut out, doubled, of the length 0xFFFFFFFF; sequences in themselves. */
function structural(original: Buffer, random: Random): Buffer {
  const marks = [Buffer.from("feff00e0", "hex"), Buffer.from("feffdde0", "hex"), Buffer.from("feff0de0", "hex")];
  const places: number[] = [];
  for (const mark of marks) {
    for (let at = original.indexOf(mark); at >= 0; at = original.indexOf(mark, at + 1)) places.push(at);
  }
  if (places.length === 0) return original.subarray(0, random.integer(original.length));
  const bytes = Buffer.from(original);
  const at = places[random.integer(places.length)]!;
  switch (random.integer(4)) {
    case 0: // length over the end
      if (at + 8 <= bytes.length)
        bytes.writeUInt32LE([0xffffffff, 0x7fffffff, bytes.length][random.integer(3)]!, at + 4);
      return bytes;
    case 1: // an item is missing
      return Buffer.concat([
        bytes.subarray(0, at),
        bytes.subarray(Math.min(bytes.length, at + 8 + random.integer(64))),
      ]);
    case 2: // the rest again, within itself
      return Buffer.concat([bytes.subarray(0, at + 8), bytes.subarray(at), bytes.subarray(at)]);
    default: // another kind of item
      marks[random.integer(marks.length)]!.copy(bytes, at);
      return bytes;
  }
}

/** Damaged variant `index` of the seeds. */
export function mutant(seeds: readonly Mutant[], index: number): Mutant {
  const seed = seeds[index % seeds.length]!;
  const { fileName, bytes } = seed;
  const random = new Random("mutant", index);
  if (fileName.endsWith(".dcm") && random.integer(3) === 0) return { ...seed, bytes: structural(bytes, random) };
  return { ...seed, bytes: mutations(bytes, 1, `mutant ${index}`)[0]! };
}
