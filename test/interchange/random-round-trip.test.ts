/** @file Random label maps come back bit by bit through every format of masks, from 1 to 255 classes, of many sizes. */
import fs from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import * as nifti from "nifti-reader-js";
import { describe, expect, it } from "vitest";
import type { ExportFormat } from "../../src-main/api/contract.ts";
import { exportFiles, listImportFiles } from "../../src-main/interchange/index.ts";
import type { Project } from "../../src-main/project/index.ts";
import { Random } from "../../src-main/random/index.ts";
import { createLabelMap, encodeLabelMap, type LabelMap } from "../../src-main/voxels/index.ts";
import { writeNifti } from "../imaging/nifti-writer.ts";
import { temporaryFolder } from "../project/fixture.ts";
import { grayPng, importInto, mapsOf, memoryFile, poolOfFile, projectWith } from "./fixture.ts";

const pool = poolOfFile();

/** Specks or blocks of `classes` values; a third of them background. */
function randomMap(random: Random, width: number, height: number, classes: number): LabelMap {
  const map = createLabelMap(width, height);
  const block = 1 + random.integer(4);
  const values = Array.from({ length: 4096 }, () => (random.integer(3) === 0 ? 0 : 1 + random.integer(classes)));
  map.data.forEach((_, index) => {
    const [x, y] = [index % width, Math.floor(index / width)];
    map.data[index] = values[(Math.floor(x / block) * 31 + Math.floor(y / block) * 97) % values.length]!;
  });
  return map;
}

async function carried(from: Project, format: ExportFormat, to: Project) {
  const dir = temporaryFolder();
  await exportFiles({ project: from, pool: pool(), format, dir });
  const { items } = await listImportFiles([format === "coco" ? path.join(dir, "annotations") : dir]);
  return importInto(to, pool(), { masks: items.filter(({ name }) => !name.startsWith("images")) });
}

const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `class ${index + 1}`);

describe.each([1, 2, 17, 255])("%i classes", (count) => {
  it.each(["png", "coco", "nifti", "nnunet"] as const)("by %s", async (format) => {
    const random = new Random(count, `round trip ${format}`);
    const sizes = [
      { width: 1, height: 1 },
      { width: 7, height: 5 },
      { width: 64, height: 1 },
      { width: 33, height: 70 },
    ];
    const items = await Promise.all(
      sizes.map(async (size, index) => memoryFile(`p${index}.png`, await grayPng(index + 1, size))),
    );
    const from = projectWith(...names(count));
    const to = projectWith(...names(count));
    await importInto(from, pool(), { items });
    await importInto(to, pool(), { items });
    for (const { frameId, width, height } of from.images.frames()) {
      const map = randomMap(random, width, height, count);
      from.annotations.write(frameId, encodeLabelMap(map), { origin: "drawn" });
    }
    expect(await carried(from, format, to)).toMatchObject({ masks: sizes.length, refused: [] });
    expect(mapsOf(to)).toEqual(mapsOf(from));
  });
});

it("255 classes and slices without annotation leave no value for nnU-Net's ignore label: refused", async () => {
  const project = projectWith(...names(255));
  const volume = memoryFile("v.nii", writeNifti({ size: [5, 4, 3], datatype: 2, values: new Array(60).fill(7) }));
  await importInto(project, pool(), { items: [volume] });
  const { frameId } = project.images.frames()[0]!;
  project.annotations.write(frameId, encodeLabelMap(createLabelMap(5, 4)), { origin: "drawn" });
  await expect(exportFiles({ project, pool: pool(), format: "nnunet", dir: temporaryFolder() })).rejects.toMatchObject({
    code: "unsupported-file",
    title: expect.stringContaining("All 255 values") as string,
  });
});

describe.each(["axial", "coronal", "sagittal"] as const)("a volume of a file, sliced %s,", (plane) => {
  // Columns to the left, rows to the feet, slices to the front, obliquely: no axis of the file is one of the screen.
  const sform = [
    [-2, 0, 0.1, 40],
    [0, 0.2, 3, -20],
    [0, -1.5, 0.2, 60],
  ];
  const size: [number, number, number] = [5, 6, 4];
  const volume = memoryFile(
    "v.nii",
    writeNifti({ size, datatype: 2, values: Array.from({ length: 120 }, (_, index) => index), sform }),
  );

  it.each(["nifti", "nnunet"] as const)("leaves in the layout of the file and comes back, by %s", async (format) => {
    const [from, to] = [projectWith("a", "b"), projectWith("a", "b")];
    for (const project of [from, to]) await importInto(project, pool(), { items: [volume], plane });
    const random = new Random(7, "volume");
    for (const { frameId, width, height } of from.images.frames()) {
      from.annotations.write(frameId, encodeLabelMap(randomMap(random, width, height, 2)), { origin: "drawn" });
    }
    const dir = temporaryFolder();
    const { files } = await exportFiles({ project: from, pool: pool(), format, dir });
    for (const name of files.filter((each) => each.endsWith(".nii.gz"))) {
      const { header, values } = readGzippedNifti(path.join(dir, name));
      expect(header.dims.slice(1, 4)).toEqual(size);
      header.affine
        .slice(0, 3)
        .forEach((line, row) => line.forEach((value, column) => expect(value).toBeCloseTo(sform[row]![column]!, 4)));
      // The image itself is that of the file, voxel by voxel.
      if (name.startsWith("images")) expect([...values]).toEqual(Array.from({ length: 120 }, (_, index) => index));
    }
    expect(await carried(from, format, to)).toMatchObject({ refused: [] });
    expect(mapsOf(to)).toEqual(mapsOf(from));
  });
});

function readGzippedNifti(file: string) {
  const bytes = new Uint8Array(gunzipSync(fs.readFileSync(file)));
  const header = nifti.readHeader(bytes.buffer)!;
  return { header, values: new Uint8Array(nifti.readImage(header, bytes.buffer)) };
}
