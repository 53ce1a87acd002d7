/**
 * @file What happened in one import: the report that grows, told as it grows, and whether to go on.
 */
import type { AttributeCount, DeidentifyChoice, FrameRow, MaskMatch, RefusedFile, Split } from "../../api/contract.ts";
import type { BurnedInWarning, SourceFormat } from "../../imaging/index.ts";
import { Problem } from "../../problem/index.ts";
import { MissingClasses } from "../label-targets/index.ts";
import { type ImportReport, startedReport } from "./import-options.ts";
import { type FileWatch, FILES_AT_A_TIME } from "./in-order.ts";

const PROGRESS_MS = 100;
/** Refused files and masks without an image that are listed while the import runs. */
const LISTED_MEANWHILE = 100;
/** Images with likely burned-in writing that are listed one by one. */
const LISTED_BURNED_IN = 100;
/** Images with transparent pixels that are listed. */
const LISTED_ON_BLACK = 100;
/** Patients of another split than was asked for that are listed. */
const LISTED_CASES = 100;
/** Troubles that every further file would meet too. */
const fatalCodes = new Set<Problem["code"]>(["disk-full", "read-only", "project-locked"]);

export interface ImportLogOptions {
  total: number;
  refused: RefusedFile[];
  dryRun: boolean;
  /** False: files are kept as they are. */
  deidentify: boolean | DeidentifyChoice;
  /** Aborted by the person. */
  signal: AbortSignal | undefined;
  onProgress: ((report: ImportReport) => void) | undefined;
}

interface ImportedFile {
  format: SourceFormat;
  caseId: number;
  /** null unless DICOM. */
  seriesUid: string | null;
}

export class ImportLog implements FileWatch {
  /** To be added to by whoever did something. */
  readonly report: ImportReport;
  readonly #options: ImportLogOptions;
  readonly #started = performance.now();
  readonly #stop = new AbortController();
  readonly #attributes = new Map<string, AttributeCount>();
  readonly #patients = new Set<number>();
  readonly #series = new Set<string>();
  readonly #elsewhere = new Set<number>();
  #lastProgress = 0;

  constructor(options: ImportLogOptions) {
    this.#options = options;
    this.report = startedReport(options);
  }

  /** Aborted by the person, or by a trouble that no further file can escape. */
  get stop(): AbortSignal {
    return this.#stop.signal;
  }

  /** Runs `work` until it is done or the person aborts; tells how it ended. */
  async during(work: () => Promise<void>): Promise<ImportReport> {
    const { signal } = this.#options;
    const cancel = (): void => this.#stop.abort();
    if (signal?.aborted) cancel();
    signal?.addEventListener("abort", cancel, { once: true });
    try {
      await work();
    } finally {
      signal?.removeEventListener("abort", cancel);
      this.#stop.abort();
    }
    const { report } = this;
    if (report.problem !== null) report.state = "failed";
    else report.state = signal?.aborted && report.done < report.total ? "cancelled" : "done";
    report.secondsLeft = report.state === "done" ? 0 : null;
    this.#tell(true);
    return copyOf(report);
  }

  /** One more file is done, also one that was refused. */
  count(): void {
    this.report.done++;
    this.#tell(false);
  }

  /** Puts a trouble into the report; false if the import must end. A bug is thrown on. */
  note(error: unknown, file: string): boolean {
    if (!(error instanceof Problem)) {
      this.#stop.abort();
      throw error;
    }
    if (this.stop.aborted) return false;
    if (fatalCodes.has(error.code)) {
      this.report.problem = error.toJSON();
      this.#stop.abort();
      return false;
    }
    this.report.refused.push({ file, problem: error.toJSON() });
    if (error instanceof MissingClasses) this.#noteMissing(error.names);
    return true;
  }

  #noteMissing(names: readonly string[]): void {
    const { newClasses } = this.report;
    newClasses.missing = [...new Set([...newClasses.missing, ...names])];
  }

  noteMatch(match: MaskMatch): void {
    this.report.matches.push(match);
  }

  /** Counts a file that was imported, by what it is and where it belongs. */
  noteImported({ format, caseId, seriesUid }: ImportedFile): void {
    const { report } = this;
    report.imported++;
    report.formats[format] = (report.formats[format] ?? 0) + 1;
    report.patients = this.#patients.add(caseId).size;
    if (seriesUid !== null) report.series = this.#series.add(`${caseId} ${seriesUid}`).size;
  }

  /** Sums up what was removed of all files. */
  noteDeidentified(attributes: readonly AttributeCount[], isRenamed: boolean): void {
    const { deidentification } = this.report;
    if (deidentification === null) return;
    if (isRenamed) deidentification.renamedFiles++;
    for (const { name, action, count } of attributes) {
      const key = `${action} ${name}`;
      const known = this.#attributes.get(key);
      if (known === undefined) this.#attributes.set(key, { name, action, count });
      else known.count += count;
    }
    deidentification.attributes = [...this.#attributes.values()].sort((a, b) => b.count - a.count);
  }

  noteBurnedIn(file: string, frameId: number, warning: BurnedInWarning): void {
    const { burnedIn } = this.report;
    if (++burnedIn.count <= LISTED_BURNED_IN) burnedIn.images.push({ file, frameId, ...warning });
  }

  noteOnBlack(file: string): void {
    const onBlack = (this.report.onBlack ??= { count: 0, files: [] });
    if (++onBlack.count <= LISTED_ON_BLACK) onBlack.files.push(file);
  }

  /** A patient whose images have a split keeps it: new images follow them, whatever was asked for. */
  noteSplit(asked: Split, { split, caseId, caseName }: Pick<FrameRow, "split" | "caseId" | "caseName">): void {
    if (split === null || split === asked) return;
    const keptSplit = (this.report.keptSplit ??= { images: 0, cases: [] });
    keptSplit.images++;
    if (this.#elsewhere.has(caseId) || keptSplit.cases.length >= LISTED_CASES) return;
    this.#elsewhere.add(caseId);
    keptSplit.cases.push({ name: caseName, split });
  }

  #tell(isLast: boolean): void {
    const now = performance.now();
    if (!isLast && now - this.#lastProgress < PROGRESS_MS) return;
    this.#lastProgress = now;
    const { done, total } = this.report;
    const elapsed = (now - this.#started) / 1000;
    // The first files include the start of the decoders: too early to tell.
    if (!isLast) this.report.secondsLeft = done < FILES_AT_A_TIME ? null : (elapsed / done) * (total - done);
    this.#options.onProgress?.(copyOf(this.report));
  }
}

/** Lists that grow with the files are short until the end. */
function copyOf(report: ImportReport): ImportReport {
  const { state, refused, unmatchedMasks, matches, deidentification } = report;
  const isRunning = state === "running";
  return {
    ...report,
    refused: refused.slice(0, isRunning ? LISTED_MEANWHILE : undefined),
    refusedCount: refused.length,
    unmatchedMasks: unmatchedMasks.slice(0, isRunning ? LISTED_MEANWHILE : undefined),
    matches: isRunning ? [] : [...matches],
    deidentification: deidentification && structuredClone(deidentification),
    burnedIn: structuredClone(report.burnedIn),
    ...(report.onBlack === undefined ? {} : { onBlack: structuredClone(report.onBlack) }),
    ...(report.keptSplit === undefined ? {} : { keptSplit: structuredClone(report.keptSplit) }),
  };
}
