/**
 * @file Writes small DICOM files for tests, Explicit VR Little Endian or Deflated, independent of the code under test.
 */
import { deflateRawSync } from "node:zlib";

/** JPEG Baseline. PS3.5 A.4.1. */
const JPEG_BASELINE = "1.2.840.10008.1.2.4.50";

export type Attribute = [tag: number, vr: string, value: string | number | Uint8Array];

const long = new Set(["OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"]);

export function writeAttribute([tag, vr, value]: Attribute): Uint8Array {
  const content = contentOf(value);
  const header = Buffer.alloc(long.has(vr) ? 12 : 8);
  writeTag(header, tag);
  header.write(vr, 4, "latin1");
  if (long.has(vr)) header.writeUInt32LE(content.length, 8);
  else header.writeUInt16LE(content.length, 6);
  return Buffer.concat([header, content]);
}

/** Without its value representation. PS3.5 7.1.3. */
export function writeImplicitAttribute([tag, , value]: Attribute): Uint8Array {
  const content = contentOf(value);
  const header = Buffer.alloc(8);
  writeTag(header, tag);
  header.writeUInt32LE(content.length, 4);
  return Buffer.concat([header, content]);
}

function contentOf(value: Attribute[2]): Uint8Array {
  if (typeof value === "number") return Uint8Array.of(value & 255, value >> 8);
  if (typeof value === "string") return Buffer.from(value.length % 2 ? `${value} ` : value, "latin1");
  return value;
}

function writeTag(header: Buffer, tag: number): void {
  header.writeUInt16LE(tag >>> 16, 0);
  header.writeUInt16LE(tag & 0xffff, 2);
}

/** A sequence of one item of defined length. */
export function sequenceOf(tag: number, attributes: Attribute[]): Attribute {
  return sequenceItems(tag, [attributes]);
}

/** A sequence of items of defined length. */
export function sequenceItems(tag: number, items: Attribute[][]): Attribute {
  const written = items.map((attributes) => {
    const content = Buffer.concat(attributes.map(writeAttribute));
    const item = Buffer.alloc(8);
    item.writeUInt16LE(0xfffe, 0);
    item.writeUInt16LE(0xe000, 2);
    item.writeUInt32LE(content.length, 4);
    return Buffer.concat([item, content]);
  });
  return [tag, "SQ", Buffer.concat(written)];
}

/** A 4 x 3 8-bit gray image with values 0 to 11; `changes` replace or add attributes, null removes one. */
export function writeTestDicom(
  changes: (Attribute | [tag: number, remove: null])[] = [],
  {
    isDeflated = false,
    isImplicit = false,
    transferSyntax,
  }: { isDeflated?: boolean; isImplicit?: boolean; transferSyntax?: string } = {},
): Buffer {
  const attributes = new Map<number, Attribute>(
    (
      [
        [0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.7\0"],
        [0x00080018, "UI", "1.2.3.4"],
        [0x00080060, "CS", "OT"],
        [0x00280002, "US", 1],
        [0x00280004, "CS", "MONOCHROME2"],
        [0x00280010, "US", 3],
        [0x00280011, "US", 4],
        [0x00280100, "US", 8],
        [0x00280101, "US", 8],
        [0x00280102, "US", 7],
        [0x00280103, "US", 0],
        [0x7fe00010, "OB", Uint8Array.from({ length: 12 }, (_, index) => index)],
      ] satisfies Attribute[]
    ).map((attribute) => [attribute[0], attribute]),
  );
  for (const change of changes) {
    if (change[1] === null) attributes.delete(change[0]);
    else attributes.set(change[0], change as Attribute);
  }
  const syntax = transferSyntax ?? (isDeflated ? "1.2.840.10008.1.2.1.99" : "1.2.840.10008.1.2.1\0");
  const meta = writeAttribute([0x00020010, "UI", syntax]);
  const sorted = [...attributes.values()].sort((a, b) => a[0] - b[0]);
  const dataSet = Buffer.concat(sorted.map(isImplicit ? writeImplicitAttribute : writeAttribute));
  const length = Buffer.alloc(12);
  length.write("\x02\0\0\0UL\x04\0", 0, "latin1");
  length.writeUInt32LE(meta.length, 8);
  const body = isDeflated ? deflateRawSync(dataSet) : dataSet;
  return Buffer.concat([Buffer.alloc(128), Buffer.from("DICM"), length, meta, body]);
}

/** 4 x 3 pixels of 12 bits, signed, two in three bytes: 12 bits allocated, as the standard once allowed. PS3.5 (2004) annex D. */
export function writePackedDicom(values: readonly number[], changes: Attribute[] = []): Buffer {
  const digits = values.map((value) => (value & 0xfff).toString(16).padStart(3, "0"));
  // The last digit comes first: of a pair abc, def the bytes bc, fa, de.
  const hex = digits.map((digit, index) => {
    if (index % 2 === 1) return digit[2]! + digits[index - 1]![0]! + digit.slice(0, 2);
    return digit.slice(1) + (index === values.length - 1 ? `0${digit[0]!}` : "");
  });
  const cells = Buffer.from(hex.join(""), "hex");
  return writeTestDicom([...bitsOf(12, 12, 1), [0x7fe00010, "OW", evenly(cells)], ...changes]);
}

/** 4 x 3 pixels of 16 bits, signed, big-endian in a little-endian data set: a private transfer syntax of GE scanners. */
export function writeSwappedDicom(values: readonly number[]): Buffer {
  const cells = Buffer.from(Int16Array.from(values).buffer).swap16();
  const changes: Attribute[] = [...bitsOf(16, 12, 1), [0x7fe00010, "OW", cells]];
  return writeTestDicom(changes, { isImplicit: true, transferSyntax: "1.2.840.113619.5.2" });
}

/** Bits Allocated, Bits Stored, High Bit and Pixel Representation. */
export function bitsOf(allocated: number, stored: number, sign: 0 | 1): Attribute[] {
  return [
    [0x00280100, "US", allocated],
    [0x00280101, "US", stored],
    [0x00280102, "US", stored - 1],
    [0x00280103, "US", sign],
  ];
}

/** Values of 16 bits, little-endian. */
export function words(...values: number[]): Uint8Array {
  return new Uint8Array(Uint16Array.from(values).buffer);
}

/** An item of a sequence, or a fragment. PS3.5 7.5, A.4. */
export function itemOf(content: Uint8Array): Uint8Array {
  const header = Buffer.alloc(8);
  header.writeUInt32LE(0xe000fffe, 0);
  header.writeUInt32LE(content.length, 4);
  return Buffer.concat([header, content]);
}

/** Pixel data of undefined length: offset table (null: not even an empty one), fragments, delimiter. PS3.5 A.4. */
export function encapsulate(offsets: number[] | null, fragments: Uint8Array[], hasDelimiter = true): Uint8Array {
  const table = offsets === null ? [] : [itemOf(new Uint8Array(Uint32Array.from(offsets).buffer))];
  const delimiter = hasDelimiter ? [Buffer.from("feffdde000000000", "hex")] : [];
  return Buffer.concat([...table, ...fragments.map(itemOf), ...delimiter]);
}

export function writeEncapsulated(changes: Attribute[], content: Uint8Array, transferSyntax = JPEG_BASELINE): Buffer {
  const bytes = writeTestDicom([...changes, [0x7fe00010, "OB", content]], { transferSyntax });
  const at = bytes.lastIndexOf(Buffer.from("e07f1000", "hex"));
  bytes.writeUInt32LE(0xffffffff, at + 8);
  return bytes;
}

/** Fragments have even lengths. PS3.5 A.4. */
export function evenly(content: Uint8Array): Uint8Array {
  return content.length % 2 === 0 ? content : Buffer.concat([content, Uint8Array.of(0)]);
}
