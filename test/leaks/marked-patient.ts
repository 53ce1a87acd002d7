/**
 * @file A patient who does not exist, with marks in every place where a file can hold an identity.
 */
import { deflateSync } from "node:zlib";
import { confidentialityProfile } from "../../src-main/imaging/dicom/confidentiality-profile.ts";
import { type Attribute, sequenceOf, writeAttribute, writeTestDicom } from "../imaging/dicom-writer.ts";
import { pngChunk, writeSamplesPng } from "../imaging/png-writer.ts";
import { binary, date, namesByCharacterSet, number, text, time, uid } from "./marks.ts";

const ofText = (vr: string): string =>
  ({ AS: "093Y", DA: date, DT: date + time, TM: time, UI: uid, DS: number, IS: number, PN: `${text}^Jane` })[vr] ??
  text;
const binaries = "AT FD FL OB OD OF OL OV OW SL SS SV UL UN US UV".split(" ");
const texts = ["AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UI", "UR", "UT"];

/** An attribute of the representation that holds a mark. */
function marked(tag: number, vr: string): Attribute {
  if (vr === "SQ") return sequenceOf(tag, nested);
  return [tag, vr, binaries.includes(vr) ? binary : ofText(vr)];
}

/** A mark of every representation. */
const everyVr: Attribute[] = [...binaries, ...texts].map((vr, index) => marked(0x00409e00 + index, vr));
const privateOnes: Attribute[] = [
  [0x00110010, "LO", text],
  [0x00111001, "UN", Buffer.from(text)],
];
const nested: Attribute[] = [
  [0x00080050, "SH", text],
  [0x00100010, "PN", `${text}^Jane`],
  ...privateOnes,
  sequenceOf(0x00409096, [[0x00400310, "ST", text], ...privateOnes]),
];

/** All attributes of the confidentiality profile but those of the file meta information and of groups that repeat. */
const profile: Attribute[] = confidentialityProfile
  .filter(({ tag, vr }) => /^[0-9a-f]{8}$/.test(tag) && Number.parseInt(tag, 16) >= 0x00080000 && vr !== "--")
  .map(({ tag, vr }) => marked(Number.parseInt(tag, 16), vr));

/** Technical attributes that are kept when they hold what they should: here they do not. */
const misused: Attribute[] = [
  // Sequences whose UIDs are kept, replaced: what lies beside them is not.
  sequenceOf(0x00081140, [
    [0x00081150, "UI", uid],
    [0x00081155, "UI", uid],
    [0x00081160, "IS", text],
    [0x00080100, "SH", text],
    [0x00080104, "LO", text],
  ]),
  [0x0019100d, "CS", text.toUpperCase()], // listed as safe, but no term
  [0x00190010, "LO", "SIEMENS MR HEADER "],
  [0x00080060, "CS", text.toUpperCase()],
  [0x00180050, "DS", text],
  [0x00200013, "IS", text],
  [0x00280030, "DS", text],
  [0x00280301, "CS", text.toUpperCase()],
  [0x00281050, "DS", text],
  [0x00281055, "LO", text],
  [0x00281056, "CS", text.toUpperCase()],
  sequenceOf(0x52009229, [sequenceOf(0x00289132, [[0x00281055, "LO", text]]), ...nested]),
  sequenceOf(0x52009230, [sequenceOf(0x00209113, [[0x00200032, "DS", text], ...nested])]),
];

const overlay: Attribute[] = [
  [0x60000010, "US", 3],
  [0x60000011, "US", 4],
  [0x60000022, "LO", text],
  [0x60001500, "LO", text],
  [0x60003000, "OW", Buffer.from(text + text)],
  [0x60004000, "LT", text],
];

/** A gray DICOM image; `level` tells images apart; `sopClass` is a mark as well unless given. Preamble, file meta information and the end hold marks as well. */
export function markedDicom(level: number, sopClass = uid): Buffer {
  const { terms, bytes: name } = namesByCharacterSet[level % 2]!;
  const file = writeTestDicom([
    ...profile,
    [0x00080005, "CS", terms],
    [0x00080090, "PN", Buffer.concat([name, Buffer.alloc(name.length % 2, " ")])],
    sequenceOf(0x00400275, [[0x00321060, "LO", Buffer.concat([name, Buffer.alloc(name.length % 2, " ")])]]),
    ...everyVr,
    ...privateOnes,
    ...misused,
    ...overlay,
    [0x00080016, "UI", sopClass],
    [0x7fe00010, "OB", new Uint8Array(12).fill(level)],
    [0xfffcfffc, "OB", Buffer.from(text)],
  ]);
  const preamble = Buffer.alloc(128, text, "latin1");
  const meta = [
    writeAttribute([0x00020003, "UI", uid]),
    writeAttribute([0x00020010, "UI", "1.2.840.10008.1.2.1\0"]),
    writeAttribute([0x00020016, "AE", text]),
    writeAttribute([0x00020102, "OB", Buffer.from(text)]),
  ];
  const dataSet = file.subarray(file.indexOf(Buffer.from("1.2.840.10008.1.2.1\0")) + 20);
  return Buffer.concat([preamble, Buffer.from("DICM"), ...meta, dataSet]);
}

export function markedPng(level: number, size: { width: number; height: number }): Buffer {
  const exif = Buffer.from(`MM\0*${text}`);
  const xmp = `XML:com.adobe.xmp\0\0\0\0\0<x>${text}</x>`;
  const extra = [
    pngChunk("tEXt", Buffer.from(`Author\0${text}`)),
    pngChunk("zTXt", Buffer.concat([Buffer.from(`${text}\0\0`), deflateSync(Buffer.from(text))])),
    pngChunk("iTXt", Buffer.from(xmp)),
    pngChunk("eXIf", exif),
    pngChunk("tIME", Uint8Array.of(7, 155, 7, 13, 23, 57, 41)),
    pngChunk("prVt", Buffer.from(text)),
  ];
  const png = writeSamplesPng(new Uint8Array(size.width * size.height).fill(level), { ...size, extra });
  return Buffer.concat([png, Buffer.from(text)]);
}
