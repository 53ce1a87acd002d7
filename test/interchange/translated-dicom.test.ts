/** @file Translated images leave as DICOM without a mask: in the patient and study of their source, and referring to it. */
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import dicomParser, { type DataSet } from "dicom-parser";
import { expect, it } from "vitest";
import { encodePng } from "../../src-main/imaging/index.ts";
import { exportFiles, previewExport } from "../../src-main/interchange/index.ts";
import type { Project } from "../../src-main/project/index.ts";
import { encodeLabelMap } from "../../src-main/voxels/index.ts";
import { addModel, newImage, newProject, temporaryFolder } from "../project/fixture.ts";
import { importInto, memoryFile, poolOfFile } from "./fixture.ts";
import { importPhantom, type Orientation, phantomMap } from "./phantom.ts";

const pool = poolOfFile();
const axial: Orientation = [
  { x: 1, y: 0, z: 0 },
  { x: 0, y: 1, z: 0 },
];

/** What a translation of these frames, of one series or file, would store. */
async function translate(project: Project, sources: readonly number[]): Promise<number[]> {
  const { modelId } = addModel(project);
  const modalities = { source: "CT", target: "MR", kind: "paired" } as const;
  const snapshot = { frames: [], classes: [], fromModel: modelId, modalities };
  const run = { kind: "translate", method: "reggan", settings: {}, seed: 0, device: "cpu", steps: 1, modelId } as const;
  const runId = project.translations.create({ ...run, snapshot }, { ...modalities, remarks: [] });
  const frames = await Promise.all(
    sources.map(async (sourceFrameId, place) => {
      const { width, height, spacing, geometry } = project.images.metadata(sourceFrameId);
      const data = Uint8Array.from({ length: width * height }, (_, at) => (at + 7 * place) % 256);
      const image = await encodePng(data, width, height, 1);
      const frame = {
        ...({ width, height, channels: 1, sampleType: "uint8", photometric: "MONOCHROME2" } as const),
        ...{ rescaleSlope: 1, rescaleIntercept: 0, window: null, spacing, ...(geometry && { geometry }) },
      };
      return { sourceFrameId, image, thumbnail: image, frame };
    }),
  );
  project.translations.add(runId, { frames });
  return project.translations.made(runId).map(({ frameId }) => frameId);
}

async function exported(project: Project, format: "dicom" | "dicom-seg" = "dicom") {
  const dir = temporaryFolder();
  const { files } = await exportFiles({ project, pool: pool(), format, dir, version: "1.2.3" });
  const images = files.filter((name) => name.endsWith(".dcm"));
  return { dir, images, read: (name: string) => dicomParser.parseDicom(fs.readFileSync(path.join(dir, name))) };
}

const item = (data: DataSet, tag: string): DataSet => data.elements[tag]!.items![0]!.dataSet!;

it("of a series: each slice has patient, study and place of its source, and names it", async () => {
  const project = newProject();
  const sources = await importPhantom(project, pool(), axial, { patient: "Mustermann" });
  const frameIds = await translate(project, sources);
  const { dir, images, read } = await exported(project);
  expect(images).toHaveLength(sources.length);
  const seen = images.map((name) => {
    const data = read(name);
    const reference = item(data, "x00082112");
    const source = project.images
      .frames()
      .map(({ frameId }) => project.images.metadata(frameId))
      .find(({ instance }) => instance?.sopInstanceUid === reference.string("x00081155"))!;
    const { instance, geometry, spacing } = source;
    expect(instance!.studyUid).not.toBe("1.2.3.1"); // replaced when it was imported
    expect(data.string("x0020000d")).toBe(instance!.studyUid);
    expect(data.string("x00100020")).toBe(instance!.patient!.id);
    expect(data.string("x00200052")).toBe(instance!.frameOfReferenceUid);
    expect(data.string("x0020000e")).not.toBe(instance!.seriesUid);
    const { x, y, z } = geometry!.origin;
    expect(data.string("x00200032")!.split("\\").map(Number)).toEqual([x, y, z].map((each) => expect.closeTo(each, 4)));
    expect(data.string("x00280030")!.split("\\").map(Number)).toEqual([spacing!.y, spacing!.x]);
    expect(reference.string("x00081150")).toBe(instance!.sopClassUid);
    expect(reference.string("x00081160")).toBeUndefined();
    expect(item(reference, "x0040a170").string("x00080100")).toBe("121322");
    expect(item(data, "x00089215").string("x00080104")).toBe("Image Processing");
    expect(data.string("x00080008")).toBe("DERIVED\\SECONDARY");
    expect(data.string("x0008001c")).toBe("YES");
    expect(data.string("x0008103e")).toBe("MR from CT, segment (model 1)");
    expect(data.string("x00082111")).toMatch(/model 1/);
    return { series: data.string("x0020000e"), instance: data.string("x00080018"), source: instance!.sopInstanceUid };
  });
  expect(new Set(seen.map(({ series }) => series)).size).toBe(1);
  expect(new Set(seen.map(({ instance }) => instance)).size).toBe(sources.length);
  expect(new Set(seen.map(({ source }) => source)).size).toBe(sources.length);
  for (const name of fs.readdirSync(dir)) {
    expect(fs.readFileSync(path.join(dir, name)).includes("Mustermann"), name).toBe(false);
  }
  expect(fs.readFileSync(path.join(dir, "README.md"), "utf8")).toContain(`${sources.length} images of 1 patients`);

  // Beside a segmentation they refer to it too, and its study is theirs.
  project.annotations.write(frameIds[0]!, encodeLabelMap(phantomMap(0)), { origin: "drawn" });
  const beside = await exported(project, "dicom-seg");
  const studies = beside.images.map((name) => beside.read(name).string("x0020000d"));
  expect(new Set(studies)).toEqual(new Set([project.images.metadata(sources[0]!).instance!.studyUid]));

  // Elsewhere they are what they are.
  const other = newProject();
  const items = images.map((name) => memoryFile(name, fs.readFileSync(path.join(dir, name))));
  expect(await importInto(other, pool(), { items, split: "train" })).toMatchObject({ imported: 4, refused: [] });
  for (const { frameId } of other.images.frames())
    expect(other.images.metadata(frameId).synthetic).toEqual({ declaredBy: "dicom" });
});

it("of a picture there is no DICOM image to name; of what is not translated there is nothing", async () => {
  const project = newProject();
  const ask = () => previewExport({ project, pool: pool(), format: "dicom" });
  const [picture] = project.images.add(newImage("picture"), { split: "train" }).frameIds;
  await expect(ask()).rejects.toThrow("There is no translated image to export.");
  await translate(project, [picture!]);
  expect(await ask()).toMatchObject({
    frames: 1,
    cases: 1,
    warnings: [],
    files: [expect.stringMatching(/\.dcm$/), "README.md"],
  });
  const { images, read } = await exported(project);
  const data = read(images[0]!);
  expect(data.elements["x00082112"]).toBeUndefined();
  expect(data.string("x0008103e")).toBe("MR from CT, segment (model 1)");
  expect(data.string("x00080008")).toBe("DERIVED\\SECONDARY");
  await expect(
    exportFiles({ project, pool: pool(), format: "dicom", dir: temporaryFolder(), modelId: 99 }),
  ).rejects.toThrow("There is no translated image to export.");
});

it("the verifier finds no error in them", async ({ skip }) => {
  const project = newProject();
  await translate(project, await importPhantom(project, pool(), axial));
  const { dir, images } = await exported(project);
  for (const name of images) {
    const { stdout, stderr, error } = spawnSync("dciodvfy", [path.join(dir, name)], { encoding: "utf8" });
    if (error !== undefined) return skip("dciodvfy (Debian: dicom3tools) is not installed");
    expect([name, `${stdout}${stderr}`.split("\n").filter((line) => line.startsWith("Error"))]).toEqual([name, []]);
  }
});
