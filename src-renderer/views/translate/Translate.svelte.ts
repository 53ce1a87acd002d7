/**
 * @file Pairs of two modalities: which is in front, how it is shown, what is said of it, how it is aligned; and translations under way. Constructed once by
 * App, so that what was set stays.
 */
import type {
  AlignmentModel,
  AlignmentOutcome,
  EstimatedFlow,
  PairingDetail,
  PairingRequest,
  PairingRow,
  PairMark,
  PairRow,
  RunRow,
} from "../../../src-main/api/contract.ts";
import { texts } from "../../texts/index.ts";
import type { Workspace } from "../../workspace.svelte.ts";
import { isActive } from "../train/run-state.ts";
import type { PairMode } from "./compose.ts";
import { Pictures } from "./Pictures.svelte.ts";

export const showModes = ["overlay", "checkerboard", "difference", "panels"] as const satisfies (PairMode | "panels")[];
export type ShowMode = (typeof showModes)[number];

/** Of the opacity by key. */
const OPACITY_STEP = 0.1;

export class TranslateState {
  readonly workspace: Workspace;
  readonly pictures: Pictures;
  /** Newest first. */
  pairings = $state.raw<PairingRow[]>([]);
  pairing = $state.raw<PairingDetail | null>(null);
  isLoaded = $state(false);
  /** The form that pairs is open. */
  isPairing = $state(false);
  mode = $state<ShowMode>("overlay");
  opacity = $state(0.5);
  tiles = $state(8);
  model = $state<AlignmentModel>("rigid");
  /** Series along their slices too. */
  alongSlices = $state(false);
  onlyMissing = $state(false);
  /** The deformation that a model estimates is asked for. */
  isFlowShown = $state(false);
  /** Of the pair in front; null while it is worked out. */
  flow = $state.raw<EstimatedFlow | null>(null);
  /** Also where the target is there. */
  all = $state(false);
  modelId = $state<number | null>(null);
  isAligning = $state(false);
  /** A change is on its way. */
  isBusy = $state(false);
  /** What the last alignment did. */
  outcome = $state.raw<Omit<AlignmentOutcome, "pairing"> | null>(null);

  #place = $state<number | null>(null);
  /** Changes of pairs, in their order, and how many of them are on their way. */
  #turn: Promise<void> = Promise.resolve();
  #waiting = 0;
  #projectPath: string | null = null;

  readonly rows = $derived.by<PairRow[]>(() => {
    const frames = this.pairing?.frames ?? [];
    return this.onlyMissing ? frames.filter((row) => isAlone(row)) : frames;
  });
  readonly current = $derived.by<PairRow | null>(
    () => this.rows.find(({ place }) => place === this.#place) ?? this.rows[0] ?? null,
  );
  readonly isPair = $derived.by(() => this.current !== null && !isAlone(this.current));
  readonly canChange = $derived.by(
    () => !this.isBusy && !this.isAligning && !this.workspace.isReadOnly && this.pairing !== null,
  );
  readonly canMark = $derived.by(() => this.canChange && this.isPair);
  readonly canAlign = $derived.by(() => this.canMark && this.current?.mark !== "removed");
  readonly canAlignAll = $derived.by(
    () => this.canChange && this.pairing!.frames.some((row) => !isAlone(row) && row.mark !== "removed"),
  );
  readonly canUndo = $derived.by(() => this.canChange && this.pairing!.canUndo);
  /** Models that go from this source to this target, newest first. */
  readonly translators = $derived.by(() => {
    const ids = this.pairing?.translators ?? [];
    return this.workspace.models
      .filter(({ modelId }) => ids.includes(modelId))
      .toSorted((a, b) => b.modelId - a.modelId);
  });
  readonly translator = $derived.by(
    () => this.translators.find(({ modelId }) => modelId === this.modelId) ?? this.translators[0] ?? null,
  );
  readonly canShowFlow = $derived.by(() => this.isPair && this.mode !== "panels" && this.translator !== null);
  readonly run = $derived.by<RunRow | null>(
    () => this.workspace.runs.find((run) => run.kind === "translate" && isActive(run)) ?? null,
  );
  readonly canCarry = $derived.by(
    () => this.canChange && this.pairing!.frames.some(({ translated }) => translated !== null),
  );
  readonly canTranslate = $derived.by(
    () => !this.isBusy && !this.workspace.isReadOnly && this.translator !== null && this.run === null,
  );

  constructor(workspace: Workspace) {
    this.workspace = workspace;
    this.pictures = new Pictures(workspace);
  }

  /** The screen comes to the front. Of another project nothing is kept. */
  enter(): void {
    const path = this.workspace.project?.path ?? null;
    if (path === this.#projectPath) return;
    this.#projectPath = path;
    this.isLoaded = false;
    this.pairings = [];
    this.pairing = null;
    this.pictures.shown = null;
    this.#place = null;
    this.onlyMissing = false;
    this.isPairing = false;
    this.modelId = null;
    this.isFlowShown = false;
    this.flow = null;
    this.outcome = null;
  }

  async refresh(): Promise<void> {
    const { client, pairingId: inFront } = this.workspace;
    await this.workspace.attempt(async () => {
      const pairings = await client.pairings();
      const known = pairings.find(({ pairingId }) => pairingId === inFront) ?? pairings[0];
      const pairing = known === undefined ? null : await client.pairing(known.pairingId);
      this.pairings = pairings;
      // What is told while changes are on their way is older than what is shown; and another pairing may have been chosen meanwhile.
      if (this.#waiting === 0 && (inFront === null || inFront === this.workspace.pairingId)) this.#show(pairing);
    });
    this.isLoaded = true;
  }

  async choosePairing(pairingId: number): Promise<void> {
    const pairing = await this.workspace.attempt(() => this.workspace.client.pairing(pairingId));
    if (pairing !== undefined) this.#show(pairing);
  }

  /** Trainings and experiments learn from the one that is in front. */
  #show(pairing: PairingDetail | null): void {
    if (pairing?.pairingId !== this.pairing?.pairingId) {
      this.#place = null;
      this.outcome = null;
    }
    this.pairing = pairing;
    this.workspace.pairingId = pairing?.pairingId ?? null;
  }

  /** True when it was paired. */
  async pair(request: PairingRequest): Promise<boolean> {
    const made = await this.#busy(() => this.workspace.client.pair(request));
    if (made === undefined) return false;
    await this.choosePairing(made.pairingId);
    await this.refresh();
    this.isPairing = false;
    return true;
  }

  select(place: number): void {
    this.#place = place;
  }

  step(by: 1 | -1): void {
    const at = this.rows.findIndex(({ place }) => place === this.current?.place);
    const next = this.rows[at + by];
    if (next !== undefined) this.#place = next.place;
  }

  moreOpaque(by: 1 | -1): void {
    this.opacity = Math.min(1, Math.max(0, Math.round(10 * (this.opacity + by * OPACITY_STEP)) / 10));
  }

  switchModel(): void {
    this.model = this.model === "rigid" ? "affine" : "rigid";
  }

  /** Of the pair in front. The next one comes at once: what is said of pairs is stored in its turn. */
  async mark(mark: PairMark): Promise<void> {
    const { pairing, current } = this;
    if (!this.canMark || pairing === null || current === null) return;
    const { place } = current;
    const marked = (row: PairRow): PairRow => (row.place === place ? { ...row, mark } : row);
    this.pairing = { ...pairing, frames: pairing.frames.map(marked), canUndo: true };
    this.step(1);
    await this.#change(() => this.workspace.client.markPairs(pairing.pairingId, [place], mark));
  }

  async align(model: AlignmentModel | "none", which: "this" | "all"): Promise<void> {
    const { pairing, current } = this;
    if (pairing === null || current === null) return;
    const places = which === "this" ? [current.place] : undefined;
    this.isAligning = true;
    this.workspace.aligning = null;
    this.outcome = null;
    const request = { model, places, ...(model !== "none" && { alongSlices: this.alongSlices }) };
    const outcome = await this.workspace.attempt(() => this.workspace.client.alignPairs(pairing.pairingId, request));
    this.isAligning = false;
    // Another one may have been chosen meanwhile: it stays in front.
    if (outcome === undefined || this.pairing?.pairingId !== pairing.pairingId) return;
    this.pairing = outcome.pairing;
    if (model !== "none") this.outcome = outcome;
  }

  cancelAligning = (): Promise<unknown> => this.workspace.attempt(() => this.workspace.client.cancelAlignment());

  async undo(): Promise<void> {
    const { pairing } = this;
    if (pairing === null) return;
    this.outcome = null;
    await this.#change(() => this.workspace.client.undoPairing(pairing.pairingId));
  }

  /** Asks for the deformation of the pair in front. What cannot be had is said once, and not asked for again. */
  async loadFlow(signal: AbortSignal): Promise<void> {
    this.flow = null;
    const { pairing, current, translator } = this;
    if (!this.isFlowShown || !this.canShowFlow || pairing === null || current === null || translator === null) return;
    const request = { modelId: translator.modelId, pairingId: pairing.pairingId, place: current.place };
    try {
      const flow = await this.workspace.client.estimateFlow(request);
      if (!signal.aborted) this.flow = flow;
    } catch (error) {
      if (signal.aborted) return;
      this.isFlowShown = false;
      this.workspace.report(error);
    }
  }

  async translate(): Promise<void> {
    const { translator, all } = this;
    if (!this.canTranslate || translator === null) return;
    const { client } = this.workspace;
    const run = await this.#busy(() => client.translate({ modelId: translator.modelId, all }));
    if (run !== undefined) this.workspace.noteRun(run);
  }

  /** Outlines of sources to what was translated of them, in the whole project. */
  async carryOutlines(): Promise<void> {
    if (!this.canCarry) return;
    const outcome = await this.#busy(() => this.workspace.client.carryOutlines());
    if (outcome === undefined) return;
    const { carried, kept, bare, unseen, withdrawn } = outcome;
    const t = texts.translate;
    const isAll = kept + bare + unseen + withdrawn === 0;
    const left = isAll ? {} : { detail: t.outlinesLeft(kept, bare, unseen, withdrawn) };
    this.workspace.notices.add({ tone: "news", title: t.outlinesCarried(carried), ...left });
  }

  async cancelTranslation(): Promise<void> {
    const { run } = this;
    if (run === null) return;
    const cancelled = await this.#busy(() => this.workspace.client.cancelRun(run.runId));
    if (cancelled !== undefined) this.workspace.noteRun(cancelled);
  }

  /** One after the other; what was refused is shown as it is stored. */
  #change(work: () => Promise<PairingDetail>): Promise<void> {
    this.#waiting++;
    this.#turn = this.#turn.then(async () => {
      const changed = await this.workspace.attempt(work);
      this.#waiting--;
      if (this.#waiting > 0) return; // an answer is on its way that knows more
      if (changed === undefined) await this.refresh();
      else if (changed.pairingId === this.pairing?.pairingId) this.pairing = changed;
    });
    return this.#turn;
  }

  async #busy<T>(work: () => Promise<T>): Promise<T | undefined> {
    this.isBusy = true;
    try {
      return await this.workspace.attempt(work);
    } finally {
      this.isBusy = false;
    }
  }
}

/** It has no counterpart. */
export const isAlone = ({ source, target }: PairRow): boolean => source === null || target === null;
