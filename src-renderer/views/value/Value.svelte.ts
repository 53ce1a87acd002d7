/** @file The value screen: the experiment being planned, the one being watched, what it showed. */
import type {
  ArmRow,
  ExperimentDetail,
  ExperimentRow,
  ExperimentUnit,
  LabelDefinition,
  PairingRow,
  RunRow,
  SettingValue,
} from "../../../src-main/api/contract.ts";
import type { Workspace } from "../../workspace.svelte.ts";
import { numbersOf } from "./numbers.ts";

/** Compared at first: the first arm with each of the others. */
const DEFAULTS = { seeds: 3, folds: 1, steps: 300, size: 128 };
/** Of a label: networks of whole images see them smaller. */
const OF_LABEL = { size: 64 };

export class ValueState {
  arms = $state.raw<ArmRow[]>([]);
  /** Of classes and grades: their numbers have no arms. */
  labels = $state.raw<LabelDefinition[]>([]);
  /** Newest first. */
  pairings = $state.raw<PairingRow[]>([]);
  #labelId = $state<number | null>(null);
  /** Ids that are ticked, whether or not they mean anything on what is learned from. */
  #ticked = $state.raw<string[]>([]);
  /** As typed: "5, 10". */
  labelled = $state("");
  seeds = $state(DEFAULTS.seeds);
  folds = $state(DEFAULTS.folds);
  steps = $state(DEFAULTS.steps);
  size = $state(DEFAULTS.size);
  /** What is learned from, and counted. */
  unit = $state<ExperimentUnit>("images");
  experiments = $state.raw<ExperimentRow[]>([]);
  detail = $state.raw<ExperimentDetail | null>(null);
  isLoaded = $state(false);
  isBusy = $state(false);
  #watchedId = $state<number | null>(null);

  readonly #workspace: Workspace;
  /** Of the experiment that is shown: the chosen one, else the latest. */
  readonly watchedId = $derived.by<number | null>(
    () => this.experiments.find(({ runId }) => runId === this.#watchedId)?.runId ?? this.experiments[0]?.runId ?? null,
  );
  readonly run = $derived.by<RunRow | null>(
    () => this.#workspace.runs.find(({ runId }) => runId === this.watchedId) ?? null,
  );
  /** Label of whole images whose classes are told apart; null: outlines are compared. */
  readonly label = $derived(this.labels.find(({ labelId }) => labelId === this.#labelId) ?? null);
  /** Annotated images that an experiment may use: the test split is left alone. */
  readonly annotated = $derived.by(() => {
    const { bySplit } = this.#workspace.project?.counts ?? {};
    return bySplit === undefined ? 0 : bySplit.train.annotated + bySplit.val.annotated;
  });
  /** Those that mean something on what is learned from. */
  readonly possible = $derived(
    this.arms.filter(
      ({ learns, isOfImages }) =>
        learns === (this.label === null ? "masks" : "grades") && (!isOfImages || this.unit === "images"),
    ),
  );
  /** Ids of the ways to compare, in their order. */
  readonly chosen = $derived(this.possible.map(({ id }) => id).filter((id) => this.#ticked.includes(id)));
  /** What ways that learn from a second modality learn from; null: none of the chosen ones does. */
  readonly pairing = $derived.by<PairingRow | null>(() => {
    if (!this.possible.some(({ id, isPaired }) => isPaired && this.#ticked.includes(id))) return null;
    const { pairingId } = this.#workspace;
    return this.pairings.find((each) => each.pairingId === pairingId) ?? this.pairings[0] ?? null;
  });
  readonly labelledNumbers = $derived(numbersOf(this.labelled));
  readonly trainings = $derived(this.chosen.length * (this.labelledNumbers?.length ?? 0) * this.seeds * this.folds);
  readonly canStart = $derived(
    !this.isBusy && this.chosen.length >= 2 && this.labelledNumbers !== null && this.trainings > 0,
  );

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
  }

  async load(): Promise<void> {
    await this.#workspace.attempt(async () => {
      const [arms, experiments, labels, pairings] = await Promise.all([
        this.#workspace.client.arms(),
        this.#workspace.client.experiments(),
        this.#workspace.client.labels(),
        this.#workspace.client.pairings(),
      ]);
      if (this.arms.length === 0) {
        this.#ticked = arms.filter(({ isUsual }) => isUsual).map(({ id }) => id);
        this.labelled = this.#usualLabelled();
      }
      this.arms = arms;
      this.labels = labels.filter(({ kind }) => kind !== "number");
      this.experiments = experiments;
      this.pairings = pairings;
    });
    this.isLoaded = true;
  }

  /** What the watched experiment showed so far. */
  async loadDetail(): Promise<void> {
    const runId = this.watchedId;
    if (runId === null) {
      this.detail = null;
      return;
    }
    const detail = await this.#workspace.attempt(() => this.#workspace.client.experiment(runId));
    if (detail !== undefined && this.watchedId === runId) this.detail = detail;
  }

  watch(runId: number): void {
    this.#watchedId = runId;
  }

  /** Null: outlines. */
  chooseLabel(labelId: number | null): void {
    if (labelId === this.#labelId) return;
    this.#labelId = labelId;
    this.unit = "images";
    this.size = labelId === null ? DEFAULTS.size : OF_LABEL.size;
  }

  chooseUnit(unit: ExperimentUnit): void {
    if (unit === this.unit) return;
    this.unit = unit;
    this.labelled = unit === "series" ? "2" : this.#usualLabelled();
  }

  /** A third is kept for judging or unlabelled. */
  #usualLabelled(): string {
    return String(Math.max(1, Math.min(10, Math.floor(this.annotated / 2))));
  }

  choosePairing(pairingId: number): void {
    this.#workspace.pairingId = pairingId;
  }

  toggle(id: string): void {
    this.#ticked = this.#ticked.includes(id) ? this.#ticked.filter((one) => one !== id) : [...this.#ticked, id];
  }

  start = async (): Promise<void> => {
    const labelled = this.labelledNumbers;
    if (labelled === null) return;
    const { chosen: arms, folds, steps, size, unit, label, pairing } = this;
    const settings: Record<string, SettingValue> = unit === "series" ? { steps, dimensions: "3" } : { steps, size };
    const seeds = Array.from({ length: this.seeds }, (_, index) => index + 1);
    const run = await this.#begin(() =>
      this.#workspace.client.startExperiment({
        arms: [...arms],
        labelled,
        seeds,
        folds,
        settings,
        ...(label !== null && { label: label.labelId }),
        ...(pairing !== null && { pairing: pairing.pairingId }),
      }),
    );
    if (run === undefined) return;
    this.watch(run.runId);
    await this.load();
  };

  cancel = (runId: number): Promise<unknown> => this.#begin(() => this.#workspace.client.cancelRun(runId));
  resume = (runId: number): Promise<unknown> => this.#begin(() => this.#workspace.client.resumeRun(runId));

  async #begin(request: () => Promise<RunRow>): Promise<RunRow | undefined> {
    this.isBusy = true;
    const run = await this.#workspace.attempt(request);
    this.isBusy = false;
    if (run !== undefined) this.#workspace.noteRun(run);
    return run;
  }
}
