/** @file Projects that earlier versions wrote, with runs, models and synthetic pairs in them: the present version opens them and knows all of it. */
import path from "node:path";
import Database from "better-sqlite3";
import { expect, it } from "vitest";
import { openProject } from "../../src-main/project/index.ts";
import { APPLICATION_ID } from "../../src-main/project/header.ts";
import { migrate } from "../../src-main/project/migrations/index.ts";
import { maskOf, newImage, SIZE, temporaryFolder } from "./fixture.ts";

const WHEN = "2026-10-01T08:00:00.000Z";
const snapshot = { frames: [], classes: [{ value: 1, name: "lesion", color: "#ff0000" }], fromModel: null };
const frameMetadata = newImage("x").frames[0]!;

/** Writes rows as the tables of that version hold them. */
class OldFile {
  readonly path = path.join(temporaryFolder(), "study.aliquot");
  readonly #database = new Database(this.path);

  constructor(version: number) {
    this.#database.pragma(`application_id = ${APPLICATION_ID}`);
    this.#database.pragma("journal_mode = WAL");
    migrate(this.#database, version);
    this.insert("project", { id: 1, created_at: WHEN });
    this.insert("label_class", { value: 1, name: "lesion", color: "#ff0000" });
    for (const digest of ["pixels", "picture", "onnx", "weights"]) {
      this.insert("blob", { sha256: digest, bytes: Buffer.from(digest) });
    }
    this.insert("case_", { id: 1, patient_key: "p", name: "case 1", split: "val" });
    this.insert("image", {
      ...{ id: 1, case_id: 1, source_sha256: "source", blob_sha256: "pixels", file_name: "a.png", format: "png" },
      imported_at: WHEN,
    });
    const metadata = JSON.stringify(frameMetadata);
    this.insert("frame", { id: 1, image_id: 1, frame_index: 0, ...SIZE, metadata, thumbnail_sha256: "picture" });
  }

  insert(table: string, row: Record<string, string | number | Uint8Array | null>): void {
    const names = Object.keys(row);
    this.#database
      .prepare(`INSERT INTO ${table} (${names.join()}) VALUES (${names.map(() => "?").join()})`)
      .run(...Object.values(row));
  }

  /** A finished training of 100 steps with its model, both of this id. */
  training(id: number, method: string, settings: Record<string, string>, dice: number | null): void {
    const told = { step: 100, steps: 100, created_at: WHEN, snapshot: JSON.stringify(snapshot) };
    this.insert("run", {
      ...{ id, kind: "train", method, state: "done", settings: JSON.stringify(settings), seed: 7, device: "cpu" },
      ...told,
    });
    this.insert("run_metric", { run_id: id, name: "validationDice", step: 100, value: dice });
    this.insert("checkpoint", { run_id: id, kind: "last", step: 100, created_at: WHEN, bytes: Buffer.from("state") });
    this.insert("model", {
      ...{ id, run_id: id, name: `${method} ${id}`, method, created_at: WHEN, step: 100, validation_dice: dice },
      ...{ classes: JSON.stringify(snapshot.classes), onnx_sha256: "onnx", weights_sha256: "weights" },
    });
    this.run(`UPDATE run SET model_id = ${id} WHERE id = ${id}`);
    this.insert("run_sample", {
      ...{ run_id: id, step: 100, frame_id: 1, dice, is_deflated: 0, label_map: Buffer.from(maskOf(1, 9)) },
    });
  }

  run(sql: string): void {
    this.#database.exec(sql);
  }

  close(): void {
    this.#database.close();
  }
}

it("a project of before synthesis: its runs were judged by Dice, and its models outline", () => {
  const old = new OldFile(18);
  old.training(1, "segment", { learningRate: "0.001" }, 0.75);
  old.training(2, "genseg", { second: "synthetic" }, null);
  old.run(`UPDATE run SET remarks = '["Few images."]', device_reason = 'no GPU found; using cpu' WHERE id = 1`);
  old.close();
  const project = openProject(old.path);
  try {
    expect(project.readOnly).toBeNull();
    const statement = (text: string) => ({ text, values: {} });
    expect(project.runs.row(1)).toMatchObject({
      state: "done",
      threads: null,
      modelId: 1,
      judgedBy: { figure: "validationDice", better: "higher" },
      remarks: [statement("Few images.")],
      deviceReason: [statement("no GPU found; using cpu")],
    });
    expect(project.models.get(1)).toMatchObject({ score: 0.75, validationDice: 0.75, makes: ["masks"] });
    expect(project.models.get(2)).toMatchObject({ score: null, makes: ["masks", "images"] });
    expect(Buffer.from(project.models.weights(1)).toString()).toBe("weights");
    expect(project.runs.metrics(1)).toEqual([{ step: 100, name: "validationDice", value: 0.75 }]);
    expect(project.runSamples.list(1)).toEqual([{ step: 100, frameId: 1, kind: "mask", score: 0.75 }]);
    expect(Buffer.from(project.runSamples.get(1, 100, 1).bytes)).toEqual(Buffer.from(maskOf(1, 9)));
    expect(Buffer.from(project.runs.checkpoint(1, "last")!.bytes).toString()).toBe("state");
    expect(project.syntheticPairs.list()).toEqual([]);
    // It is a project like any other from now on.
    const runId = project.runs.create({
      ...{ kind: "train", method: "pix2pix", settings: {}, seed: 1, device: "cpu", steps: 5, snapshot },
      judgedBy: { figure: "validationL1", better: "lower" },
    });
    expect(project.runs.row(runId)).toMatchObject({ judgedBy: { figure: "validationL1", better: "lower" } });
  } finally {
    project.close();
  }
});

it("a project with synthetic pairs keeps them, with what was decided on each", async () => {
  const old = new OldFile(21);
  old.training(1, "genseg", { second: "synthetic" }, 0.5);
  old.training(2, "genseg", { second: "moved" }, 0.6);
  old.insert("run", {
    ...{ id: 3, kind: "predict", method: "genseg", state: "done", settings: "{}", seed: 4, device: "cpu", step: 2 },
    ...{ steps: 2, created_at: WHEN, model_id: 1, snapshot: JSON.stringify({ ...snapshot, fromModel: 1 }) },
  });
  const judge = { modelId: 2, method: "genseg" };
  const request = { count: 2, shapes: "moved", quota: {}, parents: null, judge };
  old.insert("synthesis", { run_id: 3, request: JSON.stringify(request), quality: null });
  const origin = { version: 1, kind: "affine", seed: 4, index: 0, parents: [{ frameId: 1, checksum: "0" }] };
  const quality = { alignment: 0.9, nearestFrameId: 1, featureDistance: 1, pixelDistance: 1, isNearCopy: false };
  for (const [place, decision] of [null, "rejected"].entries()) {
    old.insert("synthetic_pair", {
      ...{ id: place + 1, run_id: 3, place, ...SIZE, channels: 1, image_sha256: "pixels", thumbnail_sha256: "picture" },
      ...{ frame_metadata: JSON.stringify(frameMetadata), is_deflated: 0, label_map: Buffer.from(maskOf(1, 5)) },
      ...{ classes: "[1]", origin: JSON.stringify(origin), quality: JSON.stringify(quality) },
      ...{ features: new Uint8Array(Float64Array.of(1, 2).buffer), decision },
    });
  }
  old.close();
  const project = openProject(old.path);
  try {
    expect(project.models.list().map(({ makes }) => makes)).toEqual(
      expect.arrayContaining([["masks", "images"], ["masks"]]),
    );
    expect(project.runs.row(3)).toMatchObject({ kind: "synthesise", state: "done" });
    expect(project.syntheticPairs.list()).toMatchObject([
      { runId: 3, modelId: 1, judgeModelId: 2, made: 2, accepted: 0, rejected: 1 },
    ]);
    const { pairs } = project.syntheticPairs.get(3);
    expect(pairs).toMatchObject([
      { pairId: 1, state: "undecided", quality, origin },
      { pairId: 2, state: "rejected" },
    ]);
    expect(Buffer.from(project.syntheticPairs.labelMap(1))).toEqual(Buffer.from(maskOf(1, 5)));
    const [accepted] = await project.syntheticPairs.decide([1], "accepted");
    const { row, metadata } = project.images.frame(accepted!.frameId!);
    expect(row).toMatchObject({ split: "train", isSynthetic: true, annotation: "accepted" });
    expect(metadata.synthetic).toEqual({ modelId: 1, runId: 3, method: "genseg" });
  } finally {
    project.close();
  }
});
