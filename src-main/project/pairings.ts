/** @file Pairings of two modalities as a person made them, and the images that were translated by them. */
import type {
  Modalities,
  PairingDetail,
  PairingRequest,
  PairingRow,
  PairingRule,
  Split,
  TranslatedRow,
  TranslationPlan,
} from "../api/contract.ts";
import { Problem, type Statement } from "../problem/index.ts";
import { type Grid, gridRelation } from "../voxels/index.ts";
import { sha256 } from "./blobs.ts";
import type { ProjectFile } from "./file.ts";
import type { FrameMetadata, Images } from "./images.ts";
import type { Models } from "./models.ts";
import { type FoundPairs, framesOfSide, type PairableFrame, pairImages } from "./pairing-rule.ts";
import type { NewRun, Runs } from "./runs.ts";
import type { Slices } from "./slices.ts";
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

interface PairingParts {
  file: ProjectFile;
  images: Images;
  slices: Slices;
  runs: Runs;
  models: Models;
}

interface PairingRecord extends Modalities {
  pairingId: number;
  createdAt: string;
  rule: string;
  remarks: string;
}

/** Fewer pairs than this are learned by heart. */
const FEW = 10;

export class Pairings {
  readonly #parts: PairingParts;

  constructor(parts: PairingParts) {
    this.#parts = parts;
  }

  /** Stores what belongs together now. Images that a model made are left out. Throws `Problem` where there is nothing to pair. */
  add(request: PairingRequest): PairingRow {
    const { file } = this.#parts;
    const frames = this.#pairable();
    const pairs = pairImages(frames, request);
    const remarks = remarksOf(frames, pairs);
    const { rule, kind } = pairs;
    const pairingId = file.edit("pair two modalities", ["project"], () => {
      const { id } = file.run(
        "INSERT INTO pairing (created_at, source, target, kind, rule, remarks) VALUES (?, ?, ?, ?, ?, ?)",
        new Date().toISOString(),
        request.from,
        request.to,
        kind,
        JSON.stringify(rule),
        JSON.stringify(remarks),
      );
      for (const [place, { source, target }] of pairs.frames.entries()) {
        file.run(
          "INSERT INTO paired_frame (pairing_id, place, source_frame_id, target_frame_id) VALUES (?, ?, ?, ?)",
          id,
          place,
          source,
          target,
        );
      }
      return id;
    });
    return this.row(pairingId);
  }

  /** Newest first. */
  list(): PairingRow[] {
    return this.#records().map((record) => this.#row(record));
  }

  row(pairingId: number): PairingRow {
    const record = this.#records().find((each) => each.pairingId === pairingId);
    return this.#row(found(record, "pairing", pairingId));
  }

  get(pairingId: number): PairingDetail {
    return { ...this.row(pairingId), frames: this.frames(pairingId) };
  }

  /** The newest; null where there is none. */
  latest(): PairingRow | null {
    const [record] = this.#records();
    return record === undefined ? null : this.#row(record);
  }

  /** Of images that are in the project now: one whose counterpart was removed has none. */
  frames(pairingId: number): PairingDetail["frames"] {
    const there = new Set(this.#parts.images.frames().map(({ frameId }) => frameId));
    const kept = (frameId: number | null): number | null => (frameId !== null && there.has(frameId) ? frameId : null);
    return this.#parts.file
      .all<{ source: number | null; target: number | null }>(
        `SELECT source_frame_id AS source, target_frame_id AS target FROM paired_frame WHERE pairing_id = ? ORDER BY place`,
        pairingId,
      )
      .map(({ source, target }) => ({ source: kept(source), target: kept(target) }))
      .filter(({ source, target }) => source !== null || target !== null);
  }

  /** Ids of all images of the project that are of the source of this rule now, in the order of the image list. */
  sources(rule: PairingRule): number[] {
    return framesOfSide(this.#pairable(), rule, "source").map(({ frameId }) => frameId);
  }

  /** Queues a translation. Returns the run id. */
  createTranslation(run: NewRun, plan: TranslationPlan): number {
    const { file, runs } = this.#parts;
    return file.edit("queue a translation", ["runs"], () => {
      const runId = runs.create(run);
      file.run("INSERT INTO translation (run_id, request) VALUES (?, ?)", runId, JSON.stringify(plan));
      return runId;
    });
  }

  /** What `createTranslation` was given. */
  translation(runId: number): TranslationPlan {
    const row = this.#parts.file.get<{ request: string }>("SELECT request FROM translation WHERE run_id = ?", runId);
    return JSON.parse(found(row, "translation", runId).request) as TranslationPlan;
  }

  /** By source. */
  translated(runId: number): TranslatedRow[] {
    return this.#parts.file.all(
      `SELECT source_frame_id AS sourceFrameId, frame_id AS frameId FROM translated_frame WHERE run_id = ? ORDER BY source_frame_id`,
      runId,
    );
  }

  /**
   * Stores translated images beside those that they were made of, in one transaction: in their patient's case, so that no split tears them apart. What is there
   * already stays as it is. Throws `Problem` "conflict" where the case has come to validation or test meanwhile.
   */
  addTranslation(runId: number, { frames }: NewTranslation): void {
    const { file, images, models, runs } = this.#parts;
    const { target } = this.translation(runId);
    const modelId = runs.recipe(runId).snapshot.fromModel!;
    const { method } = models.get(modelId);
    const known = new Set(this.translated(runId).map(({ sourceFrameId }) => sourceFrameId));
    if (frames.every(({ sourceFrameId }) => known.has(sourceFrameId))) return;
    const first = images.frame(frames[0]!.sourceFrameId).row;
    if (first.split === "val" || first.split === "test") throw movedMeanwhile(first.caseName);
    const { fileName } = images.image(first.imageId);
    file.edit("add translated images", ["frames", "project"], () => {
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
    });
  }

  #records(): PairingRecord[] {
    return this.#parts.file.all(
      `SELECT id AS pairingId, created_at AS createdAt, source, target, kind, rule, remarks FROM pairing ORDER BY id DESC`,
    );
  }

  #row({ rule, remarks, ...record }: PairingRecord): PairingRow {
    const frames = this.frames(record.pairingId);
    const splits = new Map(this.#parts.images.frames().map(({ frameId, split }) => [frameId, split]));
    const bySplit: Record<Split | "unassigned", number> = { train: 0, val: 0, test: 0, unlabelled: 0, unassigned: 0 };
    const pairs = frames.filter(({ source, target }) => source !== null && target !== null);
    for (const { source } of pairs) bySplit[splits.get(source!) ?? "unassigned"]++;
    const count = (side: "source" | "target"): number => new Set(frames.flatMap((frame) => frame[side] ?? [])).size;
    return {
      ...record,
      rule: JSON.parse(rule) as PairingRule,
      remarks: JSON.parse(remarks) as Statement[],
      pairs: pairs.length,
      sources: count("source"),
      targets: count("target"),
      bySplit,
      missing: frames.filter(({ source, target }) => source !== null && target === null).length,
    };
  }

  #pairable(): PairableFrame[] {
    const { images, slices } = this.#parts;
    const volumes = slices.volumes();
    const fileNames = images.fileNames();
    return images.frames().flatMap((row): PairableFrame[] => {
      if (row.isSynthetic) return [];
      const { width, height, spacing, geometry, instance } = images.metadata(row.frameId);
      return [
        {
          frameId: row.frameId,
          imageId: row.imageId,
          caseId: row.caseId,
          fileName: fileNames.get(row.imageId)!,
          modality: row.modality,
          seriesDescription: instance?.seriesDescription ?? null,
          volumeId: volumes.get(row.frameId)?.id ?? null,
          grid: { width, height, spacing, geometry },
        },
      ];
    });
  }
}

/** What a person should know of a pairing. */
function remarksOf(frames: readonly PairableFrame[], { rule, kind, frames: pairs, byShare }: FoundPairs): Statement[] {
  const { from: source, to: target } = rule;
  const byId = new Map(frames.map((frame) => [frame.frameId, frame]));
  const remarks: Statement[] = [];
  const paired = pairs.flatMap(({ source: a, target: b }) => (a === null || b === null ? [] : [[a, b] as const]));
  const gridOf = (frameId: number): Grid => byId.get(frameId)!.grid;
  const relations = paired.map(([a, b]) => gridRelation(gridOf(b), gridOf(a)));
  const count = (relation: (typeof relations)[number]): number => relations.filter((one) => one === relation).length;
  const [placed, spaced, stretched] = [count("placed"), count("spaced"), count("stretched")];
  if (placed > 0) {
    remarks.push({
      text: "{images} images of {target} have other pixels than those of {source}: they are resampled onto these by their places in the patient.",
      values: { images: placed, target, source },
    });
  }
  if (spaced > 0) {
    remarks.push({
      text: "{images} images of {target} have pixels of another size than those of {source}, and no place in the patient: they are resampled with their centers on each other.",
      values: { images: spaced, target, source },
    });
  }
  if (stretched > 0) {
    remarks.push({
      text: "{images} images of {target} have another size than those of {source}, and no file tells the size of pixels: they are resampled as if both showed the same field.",
      values: { images: stretched, target, source },
    });
  }
  if (byShare > 0) {
    remarks.push({
      text: "{images} slices were matched by their share of the series, for {source} and {target} have another number of slices and no places.",
      values: { images: byShare, source, target },
    });
  }
  if (kind === "unpaired") return remarks;
  const casesOf = (side: "source" | "target"): Set<number> =>
    new Set(pairs.flatMap((pair) => (pair[side] === null ? [] : byId.get(pair[side])!.caseId)));
  const pairedCases = new Set(paired.map(([a]) => byId.get(a)!.caseId));
  const without = (side: "source" | "target"): number =>
    [...casesOf(side)].filter((caseId) => !pairedCases.has(caseId)).length;
  const [onlySource, onlyTarget] = [without("source"), without("target")];
  if (onlySource > 0) {
    remarks.push({
      text: "Patients with {source} and no {target}: {patients}. Nothing is learned from them; their images can be translated.",
      values: { source, target, patients: onlySource },
    });
  }
  if (onlyTarget > 0) {
    remarks.push({
      text: "Patients with {target} and no {source}: {patients}. They are left out.",
      values: { source, target, patients: onlyTarget },
    });
  }
  if (paired.length < FEW) {
    remarks.push({
      text: "There are only {images} pairs to learn from: the translation will know these very images, and hardly others. Ten are a beginning, hundreds are usual.",
      values: { images: paired.length },
    });
  }
  return remarks;
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
