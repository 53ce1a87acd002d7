/** @file The training screen: the recipe being written, the run being watched, the figures of a model. */
import type {
  EvaluationSummary,
  MethodRow,
  MetricPoint,
  ModelRow,
  RunRow,
  SettingField,
} from "../../../src-main/api/contract.ts";
import type { Workspace } from "../../workspace.svelte.ts";

export type SettingValue = number | boolean | string;

export class TrainState {
  methods = $state.raw<MethodRow[]>([]);
  methodId = $state("");
  values = $state<Record<string, SettingValue>>({});
  seed = $state(1);
  fromModel = $state<number | null>(null);
  includeAccepted = $state(false);
  isBusy = $state(false);
  evaluation = $state.raw<EvaluationSummary | null>(null);
  evaluatedModelId = $state<number | null>(null);
  #watchedRunId = $state<number | null>(null);
  #points = $state.raw<MetricPoint[]>([]);
  #pointsOf: number | null = null;

  readonly #workspace: Workspace;
  readonly method = $derived(this.methods.find(({ id }) => id === this.methodId) ?? null);
  readonly trainRuns = $derived.by(() => this.#workspace.runs.filter(({ kind }) => kind === "train"));
  /** The run whose curves are shown: the chosen one, else the latest training. */
  readonly watched = $derived.by<RunRow | null>(
    () =>
      this.#workspace.runs.find(({ runId }) => runId === this.#watchedRunId) ??
      this.trainRuns.reduce<RunRow | null>((latest, run) => (run.runId > (latest?.runId ?? 0) ? run : latest), null),
  );
  readonly latestModel = $derived.by<ModelRow | null>(() =>
    this.#workspace.models.reduce<ModelRow | null>(
      (latest, each) => (each.modelId > (latest?.modelId ?? 0) ? each : latest),
      null,
    ),
  );
  readonly acceptedCount = $derived.by(
    () =>
      this.#workspace.frames.filter(({ annotation }) => annotation === "accepted" || annotation === "edited").length,
  );
  readonly hasSplit = $derived.by(() => (this.#workspace.project?.counts.bySplit.train.annotated ?? 0) > 0);

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
  }

  get points(): readonly MetricPoint[] {
    return this.#points;
  }

  async load(): Promise<void> {
    await this.#workspace.attempt(async () => {
      this.methods = await this.#workspace.client.methods();
      if (this.method === null) this.chooseMethod(this.methods[0]?.id ?? "");
    });
  }

  /** Takes the curves of the watched run from the app, and follows them from there. */
  async loadCurves(runId: number | null): Promise<void> {
    if (runId === this.#pointsOf) return;
    this.#pointsOf = runId;
    this.#points = [];
    if (runId === null) return;
    const detail = await this.#workspace.attempt(() => this.#workspace.client.run(runId));
    if (detail !== undefined && this.#pointsOf === runId) this.#points = [...detail.metrics, ...this.#points];
  }

  follow(): () => void {
    return this.#workspace.onMetrics((runId, points) => {
      if (runId === this.#pointsOf) this.#points = [...this.#points, ...points];
    });
  }

  chooseMethod(id: string): void {
    this.methodId = id;
    const fields = this.method?.settings ?? [];
    this.values = Object.fromEntries(fields.map((field: SettingField) => [field.key, field.default]));
  }

  watch(runId: number): void {
    this.#watchedRunId = runId;
  }

  start = (): Promise<void> =>
    this.#begin(() =>
      this.#workspace.client.startRun({
        method: this.methodId,
        settings: { ...this.values },
        seed: this.seed,
        ...(this.fromModel === null ? {} : { fromModel: this.fromModel }),
        includeAccepted: this.includeAccepted,
      }),
    );

  /** From the last model, with the proposals that a person has accepted as further ground truth. */
  fineTune = (): Promise<void> =>
    this.#begin(() =>
      this.#workspace.client.startRun({
        method: this.latestModel!.method,
        settings: this.latestModel!.method === this.methodId ? { ...this.values } : {},
        seed: this.seed,
        fromModel: this.latestModel!.modelId,
        includeAccepted: true,
      }),
    );

  cancel = (runId: number): Promise<void> => this.#begin(() => this.#workspace.client.cancelRun(runId));
  resume = (runId: number): Promise<void> => this.#begin(() => this.#workspace.client.resumeRun(runId));
  propose = (modelId: number): Promise<void> =>
    this.#begin(() => this.#workspace.client.propose(modelId, { split: "unlabelled" }));

  async evaluate(modelId: number): Promise<void> {
    this.evaluatedModelId = modelId;
    this.evaluation = null;
    await this.#begin(() => this.#workspace.client.evaluate(modelId, "test"));
  }

  /** Called when the app says that evaluations changed. */
  async loadEvaluation(): Promise<void> {
    const modelId = this.evaluatedModelId ?? this.latestModel?.modelId ?? null;
    if (modelId === null) return;
    const evaluation = await this.#workspace.attempt(() => this.#workspace.client.evaluation(modelId, "test"));
    this.evaluation = evaluation !== undefined && evaluation.rows.length > 0 ? evaluation : null;
  }

  async #begin(request: () => Promise<RunRow>): Promise<void> {
    this.isBusy = true;
    const run = await this.#workspace.attempt(request);
    this.isBusy = false;
    if (run === undefined) return;
    this.#workspace.noteRun(run);
    if (run.kind === "train") this.watch(run.runId);
  }
}
