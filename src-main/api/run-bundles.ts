/** @file Run bundles being written: progress, cancelling. */
import type { DecodePool } from "../imaging/index.ts";
import type { Project } from "../project/index.ts";
import type { RunQueue } from "../runs/queue.ts";
import type { BundleReport } from "./contract.ts";
import type { Listeners } from "./listeners.ts";

const PROGRESS_MS = 100;

interface RunBundlesParts {
  project: Project;
  queue: RunQueue;
  pool: DecodePool;
  listeners: Listeners;
}

export class RunBundles {
  readonly #parts: RunBundlesParts;
  /** Under way, by run. */
  readonly #writing = new Map<number, { cancel: AbortController; ended: Promise<unknown> }>();

  constructor(parts: RunBundlesParts) {
    this.#parts = parts;
  }

  /** Rejects with `Problem`, "cancelled" after `cancel`; then no file is left. */
  async write(runId: number, path: string): Promise<BundleReport> {
    const { project, queue, pool, listeners } = this.#parts;
    const cancel = new AbortController();
    const { signal } = cancel;
    const started = performance.now();
    let told = started;
    const work = queue.exportRun(runId, path, {
      signal,
      readFrame(frameId) {
        const { bytes, fileName, frameIndex } = project.images.sourceOfFrame(frameId);
        return pool.pixels(bytes, { fileName, frame: frameIndex }, { signal });
      },
      onProgress(done, total) {
        const now = performance.now();
        if (now - told < PROGRESS_MS) return;
        told = now;
        const secondsLeft = ((now - started) / 1000 / done) * (total - done);
        listeners.tell({ type: "bundle", data: { runId, done, total, secondsLeft } });
      },
    });
    this.#writing.set(runId, { cancel, ended: work.catch(() => undefined) });
    try {
      return await work;
    } finally {
      this.#writing.delete(runId);
    }
  }

  /** One that has ended in the meantime needs no cancelling. */
  cancel(runId: number): void {
    this.#writing.get(runId)?.cancel.abort();
  }

  async close(): Promise<void> {
    const underWay = [...this.#writing.values()];
    for (const { cancel } of underWay) cancel.abort();
    await Promise.all(underWay.map(({ ended }) => ended));
  }
}
