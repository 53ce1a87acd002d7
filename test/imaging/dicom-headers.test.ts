/** @file DICOM data sets as they are met: sequences of every form, mixed encodings, missing preambles, DICOMDIR. PS3.5 section 7. */
import { describe, expect, it, test } from "vitest";
import { readDirectory } from "../../src-main/imaging/dicom/index.ts";
import { parseDicom } from "../../src-main/imaging/dicom/parse.ts";
import { decodeSource } from "../../src-main/imaging/index.ts";
import { fileName, refusalOf, samplesOf } from "./dicom-reader.ts";
import {
  type Attribute,
  itemOf,
  sequenceOf,
  writeAttribute,
  writeImplicitAttribute,
  writeTestDicom,
} from "./dicom-writer.ts";

const values = Array.from({ length: 12 }, (_, index) => index);

/** The test image with these bytes before its group 0028. */
function withElements(...elements: Uint8Array[]): Buffer {
  const bytes = writeTestDicom();
  const at = bytes.indexOf(Buffer.from("28000200", "hex"));
  return Buffer.concat([bytes.subarray(0, at), ...elements, bytes.subarray(at)]);
}

const ITEM_DELIMITER = Buffer.from("feff0de000000000", "hex");
const SEQUENCE_DELIMITER = Buffer.from("feffdde000000000", "hex");

/** An element, or an item, of undefined length. PS3.5 7.5. */
function undefinedLength(tag: number, vr: "SQ" | "UN" | "OB", content: Uint8Array): Uint8Array {
  const header = Buffer.from(writeAttribute([tag, vr, new Uint8Array(0)]));
  header.writeUInt32LE(0xffffffff, 8);
  return Buffer.concat([header, content, SEQUENCE_DELIMITER]);
}

function undefinedItem(content: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from("feff00e0ffffffff", "hex"), content, ITEM_DELIMITER]);
}

/** The Referenced SOP Instance UID of the first item of (0008,1140). */
function referenceIn(bytes: Buffer): string | undefined {
  return parseDicom(bytes, fileName).dataSet.elements["x00081140"]?.items?.[0]?.dataSet?.string("x00081155");
}

describe("elements", () => {
  const uid: Attribute = [0x00081155, "UI", "1.2.3\0"];
  const explicit = writeAttribute(uid);
  const implicit = writeImplicitAttribute(uid);
  const wide = ["OV", "SV", "UV"].map((vr, index) => writeAttribute([0x00091001 + index, vr, Buffer.alloc(8, 0xfe)]));
  const holding = Buffer.concat([...wide, explicit]);
  const nested = undefinedLength(0x00081150, "SQ", Buffer.concat([undefinedItem(holding), itemOf(holding)]));
  const TAG = 0x00081140;

  it.each<[string, Uint8Array]>([
    ["64-bit values in an item of defined length", writeAttribute([TAG, "SQ", itemOf(holding)])],
    ["64-bit values in an item of undefined length", undefinedLength(TAG, "SQ", undefinedItem(holding))],
    ["64-bit values two sequences down", undefinedLength(TAG, "SQ", undefinedItem(Buffer.concat([nested, explicit])))],
    ["a sequence as UN of defined length: implicit inside", writeAttribute([TAG, "UN", itemOf(implicit)])],
    ["a sequence as UN of undefined length: implicit inside", undefinedLength(TAG, "UN", undefinedItem(implicit))],
    ["implicit elements in an explicit sequence", writeAttribute([TAG, "SQ", itemOf(implicit)])],
    ["implicit elements in an item of undefined length", undefinedLength(TAG, "SQ", undefinedItem(implicit))],
    [
      "an item that is longer than its sequence, after a sound one",
      writeAttribute([TAG, "SQ", Buffer.concat([itemOf(explicit), Buffer.from("feff00e0ff000000", "hex")])]),
    ],
  ])("%s", async (_, element) => {
    const bytes = withElements(element);
    expect(await samplesOf(bytes)).toEqual(values);
    expect(referenceIn(bytes)).toBe("1.2.3");
  });

  it.each<[string, Uint8Array]>([
    ["an implicit element among explicit ones", writeImplicitAttribute([0x00100010, "PN", "A^B "])],
    ["a representation to come, of the long form", Buffer.from("090010105a5a000006000000616263646566", "hex")],
    ["a representation that is none, of the short form", Buffer.from("090010105a5a0600616263646566", "hex")],
    ["question marks for a representation", Buffer.from("090010103f3f0600616263646566", "hex")],
    ["blanks for a representation", Buffer.from("0900101020200600616263646566", "hex")],
    ["UN that begins like a sequence", writeAttribute([TAG, "UN", Buffer.from("feff00e04000000061626364", "hex")])],
    [
      "private fragments as UN",
      undefinedLength(0x00091040, "UN", Buffer.concat([itemOf(explicit), itemOf(Buffer.from("abcd"))])),
    ],
    ["private fragments as OB", undefinedLength(0x00091040, "OB", itemOf(Buffer.from("abcd")))],
    [
      "an empty sequence and an empty item",
      Buffer.concat([
        undefinedLength(TAG, "SQ", new Uint8Array(0)),
        writeAttribute([
          0x00081150,
          "SQ",
          Buffer.concat([itemOf(new Uint8Array(0)), undefinedItem(new Uint8Array(0))]),
        ]),
      ]),
    ],
    ["a delimiter too many", Buffer.concat([undefinedLength(TAG, "SQ", undefinedItem(explicit)), SEQUENCE_DELIMITER])],
  ])("%s: the pixels are found", async (_, element) => {
    expect(await samplesOf(withElements(element))).toEqual(values);
  });

  it.each([
    [100, true],
    [200, false],
    [50_000, false],
  ])("%i sequences in each other: read is %s", async (depth, isRead) => {
    const head = undefinedLength(TAG, "SQ", new Uint8Array(0)).subarray(0, 12);
    const start = Buffer.concat([head, Buffer.from("feff00e0ffffffff", "hex")]);
    const end = Buffer.concat([ITEM_DELIMITER, SEQUENCE_DELIMITER]);
    const bytes = withElements(
      ...Array.from({ length: depth }, () => start),
      ...Array.from({ length: depth }, () => end),
    );
    if (isRead) expect(await samplesOf(bytes)).toEqual(values);
    else expect(await refusalOf(bytes)).toMatchObject({ code: "corrupt-file" });
  });

  it("an element after the pixels that reaches past the end of the file is as if it were not there", async () => {
    const windowed = writeTestDicom([
      [0x00281050, "DS", "40"],
      [0x00281051, "DS", "400 "],
    ]);
    const cut = Buffer.from("280055104c4f60ea41424344", "hex"); // 60 000 bytes of an explanation, of which 4 are there
    expect(await samplesOf(Buffer.concat([windowed, cut]))).toEqual(values);
  });
});

test("explicit items in an implicit file are read", async () => {
  const uid = writeAttribute([0x00081155, "UI", "1.2.3\0"]);
  const bytes = writeTestDicom([[0x00081140, "SQ", itemOf(uid)]], {
    isImplicit: true,
    transferSyntax: "1.2.840.10008.1.2\0",
  });
  expect(await samplesOf(bytes)).toEqual(values);
  expect(referenceIn(bytes)).toBe("1.2.3");
});

test("pixels that begin like an item are pixels, in implicit files as well", async () => {
  const likeItem = Uint8Array.of(0xfe, 0xff, 0x00, 0xe0, 4, 0, 0, 0, 1, 2, 3, 4);
  for (const isImplicit of [false, true]) {
    const transferSyntax = isImplicit ? "1.2.840.10008.1.2\0" : "1.2.840.10008.1.2.1\0";
    const bytes = writeTestDicom([[0x7fe00010, "OB", likeItem]], { isImplicit, transferSyntax });
    expect(await samplesOf(bytes)).toEqual([...likeItem]);
  }
});

test.each<[string, Attribute[]]>([
  [
    "IS and DS",
    [
      [0x00280010, "IS", "3 "],
      [0x00280011, "DS", "4 "],
    ],
  ],
  [
    "UL",
    [
      [0x00280010, "UL", Uint8Array.of(3, 0, 0, 0)],
      [0x00280011, "UL", Uint8Array.of(4, 0, 0, 0)],
    ],
  ],
])("Rows and Columns written as %s are read", async (_, changes) => {
  expect(await samplesOf(writeTestDicom(changes))).toEqual(values);
});

test("files without preamble, and without meta information, are read in every encoding", async () => {
  const explicit = writeTestDicom();
  expect(await samplesOf(explicit.subarray(128 + 4))).toEqual(await samplesOf(explicit));
  // "DICM" at the very start.
  expect(await samplesOf(explicit.subarray(128))).toEqual(await samplesOf(explicit));
  const start = explicit.indexOf(Buffer.from("08001600", "hex"));
  expect(await samplesOf(explicit.subarray(start))).toEqual(await samplesOf(explicit));
});

test("a DICOMDIR is named as such, and its files are listed", async () => {
  const record = sequenceOf(0x00041220, [
    [0x00041430, "CS", "IMAGE"],
    [0x00041500, "CS", "DICOM\\A01\\IMG1"],
    [0x00041512, "UI", "1.2.840.10008.1.2.1"],
  ]);
  const way = sequenceOf(0x00041220, [[0x00041500, "CS", "..\\..\\SECRET"]]);
  const write = (sequence: Attribute): Buffer =>
    Buffer.concat([
      Buffer.alloc(128),
      Buffer.from("DICM"),
      writeAttribute([0x00020010, "UI", "1.2.840.10008.1.2.1\0"]),
      writeAttribute(sequence),
    ]);
  expect(readDirectory(write(record), fileName)).toEqual([
    { path: ["DICOM", "A01", "IMG1"], kind: "IMAGE", transferSyntax: "1.2.840.10008.1.2.1" },
  ]);
  expect(readDirectory(write(way), fileName)).toEqual([]);
  await expect(decodeSource(write(record), { fileName })).rejects.toMatchObject({
    detail: expect.stringContaining("DICOMDIR") as string,
  });
});
