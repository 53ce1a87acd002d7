/**
 * @file What the network of a run made of a few validation frames at its validations: enough to see it learn, never more than
 * `KEPT_STEPS` validations of a run.
 */
import type { RunSample } from "../api/contract.ts";
import { pack, unpack } from "./blobs.ts";
import type { ProjectFile } from "./file.ts";
import type { Revisions } from "./revisions.ts";
import type { Runs } from "./runs.ts";
import { found } from "./trouble.ts";

/** A row of pictures that can be taken in; at 512² a simple mask takes some hundred bytes. */
export const KEPT_STEPS = 24;

export interface NewRunSample extends Pick<RunSample, "frameId" | "kind" | "score"> {
  /** RLE of voxels/rle.ts, or a picture as voxels/frame.ts writes it. */
  bytes: Uint8Array;
}

export class RunSamples {
  readonly #file: ProjectFile;
  readonly #runs: Runs;
  readonly #revisions: Revisions;

  constructor(file: ProjectFile, { runs, revisions }: { runs: Runs; revisions: Revisions }) {
    this.#file = file;
    this.#runs = runs;
    this.#revisions = revisions;
  }

  /** Those of a step that is there already are replaced: a resumed run repeats steps. */
  add(runId: number, step: number, samples: readonly NewRunSample[]): void {
    if (samples.length === 0) return;
    this.#file.edit("keep what the network says", [], () => {
      for (const { frameId, kind, score, bytes: plain } of samples) {
        const { isDeflated, bytes } = pack(plain);
        this.#file.run(
          "INSERT OR REPLACE INTO run_sample (run_id, step, frame_id, kind, score, is_deflated, bytes) VALUES (?, ?, ?, ?, ?, ?, ?)",
          runId,
          step,
          frameId,
          kind,
          score,
          isDeflated,
          bytes,
        );
      }
      const steps = this.#file
        .all<{ step: number }>("SELECT DISTINCT step FROM run_sample WHERE run_id = ? ORDER BY step", runId)
        .map((row) => row.step);
      if (steps.length > KEPT_STEPS)
        this.#file.run("DELETE FROM run_sample WHERE run_id = ? AND step = ?", runId, mostCrowded(steps));
    });
  }

  /** By step, then frame. */
  list(runId: number): RunSample[] {
    return this.#file.all<RunSample>(
      "SELECT step, frame_id AS frameId, kind, score FROM run_sample WHERE run_id = ? ORDER BY step, frame_id",
      runId,
    );
  }

  get(runId: number, step: number, frameId: number): { kind: RunSample["kind"]; bytes: Uint8Array<ArrayBuffer> } {
    const row = this.#file.get<{ kind: RunSample["kind"]; isDeflated: number; bytes: Uint8Array }>(
      `SELECT kind, is_deflated AS isDeflated, bytes FROM run_sample
       WHERE run_id = ? AND step = ? AND frame_id = ?`,
      runId,
      step,
      frameId,
    );
    const sample = found(row, "sample", step);
    return { kind: sample.kind, bytes: unpack(sample) };
  }

  /** What the frame was annotated as for this run, as RLE: later strokes do not change it. */
  truth(runId: number, frameId: number): Uint8Array<ArrayBuffer> {
    const frame = this.#runs.recipe(runId).snapshot.frames.find((each) => each.frameId === frameId);
    return this.#revisions.labelMap(found(frame?.revisionId ?? undefined, "sample", frameId));
  }
}

/** The step whose neighbors lie closest together, so that the others stay spread over the run; never the first or the last. */
export function mostCrowded(steps: readonly number[]): number {
  let chosen = 1;
  for (let place = 2; place < steps.length - 1; place++) {
    if (steps[place + 1]! - steps[place - 1]! < steps[chosen + 1]! - steps[chosen - 1]!) chosen = place;
  }
  return steps[chosen]!;
}
