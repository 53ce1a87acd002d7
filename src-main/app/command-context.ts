/**
 * @file What a command works with: the API's client, an open project, progress of runs and imports, Ctrl+C.
 */
import { basename, resolve } from "node:path";
import { createApi, type Session } from "../api/index.ts";
import type {
  AlignmentOutcome,
  BundleReport,
  ExportReport,
  ImportState,
  MetricPoint,
  ModelOutput,
  Painting,
  ProjectSummary,
  RedactionReport,
  RunDetail,
  RunRow,
} from "../api/contract.ts";
import { Problem } from "../problem/index.ts";
import { type Client, createClient, read } from "./client.ts";
import type { Terminal } from "./terminal.ts";

const endStates: readonly RunRow["state"][] = ["paused", "done", "failed", "cancelled", "interrupted"];

export class CommandContext {
  readonly client: Client;
  readonly terminal: Terminal;
  readonly #session: Session;
  readonly #interrupt: AbortSignal;

  constructor(session: Session, terminal: Terminal, interrupt: AbortSignal) {
    this.client = createClient(createApi(session));
    this.terminal = terminal;
    this.#session = session;
    this.#interrupt = interrupt;
  }

  /** Opens a project to look at; it may be open elsewhere. Shows how far the check of a large one is; Ctrl+C cancels it. */
  open(path: string): Promise<ProjectSummary> {
    const open = () => read(this.client.project.open.$post({ json: { path: resolve(path) } }));
    return this.#follow(
      open,
      () => this.#session.cancelOpening(),
      (event) => {
        if (event.type !== "opening") return;
        const { done, total, secondsLeft } = event.data;
        if (total > 0) this.terminal.progress({ label: "check", done, total, secondsLeft });
      },
    );
  }

  /** Opens a project to change it; throws `Problem` when it cannot be changed. */
  async openToChange(path: string): Promise<ProjectSummary> {
    const summary = await this.open(path);
    if (summary.readOnly === null) return summary;
    throw new Problem({
      code: "project-locked",
      title: `${basename(path)}: the project cannot be changed.`,
      detail: summary.readOnly,
      hint: "Close it there, or work on a copy.",
    });
  }

  /** The id of a model: a number, or "latest": of those that make one of `outputs`, where any is given. */
  async modelId(text: string, ...outputs: ModelOutput[]): Promise<number> {
    if (text !== "latest") return Number(text);
    const models = await read(this.client.models.$get());
    const ids = models.flatMap(({ modelId, makes }) =>
      outputs.length === 0 || makes.some((one) => outputs.includes(one)) ? modelId : [],
    );
    if (ids.length > 0) return Math.max(...ids);
    throw new Problem({
      code: "not-found",
      title:
        models.length === 0
          ? "The project has no model yet."
          : `The project has no model that makes ${outputs.join(" or ")}.`,
      hint: "Train one first.",
    });
  }

  /** Starts an import, shows its progress and waits for it. Ctrl+C cancels; what was imported stays. */
  async followImport(start: () => Promise<ImportState>): Promise<ImportState> {
    const progress = (state: ImportState) => {
      const { done, total, secondsLeft, found } = state;
      const note = found === null ? undefined : `looking through folders: ${found} files found`;
      this.terminal.progress({ label: "import", done, total, secondsLeft, ...(note !== undefined && { note }) });
    };
    const off = this.#session.listeners.on((event) => {
      if (event.type === "import") progress(event.data);
    });
    const { importId } = await start();
    const job = this.#session.open.importJob(importId);
    const cancel = () => void job.cancel();
    if (this.#interrupt.aborted) cancel();
    this.#interrupt.addEventListener("abort", cancel);
    try {
      const state = await job.ended;
      if (state.problem !== null) throw new Problem(state.problem);
      return state;
    } finally {
      off();
      this.#interrupt.removeEventListener("abort", cancel);
    }
  }

  /** Waits for a redaction and shows its progress. Ctrl+C cancels; what was redacted stays so. */
  async followRedaction(start: () => Promise<RedactionReport>): Promise<RedactionReport> {
    let redactionId: number | null = null;
    const cancel = () => {
      if (redactionId !== null) this.#session.open.redactions.cancel(redactionId);
    };
    return this.#follow(start, cancel, (event) => {
      if (event.type !== "redaction") return;
      const { done, total, secondsLeft } = event.data;
      redactionId = event.data.redactionId;
      this.terminal.progress({ label: "redact", done, total, secondsLeft });
    });
  }

  /** Waits for an export and shows its progress. Ctrl+C cancels; files that are written stay. */
  async followExport(start: () => Promise<ExportReport>): Promise<ExportReport> {
    let exportId: number | null = null;
    const cancel = () => {
      if (exportId !== null) this.#session.open.exports.cancel(exportId);
    };
    return this.#follow(start, cancel, (event) => {
      if (event.type !== "export") return;
      const { done, total, secondsLeft } = event.data;
      exportId = event.data.exportId;
      if (total > 0) this.terminal.progress({ label: "export", done, total, secondsLeft });
    });
  }

  /** Waits for pairs being aligned and shows the progress. Ctrl+C cancels; what is aligned stays so. */
  async followAlignment(start: () => Promise<AlignmentOutcome>): Promise<AlignmentOutcome> {
    const cancel = () => this.#session.open.aligner.cancel();
    return this.#follow(start, cancel, (event) => {
      if (event.type !== "alignment") return;
      const { done, total, secondsLeft } = event.data;
      this.terminal.progress({ label: "align", done, total, secondsLeft });
    });
  }

  /** Waits for pictures of a backbone and shows the progress. Ctrl+C cancels; pictures that are written stay. */
  async followBackbonePainting<Result>(id: string, paint: () => Promise<Result>): Promise<Result> {
    const cancel = () => this.#session.backbones.cancelPaintings(id);
    return this.#follow(paint, cancel, (event) => {
      if (event.type !== "backbone-painting" || event.data.backboneId !== id) return;
      const { done, total, step, steps, secondsLeft } = event.data;
      const note = secondsLeft === null ? "opening the parts" : `picture ${done + 1}: step ${step} of ${steps}`;
      this.terminal.progress({ label: "paint", done, total, secondsLeft, note });
    });
  }

  /** Aborted by the first Ctrl+C, SIGTERM or SIGHUP. */
  get interrupt(): AbortSignal {
    return this.#interrupt;
  }

  /** Writes a run bundle and shows its progress. Ctrl+C cancels; no file is left then. */
  async followBundle(runId: number, path: string): Promise<BundleReport> {
    const cancel = () => this.#session.open.bundles.cancel(runId);
    const param = { id: String(runId) };
    const write = () => read(this.client.runs[":id"].bundle.$post({ param, json: { path: resolve(path) } }));
    return this.#follow(write, cancel, (event) => {
      if (event.type !== "bundle") return;
      const { done, total, secondsLeft } = event.data;
      this.terminal.progress({ label: "export", done, total, secondsLeft });
    });
  }

  /** Waits for `work`; meanwhile `listener` hears what the session tells, and Ctrl+C calls `cancel`. */
  async #follow<Result>(
    work: () => Promise<Result>,
    cancel: () => void,
    listener: Parameters<Session["listeners"]["on"]>[0],
  ): Promise<Result> {
    const off = this.#session.listeners.on(listener);
    this.#interrupt.addEventListener("abort", cancel);
    try {
      return await work();
    } finally {
      off();
      this.#interrupt.removeEventListener("abort", cancel);
    }
  }

  /** Starts a run, shows its progress and waits for its end. Throws `Problem` unless it is done. Ctrl+C cancels it. */
  async followRun(start: () => Promise<RunRow>): Promise<RunDetail> {
    let runId = 0;
    let note = "";
    /** As what paints tells it, which knows of steps within a picture. */
    let left: number | null = null;
    let run: RunRow | null = null;
    let wake: () => void = () => undefined;
    const show = (): void => {
      if (run?.state !== "running") return;
      const { kind: label, step: done, steps: total } = run;
      this.terminal.progress({ label, done, total, secondsLeft: left ?? run.secondsLeft, note });
    };
    const off = this.#session.listeners.on((event) => {
      if (event.type === "metrics" && event.data.runId === runId) {
        note = noteOf(event.data.points);
      }
      if (event.type === "doing" && event.data.runId === runId && event.data.doing !== null) {
        note = event.data.doing === "reading" ? "reading the images" : COMPILING;
        show();
      }
      if (event.type === "painting" && event.data.runId === runId) {
        note = paintingText(event.data);
        left = event.data.secondsLeft;
        show();
      }
      if (event.type !== "run" || event.data.runId !== runId) return;
      run = event.data;
      show();
      if (endStates.includes(run.state)) wake();
    });
    const cancel = () => {
      this.terminal.say("Stopping…");
      this.client.runs[":id"].cancel.$post({ param: { id: String(runId) } }).catch(wake);
    };
    try {
      ({ runId } = await start());
      const ended = new Promise<void>((resolve) => (wake = resolve));
      if (this.#interrupt.aborted) cancel();
      this.#interrupt.addEventListener("abort", cancel);
      const detail = () => read(this.client.runs[":id"].$get({ param: { id: String(runId) } }));
      if (!endStates.includes((await detail()).state)) await ended;
      const last = await detail();
      if (last.state !== "done") throw unfinished(last);
      return last;
    } finally {
      off();
      this.#interrupt.removeEventListener("abort", cancel);
    }
  }
}

/** The latest value of each figure; points of several steps come at once. Shares of a searched architecture are too many for a line. */
function noteOf(points: readonly MetricPoint[]): string {
  const latest = new Map(points.map(({ name, value }) => [name, value]));
  const shown = [...latest].filter(([name]) => !name.startsWith("share/") && name !== "searchStopped");
  return shown.map(([name, value]) => `${name} ${value.toFixed(3)}`).join(" ");
}

const COMPILING = "making the network ready to compute";

/** `pictures 5 to 8: step 12 of 20`. */
export function paintingText({ phase, first, count, step, steps }: Painting): string {
  if (phase === "reading") return "reading the generator and the real images";
  if (phase === "compiling") return COMPILING;
  if (steps === 0) return "";
  const pictures = count === 1 ? `picture ${first + 1}` : `pictures ${first + 1} to ${first + count}`;
  return `${pictures}: step ${step} of ${steps}`;
}

function unfinished({ runId, state, step, steps, problem }: RunDetail): Problem {
  if (problem !== null && state !== "cancelled") return new Problem(problem);
  return new Problem({
    code: "cancelled",
    title: `Run ${runId} was ${state} at step ${step} of ${steps}.`,
    hint: `Continue it with: aliquot resume PROJECT ${runId}`,
  });
}
