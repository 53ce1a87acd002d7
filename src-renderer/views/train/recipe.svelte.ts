/** @file The training being put together: method, preset, settings, what to start from; what it needs, and how long it would take. */
import { RequestRefused } from "../../api/trouble.ts";
import type {
  LabelDefinition,
  MethodRow,
  ModelRow,
  PairingRow,
  RunEstimate,
  RunPlan,
  RunRow,
  SettingField,
} from "../../../src-main/api/contract.ts";
import type { Workspace } from "../../workspace.svelte.ts";
import type { RunRequest } from "../../api/requests.ts";
import { FinishBy } from "./finish-by.svelte.ts";
import { fetchLabelValues, type LabelValues, noLabelValues } from "../annotate/label-values.ts";
import { chosenLabels, countLabelled, type LabelledData, labelNeeds } from "./label-needs.ts";
import { countTrainingData, needsOf } from "./needs.ts";
import { completeSettings, differingKeys, followChoice, presetOf, type Settings } from "./settings.ts";

export const devices = ["auto", "cpu", "webgpu", "cuda", "dml", "coreml"] as const;
export type DeviceChoice = (typeof devices)[number];

export class Recipe {
  methods = $state.raw<MethodRow[]>([]);
  /** Newest first. */
  pairings = $state.raw<PairingRow[]>([]);
  methodId = $state("");
  values = $state<Settings>({});
  seed = $state(1);
  device = $state<DeviceChoice>("auto");
  fromModel = $state<number | null>(null);
  includeAccepted = $state(false);
  /** Labels of whole images that were chosen to be learned. */
  labelIds = $state.raw<number[]>([]);
  /** Null while it is asked for, and where a setting cannot be. */
  estimate = $state.raw<RunEstimate | null>(null);
  /** What memory it would take; null while it is worked out, and where it cannot be. */
  plan = $state.raw<RunPlan | null>(null);

  readonly finishBy: FinishBy;
  readonly #workspace: Workspace;
  #labelValues = $state.raw<ReadonlyMap<number, LabelValues>>(noLabelValues.byLabel);
  /** The settings that were offered: what differs from them, a person has changed. */
  #basis: Settings = {};
  /** Without those that learn from two modalities where none are paired, and from labels where none is defined. */
  readonly offered = $derived(
    this.methods.filter(({ modalities, labels }) => modalities !== null && labels?.length !== 0),
  );
  readonly method = $derived(this.methods.find(({ id }) => id === this.methodId) ?? null);
  readonly preset = $derived(this.method === null ? null : presetOf(this.method, this.values));
  readonly data = $derived.by(() =>
    countTrainingData(this.#workspace.frames, {
      classes: this.#workspace.classes.length,
      includeAccepted: this.includeAccepted,
    }),
  );
  /** What the method learns; none of methods that learn masks. */
  readonly labels = $derived.by<LabelDefinition[]>(() => this.#labelsOf(this.method));
  readonly needs = $derived.by(() => {
    if (this.method === null) return [];
    return this.method.labels === undefined ? needsOf(this.method, this.data) : labelNeeds(this.labelled(this.method));
  });
  readonly isReady = $derived(this.method !== null && this.needs.every(({ isMet }) => isMet));
  /** Models that a training with this method can go on from. */
  readonly origins = $derived.by<ModelRow[]>(() =>
    this.#workspace.models.filter(({ method }) => method === this.methodId).toSorted((a, b) => b.modelId - a.modelId),
  );

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
    this.finishBy = new FinishBy(workspace);
  }

  /** Presets may depend on the images of the project, so they are asked for each time the screen is shown. */
  async load(): Promise<void> {
    const { client, pairingId } = this.#workspace;
    const answers = await this.#workspace.attempt(() => Promise.all([client.methods(pairingId), client.pairings()]));
    // Another pairing was chosen meanwhile: its answer is on the way.
    if (answers === undefined || pairingId !== this.#workspace.pairingId) return;
    const [methods, pairings] = answers;
    const isUntouched = this.preset !== null;
    const presetId = this.preset?.id;
    const isFirst = this.method === null;
    this.methods = methods;
    this.pairings = pairings;
    // Several methods learn the same ones.
    const known: Record<number, LabelDefinition> = Object.fromEntries(
      methods.flatMap(({ labels = [] }) => labels.map((label) => [label.labelId, label])),
    );
    const values = await this.#workspace.attempt(() => fetchLabelValues(client, Object.values(known)));
    this.#labelValues = values ?? noLabelValues.byLabel;
    if (isFirst) {
      // It may have been asked for before the methods were known.
      const wanted = this.method === null ? (methods[0]?.id ?? "") : this.methodId;
      this.methodId = "";
      this.chooseMethod(wanted);
    } else if (isUntouched) this.choosePreset(presetId!);
  }

  /** Images that the method would learn labels from. */
  labelled(method: MethodRow): LabelledData {
    const values = this.#labelsOf(method).map(({ labelId }) => this.#labelValues.get(labelId) ?? noLabelValues.ofOne);
    return countLabelled(this.#workspace.frames, values);
  }

  #labelsOf(method: MethodRow | null): LabelDefinition[] {
    return chosenLabels(method?.labels ?? [], this.labelIds, (labelId) => this.#labelValues.get(labelId)?.size ?? 0);
  }

  /** What methods that translate learn from; presets are sized for its images. */
  async choosePairing(pairingId: number): Promise<void> {
    this.#workspace.pairingId = pairingId;
    await this.load();
  }

  chooseMethod(id: string): void {
    if (id === this.methodId) return;
    this.methodId = id;
    this.fromModel = null;
    if (this.method !== null) this.#offer(this.method.presets[0]?.settings ?? {});
  }

  /** Sets a choice. One that leads brings the settings that go with it; what a person has changed stays. */
  choose(field: Extract<SettingField, { kind: "choice" }>, option: string): void {
    const { key, leads = false } = field;
    if (!leads || this.method === null) {
      this.values[key] = option;
      return;
    }
    const { values, basis } = followChoice(this.method, { values: this.values, basis: this.#basis }, { key, option });
    this.#basis = basis;
    this.values = { ...values };
  }

  choosePreset(id: string): void {
    const preset = this.method?.presets.find((each) => each.id === id);
    if (preset !== undefined) this.#offer(preset.settings);
  }

  /** As an earlier run was told; a model that it started from may be gone since. */
  takeFrom({ method, settings, seed }: RunRow, fromModel: number | null): void {
    this.chooseMethod(method);
    if (this.method === null) return;
    this.#offer(settings);
    this.seed = seed;
    this.fromModel = this.origins.some(({ modelId }) => modelId === fromModel) ? fromModel : null;
  }

  #offer(settings: Settings): void {
    this.#basis = completeSettings(this.method!, settings);
    this.values = { ...this.#basis };
  }

  /** Takes the settings that were found to fit into memory. */
  takeFitting(): void {
    const fitting = this.plan?.problem?.settings;
    if (fitting !== undefined) this.values = { ...this.values, ...fitting };
  }

  request(): RunRequest {
    const { methodId: method, values, seed, device, fromModel, includeAccepted } = this;
    const origin = fromModel === null ? {} : { fromModel };
    return { method, settings: { ...values }, seed, device, includeAccepted, ...origin, ...this.#learned() };
  }

  #learned(): Pick<RunRequest, "labels" | "pairing"> {
    const labels = this.labels.map(({ labelId }) => labelId);
    const pairing = this.method?.modalities?.pairingId;
    return { ...(labels.length > 0 && { labels }), ...(pairing !== undefined && { pairing }) };
  }

  /** Takes the steps with which it ends by the hour; false: there are none, or it was cancelled. */
  async fit(): Promise<boolean> {
    const { methodId } = this;
    const fitted = await this.finishBy.fit(this.request());
    if (fitted === undefined || methodId !== this.methodId) return false;
    this.values = { ...this.values, ...fitted.settings };
    return true;
  }

  /** Asks what memory it would take. An answer that a change of the form has overtaken is dropped. */
  async loadPlan(): Promise<void> {
    if (!this.isReady) return void (this.plan = null);
    const { methodId: method, device, fromModel, includeAccepted } = this;
    const settings = { ...this.values };
    const isLatest = (): boolean =>
      method === this.methodId && device === this.device && differingKeys([settings, this.values]).length === 0;
    try {
      const origin = fromModel === null ? {} : { fromModel };
      const asked = { method, settings, device, includeAccepted, ...origin, ...this.#learned() };
      const plan = await this.#workspace.client.planRun(asked);
      if (isLatest()) this.plan = plan;
    } catch (error) {
      if (isLatest()) this.plan = null;
      // What the data or a half-typed number do not allow is told beside them and at the start; a later question ends this one.
      if (!(error instanceof RequestRefused)) this.#workspace.report(error);
    }
  }

  /** Asks how long it would take. An answer that a change of the settings has overtaken is dropped. */
  async loadEstimate(): Promise<void> {
    if (this.method === null) return;
    const { methodId: method, device } = this;
    const settings = { ...this.values };
    const isLatest = (): boolean =>
      method === this.methodId && device === this.device && differingKeys([settings, this.values]).length === 0;
    try {
      const estimate = await this.#workspace.client.estimateRun({ method, settings, device });
      if (isLatest()) this.estimate = estimate;
    } catch (error) {
      if (isLatest()) this.estimate = null;
      // A half-typed number is no setting yet: its field says so.
      if (!(error instanceof RequestRefused && error.status === 400)) this.#workspace.report(error);
    }
  }
}
