/** @file How much a compressed file may unpack to: refused by its header, with the limit, before memory is taken. */
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { decodeSource, inspectSource } from "../../src-main/imaging/index.ts";
import { readLabelFile } from "../../src-main/imaging/labels.ts";
import { createLabelMap, encodeEmptyMap, encodeLabelMap, paintColumnRuns } from "../../src-main/voxels/index.ts";
import { bitsOf, encapsulate, writeEncapsulated } from "./dicom-writer.ts";
import { jpegHeader } from "./hostile.ts";
import { writeNifti } from "./nifti-writer.ts";
import { writePng } from "./png-writer.ts";
import { writeTiff } from "./tiff-writer.ts";

const RLE = "1.2.840.10008.1.2.5";
const JPEG_2000 = "1.2.840.10008.1.2.4.90";

const compressed = (width: number, height: number, frames: number, syntax: string): Buffer =>
  writeEncapsulated(
    [[0x00280008, "IS", String(frames)], [0x00280010, "US", height], [0x00280011, "US", width], ...bitsOf(16, 16, 0)],
    encapsulate([], Array<Uint8Array>(frames).fill(new Uint8Array(64))),
    syntax,
  );
const picture = (side: number, bitDepth: number, colorType: number, isInterlaced = false): Buffer =>
  writePng({ width: side, height: side, bitDepth, colorType, rows: [Uint8Array.of(0)], isInterlaced });
const volume = (size: number[], bytes: number): Buffer => {
  const header = writeNifti({ size: [1, 1, 1], datatype: 2, values: [0] }).subarray(0, 352);
  size.forEach((count, axis) => header.writeInt16LE(count, 42 + 2 * axis));
  return gzipSync(Buffer.concat([header, Buffer.alloc(bytes)]));
};

describe("refused by the header", () => {
  it.each([
    ["a DICOM frame", "a.dcm", compressed(8192, 8193, 1, RLE), "unpack to 129 MiB; at most 128 MiB"],
    ["of any coding", "a.dcm", compressed(8192, 8193, 1, JPEG_2000), "unpack to 129 MiB; at most 128 MiB"],
    ["all frames of a DICOM file", "a.dcm", compressed(4096, 4096, 5, JPEG_2000), "unpack to 160 MiB; at most 128 MiB"],
    ["a PNG", "a.png", picture(14_500, 8, 0), "unpack to 201 MiB; at most 192 MiB"],
    ["a PNG with 16 bits", "a.png", picture(10_100, 16, 0), "unpack to 195 MiB; at most 192 MiB"],
    ["an interlaced PNG", "a.png", picture(11_600, 8, 0, true), "unpack to 129 MiB; at most 128 MiB"],
    ["a JPEG", "a.jpg", jpegHeader(14_500, 14_500), "unpack to 201 MiB; at most 192 MiB"],
    [
      "a TIFF",
      "a.tif",
      writeTiff([{ width: 11_600, height: 11_600, data: new Uint8Array(9), tags: { 259: [8] } }]),
      "unpack to 129 MiB; at most 128 MiB",
    ],
    ["a packed volume", "a.nii.gz", volume([1024, 1024, 100], 2 ** 21), "unpack to 101 MiB; at most 64 MiB"],
  ])("%s", async (_, fileName, bytes, says) => {
    // The packed volume is short of voxels, but not so short that this alone tells.
    const padded = fileName.endsWith("gz") ? Buffer.concat([bytes, Buffer.alloc(110_000)]) : bytes;
    await expect(inspectSource(padded, { fileName })).rejects.toMatchObject({
      code: "image-too-large",
      detail: expect.stringContaining(says) as string,
      hint: expect.stringContaining("without compression") as string,
    });
  });

  it("RLE frames of fewer bytes than their pixels need", async () => {
    const bytes = compressed(4096, 4096, 1, RLE);
    bytes.writeUInt32LE(2, bytes.length - 8 - 64);
    await expect(decodeSource(bytes, { fileName: "a.dcm" })).rejects.toMatchObject({
      code: "corrupt-file",
      detail: expect.stringContaining("its 64 bytes of RLE are too few for 33554432 bytes of pixels") as string,
    });
  });
});

it("a packed label map of more than 1 MiB is read", async () => {
  const bytes = volume([512, 512, 10], 512 * 512 * 10);
  expect(await readLabelFile(bytes, "a.nii.gz")).toMatchObject({ kind: "volume", size: [512, 512, 10], comment: null });
});

it("a COCO image without annotations is an empty label map of its size", async () => {
  const json = {
    images: [{ id: 1, file_name: "a.png", width: 16_000, height: 16_000 }],
    categories: [],
    annotations: [],
  };
  const read = await readLabelFile(Buffer.from(JSON.stringify(json)), "a.json");
  expect(read).toMatchObject({ images: [{ rle: encodeEmptyMap(16_000, 16_000) }] });
  expect(encodeEmptyMap(7, 5)).toEqual(encodeLabelMap(createLabelMap(7, 5)));
});

it.each([
  ["within a column", [2, 2, 31]],
  ["whole columns", [5, 15, 15]],
  ["from the midst of one column to that of another", [3, 19, 13]],
  ["all", [0, 35]],
])("runs down the columns paint what they count: %s", (_, counts) => {
  const size = { width: 7, height: 5 };
  const expected = counts.flatMap((count, index) => Array<number>(count).fill(index % 2));
  const painted = new Uint8Array(35);
  paintColumnRuns(counts, size, (at) => painted[at]!++);
  const down = Array.from({ length: 35 }, (_, at) => painted[(at % 5) * 7 + Math.floor(at / 5)]);
  expect(down).toEqual(expected);
});
