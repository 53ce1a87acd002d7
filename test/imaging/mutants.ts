/**
 * @file Broken variants of files of every kind that is read, from fixed seeds: the same number gives the same bytes.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import sharp from "sharp";
import { writeSegmentation } from "../../src-main/imaging/dicom/segmentation-write.ts";
import { Random } from "../../src-main/random/index.ts";
import {
  type Attribute,
  bitsOf,
  encapsulate,
  sequenceItems,
  sequenceOf,
  writeEncapsulated,
  writeTestDicom,
} from "./dicom-writer.ts";
import { hostileFiles, mutations, noisePng } from "./hostile.ts";
import { writeNifti } from "./nifti-writer.ts";
import { writePng } from "./png-writer.ts";
import { structured } from "./structured-mutants.ts";
import { writeTiff } from "./tiff-writer.ts";

export interface Mutant {
  fileName: string;
  bytes: Buffer;
  /** What reads it. Default: an image. */
  as?: "image" | "labels" | "directory";
  /** Sound and within the limits: it must open. */
  opens?: true;
}

/** Fixtures without an image that is read: reports, plans, contours, and files that are damaged as they are. */
const unread = new Set(
  (
    "no-pixel-data.dcm sr_document.dcm JPEG2000-embedded-sequence-delimiter.dcm MR_truncated.dcm UN_sequence.dcm " +
    "badVR.dcm chrArab.dcm chrGreek.dcm chrH31.dcm chrKoreanMulti.dcm chrRuss.dcm chrX1.dcm chrX2.dcm empty_charset_LEI.dcm " +
    "meta_missing_tsyntax.dcm nested_priv_SQ.dcm no_meta.dcm no_meta_group_length.dcm priv_SQ.dcm reportsi.dcm rtplan.dcm " +
    "rtplan_truncated.dcm rtstruct.dcm test-SR.dcm ExplVR_BigEndNoMeta.dcm"
  ).split(" "),
);

/** Larger files take long to decode, and their headers, where damage matters, are hit less often. */
const MAX_SEED_BYTES = 150_000;
const fixtures = join(import.meta.dirname, "../fixtures/dicom");

/** Sound files, one or more of each format: what is damaged below. */
export async function seedFiles(): Promise<Mutant[]> {
  const dicom = readdirSync(fixtures, { recursive: true, encoding: "utf8" })
    .filter((name) => !name.endsWith(".json") && !unread.has(basename(name)))
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
    ...writtenDicom().map((bytes) => ({ fileName: "a.dcm", bytes })),
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
    ...labelFiles().map((file) => ({ ...file, as: "labels" as const })),
    { fileName: "DICOMDIR", bytes: directory(), as: "directory" },
  ];
}

/** What the fixtures lack: deflated, tables, overlays, groups of frames, several fragments and offsets. */
function writtenDicom(): Buffer[] {
  const words = (...values: number[]): Uint8Array => new Uint8Array(Uint16Array.from(values).buffer);
  const palette = (tag: number): Attribute[] => [
    [tag, "US", words(16, 0, 16)],
    [tag + 0x100, "OW", words(...Array.from({ length: 16 }, (_, index) => 4096 * index))],
  ];
  const lut: Attribute[] = [
    [0x00283002, "US", words(12, 0, 16)],
    [0x00283006, "OW", words(...Array.from({ length: 12 }, (_, index) => 100 * index))],
  ];
  const frame = (position: string): Attribute[] => [
    sequenceOf(0x00209113, [[0x00200032, "DS", position]]),
    sequenceOf(0x00289132, [
      [0x00281050, "DS", "5"],
      [0x00281051, "DS", "9"],
    ]),
  ];
  const item = (content: Uint8Array): Buffer => {
    const header = Buffer.from("feff00e000000000", "hex");
    header.writeUInt32LE(content.length, 4);
    return Buffer.concat([header, content]);
  };
  // Two frames of run lengths, each in one fragment, with an offset table. PS3.5 A.4, G.
  const rle = Buffer.alloc(64 + 14);
  rle.writeUInt32LE(1, 0);
  rle.writeUInt32LE(64, 4);
  rle[64] = 11;
  rle.fill(7, 65, 77);
  const table = Buffer.alloc(8);
  table.writeUInt32LE(8 + rle.length, 4);
  const fragments = Buffer.concat([item(table), item(rle), item(rle), Buffer.from("feffdde000000000", "hex")]);
  const encapsulated = writeTestDicom(
    [
      [0x00280008, "IS", "2"],
      [0x7fe00010, "OB", fragments],
    ],
    {
      transferSyntax: "1.2.840.10008.1.2.5",
    },
  );
  encapsulated.writeUInt32LE(0xffffffff, encapsulated.indexOf(Buffer.from("e07f1000", "hex")) + 8);
  return [
    writeTestDicom([], { isDeflated: true }),
    writeTestDicom([[0x00280004, "CS", "PALETTE COLOR "], ...[0x00281101, 0x00281102, 0x00281103].flatMap(palette)]),
    writeTestDicom([sequenceOf(0x00283000, lut)]),
    writeTestDicom([sequenceOf(0x00283010, lut), [0x00281052, "DS", "-3"], [0x00281053, "DS", "2.5 "]]),
    writeTestDicom([
      [0x00280008, "IS", "2"],
      sequenceItems(0x52009230, [frame("0\\0\\0"), frame("0\\0\\2")]),
      [0x7fe00010, "OB", Uint8Array.from({ length: 24 }, (_, index) => index)],
    ]),
    writeTestDicom([
      [0x60000010, "US", 3],
      [0x60000011, "US", 4],
      [0x60000050, "SS", words(1, 1)],
      [0x60003000, "OW", words(0x5a5a)],
    ]),
    writeTestDicom([
      ...([0x00280100, 0x00280101] as const).map((tag): Attribute => [tag, "US", 1]),
      [0x00280102, "US", 0],
      [0x7fe00010, "OB", Uint8Array.of(0x5a, 0x0a)],
    ]),
    encapsulated,
  ];
}

/** A DICOMDIR that names two images. */
function directory(): Buffer {
  const record = (name: string): Attribute[] => [
    [0x00041430, "CS", "IMAGE "],
    [0x00041500, "CS", `DICOM\\${name}`],
    [0x00041512, "UI", "1.2.840.10008.1.2.1\0"],
  ];
  return writeTestDicom([sequenceItems(0x00041220, [record("IM01"), record("IM02")]), [0x7fe00010, null]]);
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
    syntheticBy: [],
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

const SIDE = 16_000;
/** 8192 x 8192 of 16 bits, or 11 585 x 11 585 of 8: what SUPPORT.md promises to open, in as few bytes as can be. */
const [DEEP, WIDE] = [8192, 11_585];

/** A DICOM file of one frame whose samples, of so many bytes, are all zeros, in runs of 128. PS3.5 G.3.1. */
function runsOfZeros(side: number, bytes: 1 | 2, channels: 1 | 3 = 1): Buffer {
  const runs = Buffer.alloc(2 * Math.ceil((side * side) / 128), Uint8Array.of(129, 0));
  const segments = bytes * channels;
  const header = Buffer.alloc(64);
  header.writeUInt32LE(segments, 0);
  for (let index = 0; index < segments; index++) header.writeUInt32LE(64 + index * runs.length, 4 + 4 * index);
  const kind: Attribute[] = [
    ...(bytes === 2 ? bitsOf(16, 16, 0) : []),
    ...(channels === 3
      ? ([
          [0x00280002, "US", 3],
          [0x00280004, "CS", "RGB "],
        ] satisfies Attribute[])
      : []),
  ];
  const frame = Buffer.concat([header, ...Array<Buffer>(segments).fill(runs)]);
  return writeEncapsulated([...sideOf(side), ...kind], encapsulate([], [frame]), "1.2.840.10008.1.2.5");
}

const sideOf = (side: number): Attribute[] => [
  [0x00280010, "US", side],
  [0x00280011, "US", side],
];

/** COCO of `count` images of 16 000 x 16 000, each with these segmentations. */
function wideCoco(count: number, segmentations: readonly unknown[]): Buffer {
  const ids = Array.from({ length: count }, (_, index) => index + 1);
  return Buffer.from(
    JSON.stringify({
      images: ids.map((id) => ({ id, file_name: `${id}.png`, width: SIDE, height: SIDE })),
      categories: [{ id: 1, name: "a" }],
      annotations: ids.flatMap((id) =>
        segmentations.map((segmentation) => ({ id, image_id: id, category_id: 1, segmentation })),
      ),
    }),
  );
}

/** Sound files of formats that pack well, at the limits and far beyond; they hold nothing but one value. */
async function largeFiles(zeros: Buffer): Promise<Mutant[]> {
  const plain = (side: number, channels: 1 | 3) =>
    sharp({ create: { width: side, height: side, channels: 3, background: "#000" } }).toColourspace(
      channels === 1 ? "b-w" : "srgb",
    );
  const strip = (side: number): Buffer =>
    writeTiff([
      {
        width: side,
        height: side,
        data: deflateSync(zeros.subarray(0, side * side), { level: 1 }),
        tags: { 259: [8] },
      },
    ]);
  const volume = (size: number[]): Buffer => {
    const header = writeNifti({ size: [1, 1, 1], datatype: 2, values: [0] }).subarray(0, 352);
    size.forEach((count, axis) => header.writeInt16LE(count, 42 + 2 * axis));
    const voxels = size.reduce((product, count) => product * count, 1);
    return gzipSync(Buffer.concat([header, zeros.subarray(0, voxels)]), { level: 1 });
  };
  const zigzag = Array.from({ length: 1000 }, (_, index) => [index, index % 2 === 0 ? 0 : SIDE]).flat();
  return [
    { fileName: "large.dcm", bytes: runsOfZeros(DEEP, 2), opens: true },
    { fileName: "runs.dcm", bytes: runsOfZeros(SIDE, 1) },
    { fileName: "colors.dcm", bytes: runsOfZeros(5700, 1, 3), opens: true },
    { fileName: "few-runs.dcm", bytes: sizedRuns() },
    { fileName: "large.png", bytes: await plain(14_000, 1).png().toBuffer(), opens: true },
    { fileName: "zeros.png", bytes: await plain(SIDE, 1).png().toBuffer() },
    { fileName: "passes.png", bytes: await plain(6600, 3).png({ progressive: true }).toBuffer(), opens: true },
    { fileName: "zero-passes.png", bytes: await plain(8000, 3).png({ progressive: true }).toBuffer() },
    { fileName: "large.jpg", bytes: await plain(DEEP, 3).jpeg().toBuffer(), opens: true },
    { fileName: "zeros.jpg", bytes: await plain(SIDE, 1).jpeg().toBuffer() },
    { fileName: "large.tif", bytes: strip(WIDE), opens: true },
    { fileName: "zeros.tif", bytes: strip(SIDE) },
    { fileName: "large.nii.gz", bytes: volume([512, 512, 250]), opens: true },
    { fileName: "zeros.nii.gz", bytes: volume([1024, 1024, 380]) },
    { fileName: "labels.nii.gz", bytes: volume([512, 512, 500]), as: "labels", opens: true },
    { fileName: "empty-coco.json", bytes: wideCoco(20, []), as: "labels", opens: true },
    { fileName: "outlines-coco.json", bytes: wideCoco(20, [[[1, 1, 9, 1, 9, 9]]]), as: "labels" },
    {
      fileName: "full-coco.json",
      bytes: wideCoco(20, [{ size: [SIDE, SIDE], counts: [0, SIDE * SIDE] }]),
      as: "labels",
    },
    {
      fileName: "large-coco.json",
      bytes: wideCoco(1, [{ size: [SIDE, SIDE], counts: [0, SIDE * SIDE] }]),
      as: "labels",
      opens: true,
    },
    { fileName: "zigzag-coco.json", bytes: wideCoco(1, [[zigzag]]), as: "labels" },
  ];
}

/** 16-bit pixels at the limit, for which a frame of a few bytes stands. */
function sizedRuns(): Buffer {
  const header = Buffer.alloc(64);
  header.writeUInt32LE(2, 0);
  header.writeUInt32LE(64, 4);
  header.writeUInt32LE(66, 8);
  const frame = Buffer.concat([header, Uint8Array.of(129, 0, 129, 0)]);
  return writeEncapsulated([...sideOf(DEEP), ...bitsOf(16, 16, 0)], encapsulate([], [frame]), "1.2.840.10008.1.2.5");
}

/** Files that claim or unpack to far more than they hold. */
export async function bombs(): Promise<Mutant[]> {
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
    ...(await largeFiles(zeros)),
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

/** Damaged variant `index` of the seeds: half of them with fields that lie. */
export function mutant(seeds: readonly Mutant[], index: number): Mutant {
  const seed = seeds[index % seeds.length]!;
  const { fileName, bytes } = seed;
  const random = new Random("mutant", index);
  const lying = random.integer(2) === 0 ? structured(fileName, bytes, random) : null;
  if (lying !== null) return { ...seed, bytes: lying };
  if (fileName.endsWith(".dcm") && random.integer(3) === 0) return { ...seed, bytes: structural(bytes, random) };
  return { ...seed, bytes: mutations(bytes, 1, `mutant ${index}`)[0]! };
}
