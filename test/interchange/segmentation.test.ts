/** @file DICOM Segmentation in and out, whole: of other tools with their own UIDs, compressed, overlapping; patients, synthetic images, verifier. */
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { deflateRawSync } from "node:zlib";
import { expect, it } from "vitest";
import { exportFiles, listImportFiles } from "../../src-main/interchange/index.ts";
import type { Project } from "../../src-main/project/index.ts";
import { encodeLabelMap } from "../../src-main/voxels/index.ts";
import { writeTestDicom } from "../imaging/dicom-writer.ts";
import { addModel, newImage, newProject, temporaryFolder } from "../project/fixture.ts";
import { importInto, mapsOf, memoryFile, poolOfFile, projectWith } from "./fixture.ts";
import { draw, importPhantom, orientations, phantomMap, size } from "./phantom.ts";

const pool = poolOfFile();
const fixtures = fileURLToPath(new URL("../fixtures/dicom/", import.meta.url));
const fixture = (name: string) => fs.readFileSync(path.join(fixtures, name));

async function written(project: Project): Promise<Uint8Array[]> {
  const dir = temporaryFolder();
  const { files } = await exportFiles({ project, pool: pool(), format: "dicom-seg", dir, version: "1.2.3" });
  return files.filter((name) => name.endsWith(".dcm")).map((name) => fs.readFileSync(path.join(dir, name)));
}

/** Errors that dciodvfy finds; null where it is not installed. */
function errorsOf(bytes: Uint8Array): string[] | null {
  const file = path.join(temporaryFolder(), "a.dcm");
  fs.writeFileSync(file, bytes);
  const { stdout, stderr, error } = spawnSync("dciodvfy", [file], { encoding: "utf8" });
  return error === undefined ? `${stdout}${stderr}`.split("\n").filter((line) => /error/i.test(line)) : null;
}

/** Values of an element by dicom-parser, at the top level. */
async function valueOf(bytes: Uint8Array, tag: string): Promise<string | undefined> {
  const { default: dicomParser } = await import("dicom-parser");
  return dicomParser.parseDicom(bytes).string(tag);
}

it.each([true, false, { retainUids: true }])(
  "a segmentation by highdicom finds its CT image, de-identified: %s",
  async (deidentify) => {
    const project = projectWith("lesion");
    const items = ["ct_image.dcm", "seg_image_ct_binary_single_frame.dcm"].map((name) =>
      memoryFile(name, fixture(`highdicom/${name}`)),
    );
    const report = await importInto(project, pool(), { items, addClasses: true, deidentify });
    expect(report).toMatchObject({ imported: 1, masks: 1, refused: [] });
    const [map] = Object.values(mapsOf(project));
    // The frame by pydicom: 128 x 128, these many pixels of segment 1.
    expect(map!.filter((value) => value !== 0)).toHaveLength(
      pixelsOf(fixture("highdicom/seg_image_ct_binary_single_frame.dcm")),
    );
  },
);

/** Bits that are set in the native pixel data of a binary segmentation. */
function pixelsOf(bytes: Buffer): number {
  const at = bytes.lastIndexOf(Buffer.from([0xe0, 0x7f, 0x10, 0x00]));
  const isExplicit = /^O[BW]$/.test(bytes.toString("latin1", at + 4, at + 6));
  let count = 0;
  for (const byte of bytes.subarray(at + (isExplicit ? 12 : 8)))
    for (let bit = 0; bit < 8; bit++) count += (byte >> bit) & 1;
  return count;
}

it("a label map segmentation finds the frames of its multi-frame image", async () => {
  const project = projectWith("other");
  const items = ["sm_image.dcm", "seg_image_sm_control_labelmap.dcm"].map((name) =>
    memoryFile(name, fixture(`highdicom/${name}`)),
  );
  const report = await importInto(project, pool(), { items, addClasses: true });
  expect(report).toMatchObject({ imported: 1, masks: 20, refused: [] });
  expect(Object.values(mapsOf(project)).filter((map) => map !== null)).toHaveLength(20);
});

/** CT slices of 16 x 16 pixels with the UIDs that highdicom's segmentations refer to. */
const sources = ["93", "94", "95", "96"].map((last) =>
  memoryFile(
    `ct${last}.dcm`,
    writeTestDicom([
      [0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.2\0"],
      [0x00080018, "UI", `1.3.6.1.4.1.5962.1.1.0.0.0.1196530851.28319.0.${last}`],
      [0x00080060, "CS", "CT"],
      [0x00100020, "LO", "p"],
      [0x0020000e, "UI", "1.2.3.100"],
      [0x00280010, "US", 16],
      [0x00280011, "US", 16],
      [0x7fe00010, "OB", new Uint8Array(256).fill(Number(last))],
    ]),
  ),
);

it("where segments overlap, the one of the highest number has the pixel, and the report says how many", async () => {
  const project = projectWith("other");
  const mask = memoryFile("overlap.dcm", fixture("highdicom/seg_image_ct_binary_overlap.dcm"));
  const report = await importInto(project, pool(), { items: sources, masks: [mask], addClasses: true });
  expect(report).toMatchObject({ imported: 4, masks: 4, refused: [] });
  expect(report.matches[0]!.notes).toEqual([
    "16 pixels were claimed by several classes; the one of the highest number has them",
  ]);
});

it("fractional segmentations are cut at half; a deflated file holds the same", async () => {
  const plain = fixture("highdicom/seg_image_ct_true_fractional.dcm");
  const project = projectWith("other");
  const report = await importInto(project, pool(), {
    items: sources,
    masks: [memoryFile("f.dcm", plain)],
    addClasses: true,
  });
  expect(report).toMatchObject({ masks: 3, refused: [] });
  const binary = fixture("highdicom/seg_image_ct_binary.dcm");
  const maps: unknown[] = [];
  for (const bytes of [binary, deflated(binary)]) {
    const other = projectWith("other");
    const masks = [memoryFile("b.dcm", bytes)];
    expect(await importInto(other, pool(), { items: sources, masks, addClasses: true })).toMatchObject({
      masks: 3,
      refused: [],
    });
    maps.push(mapsOf(other));
  }
  expect(maps[1]).toEqual(maps[0]);
});

/** The same data set as Deflated Explicit VR Little Endian (PS3.5 A.5), of an explicit file. */
function deflated(bytes: Buffer): Buffer {
  const metaLength = bytes.readUInt32LE(140);
  const end = 144 + metaLength;
  const uid = "1.2.840.10008.1.2.1.99";
  const element = Buffer.concat([
    Buffer.from([2, 0, 0x10, 0]),
    Buffer.from("UI"),
    Buffer.from([uid.length, 0]),
    Buffer.from(uid),
  ]);
  return Buffer.concat([bytes.subarray(0, 132), element, deflateRawSync(bytes.subarray(end))]);
}

it("the patient is that of the stored images: a pseudonym, or the patient where files are kept", async () => {
  for (const [deidentify, removed] of [
    [true, "YES"],
    [false, "NO"],
  ] as const) {
    const project = newProject();
    const { phantomFiles } = await import("./phantom.ts");
    const items = phantomFiles(orientations["axial"]!, { patient: "marker-77" });
    await importInto(project, pool(), { items, deidentify });
    draw(
      project,
      project.images.frames().map(({ frameId }) => frameId),
    );
    const [seg] = await written(project);
    const id = await valueOf(seg!, "x00100020");
    const stored = project.images.sourceOfFrame(1).bytes;
    expect(id).toBe(await valueOf(stored, "x00100020"));
    expect(id).toMatch(deidentify ? /^P-[0-9A-F]{12}$/ : /^marker-77$/);
    expect(await valueOf(seg!, "x00120062")).toBe(removed);
    for (const tag of ["x0020000d", "x00200052"]) expect(await valueOf(seg!, tag)).toBe(await valueOf(stored, tag));
    expect(errorsOf(seg!) ?? []).toEqual([]);
  }
});

it("255 classes make a segmentation that the verifier accepts and that comes back", async () => {
  const names = Array.from({ length: 255 }, (_, index) => `class ${index + 1}`);
  const project = projectWith(...names);
  const [frameId] = await importPhantom(project, pool(), orientations["oblique"]!);
  const map = phantomMap(0);
  map.data.forEach((_, index) => (map.data[index] = 255 - 7 * index));
  project.annotations.write(frameId!, encodeLabelMap(map), { origin: "drawn" });
  const [seg] = await written(project);
  expect(errorsOf(seg!) ?? []).toEqual([]);
  const other = projectWith(...names);
  await importPhantom(other, pool(), orientations["oblique"]!);
  await importInto(other, pool(), { masks: [memoryFile("s.dcm", seg!)] });
  expect(mapsOf(other)["slice0.dcm"]).toEqual([...map.data]);
});

it("of synthetic images it carries the standard's marks; the verifier of 2022 knows all but one", async () => {
  const project = newProject();
  const { modelId } = addModel(project);
  const [frame] = newImage("x").frames;
  const instance = {
    studyUid: "1.2.3",
    seriesUid: "1.2.3.4",
    sopClassUid: "1.2.840.10008.5.1.4.1.1.7",
    sopInstanceUid: "1.2.3.4.5",
    frameOfReferenceUid: null,
  };
  const one = { ...frame!, ...size, instance, synthetic: { modelId, method: "genseg" } };
  const { frameIds } = project.images.add(newImage("made", { format: "dicom", frames: [one] }));
  project.annotations.write(frameIds[0]!, encodeLabelMap(phantomMap(0)), { origin: "drawn" });
  const [seg] = await written(project);
  expect(await valueOf(seg!, "x0008001c")).toBe("YES");
  expect(await valueOf(seg!, "x00080008")).toBe("DERIVED\\PRIMARY");
  expect(await valueOf(seg!, "x00082111")).toBe("The source images are synthetic, made by genseg (model 1).");
  expect(Buffer.from(seg!).includes("Processing Equipment")).toBe(true);
  const errors = errorsOf(seg!) ?? [];
  expect(errors.filter((line) => !line.includes("not a recognized standard attribute - (0x0008,0x001c)"))).toEqual([]);
});

it("a folder with a segmentation and its images needs no --masks", async () => {
  const { items } = await listImportFiles([path.join(fixtures, "dcmqi/23x38x3")]);
  const project = projectWith("other");
  const chosen = items.filter(({ name }) => !name.includes("mf.dcm"));
  expect(await importInto(project, pool(), { items: chosen, addClasses: true })).toMatchObject({
    imported: 3,
    refused: [],
  });
});
