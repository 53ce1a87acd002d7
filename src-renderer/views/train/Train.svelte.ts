/**
 * @file The training screen: the recipe being put together, the run in front, the figures of a model. Constructed once by App, so that
 * what was filled in stays while another screen is in front.
 */
import type {
  EvaluationSummary,
  MetricPoint,
  ModelRow,
  RunHistoryRow,
  RunRow,
  ValidationTrend,
} from "../../../src-main/api/contract.ts";
import { texts } from "../../texts/index.ts";
import type { Workspace } from "../../workspace.svelte.ts";
import { Exchange } from "./Exchange.svelte.ts";
import { History } from "./History.svelte.ts";
import { Recipe } from "./recipe.svelte.ts";
import { Samples } from "./samples.svelte.ts";
import { changedKeys, type Settings } from "./settings.ts";

/** Between two drawings of the curves, at least; longer the more points there are. */
const MIN_DRAW_MS = 50;
const POINTS_PER_MS = 50;

/** Parts of the screen. */
export type TrainPart = "now" | "history";

export class TrainState {
  readonly workspace: Workspace;
  part = $state<TrainPart>("now");
  recipe = $state.raw() as Recipe;
  history = $state.raw() as History;
  readonly samples: Samples;
  readonly exchange: Exchange;
  isBusy = $state(false);
  isLogScale = $state(false);
  /** Of the run in front; null before its first validation. */
  trend = $state.raw<ValidationTrend | null>(null);
  evaluation = $state.raw<EvaluationSummary | null>(null);
  evaluatedModelId = $state<number | null>(null);
  #watchedRunId = $state<number | null>(null);
  #points = $state.raw<MetricPoint[]>([]);
  #pointsOf: number | null = null;
  /** Told since, and not drawn yet. */
  #pending: MetricPoint[] = [];
  #drawing: ReturnType<typeof setTimeout> | undefined;
  #projectPath: string | null = null;

  readonly trainRuns = $derived.by(() => this.workspace.runs.filter(({ kind }) => kind === "train"));
  /** The run whose curves are shown: the chosen one, else the latest training. */
  readonly watched = $derived.by<RunRow | null>(
    () =>
      this.workspace.runs.find(({ runId }) => runId === this.#watchedRunId) ??
      this.trainRuns.reduce<RunRow | null>((latest, run) => (run.runId > (latest?.runId ?? 0) ? run : latest), null),
  );
  /** Of those that outline. */
  readonly latestModel = $derived.by<ModelRow | null>(() =>
    this.workspace.outliners.reduce<ModelRow | null>(
      (latest, each) => (each.modelId > (latest?.modelId ?? 0) ? each : latest),
      null,
    ),
  );
  readonly canChange = $derived.by(() => !this.isBusy && !this.workspace.isReadOnly);
  readonly canStart = $derived.by(() => this.canChange && this.recipe.isReady);

  constructor(workspace: Workspace) {
    this.workspace = workspace;
    this.recipe = new Recipe(workspace);
    this.history = new History(workspace);
    this.samples = new Samples(workspace);
    this.exchange = new Exchange(workspace, (run) => this.watch(run.runId));
  }

  get points(): readonly MetricPoint[] {
    return this.#points;
  }

  /** The screen is shown. Of another project nothing is kept. */
  enter(): void {
    const path = this.workspace.project?.path ?? null;
    if (path !== this.#projectPath) {
      this.#projectPath = path;
      this.part = "now";
      // In a root of their own: what they derive would end with the screen that is being built, and they outlive it.
      $effect.root(() => {
        this.recipe = new Recipe(this.workspace);
        this.history = new History(this.workspace);
      });
      this.evaluation = null;
      this.evaluatedModelId = null;
      this.#watchedRunId = null;
    }
    // What happened while another screen was in front was not followed.
    this.#pointsOf = null;
    void this.recipe.load();
  }

  /** Takes curves, trend and pictures of the watched run from the app, and follows them from there. */
  async loadRun(runId: number | null): Promise<void> {
    if (runId === this.#pointsOf) return;
    this.#pointsOf = runId;
    this.#points = [];
    this.#pending = [];
    this.trend = null;
    void this.samples.open(runId);
    if (runId === null) return;
    const detail = await this.workspace.attempt(() => this.workspace.client.run(runId));
    if (detail === undefined || this.#pointsOf !== runId) return;
    this.#points = [...detail.metrics, ...this.#points];
    this.trend ??= detail.trend;
  }

  follow(): () => void {
    const offMetrics = this.workspace.onMetrics((runId, points) => {
      if (runId !== this.#pointsOf) return;
      this.#pending.push(...points);
      // Curves are made anew from all points: of a hundred thousand every two seconds, not four times a second.
      this.#drawing ??= setTimeout(() => this.#drawPending(), MIN_DRAW_MS + this.#points.length / POINTS_PER_MS);
    });
    const offValidations = this.workspace.onValidation(({ runId, samples, trend }) => {
      if (runId !== this.#pointsOf) return;
      this.trend = trend;
      this.samples.note(runId, samples);
    });
    return () => {
      clearTimeout(this.#drawing);
      this.#drawing = undefined;
      offMetrics();
      offValidations();
    };
  }

  #drawPending(): void {
    this.#drawing = undefined;
    this.#points = [...this.#points, ...this.#pending];
    this.#pending = [];
  }

  watch(runId: number): void {
    this.#watchedRunId = runId;
  }

  /** Puts the training aside for another machine, and asks where its file goes. */
  async prepareElsewhere(): Promise<void> {
    const run = await this.start({ hold: true });
    if (run !== undefined) this.exchange.open({ kind: "bundle", runId: run.runId });
  }

  /** `hold`: it is paused at once, to be exported. */
  async start({ hold = false } = {}): Promise<RunRow | undefined> {
    const { recipe } = this;
    const { finishBy } = recipe;
    // An hour that was filled in holds, whether or not its steps were asked for first. Elsewhere time passes otherwise.
    if (!hold && finishBy.hour !== "" && finishBy.chosen(recipe) === null) {
      this.isBusy = true;
      const isFitted = await recipe.fit();
      this.isBusy = false;
      if (!isFitted) return undefined;
    }
    return this.#beginTraining(() => this.workspace.client.startRun({ ...recipe.request(), hold }));
  }

  /** From the last model, with the proposals that a person has accepted as further ground truth. */
  fineTune(): Promise<unknown> {
    const { method, modelId } = this.latestModel!;
    const { recipe } = this;
    // What is in the form counts where it was changed; all else is as in the run of the model.
    const changed = method === recipe.methodId ? changedKeys(recipe.method!, recipe.values) : [];
    const settings = Object.fromEntries(changed.map((key) => [key, recipe.values[key]!]));
    return this.#beginTraining(() =>
      this.workspace.client.startRun({
        method,
        settings,
        seed: recipe.seed,
        device: recipe.device,
        fromModel: modelId,
        includeAccepted: true,
      }),
    );
  }

  /** The screen comes to the front with this method in its form. */
  openWith(methodId: string): void {
    this.enter();
    this.recipe.chooseMethod(methodId);
    this.part = "now";
    this.workspace.view = "train";
  }

  /** Fills the form as an earlier run was told, but for some settings; it learns from the pairing that the run learned from. */
  async again(run: RunRow, change: Settings = {}): Promise<void> {
    if (this.history.rowOf(run.runId) === null) await this.history.load();
    const { fromModel = null, pairing = null } = this.history.rowOf(run.runId)?.data ?? {};
    // First: presets of another pairing would overwrite the settings.
    if (pairing !== null) await this.#choosePairingOf(run, pairing);
    const settings = { ...run.settings, ...change };
    this.recipe.takeFrom({ ...run, settings }, fromModel);
    this.part = "now";
  }

  async #choosePairingOf({ runId }: RunRow, pairing: NonNullable<RunHistoryRow["data"]["pairing"]>): Promise<void> {
    const { pairingId, source, target } = pairing;
    if (pairingId !== null) return this.recipe.choosePairing(pairingId);
    const title = texts.train.pairingGone(runId, source, target);
    this.workspace.notices.add({ tone: "trouble", title, hint: texts.train.pairingGoneHint });
  }

  async rename(modelId: number, name: string): Promise<void> {
    const { workspace } = this;
    const renamed = await workspace.attempt(() => workspace.client.renameModel(modelId, name));
    if (renamed === undefined) return;
    workspace.models = workspace.models.map((model) => (model.modelId === modelId ? renamed : model));
  }

  cancel(runId: number): Promise<unknown> {
    return this.#begin(() => this.workspace.client.cancelRun(runId));
  }
  /** It writes a checkpoint and frees its memory. */
  pause(runId: number): Promise<unknown> {
    return this.#begin(() => this.workspace.client.pauseRun(runId));
  }
  /** Ends a training now; its best checkpoint becomes the model. */
  finish(runId: number): Promise<unknown> {
    return this.#begin(() => this.workspace.client.finishRun(runId));
  }
  /** Its architecture stays as it is; the training goes on. */
  stopSearch(runId: number): Promise<unknown> {
    return this.#begin(() => this.workspace.client.stopSearch(runId));
  }
  /** Position 1 is next. */
  async move(runId: number, position: number): Promise<void> {
    const queued = await this.workspace.attempt(() => this.workspace.client.moveRun(runId, position));
    for (const run of queued ?? []) this.workspace.noteRun(run);
  }
  resume(runId: number): Promise<unknown> {
    return this.#begin(() => this.workspace.client.resumeRun(runId));
  }
  propose(modelId: number): Promise<unknown> {
    return this.#begin(() => this.workspace.client.propose(modelId, { split: "unlabelled" }));
  }

  async evaluate(modelId: number): Promise<void> {
    this.evaluatedModelId = modelId;
    this.evaluation = null;
    await this.#begin(() => this.workspace.client.evaluate(modelId, "test"));
  }

  /** Called when the app says that evaluations changed. */
  async loadEvaluation(): Promise<void> {
    const modelId = this.evaluatedModelId ?? this.latestModel?.modelId ?? null;
    if (modelId === null) return;
    const evaluation = await this.workspace.attempt(() => this.workspace.client.evaluation(modelId, "test"));
    this.evaluation = evaluation !== undefined && evaluation.rows.length > 0 ? evaluation : null;
  }

  async #begin(request: () => Promise<RunRow>): Promise<RunRow | undefined> {
    this.isBusy = true;
    const run = await this.workspace.attempt(request);
    this.isBusy = false;
    if (run !== undefined) this.workspace.noteRun(run);
    return run;
  }

  /** A new training comes to the front. */
  async #beginTraining(request: () => Promise<RunRow>): Promise<RunRow | undefined> {
    const run = await this.#begin(request);
    if (run !== undefined) this.watch(run.runId);
    return run;
  }
}
