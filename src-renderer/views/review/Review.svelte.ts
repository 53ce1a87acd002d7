/**
 * @file The review screen: proposals worst first, one key per decision. The next one is on the screen before the decision is stored; a decision
 * that cannot be stored comes back. Decisions can be taken back, the last first.
 */
import { decodeLabelMap, encodeLabelMap, type Frame, type Point } from "../../../src-main/voxels/index.ts";
import type {
  AcceptanceCondition,
  AnnotationSuggestion,
  FrameRow,
  ProposalState,
  RegionMark,
  ReviewProgress,
  ReviewQueue,
  ReviewRecord,
} from "../../../src-main/api/contract.ts";
import { type Sentences, sentencesOf } from "../../api/trouble.ts";
import { Easel } from "../../canvas/easel.svelte.ts";
import { texts } from "../../texts/index.ts";
import type { Workspace } from "../../workspace.svelte.ts";
import { Correction } from "./Correction.svelte.ts";
import { DecisionLine } from "./decision-line.ts";
import { fetchProposal } from "./fetch-proposal.ts";
import { HeatChoice } from "./Heat.svelte.ts";
import { ProposalCache, type Showing, type ShownProposal } from "./proposal-cache.ts";
import { filterQueue, PENDING, type QueueFilter } from "./queue-filter.ts";
import { type QueueRow, queueRows, withChange } from "./queue-rows.ts";
import { RegionReview, type Verdict } from "./Regions.svelte.ts";
import { Reordering } from "./reordering.ts";

/** Images suggested to be annotated next. */
const SUGGESTED = 3;

/** Of those that follow in the queue, fetched before their turn. */
const AHEAD = [1, 2, 3, 4, -1];

export class ReviewState {
  readonly easel: Easel;
  readonly regions: RegionReview;
  readonly heat: HeatChoice;
  readonly correction: Correction;
  /** All proposals that no newer one replaced: those that wait, worst first, then the others. */
  rows = $state.raw<QueueRow[]>([]);
  condition = $state.raw<AcceptanceCondition | null>(null);
  progress = $state.raw<ReviewProgress | null>(null);
  suggestions = $state.raw<readonly AnnotationSuggestion[]>([]);
  /** What is known of the proposal on the easel without a person; null: it was made without. */
  record = $state.raw<ReviewRecord | null>(null);
  filter = $state<QueueFilter>(PENDING);
  currentId = $state<number | null>(null);
  /** The proposal on the easel; null while one is being fetched. */
  shownId = $state<number | null>(null);
  /** Why the proposal in front cannot be shown. */
  trouble = $state.raw<Sentences | null>(null);
  /** Something is being stored that the screen waits for. */
  isBusy = $state(false);
  /** Many are being accepted at once. */
  isAccepting = $state(false);
  isLoaded = $state(false);

  readonly #workspace: Workspace;
  readonly #line = new DecisionLine();
  readonly #cache: ProposalCache;
  #loading: AbortController | null = null;
  /** Of proposals whose regions were marked in this window; of all others the app knows. */
  #marks: Readonly<Record<number, readonly RegionMark[]>> = {};
  #hasActed = false;
  /** Reads of the queue, one after the other: a late answer must not undo what a later one told. */
  #turn: Promise<void> = Promise.resolve();
  readonly #reordering = new Reordering(() => void this.reload());

  readonly #framesById = $derived.by<Readonly<Record<number, FrameRow>>>(() =>
    Object.fromEntries(this.#workspace.frames.map((row) => [row.frameId, row])),
  );
  readonly frameOf = (frameId: number): FrameRow | undefined => this.#framesById[frameId];
  readonly queue = $derived(filterQueue(this.rows, this.filter, this.frameOf));
  readonly position = $derived(this.queue.findIndex(({ proposalId }) => proposalId === this.currentId));
  readonly current = $derived<QueueRow | null>(this.queue[this.position] ?? null);
  readonly frame = $derived<FrameRow | null>(
    this.current === null ? null : (this.#framesById[this.current.frameId] ?? null),
  );
  /** Of the one in front among those that wait, from 1. */
  readonly rank = $derived.by(() => {
    const waiting = this.rows.filter(({ state }) => state === "pending");
    return 1 + waiting.findIndex(({ proposalId }) => proposalId === this.currentId);
  });
  readonly isAllDecided = $derived.by(() => this.waiting === 0);
  readonly waiting = $derived(this.rows.filter(({ state }) => state === "pending").length);
  readonly canUndo = $derived.by(
    () => !this.isBusy && (this.regions.marks.length > 0 || this.waiting < this.rows.length),
  );
  readonly isDecidable = $derived.by(
    () =>
      !this.isBusy &&
      !this.#workspace.isReadOnly &&
      this.current?.state === "pending" &&
      this.shownId === this.current.proposalId,
  );

  get isEditing(): boolean {
    return this.correction.isOn;
  }

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
    this.easel = new Easel({
      kind: "proposal",
      classes: () => workspace.classes,
      measures: workspace.measures,
      onStroke: () => this.correction.note(),
    });
    this.easel.toolName = "pan";
    this.easel.classValue = workspace.classes[0]?.value ?? 1;
    this.regions = new RegionReview(this.easel, (marks) => this.#keepMarks(marks));
    this.heat = new HeatChoice(this.easel);
    this.correction = new Correction(this.easel);
    this.#cache = new ProposalCache((showing) => fetchProposal(workspace.client, showing));
  }

  /** Fetches the queue. What the person decided a moment ago is newer than the answer. */
  reload(): Promise<void> {
    return this.#inTurn(async () => {
      const { client } = this.#workspace;
      const [proposals, answer] = await Promise.all([client.proposals(), client.review()]);
      this.#reordering.done(answer.scoring);
      this.#take(queueRows(proposals, answer.items), answer);
      this.isLoaded = true;
    });
  }

  /** What became of the proposals of some images, however long the queue; undefined: all of it. */
  async refresh(frameIds: readonly number[] | undefined): Promise<void> {
    if (frameIds === undefined || !this.isLoaded) return this.reload();
    // Then the answer knows what was decided before.
    await this.#line.settled();
    await this.#inTurn(async () => {
      const answer = await this.#workspace.client.reviewChange(frameIds);
      this.#take(withChange(this.rows, answer, frameIds), answer);
      this.#reordering.note(answer.scoring);
    });
  }

  /** The view is left. */
  end(): void {
    this.#reordering.end();
  }

  /** Which images are worth annotating next. Apart from the queue: it takes longer, and nothing waits for it. */
  async suggest(): Promise<void> {
    // Asked for by nobody: where there are none to be had, the list stays away.
    this.suggestions = await this.#workspace.client.suggestions(SUGGESTED).catch(() => []);
  }

  annotate(frameId: number): void {
    this.#workspace.frameId = frameId;
    this.#workspace.view = "annotate";
  }

  /** Lists other proposals; the one in front stays if it is among them. */
  setFilter(filter: Partial<QueueFilter>): void {
    if (this.isEditing) return;
    this.filter = { ...this.filter, ...filter };
    if (this.position < 0) this.currentId = this.queue[0]?.proposalId ?? null;
  }

  /** Puts up the proposal in front. A later call overtakes an earlier one. */
  async show(): Promise<void> {
    this.#loading?.abort();
    const loading = new AbortController();
    this.#loading = loading;
    this.#leaveShown();
    const { current } = this;
    if (current === null) {
      this.shownId = null;
      this.trouble = this.record = null;
      this.easel.clear();
      return;
    }
    const { proposalId, frameId } = current;
    try {
      const [frame, shown] = await Promise.all([
        this.#workspace.frameCache.frame(frameId, loading.signal),
        this.#cache.get(this.#showing(current)),
      ]);
      if (loading.signal.aborted) return;
      this.trouble = null;
      this.#hang(frameId, frame, shown);
      this.heat.begin(shown.confidence, shown.difference, frame);
      this.record = shown.record;
      // Of one that is decided about the whole proposal is shown, with what became of it.
      const marks = current.state === "pending" ? (this.#marks[proposalId] ?? shown.marks) : [];
      this.regions.begin(shown.confidence, marks);
      this.shownId = proposalId;
    } catch (error) {
      if (loading.signal.aborted) return;
      // Not the picture before: it would be taken for this one.
      this.shownId = null;
      this.record = null;
      this.easel.clear();
      this.trouble = sentencesOf(error);
    }
    this.#fetchAhead();
  }

  choose(proposalId: number): void {
    if (this.isEditing) return;
    this.#hasActed = true;
    this.currentId = proposalId;
  }

  skip(steps: number): void {
    if (this.isEditing || this.queue.length === 0) return;
    const next = this.queue[(this.position + steps + this.queue.length) % this.queue.length]!;
    this.choose(next.proposalId);
  }

  /** All of it but what was removed region by region. */
  accept = (): Promise<void> =>
    this.#decide(
      this.regions.removed === 0 ? { to: "accepted" } : { to: "edited", mask: encodeLabelMap(this.easel.labels!) },
    );

  /** Nothing but the regions that were kept. */
  acceptKept = async (): Promise<void> => {
    const mask = this.isDecidable ? this.regions.onlyKept() : null;
    if (mask !== null) await this.#decide({ to: "edited", mask });
  };

  reject = (): Promise<void> => this.#decide({ to: "rejected" });

  /** Opens the tools where the model is in doubt. */
  edit(): void {
    if (!this.isDecidable || this.isEditing) return;
    const region = this.regions.lookAtWorst();
    if (region !== null && region.value !== 0) this.easel.classValue = region.value;
    this.correction.begin();
  }

  saveEdit = async (): Promise<void> => {
    if (!this.isEditing || this.easel.labels === null) return;
    await this.#decide({ to: "edited", mask: encodeLabelMap(this.easel.labels) });
  };

  /** A click on the picture. */
  tap(point: Point, verdict: Verdict): void {
    if (this.isDecidable && !this.isEditing) this.regions.decideAt(point, verdict);
  }

  /** Takes back the last verdict on a region; without one, the last decision: its proposal waits again, in front. */
  undo = async (): Promise<void> => {
    if (this.isEditing || this.isBusy || this.#workspace.isReadOnly || this.regions.undo()) return;
    await this.#busy(async () => {
      await this.#line.settled();
      const { proposalId, frameId } = await this.#workspace.client.undoDecision();
      await this.refresh([frameId]);
      const isListed = this.queue.some((row) => row.proposalId === proposalId);
      if (!isListed) this.filter = PENDING;
      this.#hasActed = true;
      this.currentId = proposalId;
      if (this.shownId === proposalId) await this.show();
    });
  };

  /** Of those that wait, how many may be accepted unseen from this quality on; some of them go to the audit. */
  readonly countAbove = (quality: number): number => {
    const modelId = this.condition?.evidence?.modelId;
    // What was proven of one model says nothing of another.
    return this.rows.filter(({ state, item }) => {
      if (state !== "pending" || item === null || item.modelId !== modelId) return false;
      return item.score >= quality && item.flags.length === 0;
    }).length;
  };

  acceptAbove = async (quality: number): Promise<void> => {
    this.isAccepting = true;
    this.#workspace.deciding = null;
    await this.#busy(async () => {
      await this.#line.settled();
      const { accepted, audited, left } = await this.#workspace.client.acceptAbove(quality);
      const { done, stopped } = texts.review.above;
      const title = left === 0 ? done(accepted, audited) : stopped(accepted, left);
      this.#workspace.notices.add({ tone: "news", title });
      await this.reload();
    });
    this.isAccepting = false;
  };

  /** What was accepted by then stays, and is undone as one. */
  cancelAccepting = async (): Promise<void> => {
    await this.#workspace.attempt(() => this.#workspace.client.cancelDecisions());
  };

  async #decide({
    to,
    mask,
  }: {
    to: Exclude<ProposalState, "pending">;
    mask?: Uint8Array<ArrayBuffer>;
  }): Promise<void> {
    const { current } = this;
    // A key pressed before the picture is there would decide about something unseen.
    if (current === null || !this.isDecidable || (this.isEditing && mask === undefined)) return;
    this.#hasActed = true;
    const { proposalId } = current;
    const { client } = this.#workspace;
    // What a person drew stays on the screen until it is stored; a decision alone is easily made again.
    if (mask !== undefined) {
      await this.#busy(async () => {
        await this.#line.settled();
        await client.saveEditedProposal(proposalId, mask);
        this.correction.end();
        this.#goOn(current, to);
      });
      return;
    }
    this.#goOn(current, to);
    const decision = to === "accepted" ? "accept" : "reject";
    await this.#line.send(proposalId, async () => {
      const stored = await this.#workspace.attempt(() => client.decide(proposalId, decision));
      if (stored !== undefined) return;
      this.#setState(proposalId, "pending");
      if (!this.isEditing) this.currentId = proposalId;
    });
  }

  /** To the one that follows in the queue; at its end to the first. */
  #goOn({ proposalId }: QueueRow, to: ProposalState): void {
    const follower = this.queue[this.position + 1] ?? this.queue.find((row) => row.proposalId !== proposalId);
    this.#setState(proposalId, to);
    this.currentId = follower?.proposalId ?? null;
  }

  #inTurn(read: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(() => this.#workspace.attempt(read));
    this.#turn = done;
    return done;
  }

  #take(listed: readonly QueueRow[], { condition, progress }: Pick<ReviewQueue, "condition" | "progress">): void {
    this.#list(listed);
    this.condition = condition;
    this.progress = progress;
    // Proposals still arrive while the first ones are looked at: until the person acts, the worst stays in front.
    const isKept = (this.#hasActed || this.isEditing) && this.position >= 0;
    if (!isKept) this.currentId = this.queue[0]?.proposalId ?? null;
  }

  #list(listed: readonly QueueRow[]): void {
    const before = this.rows;
    const { current } = this;
    // A newer proposal took its place meanwhile: what is drawn on it stays until the person ends it.
    const isGone = this.isEditing && !listed.some(({ proposalId }) => proposalId === current?.proposalId);
    if (current !== null && isGone) listed = [current, ...listed];
    this.rows = listed.map((row) =>
      this.#line.has(row.proposalId) ? (before.find(({ proposalId }) => proposalId === row.proposalId) ?? row) : row,
    );
  }

  #setState(proposalId: number, state: ProposalState): void {
    this.rows = this.rows.map((row) => (row.proposalId === proposalId ? { ...row, state } : row));
  }

  #leaveShown(): void {
    this.correction.end();
    this.regions.end();
  }

  /** What was marked region by region waits for the person to come back, also over a restart, and for a decision to be taken back. */
  #keepMarks(marks: readonly RegionMark[]): void {
    const { shownId } = this;
    if (shownId === null) return;
    this.#marks = { ...this.#marks, [shownId]: marks };
    const { client } = this.#workspace;
    void this.#line.send(shownId, () => this.#workspace.attempt(() => client.keepRegionMarks(shownId, marks)));
  }

  #hang(frameId: number, frame: Frame, { mask, confidence, annotation }: ShownProposal): void {
    this.easel.show(frame, decodeLabelMap(mask, frame), { confidence, frameId });
    if (annotation !== null) {
      this.easel.layers.show([{ kind: "annotation", labels: decodeLabelMap(annotation, frame) }]);
    }
    this.easel.toolName = "pan";
  }

  #showing({ proposalId, frameId }: QueueRow): Showing {
    return { proposalId, frameId, annotatedAt: this.#framesById[frameId]?.annotatedAt ?? null };
  }

  #fetchAhead(): void {
    const following = AHEAD.flatMap((steps) => this.queue[this.position + steps] ?? []);
    this.#workspace.frameCache.fetchAhead(following.map(({ frameId }) => frameId));
    void this.#cache.fetchAhead(following.map((row) => this.#showing(row)));
  }

  async #busy(action: () => Promise<void>): Promise<void> {
    this.isBusy = true;
    await this.#workspace.attempt(action);
    this.isBusy = false;
  }
}
