/**
 * @file Writes small DICOM files for tests, Explicit VR Little Endian or Deflated, independent of the code under test.
 */
import { deflateRawSync } from "node:zlib";

export type Attribute = [tag: number, vr: string, value: string | number | Uint8Array];

const long = new Set(["OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"]);

export function writeAttribute([tag, vr, value]: Attribute): Uint8Array {
  let content: Uint8Array;
  if (typeof value === "number") content = Uint8Array.of(value & 255, value >> 8);
  else if (typeof value === "string") content = Buffer.from(value.length % 2 ? `${value} ` : value, "latin1");
  else content = value;
  const header = Buffer.alloc(long.has(vr) ? 12 : 8);
  header.writeUInt16LE(tag >>> 16, 0);
  header.writeUInt16LE(tag & 0xffff, 2);
  header.write(vr, 4, "latin1");
  if (long.has(vr)) header.writeUInt32LE(content.length, 8);
  else header.writeUInt16LE(content.length, 6);
  return Buffer.concat([header, content]);
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
  { isDeflated = false, transferSyntax }: { isDeflated?: boolean; transferSyntax?: string } = {},
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
  const dataSet = Buffer.concat(sorted.map(writeAttribute));
  const length = Buffer.alloc(12);
  length.write("\x02\0\0\0UL\x04\0", 0, "latin1");
  length.writeUInt32LE(meta.length, 8);
  const body = isDeflated ? deflateRawSync(dataSet) : dataSet;
  return Buffer.concat([Buffer.alloc(128), Buffer.from("DICM"), length, meta, body]);
}
