import fs from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createDecodePool, type DecodePool, decodeSource, forkDecodeProcess } from "../../src-main/imaging/index.ts";
import { type ImportFile, importImages, type ImportReport } from "../../src-main/interchange/index.ts";
import type { Project } from "../../src-main/project/index.ts";
import { writeNifti } from "../imaging/nifti-writer.ts";
import { writeSamplesPng } from "../imaging/png-writer.ts";
import { newProject } from "../project/fixture.ts";

let pool: DecodePool;
beforeAll(() => {
  const entry = fileURLToPath(new URL("../../src-main/app/decode-process.ts", import.meta.url));
  pool = createDecodePool({ spawn: () => forkDecodeProcess(entry) });
});
afterAll(() => pool.close());

const file = (name: string, bytes: Uint8Array): ImportFile => ({ name, read: () => Promise.resolve(bytes) });
const run = (
  project: Project,
  items: ImportFile[],
  options: Partial<Parameters<typeof importImages>[0]> = {},
): Promise<ImportReport> =>
  importImages({ project, pool, items, patient: { kind: "auto" }, deidentify: { keepFileNames: true }, ...options });
const hippocampus = fs.readFileSync(new URL("../fixtures/nifti/hippocampus_001.nii.gz", import.meta.url));

const sform = [
  [-1, 0, 0, 10],
  [0, -2, 0, 20],
  [0, 0, 3, -30],
];
/** 4 x 3 x 5 voxels, each of its own value from `first` on, with a name in its description. */
const volume = (first: number): Buffer => {
  const values = Array.from({ length: 60 }, (_, index) => first + index);
  return writeNifti({ size: [4, 3, 5], datatype: 4, values, sform, texts: "DOE^JANE", isGzipped: true });
};

it("a volume is one image of one case, a frame for each slice, with its place in the patient", async () => {
  const project = newProject();
  const report = await run(project, [
    file("imagesTr/hippocampus_001.nii.gz", hippocampus),
    file("brain_002.nii", volume(0)),
  ]);
  expect(report).toMatchObject({ imported: 2, frames: 35 + 5, refused: [] });
  expect(project.cases.list().map(({ name, frames }) => [name, frames])).toEqual([
    ["hippocampus_001", 35],
    ["brain_002", 5],
  ]);
  const frames = project.images.frames().filter(({ caseName }) => caseName === "brain_002");
  expect(frames.map(({ name, frameIndex }) => [name, frameIndex])[4]).toEqual(["brain_002.nii · 5", 4]);
  const { metadata } = project.images.frame(frames[4]!.frameId);
  expect(metadata).toMatchObject({
    spacing: { x: 1, y: 2 },
    geometry: {
      origin: { x: -10, y: -20, z: -18 },
      columnDirection: { x: 1, y: 0, z: 0 },
      rowDirection: { x: 0, y: 1, z: 0 },
      sliceStep: { x: 0, y: 0, z: 3 },
      storedAxes: [1, 2, 3],
    },
  });
  expect(await run(project, [file("again.nii.gz", hippocampus)])).toMatchObject({ imported: 0, duplicates: 1 });
});

it("slices are read from the project one by one, as they were decoded from the file", async () => {
  const project = newProject();
  await run(project, [file("brain.nii.gz", volume(7))], { plane: "coronal" });
  const { frames } = await decodeSource(volume(7), { fileName: "brain.nii.gz", plane: "coronal" });
  expect(frames).toHaveLength(3);
  for (const [index, { frameId }] of project.images.frames().entries()) {
    const { bytes, frameIndex } = project.images.sourceOfFrame(frameId);
    const { data, spacing } = await pool.pixels(bytes, { fileName: "brain.nii.gz", frame: frameIndex });
    expect({ data, spacing }).toEqual({ data: frames[index]!.data, spacing: frames[index]!.spacing });
  }
});

it("nothing but voxels and geometry is kept of a volume", async () => {
  const project = newProject();
  await run(project, [file("brain.nii.gz", volume(0))], { deidentify: false });
  const kept = project.images.frames().map(({ frameId }) => project.images.sourceOfFrame(frameId).bytes);
  const { gunzipSync } = await import("node:zlib");
  for (const bytes of kept) expect(gunzipSync(bytes).includes("DOE")).toBe(false);
});

it("masks are tied to slices by number", async () => {
  const project = newProject();
  const mask = writeSamplesPng(new Uint8Array(12).fill(2, 0, 5), { width: 4, height: 3 });
  const report = await run(project, [file("brain.nii.gz", volume(0))], { masks: [file("brain_frame0003.png", mask)] });
  expect(report).toMatchObject({ frames: 5, masks: 1, refused: [], unmatchedMasks: [] });
  expect(project.images.frames().map(({ annotation }) => annotation)).toEqual([null, null, "imported", null, null]);
});
