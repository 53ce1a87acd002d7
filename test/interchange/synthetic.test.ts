/** @file A synthetic image: from the generator's bytes through review to every export, marked all the way. */
import fs from "node:fs";
import path from "node:path";
import Database from "better-sqlite3";
import { expect, it } from "vitest";
import type { ExportFormat } from "../../src-main/api/contract.ts";
import { encodePng } from "../../src-main/imaging/index.ts";
import { exportFiles } from "../../src-main/interchange/index.ts";
import type { NewSyntheticFrame, Project } from "../../src-main/project/index.ts";
import { encodeLabelMap } from "../../src-main/voxels/index.ts";
import { addModel, newImage, newProject, temporaryFolder } from "../project/fixture.ts";
import { importInto, memoryFile, poolOfFile } from "./fixture.ts";
import { phantomMap, size } from "./phantom.ts";

const pool = poolOfFile();

async function made(project: Project, level = 5): Promise<NewSyntheticFrame> {
  const { runId, modelId } = addModel(project);
  const source = await encodePng(new Uint8Array(35).fill(level), 7, 5, 1);
  return {
    source,
    format: "png",
    thumbnail: source,
    frame: { ...newImage("x").frames[0]!, ...size },
    modality: null,
    modelId,
    runId,
    mask: encodeLabelMap(phantomMap(0)),
  };
}

it("its case is trained on, and a draw of splits leaves it there", async () => {
  const project = newProject();
  const frameId = project.synthetic.add(await made(project));
  const { row, metadata } = project.images.frame(frameId);
  expect(metadata.synthetic).toEqual({ modelId: 1, runId: 1, method: "segment" });
  expect(row).toMatchObject({ split: "train", annotation: "accepted", caseName: "synthetic-run-1" });
  expect([...project.synthetic.caseIds()]).toEqual([row.caseId]);
  expect(project.annotations.provenance(frameId)).toMatchObject({ origin: "accepted", modelId: 1, runId: 1 });
});

it("it never enters validation or test, whatever program writes to the file, and stays marked", async () => {
  const project = newProject();
  const frameId = project.synthetic.add(await made(project));
  const { caseId, imageId } = project.images.frame(frameId).row;
  for (const split of ["val", "test"] as const) {
    expect(() => project.cases.setSplit(caseId, split)).toThrow("cannot judge a model");
    expect(() => project.cases.assignSplits(new Map([[caseId, split]]))).toThrow("cannot judge a model");
  }
  const { frameIds } = project.images.add(newImage("real"), { split: "test" });
  const real = project.images.frame(frameIds[0]!).row;
  project.close();
  const file = new Database(project.path);
  try {
    const refused = (sql: string, ...values: (string | number)[]) =>
      expect(() => file.prepare(sql).run(...values), sql).toThrow(/synthetic/);
    refused("UPDATE case_ SET split = 'test' WHERE id = ?", caseId);
    refused("UPDATE case_ SET split = 'val' WHERE id = ?", caseId);
    refused("UPDATE image SET case_id = ? WHERE id = ?", real.caseId, imageId);
    refused("UPDATE frame SET metadata = json_remove(metadata, '$.synthetic') WHERE id = ?", frameId);
    refused("UPDATE frame SET image_id = ? WHERE id = ?", real.imageId, frameId);
    refused(
      `INSERT INTO frame (image_id, frame_index, width, height, metadata, thumbnail_sha256)
       SELECT ?, 7, width, height, metadata, thumbnail_sha256 FROM frame WHERE id = ?`,
      real.imageId,
      frameId,
    );
    file.prepare("UPDATE case_ SET split = 'val' WHERE id = ?").run(real.caseId);
  } finally {
    file.close();
  }
});

it("an image of no model is refused whole; the same image twice is one", async () => {
  const project = newProject();
  const one = await made(project);
  expect(project.synthetic.add(one)).toBe(project.synthetic.add(one));
  const other = { ...(await made(project, 6)), modelId: 99 };
  expect(() => project.synthetic.add(other)).toThrow("no model 99");
  expect(project.summary().counts.frames).toBe(1);
});

it("every format says that it is synthetic", async () => {
  const project = newProject();
  const { frameIds } = project.images.add(
    newImage("real", {
      sourceBytes: await encodePng(new Uint8Array(35).fill(9), 7, 5, 1),
      frames: [{ ...newImage("x").frames[0]!, ...size }],
    }),
    { split: "train" },
  );
  project.annotations.write(frameIds[0]!, encodeLabelMap(phantomMap(1)), { origin: "drawn" });
  project.synthetic.add(await made(project));
  const marks: Partial<Record<ExportFormat, [file: string, mark: string | RegExp]>> = {
    png: ["README.md", /synthetic-1-[0-9a-f]{12} \| .*synthetic, model 1/],
    coco: ["annotations/instances_train.json", /"synthetic": true/],
    nnunet: ["dataset.json", /"synthetic": \[\s+"synthetic_synthetic-1-/],
    csv: ["masks.csv", /synthetic-1-[0-9a-f]{12},.*,accepted,1,1,,\r\n/],
    yolo: ["README.md", /synthetic-1-[0-9a-f]{12} \| .*synthetic, model 1/],
    nifti: ["README.md", /synthetic-1-[0-9a-f]{12} \| .*synthetic, model 1/],
  };
  for (const [format, [name, mark]] of Object.entries(marks)) {
    const dir = temporaryFolder();
    await exportFiles({ project, pool: pool(), format: format as ExportFormat, dir });
    expect(fs.readFileSync(path.join(dir, name), "utf8"), format).toMatch(mark);
    // Counts: two cases, two annotated frames, one of them synthetic.
    expect(fs.readFileSync(path.join(dir, "README.md"), "utf8"), format).toContain("| all | 2 | 2 | 1 |");
  }
});

it("card and table say of which image a translated one was made, and whose outline it carries", async () => {
  const project = newProject();
  const { modelId, runId, frame } = await made(project);
  const sourceBytes = await encodePng(new Uint8Array(35).fill(9), 7, 5, 1);
  const frames = [{ ...newImage("x").frames[0]!, ...size }];
  const [t1] = project.images.add(newImage("t1", { sourceBytes, frames }), { split: "train" }).frameIds;
  const { caseId } = project.images.frame(t1!).row;
  const synthetic = { modelId, runId, method: "reggan", translatedFrom: t1! };
  const translated = newImage("t2", { sourceBytes, frames: [{ ...frames[0]!, ...frame, synthetic }] });
  const [t2] = project.images.add(translated, { caseId }).frameIds;
  project.annotations.write(t2!, encodeLabelMap(phantomMap(1)), { origin: "drawn" });
  const dir = temporaryFolder();
  await exportFiles({ project, pool: pool(), format: "csv", dir });
  expect(fs.readFileSync(path.join(dir, "README.md"), "utf8")).toMatch(/\| translated from \S*t1\S*, model 1 \|/);
  expect(fs.readFileSync(path.join(dir, "masks.csv"), "utf8")).toMatch(/drawn,,1,\S*t1,\r\n/);
  const carriedFrom = project.annotations.write(t1!, encodeLabelMap(phantomMap(1)), { origin: "drawn" }).revisionId;
  project.annotations.write(t2!, encodeLabelMap(phantomMap(1)), { origin: "drawn", carriedFrom });
  const again = temporaryFolder();
  await exportFiles({ project, pool: pool(), format: "csv", dir: again });
  expect(fs.readFileSync(path.join(again, "README.md"), "utf8")).toMatch(/\| drawn, carried from \S*t1\S* \|/);
  expect(fs.readFileSync(path.join(again, "masks.csv"), "utf8")).toMatch(/drawn,,1,(\S*t1),\1\r\n/);
});

it("its DICOM image is synthetic in another project too, and is no test image there", async () => {
  const project = newProject();
  project.synthetic.add(await made(project));
  const dir = temporaryFolder();
  await exportFiles({ project, pool: pool(), format: "dicom-seg", dir });
  const images = path.join(dir, "images");
  const items = fs.readdirSync(images).map((name) => memoryFile(name, fs.readFileSync(path.join(images, name))));

  const other = newProject();
  const imported = await importInto(other, pool(), { items, split: "train" });
  expect(imported).toMatchObject({ imported: 1, refused: [] });
  const [row] = other.images.frames();
  expect(other.images.metadata(row!.frameId).synthetic).toEqual({ declaredBy: "dicom" });
  expect([...other.synthetic.caseIds()]).toEqual([row!.caseId]);
  expect(() => other.cases.setSplit(row!.caseId, "test")).toThrow("cannot judge a model");

  const judging = newProject();
  const refused = await importInto(judging, pool(), { items, split: "test" });
  expect(refused.imported).toBe(0);
  expect(JSON.stringify(refused.refused)).toContain("a model made its pixels");
});
