/**
 * @file One import: started by a request, followed by events, cancelled at will. What was imported before a cancel stays.
 */
import type { DecodePool, SlicePlane } from "../imaging/index.ts";
import {
  type ImportFile,
  type ImportReport,
  importImages,
  type PreviewProject,
  previewOf,
} from "../interchange/index.ts";
import { Problem, type ProblemFields } from "../problem/index.ts";
import type { Project } from "../project/index.ts";
import type { DeidentifyChoice, ImportState, PatientRule, RefusedFile, Split } from "./contract.ts";

export interface ImportRequest {
  items: ImportFile[];
  masks: ImportFile[];
  patient: PatientRule;
  split: Split | undefined;
  /** A table of image-level labels. */
  labels?: ImportFile | undefined;
  addClasses?: boolean | undefined;
  /** Only say what would be done. */
  dryRun?: boolean | undefined;
  deidentify: boolean | DeidentifyChoice;
  /** Plane in which volumes are sliced. Default "axial". */
  plane?: SlicePlane | undefined;
  /** Refused while listing, e.g. a folder that cannot be read. */
  refused: RefusedFile[];
}

export interface ImportJobParts {
  project: Project;
  pool: DecodePool;
  request: ImportRequest;
  tell: (state: ImportState) => void;
}

export class ImportJob {
  readonly #cancel = new AbortController();
  readonly #tell: (state: ImportState) => void;
  #state: ImportState;
  /** Settles, never rejects, when nothing more is written. */
  readonly ended: Promise<ImportState>;

  constructor(importId: number, { project, pool, request, tell }: ImportJobParts) {
    this.#tell = tell;
    this.#state = {
      importId,
      state: "running",
      done: 0,
      total: request.items.length,
      secondsLeft: null,
      imported: 0,
      frames: 0,
      masks: 0,
      duplicates: 0,
      refused: request.refused,
      unmatchedMasks: [],
      labels: 0,
      matches: [],
      dryRun: request.dryRun ?? false,
      deidentification: null,
      burnedIn: { count: 0, images: [] },
      problem: null,
    };
    this.ended = this.#run(project, pool, request);
  }

  get state(): ImportState {
    return this.#state;
  }

  cancel(): ImportState {
    this.#cancel.abort();
    return this.#state;
  }

  async #run(project: Project, pool: DecodePool, request: ImportRequest): Promise<ImportState> {
    const { importId } = this.#state;
    const update = (report: ImportReport) => {
      this.#state = { ...report, importId };
      this.#tell(this.#state);
    };
    let preview: PreviewProject | null = null;
    try {
      if (request.dryRun === true) preview = previewOf(project);
      update(
        await importImages({
          project: preview?.project ?? project,
          pool,
          ...request,
          signal: this.#cancel.signal,
          // The end is told below, once nothing more is written.
          onProgress: (report) => update({ ...report, state: "running" }),
        }),
      );
    } catch (error) {
      update({ ...this.#state, state: "failed", secondsLeft: null, problem: fieldsOf(error) });
    } finally {
      preview?.end();
    }
    return this.#state;
  }
}

function fieldsOf(error: unknown): ProblemFields {
  if (error instanceof Problem) return error.toJSON();
  console.error("import:", error);
  return {
    code: "run-failed",
    title: "The import stopped by an error of the program.",
    detail: "What was imported before is safe.",
    hint: "Import the same files again: those already stored are recognized and not stored twice.",
  };
}
