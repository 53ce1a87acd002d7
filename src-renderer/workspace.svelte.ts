/**
 * @file What all views share: the open project, its lists, the connection, and the strokes on their way. Constructed
 * once by App and handed down as a prop.
 */
import type {
  AlignmentProgress,
  DecisionsProgress,
  ClassRow,
  EventMap,
  ExportProgress,
  FrameRow,
  ImportState,
  MetricPoint,
  ModelRow,
  PreviewProgress,
  ProjectSummary,
  RedactionProgress,
  RunRow,
  SyntheticPairRow,
  SessionState,
  StatisticsProgress,
} from "../src-main/api/contract.ts";
import { Client } from "./api/client.ts";
import { EventStream } from "./api/events.ts";
import { withChangedRows } from "./api/frame-columns.ts";
import { FrameCache } from "./api/frame-cache.ts";
import { Listeners } from "./api/listeners.ts";
import { Reloads } from "./api/reloads.ts";
import { ConnectionLost, sentencesOf } from "./api/trouble.ts";
import { MeasureBook } from "./canvas/measure-book.svelte.ts";
import { texts } from "./texts/index.ts";
import { NoticeBoard } from "./ui/notices.svelte.ts";
import { SaveQueue } from "./views/annotate/save-queue.ts";
import { judgeRefusal, waitToRetry } from "./views/annotate/stroke-refusal.ts";
import type { DataPart, ViewName } from "./view-names.ts";
import { ProjectWait } from "./views/start/ProjectWait.svelte.ts";

export { type DataPart, type ViewName, viewNames } from "./view-names.ts";

/** Parts of the review screen. */
export type ReviewPart = "masks" | "grades";

export class Workspace {
  readonly client = new Client();
  readonly frameCache = new FrameCache(this.client.pixels);
  readonly measures = new MeasureBook();
  readonly notices = new NoticeBoard();
  readonly queue: SaveQueue;

  session = $state.raw<SessionState | null>(null);
  project = $state.raw<ProjectSummary | null>(null);
  classes = $state.raw<ClassRow[]>([]);
  frames = $state.raw<FrameRow[]>([]);
  runs = $state.raw<RunRow[]>([]);
  models = $state.raw<ModelRow[]>([]);
  /** Those that outline: others paint only. */
  readonly outliners = $derived.by(() => this.models.filter(({ makes }) => makes.includes("masks")));
  /** Those that say classes, grades or numbers of whole images. */
  readonly graders = $derived.by(() =>
    this.models.filter(({ makes }) => makes.includes("grades") || makes.includes("numbers")),
  );
  readonly translators = $derived.by(() => this.models.filter(({ makes }) => makes.includes("translations")));
  imports = $state.raw<ImportState | null>(null);
  /** The latest word of an export; it may have ended since. */
  exporting = $state.raw<ExportProgress | null>(null);
  /** The latest word of the preview of an export, perhaps that of another window; it may have ended since. */
  previewing = $state.raw<PreviewProgress | null>(null);
  /** The latest word of many proposals being decided on unseen; they may be since. */
  deciding = $state.raw<DecisionsProgress | null>(null);
  /** The latest word of pairs being aligned; they may be since. */
  aligning = $state.raw<AlignmentProgress | null>(null);
  /** The latest word of a run bundle being written; it may have ended since. */
  bundling = $state.raw<EventMap["bundle"] | null>(null);
  /** What a training does that is no step, as last told; it may have ended since. */
  doing = $state.raw<EventMap["doing"] | null>(null);
  /** The latest word of a redaction; it may have ended since. */
  redacting = $state.raw<RedactionProgress | null>(null);
  /** The latest word of the figures of the set; they may be there since. */
  counting = $state.raw<StatisticsProgress | null>(null);
  view = $state<ViewName>("annotate");
  dataPart = $state<DataPart>("images");
  /** What was chosen to be reviewed; null: masks, unless the project's models say grades alone. */
  chosenReviewPart = $state<ReviewPart | null>(null);
  readonly reviewPart = $derived.by<ReviewPart>(() => {
    if (this.graders.length === 0) return "masks";
    return this.chosenReviewPart ?? (this.outliners.length === 0 ? "grades" : "masks");
  });
  frameId = $state<number | null>(null);
  /** Images that were chosen to be exported; null: all. */
  exportFrameIds = $state.raw<readonly number[] | null>(null);
  /** The run whose synthetic pairs are looked at; null: the latest. */
  synthesisRunId = $state<number | null>(null);
  /** The pairing that is looked at, and learned from; null: the newest. */
  pairingId = $state<number | null>(null);
  isConnected = $state(true);
  /** The app shows another project, or none, while strokes of this one are not stored. */
  isProjectAway = $state(false);
  /** The latest word of a copy being saved; null when none is. */
  copying = $state.raw<EventMap["copy"] | null>(null);
  /** Counts changes of the save queue: read it to follow the queue. */
  queueChanges = $state(0);
  /** Counts server-side changes of proposals and evaluations. */
  proposalChanges = $state(0);
  evaluationChanges = $state(0);
  labelChanges = $state(0);
  /** Grades and numbers that models propose and nobody decided on. */
  waitingLabels = $state(0);
  experimentChanges = $state(0);
  synthesisChanges = $state(0);
  pairingChanges = $state(0);

  /** What this window waits for before it shows a project; null: nothing, or not for long. */
  readonly opening = $derived.by(() => this.#wait.progress);
  /** What waits for a decision: masks, and what models say of whole images. */
  readonly waiting = $derived({
    masks: this.frames.filter(({ proposal }) => proposal?.state === "pending").length,
    labels: this.waitingLabels,
  });
  readonly activeRuns = $derived(this.runs.filter(({ state }) => state === "running" || state === "queued"));
  readonly isReadOnly = $derived((this.project?.readOnly ?? null) !== null);

  readonly #wait = new ProjectWait();
  #events: EventStream | null = null;
  #framesTurn: Promise<void> = Promise.resolve();
  readonly #reloads = new Reloads(
    async ({ what, frameIds }) => void (await this.attempt(() => this.#reload(what, frameIds))),
  );
  readonly #metrics = new Listeners<[runId: number, points: MetricPoint[]]>();
  readonly #validations = new Listeners<[validation: EventMap["validation"]]>();
  readonly #pairs = new Listeners<[runId: number, pairs: SyntheticPairRow[]]>();
  readonly #paintings = new Listeners<[painting: EventMap["painting"]]>();
  readonly #runs = new Listeners<[run: RunRow, what: "active" | "ended"]>();
  readonly #conflicts = new Listeners<[frameId: number]>();
  readonly #proposals = new Listeners<[frameIds: readonly number[] | undefined]>();

  constructor() {
    this.queue = new SaveQueue({
      transport: this.client,
      judge: judgeRefusal,
      wait: waitToRetry,
      onChange: () => void this.queueChanges++,
      onConflict: (frameId, what, error) => {
        const { conflictTitle: title, mergedHint, staleHint } = texts.annotate;
        if (what === "gone") this.report(error);
        else this.notices.add({ tone: "news", title, hint: what === "merged" ? mergedHint : staleHint });
        this.#conflicts.tell(frameId);
      },
    });
  }

  /** Connects; the returned function disconnects. */
  connect(): () => void {
    this.#events = new EventStream({
      listeners: {
        changed: (change) => this.#reloads.note(change),
        import: (state) => void (this.imports = state),
        export: (progress) => void (this.exporting = progress),
        preview: (progress) => void (this.previewing = progress),
        redaction: (progress) => {
          this.redacting = progress;
          this.frameCache.clear();
        },
        statistics: (progress) => void (this.counting = progress),
        decisions: (progress) => void (this.deciding = progress),
        alignment: (progress) => void (this.aligning = progress),
        run: (run) => this.#mergeRun(run),
        metrics: ({ runId, points }) => this.#metrics.tell(runId, points),
        bundle: (progress) => void (this.bundling = progress),
        validation: (validation) => this.#validations.tell(validation),
        pairs: ({ runId, pairs }) => this.#pairs.tell(runId, pairs),
        doing: (told) => void (this.doing = told),
        painting: (painting) => this.#paintings.tell(painting),
        // Asked for on the command line alone.
        "backbone-painting": () => undefined,
        copy: (progress) => {
          if (this.copying !== null) this.copying = progress;
        },
        opening: (progress) => this.#wait.note(progress),
        trouble: ({ title, detail, hint }) => this.notices.add({ tone: "trouble", title, detail, hint }),
      },
      onConnected: () => {
        this.isConnected = true;
        this.queue.retryNow();
        void this.attempt(() => this.#loadSession());
      },
      onLost: () => void (this.isConnected = false),
    });
    return () => this.#events?.close();
  }

  /** Runs an action of the person; trouble becomes a notice. Returns undefined after trouble. */
  async attempt<T>(action: () => Promise<T>): Promise<T | undefined> {
    try {
      return await action();
    } catch (error) {
      this.report(error);
      return undefined;
    }
  }

  report(error: unknown): void {
    if (error instanceof DOMException && error.name === "AbortError") return;
    // While the banner says that the connection is lost, each failed request need not say it again.
    if (error instanceof ConnectionLost && !this.isConnected) return;
    const { title, detail, hint } = sentencesOf(error);
    this.notices.add({ tone: "trouble", title, detail, hint });
  }

  /** Lists a run that a request has just answered, before any event tells of it. */
  noteRun(run: RunRow): void {
    this.#mergeRun(run);
  }

  onMetrics(listener: (runId: number, points: MetricPoint[]) => void): () => void {
    return this.#metrics.add(listener);
  }

  /** A training was judged on its validation images. */
  onValidation(listener: (validation: EventMap["validation"]) => void): () => void {
    return this.#validations.add(listener);
  }

  /** Synthetic pairs as they are made. */
  onPairs(listener: (runId: number, pairs: SyntheticPairRow[]) => void): () => void {
    return this.#pairs.add(listener);
  }

  /** What a synthesis paints at this moment. */
  onPainting(listener: (painting: EventMap["painting"]) => void): () => void {
    return this.#paintings.add(listener);
  }

  /** Runs at each step of theirs, and those that end by themselves. */
  onRun(listener: (run: RunRow, what: "active" | "ended") => void): () => void {
    return this.#runs.add(listener);
  }

  onConflict(listener: (frameId: number) => void): () => void {
    return this.#conflicts.add(listener);
  }

  /** Proposals changed: of these frames alone; undefined: any may have. */
  onProposals(listener: (frameIds: readonly number[] | undefined) => void): () => void {
    return this.#proposals.add(listener);
  }

  async enterProject(open: () => Promise<ProjectSummary>): Promise<boolean> {
    const project = await this.attempt(() => this.#wait.for(open));
    if (project === undefined || project === null) return false;
    await this.attempt(() => this.#enter(project));
    return true;
  }

  /** What is not stored yet is lost: ask before. */
  async leaveProject(): Promise<void> {
    const isOpenHere = !this.isProjectAway;
    this.#forgetProject();
    if (isOpenHere) await this.client.closeProject();
    await this.#loadSession();
  }

  /** Stores what waits, now. The app opens the project again where that is what it takes. */
  async retrySaving(): Promise<void> {
    const { project } = this;
    if (project !== null && this.isConnected) {
      const opened = await this.attempt(() => this.#wait.for(() => this.client.openProject(project.path)));
      if (opened !== undefined && opened !== null) await this.#enter(opened);
    }
    this.queue.retryNow();
  }

  /** Goes on with a copy of the project; what waits is stored in it. */
  async saveCopy(path: string): Promise<boolean> {
    this.copying = { done: 0, total: 0, secondsLeft: null };
    try {
      const copy = await this.attempt(() => this.client.copyProject(path));
      if (copy === undefined) return false;
      await this.#enter(copy);
      this.queue.retryNow();
      return true;
    } finally {
      this.copying = null;
    }
  }

  async addClass(name: string, color: string): Promise<ClassRow> {
    const added = await this.client.addClass(name, color);
    this.classes = [...this.classes.filter(({ value }) => value !== added.value), added];
    return added;
  }

  /** Shown at once; taken back where the app refuses it. A project that may not be written still shows and hides. */
  async changeClass(value: number, change: Partial<Omit<ClassRow, "value">>): Promise<void> {
    const before = this.classes;
    this.classes = before.map((each) => (each.value === value ? { ...each, ...change } : each));
    if (this.isReadOnly && Object.keys(change).every((name) => name === "isHidden")) return;
    try {
      const changed = await this.client.changeClass(value, change);
      this.classes = this.classes.map((each) => (each.value === value ? changed : each));
    } catch (error) {
      this.classes = before;
      throw error;
    }
  }

  async reloadFrames(): Promise<void> {
    await this.#reload(["frames", "project"]);
  }

  async #loadSession(): Promise<void> {
    const before = this.session;
    const session = await this.client.session();
    const isNew = before?.instance !== session.instance;
    // The app was started anew and knows nothing of what this window shows.
    if (isNew && before !== null && session.project === null && this.project !== null) {
      try {
        const { path } = this.project;
        session.project = await this.#wait.for(() => this.client.openProject(path));
      } catch (error) {
        if (error instanceof ConnectionLost) return; // it ended again: the next connection tries anew
        this.report(error);
      }
    }
    this.session = session;
    if (isNew) {
      for (const { title, detail, hint } of session.problems)
        this.notices.add({ tone: "trouble", title, detail, hint });
    }
    await this.#follow(session.project);
    this.queue.retryNow();
  }

  /** Shows what the app has open; but strokes that are not stored hold the window at their project. */
  async #follow(project: ProjectSummary | null): Promise<void> {
    this.isProjectAway = this.queue.pending > 0 && project?.projectId !== this.project?.projectId;
    if (this.isProjectAway) return;
    if (project === null) this.#forgetProject();
    else await this.#enter(project);
  }

  async #enter(project: ProjectSummary): Promise<void> {
    const isCopy = this.project?.projectId === project.projectId && (this.copying !== null || this.queue.pending > 0);
    if (this.project?.path !== project.path && !isCopy) this.#forgetProject();
    this.isProjectAway = false;
    this.client.projectId = project.projectId;
    this.project = project;
    this.classes = project.classes;
    // Of proposals single changes are told: those told while the connection was away are missed.
    await this.#reload(["frames", "runs", "models", "proposals"]);
    this.frameId ??= this.frames[0]?.frameId ?? null;
  }

  #forgetProject(): void {
    this.queue.clear();
    this.client.projectId = null;
    this.isProjectAway = false;
    this.frameCache.clear();
    this.project = null;
    this.classes = [];
    this.frames = [];
    this.runs = [];
    this.models = [];
    this.waitingLabels = 0;
    this.imports = null;
    this.measures.forget();
    this.frameId = null;
    this.exportFrameIds = null;
    this.synthesisRunId = null;
    this.pairingId = null;
    this.chosenReviewPart = null;
    this.view = "annotate";
  }

  /** `frameIds`: the only frames of which rows changed. */
  async #reload(what: readonly string[], frameIds?: readonly number[]): Promise<void> {
    const has = (name: string): boolean => what.includes(name);
    // First of all: the project may have been closed, or another opened, in another window.
    if (has("project") && !(await this.#loadProject())) return;
    if (this.project === null) return;
    await Promise.all([
      has("frames") || has("proposals") ? this.#loadFrames(frameIds) : null,
      has("runs") && this.client.runs().then((runs) => (this.runs = runs)),
      has("models") && this.client.models().then((models) => (this.models = models)),
    ]);
    if (has("proposals")) {
      this.proposalChanges++;
      this.#proposals.tell(frameIds);
    }
    if (has("evaluations")) this.evaluationChanges++;
    if (has("labels")) this.labelChanges++;
    if (has("experiments")) this.experimentChanges++;
    if (has("synthesis")) this.synthesisChanges++;
    if (has("pairings")) this.pairingChanges++;
    const mayWait = this.graders.length > 0 && ["frames", "models", "proposals", "labels"].some(has);
    if (mayWait) this.waitingLabels = await this.client.waitingLabelProposals();
  }

  /** False when what is open is not what was open before; then all is loaded already. */
  async #loadProject(): Promise<boolean> {
    const session = await this.client.session();
    this.session = session;
    if (session.project?.path !== this.project?.path) {
      await this.#follow(session.project);
      return false;
    }
    this.project = session.project;
    this.classes = session.project?.classes ?? [];
    return true;
  }

  /** One after the other: a late answer of the whole list must not undo what a row has told since. */
  #loadFrames(frameIds?: readonly number[]): Promise<void> {
    const loaded = this.#framesTurn.then(() => this.#loadFramesNow(frameIds));
    this.#framesTurn = loaded.catch(() => undefined);
    return loaded;
  }

  async #loadFramesNow(frameIds?: readonly number[]): Promise<void> {
    if (frameIds !== undefined) {
      this.frames = withChangedRows(this.frames, await this.client.frameRows(frameIds));
      return;
    }
    this.frames = await this.client.frames();
    if (!this.frames.some(({ frameId }) => frameId === this.frameId)) this.frameId = this.frames[0]?.frameId ?? null;
  }

  #mergeRun(run: RunRow): void {
    const before = this.runs.find(({ runId }) => runId === run.runId);
    this.runs =
      before === undefined ? [run, ...this.runs] : this.runs.map((each) => (each.runId === run.runId ? run : each));
    const isActive = run.state === "running" || run.state === "queued";
    if (isActive) this.#runs.tell(run, "active");
    if (before?.state !== "running" || isActive || run.state === "cancelled" || run.state === "paused") return;
    this.#runs.tell(run, "ended");
  }
}
