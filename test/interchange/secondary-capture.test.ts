/** @file Pictures that are no DICOM leave as Secondary Capture beside their segmentations, and both come back as they were. */
import { spawnSync } from "node:child_process";
import path from "node:path";
import { expect, it } from "vitest";
import sharp from "sharp";
import { exportFiles, listImportFiles } from "../../src-main/interchange/index.ts";
import { writeNifti } from "../../src-main/imaging/index.ts";
import type { Project } from "../../src-main/project/index.ts";
import { Random } from "../../src-main/random/index.ts";
import { encodeLabelMap, type Frame, pixelToPatient } from "../../src-main/voxels/index.ts";
import { addModel, newProject, temporaryFolder } from "../project/fixture.ts";
import { importInto, memoryFile, poolOfFile, projectWith } from "./fixture.ts";
import { phantomMap } from "./phantom.ts";

const pool = poolOfFile();
const size = { width: 21, height: 17 };
const grain = (length: number, most: number, seed: number): Uint16Array => {
  const random = new Random(seed, "capture");
  return Uint16Array.from({ length }, () => random.integer(most));
};

async function files() {
  const raw = (channels: 1 | 3) => ({ raw: { ...size, channels } });
  const bytes = Uint8Array.from(grain(21 * 17 * 3, 256, 1));
  const deep = grain(21 * 17, 65_536, 2);
  const gray16 = sharp(deep, raw(1)).toColourspace("grey16").png().toBuffer();
  const volume = writeNifti({
    dims: [21, 17, 3],
    data: Int16Array.from(grain(21 * 17 * 3, 4000, 3), (each) => each - 1000),
    spacing: { x: 0.5, y: 0.75 },
    geometry: {
      origin: { x: -12.5, y: 40, z: 7.25 },
      columnDirection: { x: 0, y: 1, z: 0 },
      rowDirection: { x: 0, y: 0, z: -1 },
      sliceStep: { x: -2, y: 0, z: 0 },
    },
    isLabelMap: false,
  });
  return [
    memoryFile("gray_1.png", await sharp(bytes.subarray(0, 357), raw(1)).toColourspace("b-w").png().toBuffer()),
    memoryFile("color_1.png", await sharp(bytes, raw(3)).png().toBuffer()),
    memoryFile("deep_1.png", await gray16),
    memoryFile("photo_1.jpg", await sharp(bytes, raw(3)).jpeg().toBuffer()),
    memoryFile("head.nii", volume),
  ];
}

function draw(project: Project): void {
  for (const { frameId, width, height } of project.images.frames()) {
    const map = phantomMap(frameId % 3, { width, height });
    project.annotations.write(frameId, encodeLabelMap(map), { origin: "drawn" });
  }
}

async function framesOf(project: Project): Promise<{ mask: Uint8Array | null; frame: Frame; corner: unknown }[]> {
  const all = [];
  for (const { frameId } of project.images.frames()) {
    const { bytes, fileName, frameIndex } = project.images.sourceOfFrame(frameId);
    const frame = await pool().pixels(bytes, { fileName, frame: frameIndex });
    const { geometry, spacing } = project.images.frame(frameId).metadata;
    const corner = geometry === undefined ? null : pixelToPatient(geometry, spacing!, { column: 20, row: 16 });
    all.push({ mask: project.annotations.mask(frameId), frame, corner });
  }
  const keyOf = ({ frame }: { frame: Frame }): string => Buffer.from(frame.data.buffer).toString("hex").slice(-400);
  return all.sort((a, b) => keyOf(a).localeCompare(keyOf(b)));
}

it("pixels, rescaled values, masks and places are the same in another project", async () => {
  const project = projectWith("lesion", "organ");
  const report = await importInto(project, pool(), { items: await files(), plane: "stored" });
  expect(report).toMatchObject({ imported: 5, frames: 7, refused: [] });
  draw(project);
  const dir = temporaryFolder();
  const { files: names } = await exportFiles({ project, pool: pool(), format: "dicom-seg", dir, version: "1.2.3" });
  expect(names.filter((name) => name.startsWith("images/"))).toHaveLength(7);

  const other = projectWith("lesion", "organ");
  const { items } = await listImportFiles([dir]);
  const back = await importInto(other, pool(), {
    items: items.filter(({ name }) => name.endsWith(".dcm")),
    deidentify: false,
  });
  expect(back).toMatchObject({ imported: 7, masks: 7, refused: [] });
  const [before, after] = [await framesOf(project), await framesOf(other)];
  before.forEach(({ mask, frame, corner }, index) => {
    const same = after[index]!;
    expect(same.mask).toEqual(mask);
    expect(same.frame.data).toEqual(frame.data);
    expect(same.frame).toMatchObject({
      rescaleSlope: frame.rescaleSlope,
      rescaleIntercept: frame.rescaleIntercept,
      photometric: frame.photometric,
      spacing: frame.spacing,
    });
    expect(same.corner).toEqual(corner);
  });
});

it("the verifier finds no error in captures and their segmentations", async ({ skip }) => {
  const project = newProject();
  await importInto(project, pool(), { items: await files(), plane: "stored" });
  draw(project);
  const dir = temporaryFolder();
  const { files: names } = await exportFiles({ project, pool: pool(), format: "dicom-seg", dir, version: "1.2.3" });
  for (const name of names.filter((each) => each.endsWith(".dcm"))) {
    const { stdout, stderr, error } = spawnSync("dciodvfy", [path.join(dir, name)], { encoding: "utf8" });
    if (error !== undefined) return skip("dciodvfy (Debian: dicom3tools) is not installed");
    expect([name, `${stdout}${stderr}`.split("\n").filter((line) => line.startsWith("Error"))]).toEqual([name, []]);
  }
});

it("a synthetic picture is marked in its capture", async () => {
  const project = newProject();
  const { modelId, runId } = addModel(project);
  const [png] = await files();
  const source = await png!.read();
  const { window, spacing } = { window: null, spacing: { x: 0.5, y: 0.75 } };
  // As of a translated slice: its PNG tells neither.
  const geometry = {
    origin: { x: 1, y: 2, z: 3 },
    columnDirection: { x: 1, y: 0, z: 0 },
    rowDirection: { x: 0, y: 1, z: 0 },
    sliceStep: null,
  };
  const frameId = project.synthetic.add({
    source,
    format: "png",
    thumbnail: source,
    modality: null,
    modelId,
    runId,
    frame: {
      ...{ ...size, channels: 1, sampleType: "uint8", photometric: "MONOCHROME2" },
      ...{ rescaleSlope: 1, rescaleIntercept: 0, window, spacing, geometry },
    },
  });
  project.annotations.write(frameId, encodeLabelMap(phantomMap(0, size)), { origin: "drawn" });
  const dir = temporaryFolder();
  const { files: names } = await exportFiles({ project, pool: pool(), format: "dicom-seg", dir, version: "1.2.3" });
  const [capture] = names.filter((name) => name.startsWith("images/"));
  const { items } = await listImportFiles([path.join(dir, capture!)]);
  const text = Buffer.from(await items[0]!.read()).toString("latin1");
  expect(text).toContain("DERIVED\\SECONDARY");
  expect(text).toMatch(/Synthetic image, made by \w+ \(model 1\)\./);
  expect(text).toContain("SYN ");
  const other = newProject();
  await importInto(other, pool(), { items });
  const [back] = other.images.frames();
  expect(other.images.frame(back!.frameId).metadata).toMatchObject({
    spacing,
    geometry,
    instance: { frameOfReferenceUid: expect.any(String) as string },
  });
  expect(text).toContain("\u0008\u0000\u001c\u0000CS\u0004\u0000YES ");
});
