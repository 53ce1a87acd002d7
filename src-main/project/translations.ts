/** @file Runs that translate: what they were asked, the images that they made, and the models that can. */
import type { TranslatedRow, TranslationPlan } from "../api/contract.ts";
import { Problem } from "../problem/index.ts";
import { sha256 } from "./blobs.ts";
import type { CarriedOutlines } from "./carried-outlines.ts";
import type { ProjectFile } from "./file.ts";
import type { FrameMetadata, Images } from "./images.ts";
import type { Models } from "./models.ts";
import type { NewRun, Runs } from "./runs.ts";
import { found } from "./trouble.ts";

/** Images of one series, or one image, in the other modality: stored together. */
export interface NewTranslation {
  frames: {
    sourceFrameId: number;
    /** PNG. */
    image: Uint8Array;
    thumbnail: Uint8Array;
    frame: Omit<FrameMetadata, "synthetic">;
  }[];
}

interface TranslationParts {
  file: ProjectFile;
  images: Images;
  runs: Runs;
  models: Models;
  outlines: CarriedOutlines;
}

/** From one modality to another, by the names that a pairing gives them. */
interface Ways {
  source: string;
  target: string;
}

export class Translations {
  readonly #parts: TranslationParts;

  constructor(parts: TranslationParts) {
    this.#parts = parts;
  }

  /** Queues a translation. Returns the run id. */
  create(run: NewRun, plan: TranslationPlan): number {
    const { file, runs } = this.#parts;
    return file.edit("queue a translation", ["runs"], () => {
      const runId = runs.create(run);
      file.run("INSERT INTO translation (run_id, request) VALUES (?, ?)", runId, JSON.stringify(plan));
      return runId;
    });
  }

  /** What `create` was given. */
  plan(runId: number): TranslationPlan {
    const row = this.#parts.file.get<{ request: string }>("SELECT request FROM translation WHERE run_id = ?", runId);
    return JSON.parse(found(row, "translation", runId).request) as TranslationPlan;
  }

  /** By source. */
  made(runId: number): TranslatedRow[] {
    return this.#parts.file.all(
      `SELECT source_frame_id AS sourceFrameId, translated_frame.frame_id AS frameId, carried_from AS carriedFrom
       FROM translated_frame JOIN frame ON frame.id = translated_frame.frame_id LEFT JOIN mask_revision ON mask_revision.id = head_id
       WHERE translated_frame.run_id = ? ORDER BY source_frame_id`,
      runId,
    );
  }

  /**
   * Stores translated images beside those that they were made of, with their outlines, in one transaction: in their patient's case, so that no split tears them apart. What is there
   * already stays as it is. Throws `Problem` "conflict" where the case has come to validation or test meanwhile.
   */
  add(runId: number, { frames }: NewTranslation): void {
    const { file, images, models, runs, outlines } = this.#parts;
    const { target } = this.plan(runId);
    const modelId = runs.recipe(runId).snapshot.fromModel!;
    const { method } = models.get(modelId);
    const known = new Set(this.made(runId).map(({ sourceFrameId }) => sourceFrameId));
    if (frames.every(({ sourceFrameId }) => known.has(sourceFrameId))) return;
    const first = images.frame(frames[0]!.sourceFrameId).row;
    if (first.split === "val" || first.split === "test") throw movedMeanwhile(first.caseName);
    const { fileName } = images.image(first.imageId);
    file.edit("add translated images", ["frames", "project", "pairings"], () => {
      const added = images.add(
        {
          sourceBytes: frames.length === 1 ? frames[0]!.image : frames.map(({ image }) => image),
          // Of two images that look alike each is one by itself.
          sourceSha256: sha256(Buffer.from(`translation ${runId} ${frames.map((each) => each.sourceFrameId).join()}`)),
          fileName: `${fileName.replace(/(\.nii)?\.[^.]+$/, "")}-translated-${wordOf(target)}-${runId}.png`,
          format: "png",
          modality: target,
          patientKey: null,
          caseName: null,
          thumbnail: frames[frames.length >> 1]!.thumbnail,
          frames: frames.map(({ frame, thumbnail, sourceFrameId }) => ({
            ...frame,
            thumbnail,
            synthetic: { modelId, runId, method, translatedFrom: sourceFrameId },
          })),
        },
        { caseId: first.caseId },
      );
      for (const [index, { sourceFrameId }] of frames.entries()) {
        file.run(
          "INSERT INTO translated_frame (run_id, source_frame_id, frame_id) VALUES (?, ?, ?)",
          runId,
          sourceFrameId,
          added.frameIds[index]!,
        );
      }
      outlines.carryTo(added.frameIds);
    });
  }

  /** Sources of which the project still has an image that this model made. */
  madeBy(modelId: number, there: ReadonlySet<number>): Set<number> {
    const { file, runs } = this.#parts;
    const rows = file.all<{ runId: number; sourceFrameId: number; frameId: number }>(
      "SELECT run_id AS runId, source_frame_id AS sourceFrameId, frame_id AS frameId FROM translated_frame",
    );
    const ofModel = new Set(
      [...new Set(rows.map(({ runId }) => runId))].filter((runId) => runs.recipe(runId).snapshot.fromModel === modelId),
    );
    return new Set(
      rows.flatMap(({ runId, sourceFrameId, frameId }) =>
        ofModel.has(runId) && there.has(frameId) ? sourceFrameId : [],
      ),
    );
  }

  /** By source: the newest image that a model made of it, of this modality. */
  newest({ source, target }: Ways, there: ReadonlySet<number>): Map<number, number> {
    const rows = this.#parts.file.all<{ sourceFrameId: number; frameId: number; request: string }>(
      `SELECT source_frame_id AS sourceFrameId, frame_id AS frameId, request FROM translated_frame JOIN translation USING (run_id) ORDER BY run_id`,
    );
    const isOf = ({ request }: { request: string }): boolean => {
      const plan = JSON.parse(request) as TranslationPlan;
      return plan.source === source && plan.target === target;
    };
    return new Map(
      rows.flatMap((row) => (there.has(row.frameId) && isOf(row) ? [[row.sourceFrameId, row.frameId] as const] : [])),
    );
  }

  /** Models that make this target of this source. */
  translators({ source, target }: Ways): number[] {
    const { models, runs } = this.#parts;
    return models.list().flatMap(({ modelId, runId, makes }) => {
      if (!makes.includes("translations")) return [];
      const { modalities } = runs.recipe(runId).snapshot;
      return modalities?.source === source && modalities.target === target ? modelId : [];
    });
  }
}

/** For a file name. */
const wordOf = (text: string): string => text.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "") || "image";

function movedMeanwhile(caseName: string): Problem {
  return new Problem({
    code: "conflict",
    title: `${caseName} has come to the validation or test split.`,
    detail: "Translated images are kept with their patient, and never judge a model.",
    hint: "Translate again: the patient is left out then.",
  });
}
