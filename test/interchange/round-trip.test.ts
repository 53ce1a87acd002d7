/** @file What is exported comes back the same: masks, classes, labels; and labels of other tools find their images. */
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ExportFormat } from "../../src-main/api/contract.ts";
import { createDecodePool, type DecodePool, encodePng, forkDecodeProcess } from "../../src-main/imaging/index.ts";
import {
  exportFiles,
  type ImportFile,
  importImages,
  type ImportOptions,
  type ImportReport,
  listImportFiles,
  previewOf,
} from "../../src-main/interchange/index.ts";
import { createProject, type Project } from "../../src-main/project/index.ts";
import { createLabelMap, decodeLabelMap } from "../../src-main/voxels/index.ts";
import { digestOf, newProject, temporaryFolder } from "../project/fixture.ts";
import { draw, importPhantom, orientations, phantomMap, size, SLICES } from "./phantom.ts";

let pool: DecodePool;
beforeAll(() => {
  const entry = fileURLToPath(new URL("../../src-main/app/decode-process.ts", import.meta.url));
  pool = createDecodePool({ spawn: () => forkDecodeProcess(entry) });
});
afterAll(() => pool.close());

const file = (name: string, bytes: Uint8Array | string): ImportFile => ({
  name,
  read: () => Promise.resolve(typeof bytes === "string" ? new TextEncoder().encode(bytes) : new Uint8Array(bytes)),
});

function run(project: Project, options: Partial<ImportOptions>): Promise<ImportReport> {
  return importImages({ project, pool, items: [], patient: { kind: "auto" }, ...options });
}

/** Export of `from`, as the masks of an import into `to`. */
async function carry(from: Project, format: ExportFormat, to: Project): Promise<ImportReport> {
  const dir = temporaryFolder();
  await exportFiles({ project: from, pool, format, dir });
  const folder = format === "coco" ? path.join(dir, "annotations") : format === "nnunet" ? dir : dir;
  return run(to, { masks: (await listImportFiles([folder])).items.filter(({ name }) => !name.startsWith("images")) });
}

const mapOf = (project: Project, frameId: number, shape = size): Uint8Array | null => {
  const rle = project.annotations.mask(frameId);
  return rle === null ? null : decodeLabelMap(rle, shape).data;
};

/** A second project with the same images and no masks, in which a third class comes first: other values. */
function otherProject(): Project {
  const project = createProject(path.join(temporaryFolder(), "other.aliquot"), { classes: ["lesion", "organ"] });
  return project;
}

describe.each(Object.entries(orientations))("a phantom, %s,", (_name, orientation) => {
  it.each(["nifti", "dicom-seg", "png", "nnunet"] as const)("comes back exactly by %s", async (format) => {
    const from = newProject();
    const frames = await importPhantom(from, pool, orientation);
    draw(from, frames.slice(0, 3));
    from.annotations.write(frames[3]!, (await import("../../src-main/voxels/index.ts")).encodeLabelMap(phantomMap(3)), {
      origin: "drawn",
    });
    const to = otherProject();
    const images = await importPhantom(to, pool, orientation);
    // DICOM SEG refers to the UIDs that the first project holds; in the second it is found by place.
    const report = await carry(from, format, to);
    expect(report.refused).toEqual([]);
    expect(report.masks).toBe(SLICES);
    images.forEach((frameId, slice) => expect(mapOf(to, frameId)).toEqual(phantomMap(slice).data));
    to.close();
  });
});

it("slices that were not annotated stay so, by NIfTI and nnU-Net", async () => {
  for (const format of ["nifti", "nnunet"] as const) {
    const from = newProject();
    draw(from, (await importPhantom(from, pool, orientations["axial"]!)).slice(0, 2));
    const to = otherProject();
    const images = await importPhantom(to, pool, orientations["axial"]!);
    expect(await carry(from, format, to)).toMatchObject({ masks: 2, refused: [] });
    expect(images.map((frameId) => mapOf(to, frameId) !== null)).toEqual([true, true, false, false]);
    to.close();
  }
});

async function pictures(project: Project): Promise<number[]> {
  const items = await Promise.all(
    [0, 1].map(async (index) => file(`p${index}.png`, await encodePng(new Uint8Array(35).fill(index + 1), 7, 5, 1))),
  );
  await run(project, { items });
  return project.images.frames().map(({ frameId }) => frameId);
}

it.each(["coco", "png", "nifti", "nnunet"] as const)("pictures come back exactly by %s", async (format) => {
  const from = newProject();
  draw(from, await pictures(from));
  const to = otherProject();
  const frames = await pictures(to);
  const report = await carry(from, format, to);
  expect(report).toMatchObject({ masks: 2, refused: [] });
  frames.forEach((frameId, index) => expect(mapOf(to, frameId)).toEqual(phantomMap(index).data));
  to.close();
});

it("a packed label map is known as such, whatever its packed bytes look like", async () => {
  const from = newProject();
  draw(from, (await pictures(from)).slice(0, 1));
  const dir = temporaryFolder();
  await exportFiles({ project: from, pool, format: "nifti", dir });
  const packed = fs.readFileSync(path.join(dir, "p0.nii.gz"));
  for (const name of ["[scan].nii", "{1}.nii"]) {
    // RFC 1952 2.3: flag FNAME, and after 10 bytes the name, as gzip writes it. Here it is the first that could be read.
    const named = Buffer.concat([packed.subarray(0, 10), Buffer.from(`${name}\0`), packed.subarray(10)]);
    named[3] = 0x08;
    const to = otherProject();
    await pictures(to);
    expect(await run(to, { masks: [file("p0.nii.gz", named)] })).toMatchObject({ masks: 1, refused: [] });
    to.close();
  }
});

it("JSON that is no COCO is refused in plain words", async () => {
  const refusal = async (text: string) =>
    (await run(newProject(), { masks: [file("x.json", text)] })).refused[0]?.problem;
  expect(await refusal('\uFEFF {"files": []}')).toMatchObject({
    code: "unsupported-file",
    detail: 'It is JSON, but not of COCO: "images" is missing or of another kind.',
  });
  expect(await refusal('{"images": [')).toMatchObject({ code: "corrupt-file", detail: "It is not JSON, or cut off." });
  expect(await refusal("")).toMatchObject({ code: "corrupt-file", detail: "It is empty: 0 bytes." });
});

it("an nnU-Net folder makes a project: images, labels, classes with their colors", async () => {
  const from = newProject();
  from.classes.change(2, { color: "#123456" });
  draw(from, await importPhantom(from, pool, orientations["axial"]!));
  const dir = temporaryFolder();
  await exportFiles({ project: from, pool, format: "nnunet", dir });
  const to = createProject(path.join(temporaryFolder(), "new.aliquot"), { classes: ["other"] });
  const { items } = await listImportFiles([dir]);
  expect((await run(to, { items })).refused).toMatchObject([{ problem: { code: "mask-mismatch" } }]);
  expect(await run(to, { items, addClasses: true })).toMatchObject({ masks: SLICES, refused: [] });
  expect(
    to.classes
      .list()
      .map(({ name, color }) => [name, color])
      .slice(1),
  ).toEqual(expect.arrayContaining([expect.arrayContaining(["lesion"]), ["organ", "#123456"]]));
  const value = new Map(to.classes.list().map(({ name, value }) => [name, value]));
  const maps = to.images.frames().map(({ frameId }) => mapOf(to, frameId, size)!);
  const expected = phantomMap(0).data.map((each) => [0, value.get("lesion")!, value.get("organ")!][each]!);
  expect(maps.some((map) => map.length === 35 && map.every((each, at) => each === expected[at]))).toBe(true);
  to.close();
});

it("COCO: polygons, plain runs and classes by name, wherever their ids start", async () => {
  const project = newProject();
  const [first, second] = await pictures(project);
  const coco = {
    images: [
      { id: 9, file_name: "some/folder/p0.jpg", width: 7, height: 5 },
      { id: 11, file_name: "p1.png", width: 7, height: 5 },
      { id: 12, file_name: "elsewhere.png", width: 7, height: 5 },
    ],
    categories: [
      { id: 700, name: "Organ" },
      { id: 2, name: "lesion" },
    ],
    annotations: [
      { id: 1, image_id: 9, category_id: 700, segmentation: [[1, 1, 4, 1, 4, 3, 1, 3]] },
      { id: 2, image_id: 11, category_id: 2, segmentation: { size: [5, 7], counts: [5, 5, 25] } },
    ],
  };
  const report = await run(project, { masks: [file("instances.json", JSON.stringify(coco))] });
  expect(report).toMatchObject({ masks: 2, refused: [] });
  expect(report.matches).toEqual([
    { file: "instances.json", kind: "coco", images: ["p0.png", "p1.png"], notes: ["no image for 1: elsewhere.png"] },
  ]);
  const square = createLabelMap(7, 5);
  for (const at of [8, 9, 10, 15, 16, 17]) square.data[at] = 2;
  expect(mapOf(project, first!)).toEqual(square.data);
  const column = createLabelMap(7, 5);
  for (let y = 0; y < 5; y++) column.data[7 * y + 1] = 1;
  expect(mapOf(project, second!)).toEqual(column.data);
});

it("a label map in another order of axes finds its pixels by place", async () => {
  const from = newProject();
  draw(from, await importPhantom(from, pool, orientations["sagittal"]!));
  const dir = temporaryFolder();
  const { files } = await exportFiles({ project: from, pool, format: "nifti", dir });
  const bytes = new Uint8Array(gunzipSync(fs.readFileSync(path.join(dir, files[0]!))));
  // The first axis backwards: voxels mirrored, column 1 of the sform negated, its origin at the other end.
  const view = new DataView(bytes.buffer);
  const start = view.getFloat32(108, true);
  const values = bytes.slice(start);
  for (let at = 0; at < values.length; at++) bytes[start + at] = values[at - (at % 7) + 6 - (at % 7)]!;
  for (let row = 0; row < 3; row++) {
    const at = 280 + 16 * row;
    const step = view.getFloat32(at, true);
    view.setFloat32(at + 12, view.getFloat32(at + 12, true) + 6 * step, true);
    view.setFloat32(at, -step, true);
  }
  const to = otherProject();
  const images = await importPhantom(to, pool, orientations["sagittal"]!);
  expect(await run(to, { masks: [file("unknown name.nii.gz", gzipSync(bytes))] })).toMatchObject({
    masks: SLICES,
    refused: [],
  });
  images.forEach((frameId, slice) => expect(mapOf(to, frameId)).toEqual(phantomMap(slice).data));
  // Half a voxel off is no match.
  view.setFloat32(292, view.getFloat32(292, true) + 0.5, true);
  const off = await run(otherProject(), { masks: [file("unknown name.nii.gz", gzipSync(bytes))] });
  expect(off.refused).toMatchObject([{ problem: { code: "mask-mismatch" } }]);
  to.close();
});

it("labels of images: classes and numbers by image or by case, and what an export writes", async () => {
  const project = newProject();
  await pictures(project);
  const table = "image;grade:class;age\r\np0.png;2;61.5\r\np1;;40\r\np7.png;1;1\r\n";
  const report = await run(project, { labels: [file("labels.csv", table)] });
  expect(report).toMatchObject({ labels: 3, refused: [] });
  expect(report.matches[0]!.notes).toEqual([
    "labels: grade (class), age (number)",
    'new label "grade", a class per image: 1, 2',
    'new label "age", a number per image',
    "no image for 1 rows: p7.png",
  ]);
  expect(project.labels.list().map(({ imageId, name, value }) => [imageId, name, value])).toEqual([
    [1, "age", 61.5],
    [1, "grade", "2"],
    [2, "age", 40],
  ]);
  const byCase = await run(project, { labels: [file("cases.csv", 'case,view\n"p0","left, upper"\np1,right\n')] });
  expect(byCase).toMatchObject({ labels: 2 });
  draw(project, [1]);
  const dir = temporaryFolder();
  await exportFiles({ project, format: "csv", dir });
  const other = otherProject();
  await pictures(other);
  const [exported] = (await listImportFiles([path.join(dir, "labels.csv")])).items;
  expect(await run(other, { labels: [exported!] })).toMatchObject({ labels: 5, refused: [] });
  expect(other.labels.list()).toEqual(project.labels.list());
  expect(other.labelDefinitions.list().map(({ name, kind, scope }) => [name, kind, scope])).toEqual([
    ["age", "number", "image"],
    ["grade", "class", "image"],
    ["view", "class", "patient"],
  ]);
  other.close();
  for (const broken of ["image\np0\n", "image,a\np9,1\n", "image,a\np0\n", 'image,a\n"p0,1\n']) {
    expect((await run(project, { labels: [file("l.csv", broken)] })).refused).toHaveLength(1);
  }
});

it("a preview tells what an import would do, and leaves the project alone", async () => {
  const project = newProject();
  const [first] = await pictures(project);
  draw(project, [first!]);
  const before = project.summary().counts;
  const preview = previewOf(project);
  const coco = {
    images: [{ id: 1, file_name: "p1.png", width: 7, height: 5 }],
    categories: [{ id: 1, name: "lesion" }],
    annotations: [],
  };
  const mask = await encodePng(new Uint8Array(35).fill(1), 7, 5, 1);
  const report = await run(preview.project, {
    dryRun: true,
    masks: [file("c.json", JSON.stringify(coco)), file("p0.png", mask), file("p5.png", mask)],
  });
  preview.end();
  expect(report).toMatchObject({ dryRun: true, masks: 1, unmatchedMasks: ["p5.png"] });
  expect(report.refused).toMatchObject([{ file: "p0.png", problem: { code: "conflict" } }]);
  expect(report.matches.map(({ file: name, images }) => [name, images])).toEqual([
    ["p0.png", ["p0.png"]],
    ["c.json", ["p1.png"]],
  ]);
  expect(project.summary().counts).toEqual(before);
  expect(digestOf(project.path)).toMatch(/^[0-9a-f]{64}$/);
});

it("a segmentation by dcmqi finds the images that it refers to, although their UIDs were replaced", async () => {
  const folder = fileURLToPath(new URL("../fixtures/dicom/dcmqi/23x38x3", import.meta.url));
  const { items } = await listImportFiles([folder]);
  const project = newProject();
  // In one folder: the segmentation is told from the images by its SOP class.
  const chosen = items.filter(({ name }) => !name.includes("mf.dcm"));
  const report = await run(project, { items: chosen, addClasses: true });
  expect(report.refused).toEqual([]);
  expect(report.imported).toBe(3);
  expect(report.masks).toBeGreaterThan(0);
  expect(report.matches[0]).toMatchObject({ file: "label.seg", kind: "dicom-seg" });
  const painted = project.images
    .frames()
    .flatMap(({ frameId, width, height }) => [...(mapOf(project, frameId, { width, height }) ?? [])]);
  expect(new Set(painted).size).toBeGreaterThan(1);
});
