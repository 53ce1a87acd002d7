/**
 * @file No identity passes import: a synthetic patient with a marker in attributes of every kind, and none of them left.
 */
import { expect, it } from "vitest";
import { decodeSource, inspectSource } from "../../src-main/imaging/index.ts";
import { type Attribute, sequenceOf, writeTestDicom } from "./dicom-writer.ts";
import { pngChunk, writeSamplesPng } from "./png-writer.ts";

const marker = "MARKER";
const date = "19470713";

const identified: Attribute[] = [
  [0x00080012, "DA", date],
  [0x00080020, "DA", date],
  [0x00080050, "SH", marker],
  [0x00080080, "LO", marker],
  [0x00080090, "PN", `${marker}^REFERRER`],
  [0x00081030, "LO", marker],
  sequenceOf(0x00081110, [[0x00081155, "UI", "9.9.9"]]),
  [0x00100010, "PN", `${marker}^JANE`],
  [0x00100020, "LO", marker],
  [0x00100030, "DA", date],
  [0x00104000, "LT", marker],
  [0x00110010, "LO", marker],
  [0x00111001, "UN", Buffer.from(marker)],
  [0x00200010, "SH", marker],
  [0x0020000d, "UI", "9.9.9.1"],
  [0x0020000e, "UI", "9.9.9.2"],
  [0x00200013, "IS", "12"],
  [0x00200032, "DS", "1.5\\-2\\3e1"],
  [0x00200037, "DS", "1\\0\\0\\0\\1\\0"],
  [0x00204000, "LT", marker],
  [0x00280030, "DS", "0.5\\0.25"],
  // Technical attributes misused for text must not pass either.
  [0x00080060, "CS", marker.toLowerCase()],
  [0x00281050, "DS", marker],
  [0x00281055, "LO", marker],
  sequenceOf(0x52009229, [
    sequenceOf(0x00289110, [
      [0x00280030, "DS", "0.5\\0.25"],
      [0x00100010, "PN", marker],
      [0x00180050, "DS", "2.5"],
    ]),
    sequenceOf(0x00289132, [[0x00281055, "LO", marker]]),
    sequenceOf(0x00409096, [[0x00400310, "ST", marker]]),
  ]),
  [0x40084000, "ST", marker],
  [0x60003000, "OW", Buffer.from(marker)],
  [0xfffcfffc, "OB", Buffer.from(marker)],
];

it("no marker is left in the stored DICOM; pixels and geometry are", async () => {
  const original = writeTestDicom(identified);
  const { storedBytes } = await inspectSource(original, { fileName: "a.dcm" });
  const text = Buffer.from(storedBytes).toString("latin1");
  expect(text.toUpperCase()).not.toContain(marker);
  expect(text).not.toContain(date);
  expect(text).not.toContain("9.9.9");
  expect(text).not.toContain("1.2.3.4");
  expect(text).toContain("1.5\\-2\\3e1");
  expect(text).toContain("1\\0\\0\\0\\1\\0");
  expect(text).toContain("2.5");
  const before = await decodeSource(original, { fileName: "a.dcm" });
  const after = await decodeSource(storedBytes, { fileName: "a.dcm" });
  expect(after).toEqual({ ...before, patientKey: null });
  expect(after.frames[0]!.spacing).toEqual({ x: 0.25, y: 0.5 });
});

it("the same file gives the same bytes, so that a second import is known; a series keeps together", async () => {
  const store = async (attributes: Attribute[]): Promise<string> => {
    const { storedBytes } = await inspectSource(writeTestDicom(attributes), { fileName: "a.dcm" });
    return Buffer.from(storedBytes).toString("latin1");
  };
  expect(await store(identified)).toBe(await store(identified));
  const seriesUid = (text: string): string => {
    const start = text.indexOf("\x20\0\x0e\0UI") + 8;
    return text.slice(start, start + text.charCodeAt(start - 2));
  };
  const other = await store([...identified, [0x00080018, "UI", "1.2.3.5"], [0x00200013, "IS", "13"]]);
  expect(other).not.toBe(await store(identified));
  expect(seriesUid(other)).toMatch(/^2\.25\./);
  expect(seriesUid(other)).toBe(seriesUid(await store(identified)));
});

it("no marker is left in the stored PNG", async () => {
  const text = pngChunk("tEXt", Buffer.from(`Author\0${marker}`));
  const exif = pngChunk("eXIf", Buffer.from(`MM\0*${marker}`));
  const bytes = writeSamplesPng(Uint8Array.of(1, 2, 3), { width: 3, height: 1, extra: [text, exif] });
  const { storedBytes } = await inspectSource(Buffer.concat([bytes, Buffer.from(marker)]), { fileName: "a.png" });
  expect(Buffer.from(storedBytes).includes(marker)).toBe(false);
  expect([...(await decodeSource(storedBytes, { fileName: "a.png" })).frames[0]!.data]).toEqual([1, 2, 3]);
});
