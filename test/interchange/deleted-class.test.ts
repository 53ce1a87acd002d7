/** @file A project whose class values have a gap, because a class was deleted: each format counts as its readers ask. */
import fs from "node:fs";
import path from "node:path";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import type { ExportFormat } from "../../src-main/api/contract.ts";
import { encodePng } from "../../src-main/imaging/index.ts";
import { exportFiles, listImportFiles } from "../../src-main/interchange/index.ts";
import type { Project } from "../../src-main/project/index.ts";
import { encodeLabelMap, type LabelMap } from "../../src-main/voxels/index.ts";
import { temporaryFolder } from "../project/fixture.ts";
import { importInto, mapsOf, memoryFile, poolOfFile, projectWith } from "./fixture.ts";
import { importPhantom, orientations, phantomMap, SLICES } from "./phantom.ts";

const pool = poolOfFile();

/** Classes a = 1 and c = 3. */
async function withGap(): Promise<Project> {
  const project = projectWith("a", "b", "c");
  await project.classUsage.remove(2);
  expect(project.classes.list().map(({ value }) => value)).toEqual([1, 3]);
  return project;
}

/** The phantom's maps with these values for its classes 1 and 2. */
function mapWith(slice: number, first: number, second: number): LabelMap {
  const map = phantomMap(slice);
  return { ...map, data: map.data.map((value) => [0, first, second][value]!) };
}

function draw(project: Project, frames: readonly number[]): void {
  frames.forEach((frameId, slice) =>
    project.annotations.write(frameId, encodeLabelMap(mapWith(slice, 1, 3)), { origin: "drawn" }),
  );
}

async function importPictures(project: Project): Promise<number[]> {
  const items = await Promise.all(
    [0, 1].map(async (index) =>
      memoryFile(`p${index}.png`, await encodePng(new Uint8Array(35).fill(index + 1), 7, 5, 1)),
    ),
  );
  await importInto(project, pool(), { items });
  return project.images.frames().map(({ frameId }) => frameId);
}

async function exported(project: Project, format: ExportFormat): Promise<string> {
  const dir = temporaryFolder();
  await exportFiles({ project, pool: pool(), format, dir });
  return dir;
}

const text = (dir: string, name: string): string => fs.readFileSync(path.join(dir, name), "utf8");
const json = (dir: string, name: string): unknown => JSON.parse(text(dir, name));

describe("nnU-Net", () => {
  it("labels of pictures count from 1 without gaps, in dataset.json, in the pixels and on the card", async () => {
    const project = await withGap();
    draw(project, await importPictures(project));
    const dir = await exported(project, "nnunet");
    expect(json(dir, "dataset.json")).toMatchObject({ labels: { background: 0, a: 1, c: 2 } });
    const { data, info } = await sharp(path.join(dir, "labelsTr/p0.png")).raw().toBuffer({ resolveWithObject: true });
    expect(data.filter((_, at) => at % info.channels === 0)).toEqual(Buffer.from(phantomMap(0).data));
    expect(text(dir, "README.md")).toMatch(/\| 2 \| c \|/);
  });

  it("the ignore label of volumes is the next after the classes", async () => {
    const project = await withGap();
    draw(project, (await importPhantom(project, pool(), orientations["axial"]!)).slice(0, 2));
    expect(json(await exported(project, "nnunet"), "dataset.json")).toMatchObject({
      labels: { background: 0, a: 1, c: 2, ignore: 3 },
    });
  });

  it.each(["background", "ignore"])(
    "a class named %s is refused, for it would be taken for something else",
    async (name) => {
      const project = projectWith("a", name);
      await importPictures(project);
      project.annotations.write(project.images.frames()[0]!.frameId, encodeLabelMap(phantomMap(0)), {
        origin: "drawn",
      });
      await expect(exported(project, "nnunet")).rejects.toMatchObject({
        title: `nnU-Net cannot have a class named ${name}.`,
        hint: "Rename the class, or export in another format.",
      });
      await exported(project, "nifti");
    },
  );
});

it("YOLO: classes count from 0 without gaps, in data.yaml, in the labels and on the card", async () => {
  const project = await withGap();
  draw(project, await importPictures(project));
  const dir = await exported(project, "yolo");
  expect(text(dir, "data.yaml")).toContain('names:\n  0: "a"\n  1: "c"\n');
  const used = new Set(
    text(dir, "labels/train/p0.txt")
      .split("\n")
      .filter(Boolean)
      .map((line) => line[0]),
  );
  expect([...used].sort()).toEqual(["0", "1"]);
  expect(text(dir, "README.md")).toMatch(/\| 1 \| c \|/);
});

it("COCO: category ids are the values of the project, as any numbers may be", async () => {
  const project = await withGap();
  draw(project, await importPictures(project));
  const { categories, annotations } = json(await exported(project, "coco"), "annotations/instances_all.json") as {
    categories: { id: number; name: string }[];
    annotations: { category_id: number }[];
  };
  expect(categories.map(({ id, name }) => [id, name])).toEqual([
    [1, "a"],
    [3, "c"],
  ]);
  expect(new Set(annotations.map(({ category_id: id }) => id))).toEqual(new Set([1, 3]));
});

describe("what was exported comes back by names, into other values", () => {
  it.each(["nifti", "dicom-seg", "nnunet"] as const)("a volume, by %s", async (format) => {
    const from = await withGap();
    draw(from, await importPhantom(from, pool(), orientations["oblique"]!));
    const to = projectWith("c", "x", "a");
    await importPhantom(to, pool(), orientations["oblique"]!);
    const { items } = await listImportFiles([await exported(from, format)]);
    const masks = items.filter(({ name }) => !name.startsWith("images"));
    expect(await importInto(to, pool(), { masks })).toMatchObject({ masks: SLICES, refused: [] });
    const maps = mapsOf(to);
    for (let slice = 0; slice < SLICES; slice++) {
      expect(maps[`slice${slice}.dcm`]).toEqual([...mapWith(slice, 3, 1).data]);
    }
  });

  it.each(["coco", "nnunet"] as const)("pictures, by %s", async (format) => {
    const from = await withGap();
    draw(from, await importPictures(from));
    const to = projectWith("c", "x", "a");
    await importPictures(to);
    const dir = await exported(from, format);
    const { items } = await listImportFiles([format === "coco" ? path.join(dir, "annotations") : dir]);
    const masks = items.filter(({ name }) => !name.startsWith("images"));
    expect(await importInto(to, pool(), { masks })).toMatchObject({ masks: 2, refused: [] });
    expect(mapsOf(to)).toEqual({ "p0.png": [...mapWith(0, 3, 1).data], "p1.png": [...mapWith(1, 3, 1).data] });
  });
});
