/**
 * @file Synthetic pairs as a run made them, and what a person thinks of each. Only an accepted pair is an image of the project; the others wait here, with
 * their pixels, so that every decision can be taken back.
 */
import type {
  MadePair,
  PairOrigin,
  PairQuality,
  PairState,
  SynthesisDetail,
  SynthesisPlan,
  SynthesisQuality,
  SynthesisRow,
  SyntheticPairRow,
} from "../api/contract.ts";
import { Problem } from "../problem/index.ts";
import { pack, plainBytes, storeBlob, unpack } from "./blobs.ts";
import type { BulkActions } from "./bulk-actions.ts";
import type { ProjectFile } from "./file.ts";
import type { FrameMetadata } from "./images.ts";
import type { TurnOptions } from "./many-decisions.ts";
import type { NewRun, Runs } from "./runs.ts";
import type { SyntheticFrames } from "./synthetic.ts";
import { found } from "./trouble.ts";

export interface NewSyntheticPair {
  /** Place in its run. */
  index: number;
  /** PNG. */
  image: Uint8Array;
  thumbnail: Uint8Array;
  frame: Omit<FrameMetadata, "synthetic">;
  /** RLE. */
  labelMap: Uint8Array;
  classes: number[];
  origin: PairOrigin;
  quality: PairQuality;
  /** Of the fixed feature network, for the quality of the set. */
  features: Float64Array;
}

interface PairRecord extends Omit<SyntheticPairRow, "classes" | "origin" | "quality"> {
  classes: string;
  origin: string;
  quality: string;
}

const MODEL = "(SELECT model_id FROM run WHERE run.id = synthetic_pair.run_id)";
/** An accepted pair that was removed with other images is undecided again. */
const STATE = `CASE WHEN image.id IS NOT NULL THEN 'accepted' WHEN decision = 'rejected' THEN 'rejected' ELSE 'undecided' END`;
const JOINED = `synthetic_pair LEFT JOIN frame ON frame.id = synthetic_pair.frame_id
  LEFT JOIN image ON image.id = frame.image_id AND image.removed_by IS NULL`;
const columns = `synthetic_pair.id AS pairId, run_id AS runId, ${MODEL} AS modelId, place AS "index",
  synthetic_pair.width, synthetic_pair.height, channels, ${STATE} AS state, iif(image.id IS NULL, NULL, synthetic_pair.frame_id) AS frameId,
  classes, origin, quality`;
const IS_NEAR_COPY = "json_extract(synthetic_pair.quality, '$.isNearCopy') IS 1";

interface PairParts {
  file: ProjectFile;
  runs: Runs;
  synthetic: SyntheticFrames;
  bulk: BulkActions;
}

export class SyntheticPairs {
  readonly #file: ProjectFile;
  readonly #parts: PairParts;

  constructor(parts: PairParts) {
    this.#file = parts.file;
    this.#parts = parts;
  }

  /** Queued as a run. Returns the run id. */
  create(run: NewRun, synthesis: SynthesisPlan): number {
    return this.#file.edit("queue a synthesis", ["synthesis"], () => {
      const runId = this.#parts.runs.create(run);
      this.#file.run("INSERT INTO synthesis (run_id, request) VALUES (?, ?)", runId, JSON.stringify(synthesis));
      return runId;
    });
  }

  /** What `create` was given. */
  request(runId: number): SynthesisPlan {
    const row = this.#file.get<{ request: string }>("SELECT request FROM synthesis WHERE run_id = ?", runId);
    return JSON.parse(found(row, "synthesis", runId).request) as SynthesisPlan;
  }

  /** A pair that is there already stays as it is: a resumed run may make it once more, to the bit. Returns its row, or null. */
  add(runId: number, pair: NewSyntheticPair): SyntheticPairRow | null {
    return this.#file.edit("keep a synthetic pair", ["synthesis"], () => {
      const known = this.#file.get("SELECT 1 FROM synthetic_pair WHERE run_id = ? AND place = ?", runId, pair.index);
      if (known !== undefined) return null;
      const { width, height, channels } = pair.frame;
      const { isDeflated, bytes } = pack(pair.labelMap);
      const { id } = this.#file.run(
        `INSERT INTO synthetic_pair (run_id, place, width, height, channels, image_sha256, thumbnail_sha256, frame_metadata, is_deflated,
           label_map, classes, origin, quality, features) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        runId,
        pair.index,
        width,
        height,
        channels,
        storeBlob(this.#file, pair.image),
        storeBlob(this.#file, pair.thumbnail),
        JSON.stringify(pair.frame),
        isDeflated,
        bytes,
        JSON.stringify(pair.classes),
        JSON.stringify(pair.origin),
        JSON.stringify(pair.quality),
        new Uint8Array(Float64Array.from(pair.features).buffer),
      );
      return this.pair(id);
    });
  }

  setQuality(runId: number, quality: SynthesisQuality): void {
    this.#file.edit("keep the quality of synthetic pairs", ["synthesis"], () => {
      this.#file.run("UPDATE synthesis SET quality = ? WHERE run_id = ?", JSON.stringify(quality), runId);
    });
  }

  /** In the order of their places. */
  made(runId: number): MadePair[] {
    const rows = this.#file.all<Pick<PairRecord, "index" | "origin" | "quality"> & { features: Uint8Array }>(
      `SELECT place AS "index", origin, quality, features FROM synthetic_pair WHERE run_id = ? ORDER BY place`,
      runId,
    );
    return rows.map(({ index, origin, quality, features }) => {
      const { alignment, isNearCopy } = JSON.parse(quality) as PairQuality;
      const parentFrameId = (JSON.parse(origin) as PairOrigin).parents[0]!.frameId;
      return { index, parentFrameId, alignment, isNearCopy, features: [...new Float64Array(features.slice().buffer)] };
    });
  }

  /** Newest first. */
  list(): SynthesisRow[] {
    const rows = this.#file.all<Omit<SynthesisRow, "count" | "shapes" | "judgeModelId"> & { request: string }>(
      `SELECT synthesis.run_id AS runId, run.model_id AS modelId, run.created_at AS createdAt, run.seed, request,
         count(synthetic_pair.id) AS made, coalesce(sum(${STATE} = 'accepted'), 0) AS accepted,
         coalesce(sum(${STATE} = 'rejected'), 0) AS rejected, coalesce(sum(${IS_NEAR_COPY}), 0) AS withheld
       FROM synthesis JOIN run ON run.id = synthesis.run_id LEFT JOIN (${JOINED}) ON synthetic_pair.run_id = synthesis.run_id
       GROUP BY synthesis.run_id ORDER BY synthesis.run_id DESC`,
    );
    return rows.map(({ request, ...row }) => {
      const { count, shapes, judge } = JSON.parse(request) as SynthesisPlan;
      return { ...row, count, shapes, judgeModelId: judge?.modelId ?? null };
    });
  }

  get(runId: number): SynthesisDetail {
    const row = found(
      this.list().find((each) => each.runId === runId),
      "synthesis",
      runId,
    );
    const { quality } = this.#file.get<{ quality: string | null }>(
      "SELECT quality FROM synthesis WHERE run_id = ?",
      runId,
    )!;
    return { ...row, pairs: this.#pairs("run_id = ?", runId), quality: quality === null ? null : JSON.parse(quality) };
  }

  /** Images of the project that were accepted here, and pairs that nobody has decided on; near-copies are left out. */
  counts(): { accepted: number; undecided: number } {
    return this.#file.get<{ accepted: number; undecided: number }>(
      `SELECT coalesce(sum(${STATE} = 'accepted'), 0) AS accepted,
         coalesce(sum(${STATE} = 'undecided' AND NOT ${IS_NEAR_COPY}), 0) AS undecided FROM ${JOINED}`,
    )!;
  }

  pair(pairId: number): SyntheticPairRow {
    return found(this.#pairs("synthetic_pair.id = ?", pairId)[0], "synthetic pair", pairId);
  }

  /** PNG. */
  image(pairId: number): Uint8Array<ArrayBuffer> {
    const row = this.#file.get<{ bytes: Uint8Array }>(
      "SELECT bytes FROM synthetic_pair JOIN blob ON blob.sha256 = image_sha256 WHERE id = ?",
      pairId,
    );
    return plainBytes(found(row, "synthetic pair", pairId).bytes);
  }

  /** RLE. */
  labelMap(pairId: number): Uint8Array<ArrayBuffer> {
    const row = this.#file.get<{ isDeflated: number; bytes: Uint8Array }>(
      "SELECT is_deflated AS isDeflated, label_map AS bytes FROM synthetic_pair WHERE id = ?",
      pairId,
    );
    return unpack(found(row, "synthetic pair", pairId));
  }

  /**
   * One decision on some pairs, in turns, so that the app goes on meanwhile, and taken back as one. Those accepted become images of the training split with
   * their masks, others leave the project. What was decided before an abort stays. Returns their rows. Rejects with `Problem` "conflict" for a near-copy
   * that is to be accepted: none of them is then.
   */
  async decide(pairIds: readonly number[], state: PairState, options: TurnOptions = {}): Promise<SyntheticPairRow[]> {
    const pairs = [...new Set(pairIds)].map((pairId) => this.pair(pairId));
    const copies = pairs.filter(({ quality }) => quality.isNearCopy === true);
    if (state === "accepted" && copies.length > 0) throw nearCopies(copies.length);
    const changes = await this.#turnAll(
      pairs.map(({ pairId }) => ({ pairId, state })),
      options,
    );
    if (changes.length > 0) {
      this.#file.edit("note a decision on synthetic pairs", ["synthesis"], () => {
        this.#file.run(
          "INSERT INTO pair_decision (decided_at, pairs) VALUES (?, ?)",
          new Date().toISOString(),
          JSON.stringify(changes),
        );
      });
    }
    return pairs.map(({ pairId }) => this.pair(pairId));
  }

  /** Takes the last decision back, but for pairs that were changed since. Returns their rows. Rejects with `Problem` "conflict" when there is none. */
  async undo(options: TurnOptions = {}): Promise<SyntheticPairRow[]> {
    const last = this.#file.get<{ id: number; pairs: string }>(
      "SELECT id, pairs FROM pair_decision WHERE undone_at IS NULL ORDER BY id DESC LIMIT 1",
    );
    if (last === undefined) {
      const hint = "Decisions on synthetic pairs are taken back one at a time.";
      throw new Problem({ code: "conflict", title: "There is no decision to undo.", hint });
    }
    this.#file.edit("undo a decision on synthetic pairs", ["synthesis"], () => {
      this.#file.run("UPDATE pair_decision SET undone_at = ? WHERE id = ?", new Date().toISOString(), last.id);
    });
    const changes = JSON.parse(last.pairs) as Change[];
    const still = changes.filter(([pairId, , after]) => this.pair(pairId).state === after);
    await this.#turnAll(
      still.map(([pairId, state]) => ({ pairId, state })),
      options,
    );
    return changes.map(([pairId]) => this.pair(pairId));
  }

  async #turnAll(
    turns: readonly { pairId: number; state: PairState }[],
    { signal, onProgress }: TurnOptions,
  ): Promise<Change[]> {
    const changes: Change[] = [];
    for (let done = 0; done < turns.length && signal?.aborted !== true; done += TURN) {
      const some = turns.slice(done, done + TURN).map(({ pairId, state }) => ({ pair: this.pair(pairId), state }));
      this.#file.edit("decide on synthetic pairs", ["synthesis"], () => changes.push(...this.#turn(some)));
      onProgress?.(Math.min(done + TURN, turns.length), turns.length);
      if (done + TURN < turns.length) await new Promise((resume) => setImmediate(resume));
    }
    return changes;
  }

  /** Those that are in another state. */
  #turn(turns: readonly { pair: SyntheticPairRow; state: PairState }[]): Change[] {
    const changed = turns.filter(({ pair, state }) => pair.state !== state);
    this.#parts.bulk.remove(changed.flatMap(({ pair }) => (pair.state === "accepted" ? [pair.frameId!] : [])));
    return changed.map(({ pair, state }): Change => {
      this.#file.run(
        "UPDATE synthetic_pair SET decision = ?, frame_id = coalesce(?, frame_id) WHERE id = ?",
        state === "undecided" ? null : state,
        state === "accepted" ? this.#accept(pair) : null,
        pair.pairId,
      );
      return [pair.pairId, pair.state, state];
    });
  }

  #accept({ pairId, runId, modelId }: SyntheticPairRow): number {
    const { metadata, thumbnail } = this.#file.get<{ metadata: string; thumbnail: Uint8Array }>(
      `SELECT frame_metadata AS metadata, blob.bytes AS thumbnail FROM synthetic_pair JOIN blob ON blob.sha256 = thumbnail_sha256
       WHERE id = ?`,
      pairId,
    )!;
    return this.#parts.synthetic.add({
      source: this.image(pairId),
      format: "png",
      thumbnail: plainBytes(thumbnail),
      frame: JSON.parse(metadata) as FrameMetadata,
      modality: null,
      modelId,
      runId,
      mask: this.labelMap(pairId),
    });
  }

  #pairs(condition: string, id: number): SyntheticPairRow[] {
    return this.#file
      .all<PairRecord>(`SELECT ${columns} FROM ${JOINED} WHERE ${condition} ORDER BY run_id, place`, id)
      .map((record) => ({
        ...record,
        classes: JSON.parse(record.classes) as number[],
        origin: JSON.parse(record.origin) as PairOrigin,
        quality: JSON.parse(record.quality) as PairQuality,
      }));
  }
}

/** Pairs of one transaction: some 40 ms, while the app waits. */
const TURN = 25;

type Change = [pairId: number, before: PairState, after: PairState];

function nearCopies(count: number): Problem {
  return new Problem({
    code: "conflict",
    title: count === 1 ? "The image is too like a real one." : `${count} of the images are too like real ones.`,
    detail: "They lie as near to an image of the training as two images of different patients hardly ever do.",
    hint: "Take others: what a generator has copied adds nothing, and could show a patient's image to others.",
  });
}
