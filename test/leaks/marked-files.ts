/**
 * @file Marks in files that are no DICOM images: pictures, volumes, labels, tables, the directory of a medium.
 */
import sharp, { type Sharp } from "sharp";
import { writeSegmentation } from "../../src-main/imaging/dicom/segmentation-write.ts";
import { type Attribute, sequenceItems, writeAttribute, writeTestDicom } from "../imaging/dicom-writer.ts";
import { writeNifti } from "../imaging/nifti-writer.ts";
import { writeTiff } from "../imaging/tiff-writer.ts";
import { date, number, text, uid } from "./marks.ts";

const exif = {
  IFD0: { Artist: text, ImageDescription: text, Copyright: text, Make: text, DateTime: "1947:07:13 23:57:41" },
  IFD2: { UserComment: text, BodySerialNumber: number },
  IFD3: { GPSLatitudeRef: "N", GPSAreaInformation: text },
};
const xmp = `<x:xmpmeta xmlns:x="adobe:ns:meta/">${text}</x:xmpmeta>`;

function picture(level: number, size = { width: 16, height: 12 }): Sharp {
  return sharp({ create: { ...size, channels: 3, background: { r: level, g: 90, b: 9 } } });
}

/** With Exif (place, time, artist), XMP, IPTC, a color profile, comments, unknown segments and bytes after the end. */
export async function markedJpeg(level: number): Promise<Buffer> {
  const plain = await picture(level).withExif(exif).withXmp(xmp).jpeg().toBuffer();
  const segment = (marker: number, content: string): Buffer => {
    const header = Buffer.from([0xff, marker, (content.length + 2) >> 8, (content.length + 2) & 255]);
    return Buffer.concat([header, Buffer.from(content, "latin1")]);
  };
  const iptc = `Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x0f\x1c\x02\x05\0\x0a${text}`;
  const more = [
    segment(0xed, iptc),
    segment(0xfe, text),
    segment(0xe9, text),
    segment(0xe2, `ICC_PROFILE\0\x01\x01${text}`),
    segment(0xe2, `MPF\0${text}`),
  ];
  return Buffer.concat([plain.subarray(0, 2), ...more, plain.subarray(2), Buffer.from(text)]);
}

/** One page by the library with Exif and XMP, or by hand with description, place and private tags. */
export async function markedTiff(level: number, kind: "exif" | "tags"): Promise<Buffer> {
  if (kind === "exif") {
    const file = await picture(level)
      .toColourspace("b-w")
      .withExif(exif)
      .withXmp(xmp)
      .tiff({ compression: "lzw" })
      .toBuffer();
    return Buffer.concat([file, Buffer.from(text)]);
  }
  const letters = [...text].map((letter) => letter.charCodeAt(0)); // as numbers of 16 bits
  const tags = Object.fromEntries(
    [270, 271, 272, 305, 306, 315, 316, 33432, 34737, 65000].map((tag) => [tag, letters]),
  );
  const page = { width: 7, height: 5, data: new Uint8Array(35).fill(level), tags };
  return Buffer.concat([writeTiff([page, page]), Buffer.from(text)]);
}

/** 2 x 2 pixels, a gap before them, fill bytes of the rows, and bytes after the end. */
export function markedBmp(level: number): Buffer {
  const start = 54 + 32;
  const file = Buffer.alloc(start + 16, level);
  file.fill(0, 0, 54).fill(text, 54, start).write("BM", "latin1");
  file.write(number, 6, "latin1"); // reserved
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(start, 10);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(2, 18);
  file.writeInt32LE(2, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(24, 28);
  return Buffer.concat([file, Buffer.from(text)]);
}

export async function markedWebp(level: number, orientation: 1 | 6): Promise<Buffer> {
  const plain = await picture(level, { width: 20, height: 10 })
    .withExif({ ...exif, IFD0: { ...exif.IFD0, Orientation: String(orientation) } })
    .withXmp(xmp)
    .webp({ lossless: true })
    .toBuffer();
  const unknown = Buffer.alloc(8 + text.length);
  unknown.write("MARK", "latin1");
  unknown.writeUInt32LE(text.length, 4);
  unknown.write(text, 8, "latin1");
  const file = Buffer.concat([plain, unknown]);
  file.writeUInt32LE(file.length - 8, 4);
  return Buffer.concat([file, Buffer.from(text)]);
}

/** Two slices; marks in all texts of the header, in an extension and in the gap after it. */
export function markedNifti(level: number, { isGzipped = false } = {}): Buffer {
  const values = new Uint8Array(4 * 3 * 2).fill(level);
  const offset = 352 + 96;
  const parts = { size: [4, 3, 2], datatype: 2, values, texts: text, offset } as const;
  const file = writeNifti({ ...parts, size: [...parts.size] });
  file.write(text, 4, "latin1"); // data_type
  file.write(text, 14, "latin1"); // db_name
  file.fill(text, 352, offset);
  file[348] = 1;
  file.writeInt32LE(48, 352);
  file.writeInt32LE(6, 356); // a comment
  file.write(text, 360, "latin1");
  if (!isGzipped) return Buffer.concat([file, Buffer.from(text)]);
  // The name of the packed file is in the header of gzip. RFC 1952 2.3.1.
  const packed = writeNifti({ ...parts, size: [...parts.size], isGzipped: true });
  const named = Buffer.concat([packed.subarray(0, 10), Buffer.from(`${text}.nii\0`), packed.subarray(10)]);
  named[3] = 8;
  return named;
}

export function markedNrrd(level: number): Buffer {
  const lines = ["NRRD0005", `# ${text}`, "type: uint8", "dimension: 3", "sizes: 4 3 2", "encoding: raw"];
  const more = [`content: ${text}`, `sample units: "${text}"`, `patient:=${text} ${date}`, `labels: "${text}" "y" "z"`];
  return Buffer.concat([
    Buffer.from([...lines, ...more, "", ""].join("\n")),
    Buffer.alloc(24, level),
    Buffer.from(text),
  ]);
}

/** Beside the labels: texts on people, licences, tools; names of files are those of the patient. */
export function markedCoco(fileName: string): Buffer {
  const person = { description: text, contributor: `${text}^Jane`, date_created: date, url: `https://${text}.org` };
  return Buffer.from(
    JSON.stringify({
      info: person,
      licenses: [{ id: 1, name: text, url: text }],
      images: [{ id: 1, file_name: fileName, width: 16, height: 12, date_captured: date, patient: text, license: 1 }],
      categories: [{ id: 1, name: "lesion", supercategory: text }],
      annotations: [
        {
          id: 1,
          image_id: 1,
          category_id: 1,
          iscrowd: 0,
          segmentation: [[1, 1, 9, 1, 9, 9]],
          caption: text,
          author: text,
        },
      ],
    }),
  );
}

export function markedNnunetDescription(): Buffer {
  const people = { name: text, description: text, reference: text, licence: text, release: date };
  const dataset = { channel_names: { 0: "CT" }, labels: { background: 0, lesion: 1 }, file_ending: ".nii.gz" };
  return Buffer.from(JSON.stringify({ ...people, ...dataset, numTraining: 1 }));
}

/** Columns that label, and columns that name the patient. */
export function markedTable(fileName: string): Buffer {
  const rows = [
    ["image", "diagnosis", "grade", "PatientName", "birth date", "mrn", "seen", "comment"],
    [fileName, "benign", "2", `${text}^Jane`, date, number, "1947-07-13", `${text}, seen again`],
  ];
  return Buffer.from(rows.map((row) => row.map((field) => `"${field}"`).join(",")).join("\r\n"));
}

/** A segmentation of two frames with marks in its texts, at the end, and in its file meta information's preamble. */
export function markedSegmentation(): Buffer {
  const slice = (index: number) => ({
    map: { width: 4, height: 3, data: new Uint8Array(12).fill(1, 2, 7) },
    instance: {
      ...{ studyUid: uid, seriesUid: uid, sopClassUid: "1.2.840.10008.5.1.4.1.1.2" },
      ...{ sopInstanceUid: uid, frameOfReferenceUid: uid },
    },
    frameNumber: index,
    geometry: null,
  });
  const file = Buffer.from(
    writeSegmentation({
      slices: [slice(1)],
      segments: [{ value: 1, name: "lesion", color: "#ff0000", algorithm: "AUTOMATIC", algorithmName: text }],
      spacing: { x: 1, y: 1 },
      createdAt: "1947-07-13T23:57:41Z",
      softwareVersion: "1",
      syntheticBy: [],
    }),
  );
  file.write(text, 0, "latin1");
  const people: Attribute[] = [
    [0x00100010, "PN", `${text}^Jane`],
    [0x00700080, "CS", text.toUpperCase()],
    [0x00700081, "LO", text],
    [0x00700084, "PN", `${text}^Jane`],
    [0xfffcfffc, "OB", Buffer.from(text)],
  ];
  return Buffer.concat([file, ...people.map(writeAttribute)]);
}

/** Names a patient, and one image that is not there. */
export function markedDirectory(): Buffer {
  const person: Attribute[] = [
    [0x00041430, "CS", "PATIENT "],
    [0x00100010, "PN", `${text}^Jane`],
    [0x00100020, "LO", number],
  ];
  const image: Attribute[] = [
    [0x00041430, "CS", "IMAGE "],
    [0x00041500, "CS", "IM01"],
    [0x00041511, "UI", uid],
  ];
  const file = writeTestDicom([
    [0x00041130, "CS", text.toUpperCase()],
    sequenceItems(0x00041220, [person, image]),
    [0x7fe00010, null],
  ]);
  file.write(text, 0, "latin1");
  return file;
}
