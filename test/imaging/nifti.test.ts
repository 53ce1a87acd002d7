import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import * as peer from "nifti-reader-js";
import { describe, expect, it } from "vitest";
import { decodeFrame, decodeSource, identifyFormat, inspectSource } from "../../src-main/imaging/index.ts";
import { Problem } from "../../src-main/problem/index.ts";
import { type Frame, pixelToPatient } from "../../src-main/voxels/index.ts";
import { type NiftiParts, writeNifti } from "./nifti-writer.ts";

const source = { fileName: "brain.nii.gz" };
const decode = async (bytes: Uint8Array, plane?: "axial" | "coronal" | "sagittal"): Promise<Frame[]> =>
  (await decodeSource(bytes, { ...source, plane })).frames;
const fixture = (name: string): Buffer => readFileSync(new URL(`../fixtures/nifti/${name}`, import.meta.url));
const sha256 = ({ data }: Frame): string =>
  createHash("sha256")
    .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    .digest("hex");

const counting = (length: number): number[] => Array.from({ length }, (_, index) => index);
/** A 2 x 3 x 2 volume without orientation: frames are the array as it lies. */
const plain = (datatype: number, values: NiftiParts["values"], change: Partial<NiftiParts> = {}): Buffer =>
  writeNifti({ size: [2, 3, 2], datatype, values, ...change });

describe("datatypes", () => {
  const bytes12 = counting(12);
  it.each<[string, number, NiftiParts["values"], Frame["data"]]>([
    ["uint8", 2, [0, 255, ...bytes12.slice(2)], Uint8Array.of(0, 255, 2, 3, 4, 5)],
    ["int8", 256, [-128, 127, -1, ...bytes12.slice(3)], Int16Array.of(-128, 127, -1, 3, 4, 5)],
    ["int16", 4, [-32_768, 32_767, ...bytes12.slice(2)], Int16Array.of(-32_768, 32_767, 2, 3, 4, 5)],
    ["uint16", 512, [65_535, ...bytes12.slice(1)], Uint16Array.of(65_535, 1, 2, 3, 4, 5)],
    ["int32", 8, [-(2 ** 31), ...bytes12.slice(1)], Int32Array.of(-(2 ** 31), 1, 2, 3, 4, 5)],
    ["uint32", 768, [2 ** 32 - 1, ...bytes12.slice(1)], Uint32Array.of(2 ** 32 - 1, 1, 2, 3, 4, 5)],
    ["float32", 16, [NaN, -1.5, 1e30, ...bytes12.slice(3)], Float32Array.of(NaN, -1.5, 1e30, 3, 4, 5)],
    ["float64", 64, [0.1, Infinity, ...bytes12.slice(2)], Float32Array.of(Math.fround(0.1), Infinity, 2, 3, 4, 5)],
    ["int64", 1024, [-7n, ...bytes12.slice(1).map(BigInt)], Int32Array.of(-7, 1, 2, 3, 4, 5)],
    ["uint64", 1280, [4_000_000_000n, ...bytes12.slice(1).map(BigInt)], Uint32Array.of(4e9, 1, 2, 3, 4, 5)],
  ])("%s in both byte orders and versions, plain and gzipped", async (_, datatype, values, first) => {
    for (const version of [1, 2] as const) {
      for (const isBigEndian of [false, true]) {
        for (const isGzipped of [false, true]) {
          const bytes = plain(datatype, values, { version, isBigEndian, isGzipped });
          expect(identifyFormat(bytes)).toBe("nifti");
          const frames = await decode(bytes);
          expect(frames).toHaveLength(2);
          expect(frames[0]).toMatchObject({ width: 2, height: 3, channels: 1, photometric: "MONOCHROME2" });
          expect(frames[0]!.data).toEqual(first);
          expect([...frames[1]!.data]).toEqual([6, 7, 8, 9, 10, 11]);
        }
      }
    }
  });

  it("RGB is color; RGBA only when nothing is hidden", async () => {
    const [first, second] = await decode(plain(128, counting(36)));
    expect(first).toMatchObject({ channels: 3, photometric: "RGB", sampleType: "uint8" });
    expect([...first!.data, ...second!.data]).toEqual(counting(36));
    const opaque = counting(48).map((value) => (value % 4 === 3 ? 255 : value));
    const rgb = opaque.filter((_, index) => index % 4 !== 3);
    expect([...(await decode(plain(2304, opaque)))[0]!.data]).toEqual(rgb.slice(0, 18));
    await expect(decode(plain(2304, counting(48)))).rejects.toThrow("transparent");
  });

  it("numbers that do not fit are refused, not rounded", async () => {
    await expect(decode(plain(1024, [2n ** 31n, ...new Array<bigint>(11).fill(0n)]))).rejects.toThrow("32 bits");
    await expect(decode(plain(64, [1e300, ...new Array<number>(11).fill(0)]))).rejects.toThrow("32 bits");
  });

  it("scale and display range are kept beside the stored values", async () => {
    const [frame] = await decode(plain(4, counting(12), { slope: 2, intercept: -1024, range: [-10, 90] }));
    expect(frame).toMatchObject({ rescaleSlope: 2, rescaleIntercept: -1024, window: { center: 40.5, width: 101 } });
    expect([...frame!.data]).toEqual([0, 1, 2, 3, 4, 5]);
    const [unscaled] = await decode(plain(4, counting(12), { slope: NaN, intercept: NaN }));
    expect(unscaled).toMatchObject({ rescaleSlope: 1, rescaleIntercept: 0, window: null });
  });
});

/** A grid of 3 x 4 x 5 voxels (left, back, head) of 1 x 1.5 x 2 mm; the number of each voxel tells where it is. */
const phantom = { counts: [3, 4, 5], steps: [1, 1.5, 2], origin: [-20, 30, 7.25] } as const;
const numberAt = (l: number, p: number, s: number): number => 100 * l + 10 * p + s;

/** The phantom stored so that array axis `a` runs along patient axis `order[a]` (LPS), backwards where `signs[a]` is -1. */
function stored(order: readonly number[], signs: readonly number[], change: Partial<NiftiParts> = {}): Buffer {
  const size = order.map((axis) => phantom.counts[axis]!);
  const values: number[] = [];
  for (let k = 0; k < size[2]!; k++) {
    for (let j = 0; j < size[1]!; j++) {
      for (let i = 0; i < size[0]!; i++) {
        const at = [0, 0, 0];
        [i, j, k].forEach((index, axis) => (at[order[axis]!] = signs[axis]! > 0 ? index : size[axis]! - 1 - index));
        values.push(numberAt(at[0]!, at[1]!, at[2]!));
      }
    }
  }
  const sform = [0, 1, 2].map((world) => {
    const ras = world < 2 ? -1 : 1;
    const row = order.map((axis, a) => (axis === world ? ras * signs[a]! * phantom.steps[axis]! : 0));
    const a = order.indexOf(world);
    const start = signs[a]! > 0 ? 0 : (size[a]! - 1) * phantom.steps[world]!;
    return [...row, ras * (phantom.origin[world]! + start)];
  });
  const pixdim = [1, ...order.map((axis) => phantom.steps[axis]!)];
  return writeNifti({ size, datatype: 4, values, pixdim, sform, ...change });
}

const orientations: [string, number[], number[]][] = [
  ["RAS", [0, 1, 2], [-1, -1, 1]],
  ["LPS", [0, 1, 2], [1, 1, 1]],
  ["LAI", [0, 1, 2], [1, -1, -1]],
  ["PSR", [1, 2, 0], [1, 1, -1]],
  ["SLA", [2, 0, 1], [1, 1, -1]],
  ["IPL", [2, 1, 0], [-1, 1, 1]],
];

describe("orientation", () => {
  it.each(orientations)(
    "a phantom stored as %s has its voxels at the same place, in every plane",
    async (_, order, signs) => {
      for (const plane of ["axial", "coronal", "sagittal"] as const) {
        const frames = await decode(stored(order, signs), plane);
        const expectedSize = { axial: [3, 4, 5], coronal: [3, 5, 4], sagittal: [4, 5, 3] }[plane];
        expect([frames[0]!.width, frames[0]!.height, frames.length]).toEqual(expectedSize);
        for (const { data, width, height, spacing, geometry } of frames) {
          for (let row = 0; row < height; row++) {
            for (let column = 0; column < width; column++) {
              const { x, y, z } = pixelToPatient(geometry!, spacing!, { column, row });
              const index = [x, y, z].map((at, axis) => (at - phantom.origin[axis]!) / phantom.steps[axis]!);
              expect(data[row * width + column]).toBeCloseTo(numberAt(index[0]!, index[1]!, index[2]!), 3);
            }
          }
        }
      }
    },
  );

  it("pictures are as radiologists look at them, however the file is stored", async () => {
    for (const [, order, signs] of orientations) {
      const bytes = stored(order, signs);
      const [axial] = await decode(bytes, "axial"); // lowest slice; right on the left side, front on top
      expect([...axial!.data.slice(0, 4)]).toEqual([0, 100, 200, 10]);
      expect(axial).toMatchObject({ spacing: { x: 1, y: 1.5 }, geometry: { sliceStep: { x: 0, y: 0, z: 2 } } });
      const [coronal] = await decode(bytes, "coronal"); // foremost slice; head on top
      expect([...coronal!.data.slice(0, 4)]).toEqual([4, 104, 204, 3]);
      const [sagittal] = await decode(bytes, "sagittal"); // left side; front on the left, head on top
      expect([...sagittal!.data.slice(0, 5)]).toEqual([204, 214, 224, 234, 203]);
    }
  });

  it("stored axes lead back into the array of the file", async () => {
    const [, order, signs] = orientations[5]!;
    const bytes = stored(order, signs);
    const frames = await decode(bytes, "coronal");
    const { storedAxes } = frames[0]!.geometry!;
    const size = order.map((axis) => phantom.counts[axis]!);
    const strides = [1, size[0]!, size[0]! * size[1]!];
    const array = new Int16Array(60);
    frames.forEach(({ data, width, height }, slice) => {
      for (let row = 0; row < height; row++) {
        for (let column = 0; column < width; column++) {
          const at = [column, row, slice].reduce((sum, index, role) => {
            const axis = Math.abs(storedAxes![role]!) - 1;
            return sum + strides[axis]! * (storedAxes![role]! > 0 ? index : size[axis]! - 1 - index);
          }, 0);
          array[at] = data[row * width + column]!;
        }
      }
    });
    expect(Buffer.from(array.buffer)).toEqual(bytes.subarray(352));
  });

  it("a tilted qform gives the coordinates that nifti-reader-js computes", async () => {
    const qforms = [
      { qfac: 1, quaternion: [0.1, -0.2, 0.3] },
      { qfac: -1, quaternion: [0.05, 0.7, -0.1] },
      { qfac: 1, quaternion: [0, 0, 1] },
    ];
    for (const { qfac, quaternion } of qforms) {
      const qform = { quaternion, offset: [12.5, -40, 7] };
      const bytes = plain(4, counting(12), { pixdim: [qfac, 0.5, 0.75, 3], qform });
      const { affine } = peer.readHeader(new Uint8Array(bytes).buffer)!;
      const at = (frame: Frame, column: number, row: number) =>
        pixelToPatient(frame.geometry!, frame.spacing!, { column, row });
      const expected = counting(12).map((number) => {
        const voxel = [number % 2, (number >> 1) % 3, Math.floor(number / 6), 1];
        const ras = affine.slice(0, 3).map((row) => row.reduce((sum, entry, axis) => sum + entry * voxel[axis]!, 0));
        return { number, place: [-ras[0]!, -ras[1]!, ras[2]!] };
      });
      const found = (await decode(bytes)).flatMap((frame) =>
        [...frame.data].map((number, pixel) => {
          const { x, y, z } = at(frame, pixel % frame.width, Math.floor(pixel / frame.width));
          return { number, place: [x, y, z] };
        }),
      );
      for (const { number, place } of expected) {
        const mine = found.find((one) => one.number === number)!.place;
        place.forEach((coordinate, axis) => expect(mine[axis]).toBeCloseTo(coordinate, 4));
      }
    }
  });

  it("sform goes before qform; metres and micrometres become mm", async () => {
    const sform = [
      [-0.001, 0, 0, 0.01],
      [0, -0.002, 0, 0],
      [0, 0, 0.003, 0],
    ];
    const qform = { quaternion: [0, 0, 0], offset: [1, 2, 3] };
    const [metres] = await decode(plain(2, counting(12), { sform, qform, units: 1 }));
    expect(metres!.spacing!.x).toBeCloseTo(1, 6);
    expect(metres!.spacing!.y).toBeCloseTo(2, 6);
    expect(metres!.geometry!.origin.x).toBeCloseTo(-10, 6);
    const [tiny] = await decode(plain(2, counting(12), { pixdim: [1, 500, 250, 1000], units: 3 }));
    expect(tiny!.spacing).toEqual({ x: 0.5, y: 0.25 });
  });

  it("without orientation nothing is turned and no place is claimed", async () => {
    const bytes = plain(2, counting(12), { pixdim: [1, 0.5, 0.25, 2] });
    const [axial] = await decode(bytes);
    expect(axial).toMatchObject({ spacing: { x: 0.5, y: 0.25 } });
    expect(axial).not.toHaveProperty("geometry");
    const coronal = await decode(bytes, "coronal");
    expect(coronal.map(({ data }) => [...data])).toEqual([
      [0, 1, 6, 7],
      [2, 3, 8, 9],
      [4, 5, 10, 11],
    ]);
    expect((await decode(plain(2, counting(12), { pixdim: [1, 0, 0, 0] })))[0]!.spacing).toBeNull();
  });

  it("a file of one slice is that slice, whatever plane is asked for", async () => {
    const frames = await decode(writeNifti({ size: [3, 2], datatype: 2, values: counting(6) }), "sagittal");
    expect(frames).toHaveLength(1);
    expect(frames[0]).toMatchObject({ width: 3, height: 2 });
  });
});

it("each slice is stored as a file of its own that decodes to the same frame and holds no text", async () => {
  for (const [, order, signs] of orientations) {
    for (const plane of ["axial", "coronal", "sagittal"] as const) {
      const bytes = stored(order, signs, { texts: "DOE^JANE", slope: 0.1, intercept: -3, range: [-3, 20] });
      const { frames, storedFrames } = await inspectSource(bytes, { ...source, plane });
      const decoded = await decode(bytes, plane);
      for (const [index, file] of storedFrames!.entries()) {
        const again = await decodeFrame(file, { ...source, frame: 0 });
        const { geometry, ...frame } = decoded[index]!;
        expect(again).toMatchObject(frame);
        const { storedAxes, ...place } = geometry!;
        expect(storedAxes).toBeDefined();
        expect(again.geometry).toEqual({ ...place, storedAxes: [1, 2, 3] });
        expect(frames[index]!.geometry).toEqual(geometry);
        expect((await decode(file))[0]!.data).toEqual(frame.data);
      }
    }
  }
  const inspected = await inspectSource(plain(128, counting(36), { texts: "DOE^JANE" }), source);
  expect([...(await decode(inspected.storedFrames![1]!))[0]!.data]).toEqual(counting(36).slice(18));
});

it("all slices of a volume open with one window, also once each is stored by itself", async () => {
  const ramp = Array.from({ length: 12 }, (_, index) => 100 * Math.floor(index / 6) + (index % 6));
  const { frames, storedFrames } = await inspectSource(plain(4, ramp, { slope: 2, intercept: -50 }), source);
  const whole = { center: (-50 + 160 + 1) / 2, width: 160 + 50 + 1 };
  expect(frames.map(({ suggestedWindow, window }) => [suggestedWindow, window])).toEqual([
    [whole, null],
    [whole, null],
  ]);
  for (const file of storedFrames!) expect((await decode(file))[0]!.window).toEqual(whole);
});

it.each([
  ["001", 35, "uint8", 17, "9a028ce8034a614a18a5cd831d4f1dbfea774dc35580eec7fb887ff9b1cd45a2"],
  ["024", 33, "float32", 16, "c06ec553c2c48d95c9d9bf46d5bd7b86c8e33a8c008941f6256d499356907539"],
])(
  "hippocampus_%s of the Decathlon has the voxels that Python read",
  async (name, count, sampleType, middle, digest) => {
    const frames = await decode(fixture(`hippocampus_${name}.nii.gz`));
    expect(frames).toHaveLength(count);
    expect(frames[middle]).toMatchObject({ sampleType, spacing: { x: 1, y: 1 } });
    expect(sha256(frames[middle]!)).toBe(digest);
    if (name !== "001") return;
    const coronal = await decode(fixture("hippocampus_001.nii.gz"), "coronal");
    expect(sha256(coronal[10]!)).toBe("c6cc5bb5c07f00049407381be7ae25a04e36a451e60cef1c8e85522cbc0a24ee");
    const sagittal = await decode(fixture("hippocampus_001.nii.gz"), "sagittal");
    expect(sha256(sagittal[5]!)).toBe("0537ffed0020424d18a6963c89cfd0c8b237aa4dcdb92bf5a975bb5af57e89a3");
  },
);

describe("broken and hostile files", () => {
  const good = plain(4, counting(12));
  const packed = plain(4, counting(12), { isGzipped: true });
  const badEnd = Buffer.from(packed);
  badEnd[badEnd.length - 6]! ^= 0xff; // checksum
  const zeros = (size: number[], change: Partial<NiftiParts> = {}): Buffer =>
    writeNifti({ size, datatype: 4, values: [], ...change });
  const flat = [
    [1, 0, 0, 0],
    [2, 0, 0, 0],
    [0, 0, 1, 0],
  ];
  it.each<[string, Buffer, Problem["code"], string]>([
    ["cut header", good.subarray(0, 347 + 1), "corrupt-file", "cut off"],
    ["cut voxels", good.subarray(0, -2), "corrupt-file", "cut off"],
    ["cut gzip", packed.subarray(0, -9), "corrupt-file", "cut off"],
    ["bad checksum", badEnd, "corrupt-file", "Z_DATA_ERROR"],
    ["bomb", gzipSync(Buffer.concat([good, Buffer.alloc(2 ** 25)]), { level: 9 }), "corrupt-file", "more than"],
    ["claims more than gzip can hold", zeros([4000, 4000, 10], { isGzipped: true }), "corrupt-file", "cut off"],
    ["huge side", zeros([30_000, 2, 2]), "image-too-large", "30000"],
    ["huge volume", zeros([10_000, 10_000, 10_000]), "image-too-large", "10000 x 10000 x 10000"],
    ["no voxels", zeros([0, 3, 2]), "corrupt-file", "dim[1] = 0"],
    ["negative", zeros([4, -3, 2]), "corrupt-file", "dim[2] = -3"],
    ["series over time", zeros([4, 3, 2, 20]), "unsupported-file", "20 volumes"],
    ["complex numbers", zeros([2, 2, 2], { datatype: 32 }), "unsupported-file", "complex"],
    ["bits that do not fit", zeros([2, 2, 2], { bitpix: 8 }), "corrupt-file", "bitpix"],
    ["pair", plain(4, counting(12), { magic: "ni1\0" }), "unsupported-file", "pair"],
    ["flat sform", plain(4, counting(12), { sform: flat }), "corrupt-file", "sform"],
    ["offset in the header", plain(4, counting(12), { version: 2, offset: 540 }), "corrupt-file", "vox_offset"],
    ["infinite scale", plain(4, counting(12), { slope: Infinity }), "corrupt-file", "scl_slope"],
  ])("%s", async (_, bytes, code, says) => {
    const error: unknown = await inspectSource(bytes, source).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Problem);
    expect(error).toMatchObject({ code });
    expect((error as Problem).message).toContain(says);
    expect((error as Problem).title.startsWith("brain.nii.gz: ")).toBe(true);
  });
});
