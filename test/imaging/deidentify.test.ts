/**
 * @file No identity passes import: a synthetic patient with a marker in attributes of every kind, and none of them left.
 */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { confidentialityProfile, profileRow } from "../../src-main/imaging/dicom/confidentiality-profile.ts";
import { parseDicom } from "../../src-main/imaging/dicom/parse.ts";
import {
  basicProfile,
  decodeSource,
  type Deidentification,
  inspectSource,
  replacedUid,
} from "../../src-main/imaging/index.ts";
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
  expect(after).toEqual({ ...before, patientKey: expect.stringMatching(/^[0-9a-f]{32}$/) as string });
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

const options = { ...basicProfile, secret: Uint8Array.of(7) };

async function stored(attributes: Attribute[], choice: Partial<Deidentification> = {}) {
  const deidentify = { ...options, ...choice };
  const { storedBytes, attributes: report } = await inspectSource(writeTestDicom(attributes), {
    fileName: "a.dcm",
    deidentify,
  });
  return { text: Buffer.from(storedBytes).toString("latin1"), report };
}

it("pseudonyms hold within a project and differ between projects", async () => {
  const first = await stored(identified);
  expect(first.text).toMatch(/P-[0-9A-F]{12}/);
  expect((await stored(identified)).text).toBe(first.text);
  const other = await stored(identified, { secret: Uint8Array.of(8) });
  const uids = (text: string) => text.match(/2\.25\.\d+/g)!;
  expect(other.text.match(/P-[0-9A-F]{12}/)).not.toEqual(first.text.match(/P-[0-9A-F]{12}/));
  expect(uids(other.text)[0]).not.toBe(uids(first.text)[0]);
  expect(replacedUid(Uint8Array.of(7), "9.9.9.1")).toMatch(/^2\.25\.[1-9]\d{0,38}$/);
  expect(replacedUid(Uint8Array.of(7), "1.2.840.10008.5.1.4.1.1.2")).toBe("1.2.840.10008.5.1.4.1.1.2");
});

it("each option keeps what its column of the table names, and nothing else", async () => {
  const more: Attribute[] = [
    ...identified,
    [0x00080070, "LO", "Maker Inc"],
    [0x00081010, "SH", "STATION7"],
    [0x0008103e, "LO", "AX T2 Doe 5mm 4711234"],
    [0x00100040, "CS", "F"],
    [0x00101010, "AS", "097Y"],
    [0x00080030, "TM", "142312"],
  ];
  const shifted = await stored(more, { retainDates: "shifted" });
  expect(shifted.text).not.toContain(date);
  expect(shifted.text).toContain("142312");
  expect(shifted.text).toMatch(/DA.{2}19[34]\d{5}/s);
  expect(shifted.text).toContain("MODIFIED");
  expect(shifted.text).not.toContain("\x10\0\x30\0DA"); // Patient's Birth Date is never kept
  expect((await stored(more, { retainDates: "full" })).text).toContain(date);
  expect((await stored(more, { retainUids: true })).text).toContain("9.9.9.2");
  expect((await stored(more, { retainDevice: true })).text).toContain("STATION7");
  const characteristics = (await stored(more, { retainPatientCharacteristics: true })).text;
  expect(characteristics).toContain("090Y");
  expect(characteristics).not.toContain("097Y");
  const described = (await stored(more, { cleanDescriptors: true })).text;
  expect(described).toContain("AX T2 5mm");
  for (const gone of ["Doe", "4711234", marker, "STATION7", date]) expect(described).not.toContain(gone);
  const basic = (await stored(more)).text;
  for (const gone of ["STATION7", "T2", "142312", "090Y", "097Y", "9.9.9", date]) expect(basic).not.toContain(gone);
  expect(basic).toContain("113100");
  expect(basic).toContain("REMOVED");
});

it("reports names of attributes and counts, never values", async () => {
  const { report } = await stored(identified);
  expect(report).toContainEqual({ name: "private attributes", action: "removed", count: 2 });
  expect(report).toContainEqual({ name: "Patient's Birth Date", action: "removed", count: 1 });
  // At the top and within a functional group.
  expect(report).toContainEqual({ name: "Patient's Name", action: "replaced", count: 1 });
  expect(report).toContainEqual({ name: "Patient's Name", action: "removed", count: 1 });
  expect(report).toContainEqual({ name: "Study Instance UID", action: "replaced", count: 1 });
  expect(report).toContainEqual({ name: "Overlay Data", action: "removed", count: 1 });
  expect(JSON.stringify(report)).not.toContain(marker);
});

it("the table has the standard's rows: actions and options of some that are known", () => {
  expect(confidentialityProfile.length).toBe(460);
  expect(new Set(confidentialityProfile.map(({ tag }) => tag)).size).toBe(460);
  expect(profileRow("00100010")).toMatchObject({ name: "Patient's Name", basic: "Z", vr: "PN" });
  expect(profileRow("00080020")).toMatchObject({ basic: "Z", options: { fullDates: "K", modifiedDates: "C" } });
  expect(profileRow("0020000d")).toMatchObject({ basic: "U", options: { uids: "K" } });
  expect(profileRow("60023000")).toMatchObject({ name: "Overlay Data", basic: "X", options: { cleanGraphics: "C" } });
  expect(profileRow("00280010")).toBeNull();
  expect(profileRow("00160072")).toMatchObject({ name: "GPS Latitude" });
  expect(confidentialityProfile.every(({ name }) => /^[\x20-\x7e]+$/.test(name))).toBe(true);
});

it("pixels that were compressed with loss stay marked so when they are stored decompressed", async () => {
  const storedOf = async (bytes: Uint8Array): Promise<(string | undefined)[]> => {
    const { storedBytes } = await inspectSource(bytes, { fileName: "a.dcm", deidentify: options });
    const { dataSet } = parseDicom(storedBytes, "a.dcm");
    return ["x00282110", "x00282112", "x00282114"].map((tag) => dataSet.string(tag));
  };
  const fixture = (name: string): Promise<(string | undefined)[]> =>
    storedOf(readFileSync(new URL(`../fixtures/dicom/pydicom/${name}`, import.meta.url)));
  expect(await fixture("SC_rgb_jpeg_dcmtk.dcm")).toEqual(["01", "17.401", "ISO_10918_1"]);
  // Uncompressed before import already.
  expect(await fixture("SC_ybr_full_422_uncompressed.dcm")).toEqual(["01", "21.521", "ISO_10918_1"]);
  // What the transfer syntax alone tells.
  expect(await fixture("JPEGLSNearLossless_16.dcm")).toEqual(["01", undefined, "ISO_14495_1"]);
  expect(await fixture("CT_small.dcm")).toEqual([undefined, undefined, undefined]);
  const forged: Attribute[] = [
    [0x00282110, "CS", "01"],
    [0x00282112, "DS", "19470713"],
    [0x00282114, "CS", marker],
  ];
  expect(await storedOf(writeTestDicom(forged))).toEqual(["01", undefined, undefined]);
});
