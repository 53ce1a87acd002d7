/**
 * @file What the options of PS3.15 E.3 keep below the top level: sequences, functional groups, private attributes, overlay planes.
 */
import type { DataSet } from "dicom-parser";
import { expect, it } from "vitest";
import { parseDicom } from "../../src-main/imaging/dicom/parse.ts";
import { cleanDescription } from "../../src-main/imaging/dicom/technical-words.ts";
import { basicProfile, type Deidentification, inspectSource, replacedUid } from "../../src-main/imaging/index.ts";
import { type Attribute, sequenceItems, sequenceOf, writeTestDicom } from "./dicom-writer.ts";

const secret = Uint8Array.of(7);

async function stored(attributes: Attribute[], options: Partial<Deidentification> = {}) {
  const deidentify = { ...basicProfile, secret, ...options };
  const { storedBytes, attributes: report } = await inspectSource(writeTestDicom(attributes), {
    fileName: "a.dcm",
    deidentify,
  });
  return { dataSet: parseDicom(storedBytes, "a.dcm").dataSet, report };
}

const item = (dataSet: DataSet, tag: string, index = 0): DataSet => dataSet.elements[tag]!.items![index]!.dataSet!;
const doubles = (...values: number[]): Uint8Array => new Uint8Array(Float64Array.from(values).buffer);

const reference = (uid: string): Attribute[] => [
  [0x00081150, "UI", "1.2.840.10008.5.1.4.1.1.2\0"],
  [0x00081155, "UI", uid],
  [0x00081160, "IS", "3"],
  [0x00080050, "SH", "ACC471108"],
];
const code = (value: string, scheme: string, meaning: string): Attribute[] => [
  [0x00080100, "SH", value],
  [0x00080102, "SH", scheme],
  [0x00080104, "LO", meaning],
];

it("references among images stay, their UIDs replaced as everywhere else, or kept if asked for", async () => {
  const series = sequenceOf(0x00081115, [
    sequenceOf(0x00081199, reference("9.9.9.5 ")),
    [0x0020000e, "UI", "9.9.9.2 "],
  ]);
  const file: Attribute[] = [
    [0x00080018, "UI", "9.9.9.5 "],
    sequenceItems(0x00081140, [reference("9.9.9.5 "), reference("9.9.9.6 ")]),
    series,
    sequenceOf(0x00081120, reference("9.9.9.7 ")), // Referenced Patient Sequence goes in any case
  ];
  const { dataSet } = await stored(file);
  const replaced = replacedUid(secret, "9.9.9.5");
  expect(dataSet.string("x00080018")).toBe(replaced);
  const first = item(dataSet, "x00081140");
  expect(Object.keys(first.elements)).toEqual(["x00081150", "x00081155", "x00081160"]);
  expect(first.string("x00081155")).toBe(replaced);
  expect(item(dataSet, "x00081140", 1).string("x00081155")).toBe(replacedUid(secret, "9.9.9.6"));
  expect(item(item(dataSet, "x00081115"), "x00081199").string("x00081155")).toBe(replaced);
  expect(dataSet.elements["x00081120"]).toBeUndefined();

  const { dataSet: kept } = await stored(file, { retainUids: true });
  expect(item(kept, "x00081140").string("x00081155")).toBe("9.9.9.5");
  expect(kept.elements["x00081120"]).toBeUndefined();
});

it("clean descriptors reach into Request Attributes: words and public codes stay, numbers of requests go", async () => {
  const request = sequenceOf(0x00400275, [
    [0x00321060, "LO", "MR Brain Doe 13/07/47"],
    [0x00400007, "LO", "Head AX T2 for Dr Miller"],
    [0x00401001, "SH", "REQ471108"],
    sequenceOf(0x00400008, code("241601008", "SCT", "MRI of head of Doe")),
    sequenceOf(0x00321064, code("DOE47", "99HOSP", "Doe protocol")),
  ]);
  expect((await stored([request])).dataSet.elements["x00400275"]).toBeUndefined();
  const { dataSet } = await stored([request], { cleanDescriptors: true });
  const kept = item(dataSet, "x00400275");
  expect(kept.string("x00321060")).toBe("MR Brain");
  expect(kept.string("x00400007")).toBe("Head AX T2");
  expect(kept.elements["x00401001"]).toBeUndefined();
  expect(item(kept, "x00400008").string("x00080100")).toBe("241601008");
  expect(item(kept, "x00400008").string("x00080104")).toBe("MRI of head of");
  expect(kept.elements["x00321064"]).toBeUndefined();
});

it("institution and station codes stay with their options only, dates within frames move with the patient's", async () => {
  const file: Attribute[] = [
    [0x00080020, "DA", "20200229"],
    [0x00100020, "LO", "4711"],
    [0x00280008, "IS", "1"],
    sequenceOf(0x00080082, code("H17", "99HOSP", "Saint Elsewhere")),
    sequenceOf(0x00404028, code("CT3", "99HOSP", "Scanner 3")),
    sequenceItems(0x52009230, [
      [
        sequenceOf(0x00209111, [
          [0x00189074, "DT", "20200301101500"],
          [0x00209158, "LT", "Doe"],
        ]),
        sequenceOf(0x00209113, [[0x00200032, "DS", "1\\2\\3"]]),
      ],
    ]),
  ];
  const { dataSet: plain } = await stored(file);
  for (const tag of ["x00080082", "x00404028", "x00080020"]) expect(plain.elements[tag]).toBeUndefined();
  expect(Object.keys(item(plain, "x52009230").elements)).toEqual(["x00209113"]);

  const { dataSet: institution } = await stored(file, { retainInstitution: true });
  expect(item(institution, "x00080082").string("x00080104")).toBe("Saint Elsewhere");
  expect(institution.elements["x00404028"]).toBeUndefined();
  const { dataSet: device } = await stored(file, { retainDevice: true });
  expect(item(device, "x00404028").string("x00080100")).toBe("CT3");
  expect(device.elements["x00080082"]).toBeUndefined();

  const { dataSet: shifted, report } = await stored(file, { retainDates: "shifted" });
  const group = item(shifted, "x52009230");
  expect(item(group, "x00209113").string("x00200032")).toBe("1\\2\\3");
  const frame = item(group, "x00209111");
  expect(Object.keys(frame.elements)).toEqual(["x00189074"]);
  const day = (text: string): number =>
    Date.UTC(Number(text.slice(0, 4)), Number(text.slice(4, 6)) - 1, Number(text.slice(6, 8))) / 86_400_000;
  expect(day(frame.string("x00189074")!) - day(shifted.string("x00080020")!)).toBe(1); // 29 February to 1 March
  expect(frame.string("x00189074")!.slice(8)).toBe("101500");
  expect(report).toContainEqual({ name: "Frame Acquisition DateTime", action: "replaced", count: 1 });
  expect(report).toContainEqual({ name: "Frame Comments", action: "removed", count: 1 });
});

it("what was empty and stays empty is told neither as kept nor as replaced", async () => {
  const { report } = await stored([
    [0x00100010, "PN", ""],
    [0x00100020, "LO", ""],
  ]);
  expect(report.filter(({ name }) => name.startsWith("Patient"))).toEqual([]);
});

it("private attributes that the standard calls safe stay with their option, at any level; all others go", async () => {
  const siemens: Attribute[] = [
    [0x00190010, "LO", "SIEMENS MR HEADER "],
    [0x00190011, "LO", "OTHER MAKER "],
    [0x0019100c, "IS", "1000"],
    [0x0019100d, "CS", "DOE^JANE"], // listed, but no term that it may be
    [0x0019100e, "FD", doubles(0, 0.6, 0.8)],
    [0x0019110c, "IS", "1001"],
    [0x00191008, "CS", "NAME"],
  ];
  const file: Attribute[] = [...siemens, sequenceOf(0x00081140, [...reference("9.9.9.5 "), ...siemens])];
  const safe = { retainSafePrivate: true };
  const { dataSet, report } = await stored(file, safe);
  const isPrivate = (tag: string): boolean => tag.startsWith("x0019");
  for (const level of [dataSet, item(dataSet, "x00081140")]) {
    expect(Object.keys(level.elements).filter(isPrivate)).toEqual(["x00190010", "x0019100c", "x0019100e"]);
    expect(level.string("x0019100c")).toBe("1000");
    expect(level.double("x0019100e", 2)).toBe(0.8);
  }
  expect(item(dataSet, "x00120064", 1).string("x00080100")).toBe("113111");
  expect(report).toContainEqual({ name: "private attributes", action: "kept", count: 6 });
  expect(report).toContainEqual({ name: "private attributes", action: "removed", count: 8 });
  expect(Object.keys((await stored(file)).dataSet.elements).filter(isPrivate)).toEqual([]);
});

it("overlay planes stay with their option: their bits and place, no names, nothing behind the last pixel", async () => {
  const overlay: Attribute[] = [
    [0x60000010, "US", 3],
    [0x60000011, "US", 4],
    [0x60000022, "LO", "Doe"],
    [0x60000040, "CS", "G"],
    [0x60000050, "SS", Uint8Array.of(1, 0, 0xff, 0xff)],
    [0x60000100, "US", 1],
    [0x60000102, "US", 0],
    [0x60001500, "LO", "Doe"],
    [0x60003000, "OW", Uint8Array.of(0b10100101, 0b11111010, 0x44, 0x6f)],
    [0x60004000, "LT", "Doe"],
  ];
  const { dataSet } = await stored(overlay, { retainGraphics: true });
  const kept = Object.keys(dataSet.elements).filter((tag) => tag.startsWith("x60"));
  expect(kept).toEqual(["0010", "0011", "0040", "0050", "0100", "0102", "3000"].map((element) => `x6000${element}`));
  const { dataOffset, length } = dataSet.elements["x60003000"]!;
  expect([...dataSet.byteArray.subarray(dataOffset, dataOffset + length)]).toEqual([0b10100101, 0b1010]);
  expect(dataSet.int16("x60000050", 1)).toBe(-1);
  expect(dataSet.string("x00120063")).toContain("Overlay planes kept");
  const { dataSet: plain } = await stored(overlay);
  expect(Object.keys(plain.elements).filter((tag) => tag.startsWith("x60"))).toEqual([]);
});

it.each([
  ["born 13/07/47, T2 5mm", "T2 5mm"],
  ["13.07.1947 brain", "brain"],
  ["tel 030 12 34 56 chest", "chest"],
  ["1.2.840.99.1 lung", "lung"],
  ["at 14:23 spine", "spine"],
  ["Rao Long Dixon Sharp knee 0.75 x", "knee 0.75"],
  ["MILLER^JANE", ""],
])("of %j the technical words %j stay", (description, words) => {
  expect(cleanDescription(description)).toBe(words);
});
