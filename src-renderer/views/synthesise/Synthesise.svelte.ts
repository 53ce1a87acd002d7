/**
 * @file The synthesis studio: generators, the runs that made pairs, the pairs of the run in front and what a person decides about them. The next pair is in
 * front before the decision is stored; one that cannot be stored comes back. Constructed once by App, so that what was set stays.
 */
import type {
  GeneratorRow,
  PairState,
  RunRow,
  SynthesisQuality,
  SynthesisRequest,
  SynthesisRow,
  SyntheticPairRow,
} from "../../../src-main/api/contract.ts";
import { asSet, select, type Selection, type SelectionMode } from "../../ui/selection.ts";
import type { Workspace } from "../../workspace.svelte.ts";
import { DecisionLine } from "../review/decision-line.ts";
import { followed, type LivePainting } from "./live-painting.ts";
import { OutlineCache } from "./outlines.ts";
import {
  alignedAtLeast,
  asMap,
  countPairs,
  filterPairs,
  followerOf,
  isBehind,
  isWithheld,
  mergePairs,
  type PairFilter,
  pairFilters,
  type PairOrder,
  pairSortKeys,
  sortPairs,
  withState,
} from "./pair-list.ts";
import { PairForm } from "./PairForm.svelte.ts";

export type StudioDialog = "more" | "aligned" | "quality";

/** By pair ids: positions change while pairs arrive. */
interface Chosen {
  ids: ReadonlySet<number>;
  activeId: number | null;
  anchorId: number | null;
}

const NOTHING: Chosen = { ids: asSet([]), activeId: null, anchorId: null };

export class SynthesiseState {
  readonly workspace: Workspace;
  readonly outlines: OutlineCache;
  readonly form: PairForm;
  generators = $state.raw<GeneratorRow[]>([]);
  /** Newest first. */
  runs = $state.raw<SynthesisRow[]>([]);
  pairs = $state.raw<readonly SyntheticPairRow[]>([]);
  quality = $state.raw<SynthesisQuality | null>(null);
  /** What the run in front paints at this moment; null: nothing that is known. */
  painting = $state.raw<LivePainting | null>(null);
  isLoaded = $state(false);
  /** A run is being asked for or steered. */
  isBusy = $state(false);
  /** Many decisions, or one taken back, are on their way. */
  isDeciding = $state(false);
  isOutlined = $state(true);
  dialog = $state<StudioDialog | null>(null);
  filter = $state<PairFilter>("all");
  order = $state.raw<PairOrder>({ by: "made", isDescending: false });
  /** Where the grid stands, CSS pixels. */
  scrollTop = 0;

  readonly #line = new DecisionLine();
  #chosen = $state.raw<Chosen>(NOTHING);
  /** Of the pairs that are listed. */
  #pairsOf: number | null = null;
  /** Where the pair in front was, before it left the list. */
  #lastPosition = 0;
  #projectPath: string | null = null;

  readonly row = $derived.by<SynthesisRow | null>(
    () => this.runs.find(({ runId }) => runId === this.workspace.synthesisRunId) ?? this.runs[0] ?? null,
  );
  readonly run = $derived.by<RunRow | null>(
    () => this.workspace.runs.find(({ runId }) => runId === this.row?.runId) ?? null,
  );
  readonly generator = $derived.by(() => this.generators.find(({ modelId }) => modelId === this.row?.modelId) ?? null);
  readonly counts = $derived.by(() => countPairs(this.pairs));
  readonly shown = $derived.by(() => sortPairs(filterPairs(this.pairs, this.filter), this.order));
  readonly #ids = $derived.by(() => this.shown.map(({ pairId }) => pairId));
  readonly selection = $derived.by<Selection>(() => {
    const { ids, activeId, anchorId } = this.#chosen;
    const found = activeId === null ? -1 : this.#ids.indexOf(activeId);
    const active = found >= 0 ? found : Math.max(0, Math.min(this.#lastPosition, this.#ids.length - 1));
    const anchor = anchorId === null ? -1 : this.#ids.indexOf(anchorId);
    return { ids, active, anchor: anchor >= 0 ? anchor : active };
  });
  readonly current = $derived.by<SyntheticPairRow | null>(() => this.shown[this.selection.active] ?? null);
  readonly selected = $derived.by(() => this.shown.filter(({ pairId }) => this.selection.ids.has(pairId)));
  /** What a decision is about: the chosen ones, else the one in front. */
  readonly targets = $derived.by(() => {
    if (this.selected.length > 0) return this.selected;
    return this.current === null ? [] : [this.current];
  });
  readonly canChange = $derived.by(() => !this.isBusy && !this.workspace.isReadOnly);
  readonly canStart = $derived.by(() => this.canChange && this.form.isReady);
  readonly canDecideMany = $derived.by(() => !this.isDeciding && !this.workspace.isReadOnly);
  readonly canDecide = $derived.by(() => this.canDecideMany && this.targets.some((pair) => !isWithheld(pair)));
  readonly canReopen = $derived.by(() => this.canDecideMany && this.targets.some(({ state }) => state !== "undecided"));
  readonly canUndo = $derived.by(
    () => this.canDecideMany && this.runs.some(({ accepted, rejected }) => accepted + rejected > 0),
  );
  readonly canAskMore = $derived.by(() => this.canChange && this.generator !== null && this.targets.length > 0);

  constructor(workspace: Workspace) {
    this.workspace = workspace;
    this.outlines = new OutlineCache((pairId) => workspace.client.pairMask(pairId));
    this.form = new PairForm(() => this.generators);
  }

  /** The screen comes to the front. Of another project nothing is kept. */
  enter(): void {
    const path = this.workspace.project?.path ?? null;
    if (path !== this.#projectPath) {
      this.#projectPath = path;
      this.isLoaded = false;
      this.generators = [];
      this.runs = [];
      this.filter = "all";
      this.order = { by: "made", isDescending: false };
      this.form.quotaFields = {};
      this.form.gradeSources = [];
      this.form.chooseGradeLabel(null);
      this.form.judge = "best";
      this.outlines.clear();
    }
    // What was made while another screen was in front was not followed.
    this.#show(null);
  }

  /** The returned function ends it. */
  follow(): () => void {
    const offPairs = this.workspace.onPairs((runId, told) => {
      if (runId === this.#pairsOf) this.#merge(told);
    });
    const offPaintings = this.workspace.onPainting((told) => {
      if (told.runId === this.#pairsOf) this.painting = followed(this.painting, told);
    });
    const offRuns = this.workspace.onRun((run, what) => {
      if (what === "ended" && run.runId === this.#pairsOf) this.painting = null;
      if (what === "ended" && run.kind === "synthesise") void this.refresh();
    });
    return () => {
      offPairs();
      offPaintings();
      offRuns();
    };
  }

  /** Lists anew, and the pairs in front where what is known of them is older than that. */
  async refresh(): Promise<void> {
    const { client } = this.workspace;
    await this.workspace.attempt(async () => {
      const [generators, runs] = await Promise.all([client.generators(), client.syntheses()]);
      await this.#line.settled();
      this.generators = generators;
      this.runs = runs;
    });
    this.isLoaded = true;
    const { row } = this;
    if (row === null) return;
    const misses = this.quality === null && this.run?.state === "done";
    if (row.runId === this.#pairsOf && (misses || isBehind(this.pairs, row))) await this.#fetch(row.runId);
  }

  /** What is said of the images that a generator learned from. */
  async loadGrades(modelId: number): Promise<void> {
    const told = await this.workspace.attempt(() => this.workspace.client.gradeSources(modelId));
    if (told !== undefined && this.form.generator?.modelId === modelId) this.form.gradeSources = told;
  }

  /** The pairs of another run come to the front. */
  async load(runId: number | null): Promise<void> {
    if (runId === this.#pairsOf) return;
    this.#show(runId);
    if (runId !== null) await this.#fetch(runId);
  }

  watch(runId: number): void {
    this.workspace.synthesisRunId = runId;
  }

  /** To the run before or after the one in front, as they are listed. */
  stepRun(by: 1 | -1): void {
    const next = this.runs[this.runs.findIndex(({ runId }) => runId === this.row?.runId) + by];
    if (next !== undefined) this.watch(next.runId);
  }

  start = (): Promise<void> => this.#begin(this.form.request());

  /** New pairs of the masks of these. */
  async startLike(pairs: readonly SyntheticPairRow[], count: number): Promise<void> {
    const [first] = pairs;
    if (first === undefined) return;
    this.dialog = null;
    const like = pairs.map(({ pairId }) => pairId);
    await this.#begin({ modelId: first.modelId, count, like, ...this.form.common() });
  }

  async steer(way: "pause" | "cancel" | "resume"): Promise<void> {
    const { run } = this;
    if (run === null) return;
    const { client } = this.workspace;
    const ways = { pause: client.pauseRun, cancel: client.cancelRun, resume: client.resumeRun };
    this.isBusy = true;
    const steered = await this.workspace.attempt(() => ways[way](run.runId));
    this.isBusy = false;
    if (steered !== undefined) this.workspace.noteRun(steered);
  }

  get count(): number {
    return this.shown.length;
  }

  select(position: number, mode: SelectionMode): void {
    const { ids, active, anchor } = select(this.selection, this.#ids, position, mode);
    this.#choose({ ids, activeId: this.#ids[active] ?? null, anchorId: this.#ids[anchor] ?? null });
  }

  move(position: number): void {
    this.#choose({ ...this.#chosen, activeId: this.#ids[position] ?? null });
  }

  selectAll(): void {
    this.#choose({ ...this.#chosen, ids: asSet(this.#ids) });
  }

  clearSelection(): void {
    this.#choose({ ...this.#chosen, ids: asSet([]) });
  }

  /** Along the list, as the arrow keys of the grid. */
  step(by: 1 | -1): void {
    const position = this.selection.active + by;
    if (position >= 0 && position < this.count) this.select(position, "one");
  }

  setFilter(filter: PairFilter): void {
    this.filter = filter;
    this.#lastPosition = 0;
    this.clearSelection();
  }

  nextFilter(): void {
    this.setFilter(pairFilters[(pairFilters.indexOf(this.filter) + 1) % pairFilters.length]!);
  }

  /** By the same key again: the other way round. The best aligned, and the farthest from a real image, come first. */
  sortBy(by: PairOrder["by"]): void {
    const isDescending = by === this.order.by ? !this.order.isDescending : by !== "made";
    this.order = { by, isDescending };
  }

  nextSort(): void {
    this.sortBy(pairSortKeys[(pairSortKeys.indexOf(this.order.by) + 1) % pairSortKeys.length]!);
  }

  /** About the chosen pairs, or the one in front; then the next one that nobody has decided about is in front. */
  async decide(state: PairState): Promise<void> {
    const targets = this.targets.filter((pair) => state === "undecided" || !isWithheld(pair));
    if (!this.canDecideMany || targets.length === 0) return;
    const follower = state === "undecided" ? null : followerOf(this.shown, asSet(targets.map(({ pairId }) => pairId)));
    const changed = targets.filter((pair) => pair.state !== state);
    const isMany = changed.length > 1;
    if (isMany) this.workspace.deciding = null;
    this.isDeciding = isMany;
    const stored = this.#store(changed, state);
    if (follower !== null) this.#chooseOne(follower.pairId);
    await stored;
    if (isMany) this.isDeciding = false;
  }

  aligned(lowest: number): SyntheticPairRow[] {
    return alignedAtLeast(this.pairs, lowest);
  }

  async acceptAligned(lowest: number): Promise<void> {
    const pairs = this.aligned(lowest);
    this.dialog = null;
    this.isDeciding = true;
    this.workspace.deciding = null;
    await this.#store(pairs, "accepted");
    this.isDeciding = false;
  }

  /** What was decided by then stays, and is undone as one. */
  cancelDeciding = async (): Promise<void> => {
    await this.workspace.attempt(() => this.workspace.client.cancelPairDecisions());
  };

  /** Takes the last decision back, of whichever run; its pairs are in front again. */
  async undo(): Promise<void> {
    if (!this.canUndo) return;
    this.isDeciding = true;
    this.workspace.deciding = null;
    await this.workspace.attempt(async () => {
      await this.#line.settled();
      const told = await this.workspace.client.undoPairs();
      const [first] = told;
      if (first === undefined) return;
      if (first.runId === this.#pairsOf) this.#merge(told);
      else {
        this.watch(first.runId);
        await this.load(first.runId);
      }
      const ids = told.map(({ pairId }) => pairId);
      if (!this.shown.some(({ pairId }) => pairId === first.pairId)) this.filter = "all";
      this.#choose({ ids: asSet(ids), activeId: first.pairId, anchorId: first.pairId });
    });
    this.isDeciding = false;
  }

  openFrame(frameId: number): void {
    this.workspace.frameId = frameId;
    this.workspace.view = "annotate";
  }

  async #begin(request: SynthesisRequest): Promise<void> {
    this.isBusy = true;
    const run = await this.workspace.attempt(() => this.workspace.client.synthesise(request));
    if (run !== undefined) {
      this.workspace.noteRun(run);
      this.watch(run.runId);
      this.filter = "all";
      await this.refresh();
    }
    this.isBusy = false;
  }

  #show(runId: number | null): void {
    this.#pairsOf = runId;
    this.pairs = [];
    this.quality = null;
    this.painting = null;
    this.#chosen = NOTHING;
    this.#lastPosition = 0;
  }

  async #fetch(runId: number): Promise<void> {
    const detail = await this.workspace.attempt(() => this.workspace.client.synthesis(runId));
    if (detail === undefined || this.#pairsOf !== runId) return;
    this.quality = detail.quality;
    this.#merge(detail.pairs);
  }

  /** What is on its way to the project stays as the person sees it. */
  #merge(told: readonly SyntheticPairRow[]): void {
    const own = this.pairs.filter(({ pairId }) => this.#line.has(pairId));
    this.pairs = withState(mergePairs(this.pairs, told), asMap(own));
  }

  async #store(changed: readonly SyntheticPairRow[], state: PairState): Promise<void> {
    if (changed.length === 0) return;
    this.pairs = withState(this.pairs, asMap(changed, state));
    const ids = changed.map(({ pairId }) => pairId);
    const told = await this.#line.send(ids, () =>
      this.workspace.attempt(() => this.workspace.client.decidePairs(ids, state)),
    );
    if (changed[0]!.runId !== this.#pairsOf) return;
    // Of many it may have been cancelled halfway: the rest is as it was.
    const stored = asSet((told ?? []).map(({ pairId }) => pairId));
    this.pairs = withState(this.pairs, asMap(changed.filter(({ pairId }) => !stored.has(pairId))));
    if (told !== undefined) this.#merge(told);
  }

  #chooseOne(pairId: number): void {
    this.#choose({ ids: asSet([pairId]), activeId: pairId, anchorId: pairId });
  }

  #choose(chosen: Chosen): void {
    this.#chosen = chosen;
    this.#lastPosition = this.selection.active;
  }
}
