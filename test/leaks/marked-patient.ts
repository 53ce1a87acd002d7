/**
 * @file A patient who does not exist, with marks in every place where a file can hold an identity.
 */
import { deflateSync } from "node:zlib";
import sharp from "sharp";
import { confidentialityProfile } from "../../src-main/imaging/dicom/confidentiality-profile.ts";
import { type Attribute, sequenceOf, writeAttribute, writeTestDicom } from "../imaging/dicom-writer.ts";
import { writeNifti } from "../imaging/nifti-writer.ts";
import { pngChunk, writeSamplesPng } from "../imaging/png-writer.ts";

/** Of even length, as values are. */
const text = "Zq7Marking";
const date = "19470713";
const time = "235741";
const uid = "9.87654.321";
const number = "471108";
const binary = Buffer.from("c0ffee0ddba11aa1", "hex");

/** What must be found nowhere; text is searched without regard to case, and in UTF-16 too. */
export const marks: readonly Buffer[] = [...[text, date, time, uid, number].map((mark) => Buffer.from(mark)), binary];

const ofText = (vr: string): string =>
  ({ AS: "093Y", DA: date, DT: date + time, TM: time, UI: uid, DS: number, IS: number, PN: `${text}^Jane` })[vr] ??
  text;
const binaries = ["FD", "FL", "OB", "OD", "OF", "OL", "OW", "SL", "SS", "UL", "UN", "US", "AT"];
const texts = ["AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UI", "UR", "UT"];

/** An attribute of the representation that holds a mark. */
function marked(tag: number, vr: string): Attribute {
  if (vr === "SQ") return sequenceOf(tag, nested);
  return [tag, vr, binaries.includes(vr) ? binary : ofText(vr)];
}

/** A mark of every representation but those of 64-bit integers, which the parser does not know; private ones, and a sequence within a sequence. */
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
  const file = writeTestDicom([
    ...profile,
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

/** With Exif (place, time, artist), XMP, IPTC, comments and bytes after the end. */
export async function markedJpeg(level: number): Promise<Buffer> {
  const plain = await sharp({ create: { width: 16, height: 12, channels: 3, background: { r: level, g: 90, b: 9 } } })
    .withExif({
      IFD0: { Artist: text, ImageDescription: text },
      IFD3: { GPSLatitudeRef: "N", GPSAreaInformation: text },
    })
    .withXmp(`<x:xmpmeta xmlns:x="adobe:ns:meta/">${text}</x:xmpmeta>`)
    .jpeg()
    .toBuffer();
  const segment = (marker: number, content: string): Buffer => {
    const header = Buffer.from([0xff, marker, (content.length + 2) >> 8, (content.length + 2) & 255]);
    return Buffer.concat([header, Buffer.from(content, "latin1")]);
  };
  const iptc = `Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x0f\x1c\x02\x05\0\x0a${text}`;
  const more = [segment(0xed, iptc), segment(0xfe, text), segment(0xe9, text)];
  return Buffer.concat([plain.subarray(0, 2), ...more, plain.subarray(2), Buffer.from(text)]);
}

/** Two slices, with marks in the free texts of the header. */
export function markedNifti(level: number): Buffer {
  const values = new Uint8Array(4 * 3 * 2).fill(level);
  return writeNifti({ size: [4, 3, 2], datatype: 2, values, texts: text });
}

export function markedNrrd(level: number): Buffer {
  const lines = ["NRRD0005", `# ${text}`, "type: uint8", "dimension: 3", "sizes: 4 3 2", "encoding: raw"];
  const header = [...lines, `content: ${text}`, `patient:=${text} ${date}`, "", ""].join("\n");
  return Buffer.concat([Buffer.from(header), Buffer.alloc(24, level)]);
}
