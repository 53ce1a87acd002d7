/** @file Compressed DICOM frames: what their codestreams say, and what is done where they contradict the header or break off. */
import sharp from "sharp";
import { describe, expect, it, test } from "vitest";
import { jpegExtended } from "../../src-main/imaging/dicom/codecs/jpeg-extended.ts";
import { libjpegTurbo } from "../../src-main/imaging/dicom/codecs/libjpeg-turbo.ts";
import { readFragments } from "../../src-main/imaging/dicom/encapsulated.ts";
import { openDicom } from "../../src-main/imaging/dicom/index.ts";
import { parseDicom } from "../../src-main/imaging/dicom/parse.ts";
import { fileName, fixture, jpegOf, refusalOf, samplesOf } from "./dicom-reader.ts";
import { type Attribute, bitsOf, encapsulate, evenly, writeEncapsulated } from "./dicom-writer.ts";

test("1-bit pixels in RLE: eight a byte, lowest bit first, across rows", async () => {
  // 4 x 3 pixels: 1010 1100 0111 as they are seen, in two bytes from the lowest bit on.
  const packed = Uint8Array.of(0b0011_0101, 0b0000_1110);
  const header = Buffer.alloc(64);
  header.writeUInt32LE(1, 0);
  header.writeUInt32LE(64, 4);
  const frame = Buffer.concat([header, Uint8Array.of(packed.length - 1), packed, Uint8Array.of(128)]);
  const bytes = writeEncapsulated(
    [0x00280100, 0x00280101, 0x00280102].map((tag, index): Attribute => [tag, "US", index < 2 ? 1 : 0]),
    encapsulate([], [evenly(frame)]),
    "1.2.840.10008.1.2.5\0",
  );
  expect(await samplesOf(bytes)).toEqual([1, 0, 1, 0, 1, 1, 0, 0, 0, 1, 1, 1]);
});

const RGB = "pydicom/SC_rgb_dcmtk_+eb+cr.dcm";
const GRAY = "cornerstone/CTImage.dcm_JPEGProcess1TransferSyntax_1.2.840.10008.1.2.4.50.dcm";
const JPEG_2000 = "made/j2k_signed_8bit.dcm";

const sized = (width: number, height: number): Attribute[] => [
  [0x00280010, "US", height],
  [0x00280011, "US", width],
];
const color = (photometric: string): Attribute[] => [
  [0x00280002, "US", 3],
  [0x00280004, "CS", photometric],
  [0x00280006, "US", 0],
];

/** The first codestream of a stored file, of any coding. */
function codestreamOf(path: string): Uint8Array {
  const { dataSet } = parseDicom(fixture(path), fileName);
  return readFragments(dataSet, dataSet.elements["x7fe00010"]!, fileName).first;
}

/** What `made/j2k_signed_8bit.dcm` was made of. */
const signedSquare = Array.from({ length: 24 * 16 }, (_, index) => {
  const [x, y] = [index % 24, Math.floor(index / 24)];
  return ((((x * 11 - y * 17 + 128) % 256) + 256) % 256) - 128;
});

describe("a codestream under another transfer syntax", () => {
  const signed: Attribute[] = [...sized(24, 16), ...bitsOf(8, 8, 1)];

  it.each([
    ["1.2.840.10008.1.2.1\0", "uncompressed"],
    ["1.2.840.10008.1.2.5\0", "RLE"],
    ["1.2.840.10008.1.2.4.80", "JPEG-LS"],
    ["1.2.840.10008.1.2.4.50", "JPEG Baseline"],
    ["1.2.840.10008.1.2.4.201\0", "HTJ2K"],
    ["1.2.3.4\0", "unknown"],
  ])("JPEG 2000 that %s calls %s is read as what it is", async (transferSyntax) => {
    const content = encapsulate([], [evenly(codestreamOf(JPEG_2000))]);
    expect(await samplesOf(writeEncapsulated(signed, content, transferSyntax))).toEqual(signedSquare);
  });

  it.each(["1.2.840.10008.1.2.1\0", "1.2.840.10008.1.2.5\0", "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.90"])(
    "JPEG Baseline under %s is read as what it is",
    async (transferSyntax) => {
      const bytes = writeEncapsulated(sized(512, 512), encapsulate([], [jpegOf(GRAY)]), transferSyntax);
      expect(await samplesOf(bytes)).toEqual(await samplesOf(fixture(GRAY)));
    },
  );
});

describe("JPEG 2000", () => {
  it("keeps negative values of 8 bits, in its own file format as well", async () => {
    expect(await samplesOf(fixture(JPEG_2000))).toEqual(signedSquare);
    const codestream = codestreamOf(JPEG_2000);
    const box = Buffer.alloc(8);
    box.write("jp2c", 4, "latin1");
    const signature = Buffer.from("0000000c6a5020200d0a870a", "hex");
    const content = encapsulate([], [evenly(Buffer.concat([signature, box, codestream]))]);
    const changes: Attribute[] = [...sized(24, 16), ...bitsOf(8, 8, 1)];
    expect(await samplesOf(writeEncapsulated(changes, content, "1.2.840.10008.1.2.4.90"))).toEqual(signedSquare);
  });

  it("of more than 16 bits is refused as not supported, not as damaged", async () => {
    const deep = codestreamOf(JPEG_2000).slice();
    deep[42] = 31; // 32 bits, unsigned
    const changes: Attribute[] = [...sized(24, 16), ...bitsOf(32, 32, 0)];
    const error = await refusalOf(
      writeEncapsulated(changes, encapsulate([], [evenly(deep)]), "1.2.840.10008.1.2.4.90"),
    );
    expect(error.code).toBe("unsupported-file");
    expect(error.detail).toContain("32 bits");
  });
});

describe("JPEG", () => {
  const encode = (options: { progressive?: boolean }): Promise<Buffer> =>
    sharp({ create: { width: 32, height: 16, channels: 3, background: { r: 255, g: 0, b: 0 } } })
      .jpeg({ quality: 100, chromaSubsampling: "4:4:4", ...options })
      .toBuffer();
  const firstPixel = async (codestream: Uint8Array, photometric: string): Promise<number[]> => {
    const bytes = writeEncapsulated([...sized(32, 16), ...color(photometric)], encapsulate([], [evenly(codestream)]));
    return (await samplesOf(bytes)).slice(0, 3);
  };
  const JFIF = "ffe000104a46494600010100000100010000";
  const adobe = (transform: 0 | 1): string => `ffee000e41646f62650064000000000${transform}`;
  const marked = (codestream: Buffer, segment: string): Buffer =>
    Buffer.concat([codestream.subarray(0, 2), Buffer.from(segment, "hex"), codestream.subarray(2)]);

  it("progressive under the baseline transfer syntax is decoded", async () => {
    const codestream = await encode({ progressive: true });
    expect(codestream.includes(Buffer.from("ffc2", "hex"))).toBe(true);
    expect(await firstPixel(codestream, "YBR_FULL_422")).toEqual([254, 0, 0]);
  });

  it("tells its colors by JFIF's and Adobe's segments, whatever the header says; without them the header counts", async () => {
    const codestream = await encode({});
    expect(codestream.readUInt16BE(2)).toBe(0xffdb); // no segment of its own
    expect(await firstPixel(codestream, "YBR_FULL_422")).toEqual([254, 0, 0]);
    expect(await firstPixel(codestream, "RGB")).toEqual([76, 85, 255]);
    for (const photometric of ["RGB", "YBR_FULL", "YBR_FULL_422"]) {
      expect(await firstPixel(marked(codestream, JFIF), photometric)).toEqual([254, 0, 0]);
      expect(await firstPixel(marked(codestream, adobe(1)), photometric)).toEqual([254, 0, 0]);
      expect(await firstPixel(marked(codestream, adobe(0)), photometric)).toEqual([76, 85, 255]);
    }
  });

  it("that breaks off is refused, with and without an end marker, never filled with gray", async () => {
    const whole = jpegOf(GRAY);
    const half = whole.subarray(0, whole.length >> 1);
    for (const broken of [half, Buffer.concat([half, Buffer.from("ffd9", "hex")])]) {
      const error = await refusalOf(writeEncapsulated(sized(512, 512), encapsulate([], [evenly(broken)])));
      expect(error.code).toBe("corrupt-file");
    }
    const progressive = await encode({ progressive: true });
    const scans = progressive.subarray(0, progressive.lastIndexOf(Buffer.from("ffda", "hex")) - 40);
    const error = await refusalOf(
      writeEncapsulated([...sized(32, 16), ...color("YBR_FULL")], encapsulate([], [evenly(scans)])),
    );
    expect(error.code).toBe("corrupt-file");
  });

  it("without its end marker only is decoded", async () => {
    const whole = jpegOf(GRAY);
    const end = whole.lastIndexOf(Buffer.from("ffd9", "hex"));
    const bytes = writeEncapsulated(sized(512, 512), encapsulate([], [evenly(whole.subarray(0, end))]));
    const [samples, expected] = [await samplesOf(bytes), await samplesOf(fixture(GRAY))];
    // By another decoder, which rounds otherwise.
    expect(samples.findIndex((sample, index) => Math.abs(sample - expected[index]!) > 1)).toBe(-1);
  });

  it.each([
    [0xc9, "arithmetic"],
    [0xc5, "hierarchical"],
  ])("of process %i is refused as not supported: %s", async (process, name) => {
    const codestream = jpegOf(RGB);
    codestream[codestream.indexOf(Buffer.from("ffc0", "hex")) + 1] = process;
    const error = await refusalOf(
      writeEncapsulated([...sized(100, 100), ...color("RGB")], encapsulate([], [codestream])),
    );
    expect(error.code).toBe("unsupported-file");
    expect(error.detail).toContain(name);
    for (const decoder of ["libjpeg-turbo:", "JPEG DCT:", "JPEG lossless:"]) expect(error.detail).toContain(decoder);
  });
});

describe("our own JPEG decoder", () => {
  it.each([
    ["cornerstone/CTImage.dcm_JPEGProcess1TransferSyntax_1.2.840.10008.1.2.4.50.dcm", 512, 512, 1],
    ["pydicom/SC_rgb_dcmtk_+eb+cr.dcm", 100, 100, 3],
  ])("gives what libjpeg-turbo gives, within one level: %s", async (path, width, height, channels) => {
    const expected = { width, height, channels, bitsAllocated: 8 };
    const ours = (await jpegExtended.load())(jpegOf(path), expected).cells;
    const theirs = (await libjpegTurbo.load())(jpegOf(path), expected).cells;
    let worst = 0;
    ours.forEach((sample, index) => (worst = Math.max(worst, Math.abs(sample - theirs[index]!))));
    expect(worst).toBeLessThanOrEqual(1);
  });

  it("reads the 12-bit image the same from sequential and progressive scans", async () => {
    const names = [
      "JPEGProcess2_4TransferSyntax_1.2.840.10008.1.2.4.51",
      "JPEGProcess10_12TransferSyntax_1.2.840.10008.1.2.4.55",
    ];
    const [sequential, progressive] = await Promise.all(
      names.map(
        async (name) => (await openDicom(fixture(`cornerstone/CTImage.dcm_${name}.dcm`), fileName)).stored(0).samples,
      ),
    );
    expect(progressive).toEqual(sequential);
    let top = 0;
    for (const sample of sequential!) top = Math.max(top, sample);
    expect(top).toBe(2708); // as DCMTK decodes it
  });
});
