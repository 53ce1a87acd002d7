/** @file Each export format read back by readers that are not ours, or by the words of its definition. */
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import * as nifti from "nifti-reader-js";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ExportFormat } from "../../src-main/api/contract.ts";
import { createDecodePool, type DecodePool, encodePng, forkDecodeProcess } from "../../src-main/imaging/index.ts";
import { exportFiles, importImages } from "../../src-main/interchange/index.ts";
import type { Project } from "../../src-main/project/index.ts";
import {
  createLabelMap,
  encodeLabelMap,
  paintColumnRuns,
  paintPolygon,
  unpackColumnRuns,
} from "../../src-main/voxels/index.ts";
import { writeTestDicom } from "../imaging/dicom-writer.ts";
import { addModel, emptySnapshot, newImage, newProject, temporaryFolder } from "../project/fixture.ts";
import { draw, importPhantom, orientations, phantomMap, size, SLICES, worldOf } from "./phantom.ts";

let pool: DecodePool;
beforeAll(() => {
  const entry = fileURLToPath(new URL("../../src-main/app/decode-process.ts", import.meta.url));
  pool = createDecodePool({ spawn: () => forkDecodeProcess(entry) });
});
afterAll(() => pool.close());

const hasVerifier = spawnSync("dciodvfy", ["-version"]).error === undefined;

/** Errors of dciodvfy, and all it said. */
function verified(file: string): { errors: string[]; said: string } {
  const { stderr, stdout } = spawnSync("dciodvfy", [file], { encoding: "utf8" });
  const said = `${stdout}${stderr}`;
  return { said, errors: said.split("\n").filter((line) => /error/i.test(line)) };
}

async function exported(project: Project, format: ExportFormat): Promise<{ dir: string; files: string[] }> {
  const dir = temporaryFolder();
  return exportFiles({ project, pool, format, dir, version: "1.2.3" });
}

/** Two annotated pictures of two cases with splits, and one that is not annotated. */
async function pictures(): Promise<Project> {
  const project = newProject();
  for (const [index, split] of (["train", "test", null] as const).entries()) {
    const pixels = await encodePng(new Uint8Array(35).fill(40 * index + 9), 7, 5, 1);
    const [frame] = newImage("x").frames;
    const { frameIds } = project.images.add(
      newImage(`p${index}`, { sourceBytes: pixels, frames: [{ ...frame!, ...size }] }),
      { split },
    );
    if (split !== null) {
      project.annotations.write(frameIds[0]!, encodeLabelMap(phantomMap(index)), { origin: "drawn" });
    }
  }
  return project;
}

const text = (dir: string, name: string): string => fs.readFileSync(path.join(dir, name), "utf8");
const json = (dir: string, name: string): unknown => JSON.parse(text(dir, name));

interface Coco {
  categories: { id: number; name: string }[];
  images: { id: number; file_name: string; width: number; height: number }[];
  annotations: {
    image_id: number;
    category_id: number;
    area: number;
    bbox: number[];
    segmentation: { size: [number, number]; counts: string };
  }[];
}

it("COCO: runs are the masks, boxes and areas fit, pictures are there", async () => {
  const project = await pictures();
  const { dir, files } = await exported(project, "coco");
  expect([...files].sort()).toEqual([
    "README.md",
    "annotations/instances_test.json",
    "annotations/instances_train.json",
    "images/p0.png",
    "images/p1.png",
  ]);
  for (const [index, split] of ["train", "test"].entries()) {
    const coco = json(dir, `annotations/instances_${split}.json`) as Coco;
    expect(coco.categories.map(({ id, name }) => [id, name])).toEqual([
      [1, "lesion"],
      [2, "organ"],
    ]);
    expect(coco.images).toMatchObject([{ file_name: `p${index}.png`, width: 7, height: 5 }]);
    const map = createLabelMap(7, 5);
    for (const { category_id: value, segmentation, area, bbox } of coco.annotations) {
      expect(segmentation.size).toEqual([5, 7]);
      const inside: number[] = [];
      paintColumnRuns(unpackColumnRuns(segmentation.counts), size, (at) => inside.push(at));
      for (const at of inside) map.data[at] = value;
      const [xs, ys] = [inside.map((at) => at % 7), inside.map((at) => Math.floor(at / 7))];
      expect(area).toBe(inside.length);
      expect(bbox).toEqual([
        Math.min(...xs),
        Math.min(...ys),
        Math.max(...xs) - Math.min(...xs) + 1,
        Math.max(...ys) - Math.min(...ys) + 1,
      ]);
    }
    expect(map.data).toEqual(phantomMap(index).data);
  }
  const { data } = await sharp(path.join(dir, "images/p1.png")).raw().toBuffer({ resolveWithObject: true });
  expect(data[0]).toBe(49);
});

it("YOLO: polygons cover just the pixels of the masks", async () => {
  const project = await pictures();
  const { dir, files } = await exported(project, "yolo");
  expect(files).toEqual(expect.arrayContaining(["data.yaml", "labels/train/p0.txt", "images/test/p1.png"]));
  expect(text(dir, "data.yaml")).toContain('  0: "lesion"\n  1: "organ"');
  for (const [index, name] of ["labels/train/p0.txt", "labels/test/p1.txt"].entries()) {
    const map = createLabelMap(7, 5);
    for (const line of text(dir, name).trim().split("\n")) {
      const [value, ...shares] = line.split(" ").map(Number) as [number, ...number[]];
      expect(shares.every((share) => share >= 0 && share <= 1)).toBe(true);
      const polygon = shares.map((share, at) => share * (at % 2 === 0 ? 7 : 5));
      paintPolygon(polygon, size, (at) => (map.data[at] = value + 1));
    }
    expect(map.data).toEqual(phantomMap(index).data);
  }
});

it("CSV: areas, boxes and labels of images", async () => {
  const project = await pictures();
  const options = ["none", "mild (I;II)", "severe"];
  const grade = project.labelDefinitions.add({ name: "grade", kind: "grade", options }).labelId;
  const age = project.labelDefinitions.add({
    name: "age",
    kind: "number",
    scope: "patient",
    unit: "y",
    minimum: 0,
  }).labelId;
  project.labels.set(grade, project.images.frameIds(1)[0]!, "mild (I;II)");
  for (const value of [61.5, 62]) project.labels.set(age, project.images.frameIds(1)[0]!, value);
  const { dir, files } = await exported(project, "csv");
  expect(files).toEqual(["masks.csv", "labels.csv", "README.md"]);
  expect(text(dir, "labels.csv")).toBe(
    "image,case,age:number(y;0;):patient,age:origin,age:model," +
      "grade:grade(none<mild %28I%3BII%29<severe),grade:origin,grade:model\r\n" +
      "p0.png,p0,62,said,,mild (I;II),said,\r\np1.png,p1,,,,,,\r\np2.png,p2,,,,,,\r\n",
  );
  const [head, first] = text(dir, "masks.csv")
    .split("\r\n")
    .map((line) => line.split(","));
  const row = Object.fromEntries(head!.map((name, index) => [name, first![index]]));
  const pixels = phantomMap(0).data.filter((value) => value === 1).length;
  expect(row).toMatchObject({
    image: "p0",
    split: "train",
    class_name: "lesion",
    pixels: String(pixels),
    origin: "drawn",
  });
});

it("the card tells counts, classes, origins, models and what was left out, and is the same each time", async () => {
  const project = await pictures();
  const { runId, modelId } = addModel(project);
  const frameId = project.images.frames().find(({ name }) => name === "p2.png")!.frameId;
  project.annotations.write(frameId, encodeLabelMap(phantomMap(2)), { origin: "edited", modelId, runId });
  const { dir } = await exported(project, "png");
  const card = text(dir, "README.md");
  expect(card).toContain("| all | 3 | 3 | 0 |");
  expect(card).toMatch(/\| 1 \| lesion \| #56b4e9 \| 3 \| \d+ \|/);
  expect(card).toContain("| proposed by a model, edited by a person | 1 |");
  expect(card).toContain(`| ${modelId} | U-Net | segment |`);
  await exportFiles({ project, pool, format: "png", dir }); // would be a conflict if a byte had changed
});

describe("nnU-Net", () => {
  it("pictures go as PNG by split, with folds by patient", async () => {
    const project = await pictures();
    const { dir, files } = await exported(project, "nnunet");
    expect([...files].sort()).toEqual([
      "README.md",
      "dataset.json",
      "imagesTr/p0_0000.png",
      "imagesTs/p1_0000.png",
      "labelsTr/p0.png",
      "labelsTs/p1.png",
      "splits_final.json",
    ]);
    expect(json(dir, "dataset.json")).toMatchObject({
      channel_names: { "0": "image" },
      labels: { background: 0, lesion: 1, organ: 2 },
      numTraining: 1,
      file_ending: ".png",
    });
    const { data } = await sharp(path.join(dir, "labelsTr/p0.png")).raw().toBuffer({ resolveWithObject: true });
    expect(new Uint8Array(data).filter((_, at) => data.length === 35 || at % 3 === 0)).toEqual(phantomMap(0).data);
  });

  it("volumes go as NIfTI; slices without annotation are ignored; synthetic cases are tagged and never held out", async () => {
    const project = newProject();
    addModel(project);
    const frames = await importPhantom(project, pool, orientations["axial"]!);
    draw(project, frames.slice(0, 2));
    const { frameIds } = project.images.add(
      newImage("made", {
        sourceBytes: await encodePng(new Uint8Array(35), 7, 5, 1),
        frames: [{ ...newImage("x").frames[0]!, ...size, synthetic: { modelId: 1, method: "genseg" } }],
      }),
    );
    project.annotations.write(frameIds[0]!, encodeLabelMap(phantomMap(0)), { origin: "drawn" });
    const { dir } = await exported(project, "nnunet");
    const description = json(dir, "dataset.json");
    expect(description).toMatchObject({
      labels: { background: 0, lesion: 1, organ: 2, ignore: 3 },
      file_ending: ".nii.gz",
      synthetic: ["synthetic_made"],
    });
    expect(json(dir, "splits_final.json")).toEqual([{ train: ["Case 1", "synthetic_made"], val: [] }]);
    const { values, header } = readNifti(path.join(dir, "labelsTr/Case 1.nii.gz"));
    expect(header.dims.slice(1, 4)).toEqual([7, 5, 4]);
    expect([...values.subarray(0, 35)]).toEqual([...phantomMap(0).data]);
    expect([...values.subarray(70)]).toEqual(new Array(70).fill(3));
    const image = readNifti(path.join(dir, "imagesTr/Case 1_0000.nii.gz"));
    expect([...image.values.subarray(35, 38)]).toEqual([1, 2, 3]);
    expect(image.header.affine).toEqual(header.affine);
  });
});

function readNifti(file: string) {
  const bytes = new Uint8Array(gunzipSync(fs.readFileSync(file)));
  const header = nifti.readHeader(bytes.buffer)!;
  return { header, values: new Uint8Array(nifti.readImage(header, bytes.buffer)) };
}

describe.each(Object.entries(orientations))("a phantom, %s", (_name, orientation) => {
  it("lies at the same place in NIfTI, voxel by voxel", async () => {
    const project = newProject();
    draw(project, await importPhantom(project, pool, orientation));
    const { dir, files } = await exported(project, "nifti");
    expect(files).toEqual(["Case 1.nii.gz", "README.md"]);
    const { header, values } = readNifti(path.join(dir, files[0]!));
    expect(header.dims.slice(1, 4)).toEqual([7, 5, SLICES]);
    for (const byQuaternion of [false, true]) {
      const affine = byQuaternion
        ? header.convertNiftiQFormToNiftiSForm(
            header.quatern_b,
            header.quatern_c,
            header.quatern_d,
            header.qoffset_x,
            header.qoffset_y,
            header.qoffset_z,
            header.pixDims[1]!,
            header.pixDims[2]!,
            header.pixDims[3]!,
            header.pixDims[0]!,
          )
        : header.affine;
      for (let slice = 0; slice < SLICES; slice++) {
        for (const [column, row] of [
          [0, 0],
          [6, 0],
          [2, 4],
        ] as const) {
          const world = affine
            .slice(0, 3)
            .map((line) => line[0]! * column + line[1]! * row + line[2]! * slice + line[3]!);
          const { x, y, z } = worldOf(orientation, column, row, slice);
          [-x, -y, z].forEach((value, axis) => expect(world[axis]!).toBeCloseTo(value, 3));
        }
      }
    }
    for (let slice = 0; slice < SLICES; slice++) {
      expect(values.subarray(35 * slice, 35 * (slice + 1))).toEqual(phantomMap(slice).data);
    }
  });

  it("makes a DICOM SEG that dciodvfy accepts", async ({ skip }) => {
    if (!hasVerifier) return skip("dciodvfy (Debian: dicom3tools) is not installed");
    const project = newProject();
    draw(project, await importPhantom(project, pool, orientation));
    const { dir, files } = await exported(project, "dicom-seg");
    expect(files).toEqual(["Case 1.dcm", "README.md"]);
    const { errors, said } = verified(path.join(dir, files[0]!));
    expect(errors).toEqual([]);
    expect(said).toContain("Segmentation"); // it knew what it judged
  });
});

it("the dataset card tells by what import recorded whether UIDs are the original ones", async () => {
  const project = newProject();
  const [frame] = newImage("x").frames;
  const uids = { studyUid: "1.2", seriesUid: "1.3", sopClassUid: null, frameOfReferenceUid: null };
  for (const [index, keepsUids] of [true, true, false, undefined].entries()) {
    // The prefix of replaced UIDs is also that of many devices.
    const instance = { ...uids, sopInstanceUid: `2.25.${index + 7}` };
    const one = { ...frame!, ...size, instance, ...(keepsUids === undefined ? {} : { keepsUids }) };
    const { frameIds } = project.images.add(newImage(`d${index}`, { format: "dicom", frames: [one] }));
    project.annotations.write(frameIds[0]!, encodeLabelMap(phantomMap(0)), { origin: "drawn" });
  }
  const { dir } = await exported(project, "csv");
  expect(text(dir, "README.md")).toContain(
    "4 frames come from DICOM files: 1 were imported with replaced UIDs; 2 were imported with their original UIDs; " +
      "of 1 it is not recorded whether their UIDs were replaced.",
  );
});

it("import records whether DICOM kept its UIDs", async () => {
  for (const [deidentify, keepsUids] of [
    [true, false],
    [{ retainUids: true }, true],
    [false, true],
  ] as const) {
    const project = newProject();
    const items = [{ name: "a.dcm", read: () => Promise.resolve(writeTestDicom([])) }];
    const report = await importImages({ project, pool, items, patient: { kind: "auto" }, deidentify });
    expect(report.refused).toEqual([]);
    expect(project.images.frame(project.images.frames()[0]!.frameId).metadata.keepsUids).toBe(keepsUids);
  }
});

describe("DICOM SEG", () => {
  it("of frames without a place, of synthetic images and of models is accepted as well, and says so", async ({
    skip,
  }) => {
    const project = newProject();
    const { runId, modelId } = addModel(project);
    const [frame] = newImage("x").frames;
    const instance = {
      studyUid: "1.2.3",
      seriesUid: "1.2.3.4",
      sopClassUid: "1.2.840.10008.5.1.4.1.1.3.1",
      sopInstanceUid: "1.2.3.4.5",
      frameOfReferenceUid: null,
    };
    const one = { ...frame!, ...size, instance, synthetic: { modelId, method: "genseg" } };
    const { frameIds } = project.images.add(newImage("cine", { format: "dicom", frames: [one, one, one] }));
    for (const [index, frameId] of frameIds.slice(1).entries()) {
      project.annotations.write(frameId, encodeLabelMap(phantomMap(index)), { origin: "accepted", modelId, runId });
    }
    project.images.add(newImage("picture", { frames: [{ ...frame!, sampleType: "float32" }] }));
    project.annotations.write(4, encodeLabelMap(createLabelMap(16, 12)), { origin: "drawn" });
    const { dir, files } = await exported(project, "dicom-seg");
    expect(files).toEqual(["cine.dcm", "README.md"]);
    expect(text(dir, "README.md")).toContain("1 annotated frames have samples of 32 bits");
    const bytes = fs.readFileSync(path.join(dir, "cine.dcm"));
    expect(bytes.includes("segment (model 1)")).toBe(true);
    expect(bytes.includes("are synthetic, made by genseg (model 1)")).toBe(true);
    expect(bytes.includes("DERIVED\\PRIMARY")).toBe(true);
    if (!hasVerifier) return skip("dciodvfy (Debian: dicom3tools) is not installed");
    const { errors, said } = verified(path.join(dir, "cine.dcm"));
    // Of 2022: it does not know Synthetic Data yet.
    expect(errors.filter((line) => !line.includes("(0x0008,0x001c)"))).toEqual([]);
    expect(said).toContain("Segmentation"); // it knew what it judged
  });
});

it("CSV: a project of grades without a mask has its table of labels, and nothing else to export", async () => {
  const project = newProject();
  const [frameId] = project.images.add(newImage("p0"), { split: "train" }).frameIds;
  await expect(exported(project, "csv")).rejects.toThrow("There is no annotation to export.");
  const { labelId } = project.labelDefinitions.add({ name: "stage", kind: "grade", options: ["early", "late"] });
  project.labels.set(labelId, frameId!, "late");
  const { dir, files } = await exported(project, "csv");
  expect(files).toEqual(["labels.csv", "README.md"]);
  expect(text(dir, "labels.csv")).toMatch(/\r\np0\.png,p0,late/);
  await expect(exported(project, "coco")).rejects.toThrow("There is no annotation to export.");
});

it("500 masks are written within seconds, and a cancel is obeyed", async () => {
  const project = newProject();
  const bar = createLabelMap(512, 512);
  bar.data.fill(1, 100_000, 120_000);
  const rle = encodeLabelMap(bar);
  const [frame] = newImage("x").frames;
  const frames = new Array(500).fill({ ...frame!, width: 512, height: 512 });
  const { frameIds } = project.images.add(newImage("long", { frames }));
  project.edit("masks", () => {
    for (const frameId of frameIds) project.annotations.write(frameId, rle, { origin: "drawn" });
  });
  const cancel = new AbortController();
  let last = 0;
  const work = exportFiles({
    project,
    format: "png",
    dir: temporaryFolder(),
    signal: cancel.signal,
    onProgress: (done, total) => {
      expect(total).toBe(501);
      expect(done).toBe(++last);
      if (done === 20) cancel.abort();
    },
  });
  await expect(work).rejects.toMatchObject({ code: "cancelled" });
  expect(last).toBeLessThan(30);
  const started = performance.now();
  await exportFiles({ project, format: "png", dir: temporaryFolder() });
  const png = performance.now();
  await exportFiles({ project, format: "nifti", dir: temporaryFolder() });
  console.log(
    `500 masks of 512 x 512: PNG ${Math.round(png - started)} ms, NIfTI ${Math.round(performance.now() - png)} ms`,
  );
});

it("labels of images: said by a person, or first by a model, in the table and on the card, and read back without", async () => {
  const project = await pictures();
  for (const name of ["a", "b"]) project.images.add(newImage(name), { split: "unlabelled" });
  const { labelId } = project.labelDefinitions.add({ name: "stage", kind: "grade", options: ["early", "late"] });
  const { modelId } = addModel(project);
  const targets = [{ labelId, name: "stage", kind: "grade" as const, options: ["early", "late"], unit: null }];
  const runId = project.runs.create({
    ...{ kind: "predict", method: "classify", settings: {}, seed: 7, device: "cpu", steps: 1, modelId },
    snapshot: { ...emptySnapshot, targets },
  });
  const frameIds = project.images.frames().map(({ frameId }) => frameId);
  const [first, ...proposed] = frameIds as [number, ...number[]];
  project.labels.set(labelId, first, "early");
  const answer = { labelId, value: 1, probability: 0.9, uncertainty: 0.1, probabilities: [0.1, 0.9], votes: [0, 1] };
  const evidence = { saliency: { cells: 1, maps: [[0], [0]], area: { left: 0, top: 0, width: 7, height: 5 } } };
  const test = { first: 1, second: 0, t: 4.5, p: 0.01, isApart: true };
  const spread = {
    means: [0.2, 0.8],
    low: [0.1, 0.6],
    high: [0.4, 0.9],
    deviations: [0.1, 0.1],
    entropy: 0,
    margin: 0.6,
  };
  const more = {
    expected: 1,
    likely: [1, 1] as [number, number],
    interval: null,
    atLeast: [1, 0.9],
    median: 1,
    margin: 0.8,
  };
  const ids = proposed.map((frameId) =>
    project.labelProposals.add({
      ...{ frameId, modelId, runId, value: "late" },
      answer: { ...answer, ...more, spread: { ...spread, test } },
      evidence: { ...evidence, samples: 10, peak: { x: 3, y: 2 }, regions: [], looks: null },
    })!,
  );
  project.labelProposals.accept(ids[0]!);
  project.labelProposals.change(ids[1]!, "early");
  project.labelProposals.acceptMany([ids[2]!]);
  project.labelProposals.accept(ids[3]!);
  project.labels.set(labelId, proposed[3]!, "early");
  const rows = async () => {
    const { dir } = await exported(project, "csv");
    const [, ...lines] = text(dir, "labels.csv").trimEnd().split("\r\n");
    return { dir, rows: lines.map((line) => line.split(",").slice(2).join()) };
  };
  const model = `U-Net (${modelId})`;
  const { dir, rows: found } = await rows();
  expect(found).toEqual([
    "early,said,",
    `late,accepted,${model}`,
    `early,changed,${model}`,
    `late,accepted unseen,${model}`,
    `early,changed,${model}`,
  ]);
  // What the samples tell stands in a table of its own: a row for each proposal and class.
  const [titles, ...told] = text(dir, "proposals.csv")
    .trimEnd()
    .split("\r\n")
    .map((line) => line.split(","));
  expect(told).toHaveLength(8);
  const changed = told.filter((cells) => cells[titles!.indexOf("state")] === "changed");
  const late = changed.find((cells) => cells[titles!.indexOf("class")] === "late")!;
  expect(Object.fromEntries(titles!.map((title, at) => [title, late[at]]))).toMatchObject({
    ...{ label: "stage", model, state: "changed", decided: "early", unseen: "0", samples: "10", said: "late" },
    ...{ median: "late", likely_first: "late", likely_last: "late", margin: "0.8", votes_entropy: "0" },
    ...{ test_first: "late", test_second: "early", t: "4.5", p: "0.01", apart: "1" },
    ...{ class_probability: "0.9", class_votes: "10", class_mean: "0.8", class_low: "0.6", class_high: "0.9" },
    ...{ class_deviation: "0.1", class_or_higher: "0.9" },
  });
  const card = text(dir, "README.md");
  expect(card).toMatch(/\| proposed by a model, changed by a person \| 2 \|/);
  expect(card).toMatch(/\| proposed by a model, accepted with others without a look \| 1 \|/);
  expect(card).toMatch(/\| 1 \| U-Net \| segment \|/);
  // What a person takes back and says anew is that person's.
  project.labelProposals.reopen(ids[0]!);
  project.labels.set(labelId, proposed[0]!, "late");
  expect((await rows()).rows[1]).toBe("late,said,");

  const other = newProject();
  for (const name of ["p0", "p1", "p2"]) other.images.add(newImage(name), {});
  const report = await importImages({
    ...{ project: other, pool, items: [], patient: { kind: "auto" } },
    labels: [
      {
        name: "labels.csv",
        read: () => Promise.resolve(new Uint8Array(fs.readFileSync(path.join(dir, "labels.csv")))),
      },
    ],
  });
  expect(other.labelDefinitions.list().map(({ name }) => name)).toEqual(["stage"]);
  expect(report.matches[0]!.notes).toContainEqual(
    expect.stringMatching(/origin of its own labels alone: stage:origin, stage:model$/),
  );
});
