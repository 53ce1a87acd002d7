/** @file Encapsulated frames: fragments, offset tables, and what writers make of them. DICOM PS3.5 A.4. */
import { deflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { decodeSource } from "../../src-main/imaging/index.ts";
import { fileName, fixture, framesOf, jpegOf, refusalOf, samplesOf } from "./dicom-reader.ts";
import { type Attribute, encapsulate, evenly, writeEncapsulated, writeTestDicom } from "./dicom-writer.ts";

const RGB = "pydicom/SC_rgb_dcmtk_+eb+cr.dcm";
const DEFLATED_FRAME = "1.2.840.10008.1.2.8.1\0";

describe("fragments", () => {
  const picture: Attribute[] = [
    [0x00280002, "US", 3],
    [0x00280004, "CS", "RGB"],
    [0x00280006, "US", 0],
    [0x00280010, "US", 100],
    [0x00280011, "US", 100],
  ];
  const twoFrames: Attribute[] = [...picture, [0x00280008, "IS", "2"]];
  const cut = (bytes: Buffer): Buffer[] => [bytes.subarray(0, 700), bytes.subarray(700, 1500), bytes.subarray(1500)];
  const reference = async (): Promise<number[]> => [
    ...(await decodeSource(fixture(RGB), { fileName })).frames[0]!.data,
  ];

  it("of one frame are joined, with and without a delimiter at the end", async () => {
    const parts = cut(jpegOf(RGB));
    for (const hasDelimiter of [true, false]) {
      expect(await samplesOf(writeEncapsulated(picture, encapsulate([], parts, hasDelimiter)))).toEqual(
        await reference(),
      );
    }
  });

  it("of two frames are told apart by basic and extended offset tables, and by their markers", async () => {
    const one = jpegOf(RGB);
    const parts = [...cut(one), ...cut(one)];
    const second = one.length + 3 * 8;
    const extended: Attribute = [0x7fe00001, "OV", new Uint8Array(BigUint64Array.of(0n, BigInt(second)).buffer)];
    const files = [
      writeEncapsulated(twoFrames, encapsulate([0, second], parts)),
      writeEncapsulated(twoFrames, encapsulate([], parts)),
      writeEncapsulated(twoFrames, encapsulate([0, 13], parts)), // a table that leads nowhere
    ];
    for (const bytes of files) {
      const frames = await framesOf(bytes);
      expect(frames).toHaveLength(2);
      for (const { data } of frames) expect([...data]).toEqual(await reference());
    }
    const { frames } = await decodeSource(writeEncapsulated([...twoFrames, extended], encapsulate([], parts)), {
      fileName,
    });
    expect([...frames[1]!.data]).toEqual(await reference());
  });

  it("end where the extended offset table says, before their padding", async () => {
    const values = Uint8Array.from({ length: 12 }, (_, index) => index * 9);
    const one = deflateRawSync(values);
    // Eight bytes too many: no padding of an even length, so that only the lengths tell where the frame ends.
    const padded = Buffer.concat([one, Buffer.alloc(8 + (one.length % 2), 0xff)]);
    const longs = (...numbers: number[]): Uint8Array => new Uint8Array(BigUint64Array.from(numbers.map(BigInt)).buffer);
    const file = writeEncapsulated(
      [
        [0x00280008, "IS", "2"],
        [0x7fe00001, "OV", longs(0, padded.length + 8)],
        [0x7fe00002, "OV", longs(one.length, one.length)],
      ],
      encapsulate([], [padded, padded]),
      DEFLATED_FRAME,
    );
    const frames = await framesOf(file);
    expect(frames.map(({ data }) => [...data])).toEqual([[...values], [...values]]);
  });

  it("that are missing give a Problem", async () => {
    const error = await refusalOf(writeEncapsulated(twoFrames, encapsulate([], cut(jpegOf(RGB)))));
    expect(error.code).toBe("corrupt-file");
    expect(error.detail).toContain("2 frames");
  });

  it.each<[string, (one: Buffer) => Uint8Array]>([
    ["no offset table at all", (one) => encapsulate(null, [one, one])],
    ["an offset table of one entry for two frames", (one) => encapsulate([0], [one, one])],
    ["empty fragments between and after", (one) => encapsulate([], [one, Buffer.alloc(0), one, Buffer.alloc(0)])],
    [
      "several fragments a frame and no end markers",
      (one) => {
        const parts = cut(one.subarray(0, one.lastIndexOf(Buffer.from("ffd9", "hex"))));
        return encapsulate([], [...parts, ...parts]);
      },
    ],
    [
      "zeros after the end markers",
      (one) => encapsulate([], [...cut(one), Buffer.alloc(4), ...cut(one), Buffer.alloc(4)]),
    ],
    ["no delimiter", (one) => encapsulate(null, [one, one], false)],
  ])("with %s are two frames nevertheless", async (_, content) => {
    const frames = await framesOf(writeEncapsulated(twoFrames, content(jpegOf(RGB))));
    const expected = await reference();
    expect(frames.map(({ data }) => [...data])).toEqual([expected, expected]);
  });

  it("of a defined length, and a codestream with no fragment around it, are read", async () => {
    const one = jpegOf(RGB);
    for (const content of [encapsulate([], [one]), encapsulate(null, [one]), evenly(one)]) {
      const bytes = writeTestDicom([...picture, [0x7fe00010, "OB", content]], {
        transferSyntax: "1.2.840.10008.1.2.4.50",
      });
      expect(await samplesOf(bytes)).toEqual(await reference());
    }
    const bare: Attribute = [0x7fe00010, "OB", evenly(Buffer.concat([one, one]))];
    const error = await refusalOf(writeTestDicom([...twoFrames, bare], { transferSyntax: "1.2.840.10008.1.2.4.50" }));
    expect(error.detail).toContain("cannot be told apart");
  });
});

describe("deflated frames", () => {
  const write = (frames: Uint8Array[], changes: Attribute[] = []): Buffer =>
    writeEncapsulated(changes, encapsulate([], frames.map(evenly)), DEFLATED_FRAME);

  it("of 8 and 16 bits, each by itself", async () => {
    const first = Uint8Array.from({ length: 12 }, (_, index) => index * 20);
    const second = first.toReversed();
    const frames = await framesOf(write([deflateRawSync(first), deflateRawSync(second)], [[0x00280008, "IS", "2"]]));
    expect(frames.map(({ data }) => [...data])).toEqual([[...first], [...second]]);
    const wide = Uint16Array.from({ length: 12 }, (_, index) => index * 5000);
    const bits: Attribute[] = [0x00280100, 0x00280101, 0x00280102].map((tag, index) => [
      tag,
      "US",
      index < 2 ? 16 : 15,
    ]);
    expect(await samplesOf(write([deflateRawSync(new Uint8Array(wide.buffer))], bits))).toEqual([...wide]);
  });

  it("that hold too much, too little or nonsense give a Problem", async () => {
    for (const frame of [
      deflateRawSync(new Uint8Array(1_000_000)),
      deflateRawSync(new Uint8Array(5)),
      Buffer.alloc(8, 0xff),
    ]) {
      await expect(decodeSource(write([frame]), { fileName })).rejects.toMatchObject({ code: "corrupt-file" });
    }
  });
});
