/** @file Exports under way, and previews of them: followed by events, cancelled at will, ended with the project. */
import type { DecodePool } from "../imaging/index.ts";
import { exportFiles, type ExportOptions, previewExport } from "../interchange/index.ts";
import { Problem } from "../problem/index.ts";
import type { Project } from "../project/index.ts";
import type { ExportPreview, ExportReport } from "./contract.ts";
import type { Listeners } from "./listeners.ts";
import { progressOf } from "./progress.ts";

type ExportRequest = Pick<ExportOptions, "format" | "split" | "frameIds" | "masks" | "modelId" | "version">;

interface Job {
  cancel: AbortController;
  ended: Promise<unknown>;
}

interface ExportJobsParts {
  project: Project;
  pool: DecodePool;
  listeners: Listeners;
}

export class ExportJobs {
  readonly #parts: ExportJobsParts;
  readonly #exports = new Map<number, Job>();
  /** By the name that the asking window gave it; those without one under a symbol of their own. */
  readonly #previews = new Map<string | symbol, Job>();
  #count = 0;

  constructor(parts: ExportJobsParts) {
    this.#parts = parts;
  }

  /** Writes files for another tool. Rejects with `Problem`, "cancelled" after `cancel`. */
  write(request: ExportRequest & Pick<ExportOptions, "dir" | "overwrite">): Promise<ExportReport> {
    const { project, pool, listeners } = this.#parts;
    const { format } = request;
    const exportId = ++this.#count;
    // Told at once, so that it can be cancelled before its first file is done.
    listeners.tell({ type: "export", data: { exportId, format, done: 0, total: 0, secondsLeft: null } });
    const onProgress = progressOf((data) => listeners.tell({ type: "export", data: { exportId, format, ...data } }));
    return follow(this.#exports, exportId, (signal) => exportFiles({ ...request, project, pool, signal, onProgress }));
  }

  /** What an export would write, and what to know before. Rejects with `Problem`, "cancelled" after `cancelPreview`. */
  preview({ previewId, ...request }: ExportRequest & { previewId?: string | undefined }): Promise<ExportPreview> {
    const { project, pool, listeners } = this.#parts;
    const onProgress = progressOf((data) => {
      if (previewId !== undefined) listeners.tell({ type: "preview", data: { previewId, ...data } });
    });
    return follow(this.#previews, previewId ?? Symbol("preview"), (signal) =>
      previewExport({ ...request, project, pool, signal, onProgress }),
    );
  }

  /** An export that has ended in the meantime needs no cancelling. */
  cancel(exportId: number): void {
    this.#exports.get(exportId)?.cancel.abort();
  }

  /** As `cancel`. */
  cancelPreview(previewId: string): void {
    this.#previews.get(previewId)?.cancel.abort(previewCancelled());
  }

  async close(): Promise<void> {
    const jobs = [...this.#exports.values(), ...this.#previews.values()];
    for (const { cancel } of this.#exports.values()) cancel.abort();
    for (const { cancel } of this.#previews.values()) cancel.abort(previewCancelled());
    await Promise.all(jobs.map(({ ended }) => ended));
  }
}

/** Does `work` and lists it meanwhile. */
async function follow<Id, Outcome>(
  jobs: Map<Id, Job>,
  id: Id,
  work: (signal: AbortSignal) => Promise<Outcome>,
): Promise<Outcome> {
  const cancel = new AbortController();
  const outcome = work(cancel.signal);
  const job = { cancel, ended: outcome.catch(() => undefined) };
  jobs.set(id, job);
  try {
    return await outcome;
  } finally {
    if (jobs.get(id) === job) jobs.delete(id);
  }
}

function previewCancelled(): Problem {
  return new Problem({
    code: "cancelled",
    title: "The preview of the export was cancelled.",
    hint: "The export itself can be started without it.",
  });
}
