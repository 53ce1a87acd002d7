/**
 * @file The review of grades and numbers: what models say of whole images, worst first, one key per decision. The next image is on the screen before the
 * decision is stored; a decision that cannot be stored comes back.
 */
import { createLabelMap } from "../../../src-main/voxels/index.ts";
import type {
  FrameRow,
  LabelCondition,
  LabelDefinition,
  LabelProposalDetail,
  LabelProposalRow,
  LabelProposalState,
  LabelValue,
} from "../../../src-main/api/contract.ts";
import { type Sentences, sentencesOf } from "../../api/trouble.ts";
import { Easel } from "../../canvas/easel.svelte.ts";
import { texts } from "../../texts/index.ts";
import type { Workspace } from "../../workspace.svelte.ts";
import { DecisionLine } from "../review/decision-line.ts";
import { Evidence } from "./Evidence.svelte.ts";

export type GradeFilter = LabelProposalState | "all";

/** Images that follow in the queue, fetched before their turn. */
const AHEAD = [1, 2, 3, -1];

export class GradesState {
  readonly easel: Easel;
  readonly evidence: Evidence;
  /** All proposals that no newer one replaced, flagged and worst first. */
  rows = $state.raw<LabelProposalRow[]>([]);
  definitions = $state.raw<LabelDefinition[]>([]);
  /** Of the model of the proposal in front. */
  conditions = $state.raw<LabelCondition[]>([]);
  filter = $state<GradeFilter>("pending");
  currentId = $state<number | null>(null);
  /** The proposal on the easel; null while one is being fetched. */
  detail = $state.raw<LabelProposalDetail | null>(null);
  /** Why the proposal in front cannot be shown. */
  trouble = $state.raw<Sentences | null>(null);
  /** Something is being stored that the screen waits for. */
  isBusy = $state(false);
  isLoaded = $state(false);

  #labelId = $state<number | null>(null);
  readonly #workspace: Workspace;
  readonly #line = new DecisionLine();
  #loading: AbortController | null = null;
  #reloading: Promise<void> | null = null;
  #isStale = false;
  #hasActed = false;

  readonly #framesById = $derived.by<Readonly<Record<number, FrameRow>>>(() =>
    Object.fromEntries(this.#workspace.frames.map((row) => [row.frameId, row])),
  );
  readonly frameOf = (frameId: number): FrameRow | undefined => this.#framesById[frameId];
  /** Those of which models said something. */
  readonly labels = $derived.by(() =>
    this.definitions.filter(({ labelId }) => this.rows.some((row) => row.labelId === labelId)),
  );
  /** The one that is reviewed: the chosen one, else the first with proposals that wait. */
  readonly label = $derived.by<LabelDefinition | null>(() => {
    const waits = (labelId: number): boolean =>
      this.rows.some((row) => row.labelId === labelId && row.state === "pending");
    return (
      this.labels.find(({ labelId }) => labelId === this.#labelId) ??
      this.labels.find(({ labelId }) => waits(labelId)) ??
      this.labels[0] ??
      null
    );
  });
  readonly ofLabel = $derived.by(() => this.rows.filter(({ labelId }) => labelId === this.label?.labelId));
  readonly queue = $derived.by(() =>
    this.ofLabel.filter(({ state }) => this.filter === "all" || state === this.filter),
  );
  readonly waiting = $derived.by(() => this.ofLabel.filter(({ state }) => state === "pending").length);
  readonly position = $derived.by(() => this.queue.findIndex(({ proposalId }) => proposalId === this.currentId));
  readonly current = $derived.by<LabelProposalRow | null>(() => this.queue[this.position] ?? null);
  readonly frame = $derived.by<FrameRow | null>(() =>
    this.current === null ? null : (this.frameOf(this.current.frameId) ?? null),
  );
  readonly isDecidable = $derived.by(
    () =>
      !this.isBusy &&
      !this.#workspace.isReadOnly &&
      this.current?.state === "pending" &&
      this.detail?.proposalId === this.current.proposalId,
  );
  readonly canUndo = $derived.by(
    () => !this.isBusy && !this.#workspace.isReadOnly && this.rows.some(({ state }) => state !== "pending"),
  );
  readonly condition = $derived.by<LabelCondition | null>(
    () => this.conditions.find(({ labelId }) => labelId === this.label?.labelId) ?? null,
  );

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
    this.easel = new Easel({ classes: () => [], measures: workspace.measures, onStroke: () => undefined });
    this.easel.toolName = "pan";
    this.evidence = new Evidence(this.easel);
  }

  /** What the app holds. While one answer is on its way, only one more is asked for. */
  reload(): Promise<void> {
    this.#isStale = true;
    this.#reloading ??= this.#workspace
      .attempt(() => this.#loadWhileStale())
      .finally(() => (this.#reloading = null)) as Promise<void>;
    return this.#reloading;
  }

  async #loadWhileStale(): Promise<void> {
    const { client } = this.#workspace;
    while (this.#isStale) {
      this.#isStale = false;
      // Then the answer knows what was decided before.
      await this.#line.settled();
      const [rows, definitions] = await Promise.all([client.labelProposals(), client.labels()]);
      const before = Object.fromEntries(this.rows.map((row) => [row.proposalId, row]));
      this.definitions = definitions;
      this.rows = rows.map((row) => (this.#line.has(row.proposalId) ? (before[row.proposalId] ?? row) : row));
      // Proposals still arrive while the first ones are looked at: until the person acts, the worst stays in front.
      if (!this.#hasActed || this.position < 0) this.currentId = this.queue[0]?.proposalId ?? null;
      this.isLoaded = true;
    }
  }

  /** From which probability on proposals like the one in front may be accepted unseen. */
  async loadConditions(modelId: number | null): Promise<void> {
    this.conditions =
      modelId === null
        ? []
        : ((await this.#workspace.attempt(() => this.#workspace.client.labelConditions(modelId))) ?? []);
  }

  chooseLabel(labelId: number): void {
    this.#labelId = labelId;
    this.currentId = this.queue[0]?.proposalId ?? null;
  }

  setFilter(filter: GradeFilter): void {
    this.filter = filter;
    if (this.position < 0) this.currentId = this.queue[0]?.proposalId ?? null;
  }

  choose(proposalId: number): void {
    this.#hasActed = true;
    this.currentId = proposalId;
  }

  skip(steps: number): void {
    if (this.queue.length === 0) return;
    this.choose(this.queue[(this.position + steps + this.queue.length) % this.queue.length]!.proposalId);
  }

  /** Puts up the proposal in front. A later call overtakes an earlier one. */
  async show(): Promise<void> {
    this.#loading?.abort();
    const loading = new AbortController();
    this.#loading = loading;
    const { current } = this;
    if (current === null) {
      this.#clear();
      this.trouble = null;
      return;
    }
    const { proposalId, frameId } = current;
    try {
      const [frame, detail] = await Promise.all([
        this.#workspace.frameCache.frame(frameId, loading.signal),
        this.#workspace.client.labelProposal(proposalId),
      ]);
      if (loading.signal.aborted) return;
      this.trouble = null;
      this.easel.show(frame, createLabelMap(frame.width, frame.height), { frameId });
      this.easel.toolName = "pan";
      this.evidence.begin(detail, frame);
      this.detail = detail;
    } catch (error) {
      if (loading.signal.aborted) return;
      // Not the picture before: it would be taken for this one.
      this.#clear();
      this.trouble = sentencesOf(error);
    }
    const following = AHEAD.flatMap((steps) => this.queue[this.position + steps] ?? []);
    this.#workspace.frameCache.fetchAhead(following.map((row) => row.frameId));
  }

  accept = (): Promise<void> => this.#decide("accepted", (id) => this.#workspace.client.decideLabel(id, "accept"));
  reject = (): Promise<void> => this.#decide("rejected", (id) => this.#workspace.client.decideLabel(id, "reject"));

  /** Another value becomes the label; the proposed one accepts. */
  say(value: LabelValue): Promise<void> {
    const to = value === this.current?.value ? "accepted" : "changed";
    return this.#decide(to, (id) => this.#workspace.client.changeLabelProposal(id, value));
  }

  /** The class at that place of the legend. */
  sayOption(place: number): void {
    const option = this.label?.options[place];
    if (option !== undefined) void this.say(option);
  }

  /** Takes back the last decision: its proposal waits again, in front. Of many that were accepted at once all of them. */
  undo = async (): Promise<void> => {
    if (!this.canUndo) return;
    await this.#busy(async () => {
      await this.#line.settled();
      const reopened = await this.#workspace.client.undoLabelDecision();
      for (const row of reopened) this.#put(row);
      const [first] = reopened;
      if (first === undefined) return;
      this.#labelId = first.labelId;
      if (this.filter !== "all") this.filter = "pending";
      this.choose(first.proposalId);
      // Not waited for: the next undo must not be lost to it.
      void this.reload();
    });
  };

  /** Of those that wait, how many may be accepted unseen from this probability on. */
  readonly countAbove = (quality: number): number =>
    // What was proven of one model says nothing of another.
    this.ofLabel.filter(
      ({ state, probability, flags, modelId }) =>
        state === "pending" &&
        modelId === this.condition?.modelId &&
        probability !== null &&
        probability >= quality &&
        flags.length === 0,
    ).length;

  acceptAbove = async (quality: number): Promise<void> => {
    // Those that were counted: what was proven of one model says nothing of another.
    const { condition } = this;
    if (condition === null) return;
    await this.#busy(async () => {
      await this.#line.settled();
      const { accepted, flagged } = await this.#workspace.client.acceptLabelsAbove(quality, condition);
      this.#workspace.notices.add({ tone: "news", title: texts.grades.above.done(accepted, flagged) });
      await this.reload();
    });
  };

  async #decide(
    to: Exclude<LabelProposalState, "pending">,
    store: (proposalId: number) => Promise<LabelProposalRow>,
  ): Promise<void> {
    const { current } = this;
    // A key pressed before the picture is there would decide about something unseen.
    if (current === null || !this.isDecidable) return;
    this.#hasActed = true;
    const { proposalId } = current;
    const follower = this.queue[this.position + 1] ?? this.queue.find((row) => row.proposalId !== proposalId);
    this.#put({ ...current, state: to });
    this.currentId = follower?.proposalId ?? null;
    await this.#line.send(proposalId, async () => {
      const stored = await this.#workspace.attempt(() => store(proposalId));
      this.#put(stored ?? current);
      if (stored !== undefined) return;
      this.currentId = proposalId;
      void this.reload();
    });
  }

  /** In its place: its doubt and its flags are not changed by a decision. */
  #put(changed: LabelProposalRow): void {
    this.rows = this.rows.map((row) =>
      row.proposalId === changed.proposalId ? { ...changed, doubt: row.doubt } : row,
    );
  }

  #clear(): void {
    this.detail = null;
    this.evidence.end();
    this.easel.clear();
  }

  async #busy(action: () => Promise<void>): Promise<void> {
    this.isBusy = true;
    await this.#workspace.attempt(action);
    this.isBusy = false;
  }
}
