/**
 * @file One import: started by a request, followed by events, cancelled at will. What was imported before a cancel stays.
 */
import type { DecodePool, SlicePlane } from "../imaging/index.ts";
import {
  type ImportFile,
  type ImportReport,
  importImages,
  type ListWatch,
  namesOf,
  type PreviewProject,
  previewOf,
  reportToKeep,
  startedReport,
} from "../interchange/index.ts";
import { Problem, type ProblemFields } from "../problem/index.ts";
import type { Project } from "../project/index.ts";
import type { DeidentifyChoice, ImportState, MaskColor, PatientRule, RefusedFile, Split } from "./contract.ts";

export interface ImportFiles {
  items: ImportFile[];
  masks: ImportFile[];
  /** Tables of image-level labels. */
  labels?: ImportFile[] | undefined;
  /** Refused while listing, e.g. a folder that cannot be read. */
  refused: RefusedFile[];
}

/** How to import them. */
export interface ImportChoice {
  patient: PatientRule;
  split: Split | undefined;
  /** What the images are called, whatever their files say. */
  modality?: string | undefined;
  addClasses?: boolean | undefined;
  maskColors?: MaskColor[] | undefined;
  channel?: number | undefined;
  fold?: number | undefined;
  /** Only say what would be done. */
  dryRun?: boolean | undefined;
  deidentify: boolean | DeidentifyChoice;
  /** Plane in which volumes are sliced. Default "axial". */
  plane?: SlicePlane | undefined;
}

/** Files at hand, or how to find them. */
export type ImportRequest = (ImportFiles | { find: (watch: ListWatch) => Promise<ImportFiles> }) & ImportChoice;

/** Time between two notices of how many files were found. */
const FOUND_MS = 100;

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
  #files: ImportFiles | null = null;
  /** Settles, never rejects, when nothing more is written. */
  readonly ended: Promise<ImportState>;

  constructor(importId: number, { project, pool, request, tell }: ImportJobParts) {
    this.#tell = tell;
    const total = "find" in request ? 0 : request.items.length;
    const found = "find" in request ? 0 : null;
    this.#state = { ...startedReport({ ...request, total }), importId, reportId: null, found };
    this.ended = this.#run(project, pool, request);
  }

  get state(): ImportState {
    return this.#state;
  }

  /** What a dry run looked at, so that it need not be sent again; null once it is let go. */
  get files(): ImportFiles | null {
    return this.#files;
  }

  /** Lets go of files in memory. */
  release(): void {
    this.#files = null;
  }

  /** Also lets go of the files of a preview. */
  cancel(): ImportState {
    this.release();
    this.#cancel.abort();
    return this.#state;
  }

  async #run(project: Project, pool: DecodePool, request: ImportRequest): Promise<ImportState> {
    const { importId } = this.#state;
    const update = (report: ImportReport) => {
      this.#state = { ...report, importId, reportId: null, found: null };
      this.#tell(this.#state);
    };
    let preview: PreviewProject | null = null;
    try {
      const files = "find" in request ? await this.#find(request.find) : request;
      if (files === null) {
        this.#end({ ...this.#state, state: "cancelled" }, null);
        return this.#state;
      }
      if (request.dryRun === true) {
        this.#files = files;
        preview = previewOf(project);
      }
      const report = await importImages({
        project: preview?.project ?? project,
        pool,
        ...request,
        ...files,
        signal: this.#cancel.signal,
        // The end is told below, once nothing more is written.
        onProgress: (report) => update({ ...report, state: "running" }),
      });
      this.#end(report, preview === null ? keepReport(project, request, report) : null);
    } catch (error) {
      const failed = { ...this.#state, state: "failed" as const, secondsLeft: null, problem: fieldsOf(error) };
      this.#end(failed, null);
    } finally {
      preview?.end();
    }
    return this.#state;
  }

  /** null: cancelled meanwhile. */
  async #find(find: (watch: ListWatch) => Promise<ImportFiles>): Promise<ImportFiles | null> {
    const { signal } = this.#cancel;
    let found = 0;
    let lastTold = 0;
    const onFile = (): void => {
      found++;
      const now = performance.now();
      if (now - lastTold < FOUND_MS) return;
      lastTold = now;
      this.#state = { ...this.#state, found };
      this.#tell(this.#state);
    };
    const files = await find({ signal, onFile });
    return signal.aborted ? null : files;
  }

  #end(report: ImportReport, reportId: number | null): void {
    this.#state = { ...report, importId: this.#state.importId, reportId, found: null };
    this.#tell(this.#state);
  }
}

/** A full disk must not hide what the import says. */
function keepReport(project: Project, { deidentify }: ImportChoice, report: ImportReport): number | null {
  if (report.problem !== null) return null;
  return project.imports.add(reportToKeep(report, namesOf(deidentify, project.secret)));
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
