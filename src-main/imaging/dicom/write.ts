/**
 * @file Writes DICOM Part 10 files, Explicit VR Little Endian. PS3.5 section 7, PS3.10 section 7.
 */
import { concatenate } from "../png.ts";
import { EXPLICIT_LITTLE_ENDIAN } from "./transfer-syntaxes.ts";

/** One element to write. Text is UTF-8 (declare it where it is more than ASCII); several values are joined by a backslash. */
export interface WrittenElement {
  /** Group * 0x10000 + element. */
  tag: number;
  vr:
    | ("AE" | "AS" | "AT" | "CS" | "DA" | "DS" | "DT" | "IS" | "LO" | "LT" | "PN" | "SH" | "ST" | "TM" | "UI")
    | ("FD" | "FL" | "OB" | "OD" | "OF" | "OW" | "SL" | "SQ" | "SS" | "UC" | "UL" | "UR" | "US" | "UT");
  value: string | number | Uint8Array | ComputedBytes | WrittenElement[][];
}

/** Bytes that come into being where they are written: what is large is held once. */
export interface ComputedBytes {
  length: number;
  /** Fills all of `target`, which has that length. */
  fill(target: Uint8Array): void;
}

/** Made once for this writer (PS3.5 B.2: UUID-derived); says which program wrote a file, nothing about its user. */
const IMPLEMENTATION_CLASS_UID = "2.25.93712684502718634290155687012345678901";

/** How elements are coded. PS3.5 7.1, annex A. */
export interface ElementCoding {
  isImplicit: boolean;
  isBigEndian: boolean;
}

const explicitLittleEndian: ElementCoding = { isImplicit: false, isBigEndian: false };

/** Preamble, file meta information and data set; `elements` may come in any order. */
export function writeDicom(
  instance: { sopClass: string; sopInstance: string },
  elements: WrittenElement[],
): Uint8Array<ArrayBuffer> {
  const start = writeFileStart({ ...instance, syntax: EXPLICIT_LITTLE_ENDIAN });
  return joined([start, ...inOrder(elements, explicitLittleEndian)]);
}

/** Preamble and file meta information: PS3.10 7.1. `syntax` is the UID of the transfer syntax. */
export function writeFileStart({
  sopClass,
  sopInstance,
  syntax,
}: {
  sopClass: string;
  sopInstance: string;
  syntax: string;
}): Uint8Array<ArrayBuffer> {
  const meta = writeElements([
    { tag: 0x00020001, vr: "OB", value: Uint8Array.of(0, 1) },
    { tag: 0x00020002, vr: "UI", value: sopClass },
    { tag: 0x00020003, vr: "UI", value: sopInstance },
    { tag: 0x00020010, vr: "UI", value: syntax },
    { tag: 0x00020012, vr: "UI", value: IMPLEMENTATION_CLASS_UID },
  ]);
  const metaLength = writeElements([{ tag: 0x00020000, vr: "UL", value: meta.length }]);
  const mark = new TextEncoder().encode("DICM");
  return concatenate([new Uint8Array(128), mark, metaLength, meta]);
}

/** Elements of a data set or an item, in the order of their tags. Bytes of OW, OF and OD are written as they are given. */
export function writeElements(
  elements: WrittenElement[],
  coding: ElementCoding = explicitLittleEndian,
): Uint8Array<ArrayBuffer> {
  return joined(inOrder(elements, coding));
}

type Part = Uint8Array | ComputedBytes;

function inOrder(elements: WrittenElement[], coding: ElementCoding): Part[] {
  const sorted = [...elements].sort((a, b) => a.tag - b.tag); // ascending tags: PS3.5 7.1
  return sorted.flatMap((element) => writeElement(element, coding));
}

function joined(parts: readonly Part[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    if (part instanceof Uint8Array) whole.set(part, offset);
    else part.fill(whole.subarray(offset, offset + part.length));
    offset += part.length;
  }
  return whole;
}

/** With a reserved field and a 4-byte length. PS3.5 7.1.2. */
const longVrs: ReadonlySet<WrittenElement["vr"]> = new Set(["OB", "OD", "OF", "OW", "SQ", "UC", "UR", "UT"]);

function writeElement({ tag, vr, value }: WrittenElement, coding: ElementCoding): Part[] {
  const content = writeValue(vr, value, coding);
  const isLittle = !coding.isBigEndian;
  const isLong = longVrs.has(vr);
  const header = new DataView(new ArrayBuffer(isLong && !coding.isImplicit ? 12 : 8));
  header.setUint16(0, tag >>> 16, isLittle);
  header.setUint16(2, tag & 0xffff, isLittle);
  if (coding.isImplicit) {
    header.setUint32(4, content.length, isLittle);
    return [new Uint8Array(header.buffer), content];
  }
  header.setUint8(4, vr.charCodeAt(0));
  header.setUint8(5, vr.charCodeAt(1));
  if (isLong) header.setUint32(8, content.length, isLittle);
  else if (content.length > 0xfffe) throw new RangeError(`dicom: ${content.length} bytes do not fit a ${vr}.`);
  else header.setUint16(6, content.length, isLittle);
  return [new Uint8Array(header.buffer), content];
}

function writeValue(vr: WrittenElement["vr"], value: WrittenElement["value"], coding: ElementCoding): Part {
  const isLittle = !coding.isBigEndian;
  if (typeof value === "number") {
    const bytes = new DataView(new ArrayBuffer(vr === "UL" ? 4 : 2));
    if (vr === "UL") bytes.setUint32(0, value, isLittle);
    else bytes.setUint16(0, value, isLittle);
    return new Uint8Array(bytes.buffer);
  }
  if (Array.isArray(value)) {
    return concatenate(
      value.flatMap((item) => {
        const content = writeElements(item, coding);
        const header = new DataView(new ArrayBuffer(8)); // Item (FFFE,E000), PS3.5 7.5
        header.setUint16(0, 0xfffe, isLittle);
        header.setUint16(2, 0xe000, isLittle);
        header.setUint32(4, content.length, isLittle);
        return [new Uint8Array(header.buffer), content];
      }),
    );
  }
  if (!(value instanceof Uint8Array) && typeof value !== "string") {
    const { length } = value;
    return { length: length + (length % 2), fill: (target: Uint8Array) => value.fill(target.subarray(0, length)) };
  }
  const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
  if (bytes.length % 2 === 0) return bytes;
  // Values have even length: UI and bytes are padded with zero, text with a space. PS3.5 6.2.
  const padding = typeof value === "string" && vr !== "UI" ? 0x20 : 0;
  return concatenate([bytes, Uint8Array.of(padding)]);
}
