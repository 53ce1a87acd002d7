import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { decodeSource, identifyFormat, inspectSource } from "../../src-main/imaging/index.ts";
import { Problem } from "../../src-main/problem/index.ts";
import { type Frame, pixelToPatient } from "../../src-main/voxels/index.ts";

const source = { fileName: "liver.nrrd" };
const decode = async (bytes: Uint8Array): Promise<Frame[]> => (await decodeSource(bytes, source)).frames;
const counting = (length: number): number[] => Array.from({ length }, (_, index) => index);

/** A header with these fields on top of a 2 x 3 x 2 volume of bytes, and its data. */
function nrrd(fields: Record<string, string | null>, data: Uint8Array, newline = "\n"): Buffer {
  const all = { type: "uchar", dimension: "3", sizes: "2 3 2", encoding: "raw", ...fields };
  const lines = Object.entries(all).flatMap(([name, value]) => (value === null ? [] : [`${name}: ${value}`]));
  const text = ["NRRD0005", "# made by a test for DOE^JANE", ...lines, "patient:=DOE^JANE", "", ""].join(newline);
  return Buffer.concat([Buffer.from(text), data]);
}
const bytesOf = (array: ArrayBufferView): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength).slice();

describe("types and encodings", () => {
  const arrays = [
    ["int8", Int8Array.from(counting(12), (n) => n - 6), "int16"],
    ["unsigned char", Uint8Array.from(counting(12)), "uint8"],
    ["short", Int16Array.from(counting(12), (n) => -3000 * n + 5), "int16"],
    ["unsigned short int", Uint16Array.from(counting(12), (n) => 5000 * n), "uint16"],
    ["int32_t", Int32Array.from(counting(12), (n) => -(2 ** 31) + n), "int32"],
    ["uint", Uint32Array.from(counting(12), (n) => 4e9 + n), "uint32"],
    ["longlong", BigInt64Array.from(counting(12), (n) => BigInt(-n)), "int32"],
    ["uint64", BigUint64Array.from(counting(12), (n) => BigInt(n)), "uint32"],
    ["float", Float32Array.from(counting(12), (n) => n / 7), "float32"],
    ["double", Float64Array.from(counting(12), (n) => n / 4), "float32"],
  ] as const;
  it.each(arrays)("%s: raw in both byte orders, gzip, ascii", async (type, array, sampleType) => {
    const values = Array.from(array as ArrayLike<number | bigint>, Number);
    const little = bytesOf(array);
    const big = bytesOf(array);
    const size = array.BYTES_PER_ELEMENT;
    for (let at = 0; at < big.length; at += size) big.subarray(at, at + size).reverse();
    const text = Buffer.from(values.map((value, index) => `${value}${index % 4 === 3 ? "\n" : " "}`).join(""));
    const endian = { type, endian: "little" };
    for (const bytes of [
      nrrd(endian, little),
      nrrd(endian, little, "\r\n"),
      nrrd({ type, endian: "big" }, big),
      nrrd({ ...endian, encoding: "gzip" }, gzipSync(little)),
      nrrd({ type, encoding: "ascii" }, text),
      nrrd({ ...endian, "byte skip": "-1" }, Buffer.concat([Buffer.from("other header"), little])),
      nrrd({ ...endian, "line skip": "1", "byte skip": "3" }, Buffer.concat([Buffer.from("a line\nabc"), little])),
    ]) {
      expect(identifyFormat(bytes)).toBe("nrrd");
      const frames = await decode(bytes);
      expect(frames.map((frame) => [frame.width, frame.height, frame.sampleType])).toEqual([
        [2, 3, sampleType],
        [2, 3, sampleType],
      ]);
      expect(frames.flatMap(({ data }) => [...data])).toEqual(values);
    }
  });

  it("color is an axis of its own; a picture has two axes", async () => {
    const color = { dimension: "4", sizes: "3 2 3 2", kinds: "RGB-color domain domain domain" };
    const frames = await decode(nrrd(color, Uint8Array.from(counting(36))));
    expect(frames[1]).toMatchObject({ channels: 3, photometric: "RGB", width: 2, height: 3 });
    expect(frames.flatMap(({ data }) => [...data])).toEqual(counting(36));
    const flat = { dimension: "2", sizes: "4 3", spacings: "0.5 0.25" };
    const [picture] = await decode(nrrd(flat, Uint8Array.from(counting(12))));
    expect(picture).toMatchObject({ width: 4, height: 3, spacing: { x: 0.5, y: 0.25 } });
  });
});

describe("geometry", () => {
  const directions = "(0,-0.5,0) (0,0,2) (3,0,0)";
  it.each([
    ["left-posterior-superior", [1, 1, 1]],
    ["LAS", [1, -1, 1]],
    ["right-anterior-superior", [-1, -1, 1]],
  ])("%s: every voxel is at its place", async (space, signs) => {
    const fields = { space, "space directions": directions, "space origin": "(10,20,-30)" };
    const frames = await decode(nrrd(fields, Uint8Array.from(counting(12))));
    expect(frames).toHaveLength(3); // the second axis runs to the head
    for (const { data, width, geometry, spacing } of frames) {
      data.forEach((number, pixel) => {
        const [i, j, k] = [number % 2, Math.floor(number / 2) % 3, Math.floor(number / 6)];
        const expected = [10 + 3 * k, 20 - 0.5 * i, -30 + 2 * j].map((at, axis) => at * signs[axis]!);
        const at = pixelToPatient(geometry!, spacing!, { column: pixel % width, row: Math.floor(pixel / width) });
        expect([at.x, at.y, at.z]).toEqual(expected);
      });
    }
  });

  it("a space that is not the patient's gives distances, but no place", async () => {
    const fields = { space: "scanner-xyz", "space directions": "(0,2,0) (1,0,0) (0,0,5)", "space origin": "(0,0,0)" };
    const [frame] = await decode(nrrd(fields, Uint8Array.from(counting(12))));
    expect(frame).toMatchObject({ spacing: { x: 2, y: 1 } });
    expect(frame).not.toHaveProperty("geometry");
    const [cm] = await decode(nrrd({ spacings: "1 2 3", units: '"cm" "cm" "cm"' }, Uint8Array.from(counting(12))));
    expect(cm!.spacing).toEqual({ x: 10, y: 20 });
    expect((await decode(nrrd({ spacings: "nan 2 3" }, new Uint8Array(12))))[0]!.spacing).toBeNull();
  });
});

it("nothing of key/value pairs and comments is stored", async () => {
  const { storedFrames } = await inspectSource(nrrd({}, Uint8Array.from(counting(12))), source);
  expect(storedFrames).toHaveLength(2);
  const [again] = await decode(storedFrames![1]!);
  expect([...again!.data]).toEqual([6, 7, 8, 9, 10, 11]);
  for (const file of storedFrames!) {
    const { gunzipSync } = await import("node:zlib");
    expect(gunzipSync(file).includes("DOE")).toBe(false);
  }
});

describe("broken and hostile files", () => {
  const data = Uint8Array.from(counting(12));
  const short = { type: "short", endian: "little" };
  it.each<[string, Buffer, Problem["code"], string]>([
    ["no end of the header", Buffer.from("NRRD0004\ntype: uchar\n"), "corrupt-file", "empty line"],
    [
      "endless header",
      Buffer.concat([Buffer.from("NRRD0004\n"), Buffer.alloc(2 ** 21, "a")]),
      "corrupt-file",
      "empty line",
    ],
    ["no sizes", nrrd({ sizes: null }, data), "corrupt-file", "'sizes'"],
    ["a field twice", nrrd({ Type: "uchar" }, data), "corrupt-file", "twice"],
    ["sizes that do not fit", nrrd({ sizes: "2 3" }, data), "corrupt-file", "disagree"],
    ["no numbers", nrrd({ sizes: "2 x 2" }, data), "corrupt-file", "voxels"],
    ["huge", nrrd({ sizes: "9000 9000 9000" }, data), "image-too-large", "9000 x 9000 x 9000"],
    ["cut", nrrd({}, data.subarray(1)), "corrupt-file", "cut off"],
    ["cut gzip", nrrd({ encoding: "gz" }, gzipSync(data).subarray(0, -9)), "corrupt-file", "cut off"],
    ["bomb", nrrd({ encoding: "gz" }, gzipSync(Buffer.alloc(2 ** 25))), "corrupt-file", "more than"],
    ["few numbers", nrrd({ encoding: "ascii" }, Buffer.from("1 2 3 4 5 6 7 8 9 10        ")), "corrupt-file", "10 are"],
    ["words", nrrd({ encoding: "ascii" }, Buffer.from("1 2 3 4 5 6 7 8 9 10 11 twelve")), "corrupt-file", "Number 12"],
    [
      "too large a number",
      nrrd({ encoding: "ascii" }, Buffer.from("1 2 3 4 5 6 7 8 9 10 11 256")),
      "corrupt-file",
      "Number 12",
    ],
    ["no byte order", nrrd({ type: "short" }, new Uint8Array(24)), "corrupt-file", "byte order"],
    ["bzip2", nrrd({ ...short, encoding: "bzip2" }, data), "unsupported-file", "encoding"],
    ["detached", nrrd({ "data file": "voxels.raw" }, data), "unsupported-file", "another file"],
    ["vectors", nrrd({ dimension: "4", sizes: "3 2 3 2" }, new Uint8Array(36)), "unsupported-file", "series"],
    ["blocks", nrrd({ type: "block" }, data), "unsupported-file", "type"],
    [
      "flat",
      nrrd({ space: "LPS", "space directions": "(1,0,0) (1,0,0) (0,0,1)", "space origin": "(0,0,0)" }, data),
      "corrupt-file",
      "directions",
    ],
  ])("%s", async (_, bytes, code, says) => {
    const error: unknown = await inspectSource(bytes, source).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Problem);
    expect((error as Problem).message).toContain(says);
    expect(error).toMatchObject({ code });
  });
});
