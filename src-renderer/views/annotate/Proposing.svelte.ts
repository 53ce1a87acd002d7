/**
 * @file The model in the loop on the annotation screen: what it proposes for the image in front, scribbles that correct it, and what is
 * prepared for the next images.
 */
import { decodeLabelMap, type Scribble } from "../../../src-main/voxels/index.ts";
import type { ModelRow, ProposalDetail, ProposalPart, ProposalStep } from "../../../src-main/api/contract.ts";
import { RequestRefused, type Sentences, sentencesOf } from "../../api/trouble.ts";
import type { Easel } from "../../canvas/easel.svelte.ts";
import type { Preferences } from "../../preferences.svelte.ts";
import { texts } from "../../texts/index.ts";
import type { Workspace } from "../../workspace.svelte.ts";

/** Images prepared ahead of the one in front. */
const AHEAD_COUNT = 3;
/** A wait beyond this has its progress and its Cancel shown. */
const SLOW_MS = 500;

interface Screen {
  shownFrameId: () => number | null;
  /** Frames likely to be opened next, the likeliest first. */
  neighbors: (frameId: number) => number[];
  reloadMask: (frameId: number) => Promise<void>;
  /** A cine plays: nothing is looked at long enough. */
  isPlaying: () => boolean;
  beginEdit: () => void;
}

export class ProposingState {
  proposal = $state.raw<ProposalDetail | null>(null);
  work = $state<"propose" | "correct" | null>(null);
  isSlow = $state(false);
  /** What waits marks no pixel. */
  isEmpty = $state(false);
  /** Why the model did not propose by itself. */
  trouble = $state.raw<Sentences | null>(null);

  readonly #workspace: Workspace;
  readonly #easel: Easel;
  readonly #screen: Screen;
  readonly #preferences: Preferences;
  #chosenId = $state<number | null>(null);
  #loading: AbortController | null = null;
  /** Steps on the proposal, one after the other. */
  #turn: Promise<void> = Promise.resolve();

  /** The chosen model, else the newest; null while the project has none. */
  readonly model = $derived.by<ModelRow | null>(() => {
    const { outliners } = this.#workspace;
    return outliners.find(({ modelId }) => modelId === this.#chosenId) ?? outliners[0] ?? null;
  });

  constructor(parts: { workspace: Workspace; easel: Easel; screen: Screen; preferences: Preferences }) {
    this.#workspace = parts.workspace;
    this.#easel = parts.easel;
    this.#screen = parts.screen;
    this.#preferences = parts.preferences;
    this.#easel.proposal.actions = {
      scribble: (scribble) => void this.scribble(scribble),
      take: (part) => void this.take(part),
    };
  }

  get isAhead(): boolean {
    return this.#preferences.chosen.proposeAhead;
  }
  set isAhead(isAhead: boolean) {
    this.#preferences.change({ proposeAhead: isAhead });
    this.trouble = null;
    const frameId = this.#screen.shownFrameId();
    if (!isAhead && this.model !== null) void this.#quietly(() => this.#prepare([]));
    else if (frameId !== null) void this.load(frameId);
  }

  get canDecide(): boolean {
    return this.proposal !== null && this.work === null && !this.#workspace.isReadOnly;
  }

  choose(modelId: number): void {
    this.#chosenId = modelId;
    this.trouble = null;
  }

  /** The image in front is another one: shows what waits for it, or lets the model look at it. */
  async load(frameId: number | null): Promise<void> {
    this.#loading?.abort();
    this.#show(null);
    if (frameId === null) return;
    const { signal } = (this.#loading = new AbortController());
    await this.#quietly(async () => {
      await this.#adopt(frameId, await this.#workspace.client.proposalOn(frameId, signal), signal);
      if (signal.aborted || !this.isAhead || this.#screen.isPlaying()) return;
      if (this.trouble === null && this.proposal === null && this.#isUnseen(frameId)) await this.#propose(frameId);
      if (!signal.aborted && this.trouble === null) await this.#prepare(this.#screen.neighbors(frameId));
    });
  }

  /** Shows what waits for the image in front now, e.g. after undo. */
  async reload(): Promise<void> {
    const frameId = this.#screen.shownFrameId();
    if (frameId === null || this.work !== null) return;
    await this.#quietly(async () => this.#adopt(frameId, await this.#workspace.client.proposalOn(frameId)));
  }

  /** The person asks for it: trouble is told. */
  propose(): Promise<void> {
    return this.#step(async (frameId) => {
      this.trouble = null;
      if (this.model === null) {
        this.#workspace.notices.add({ tone: "trouble", ...texts.annotate.proposal.noModel });
        return;
      }
      await this.#propose(frameId);
    });
  }

  /** The last scribble corrects the proposal; without one, the model is asked first. */
  scribble(scribble: Scribble): Promise<void> {
    const { proposal: sheet } = this.#easel;
    sheet.scribbles = [...sheet.scribbles, scribble];
    return this.#step(async (frameId) => {
      try {
        if (this.proposal === null && this.model !== null) await this.#propose(frameId);
        if (this.proposal === null) {
          this.#workspace.notices.add({ tone: "trouble", ...texts.annotate.proposal.noModel });
          return;
        }
        const { proposalId } = this.proposal;
        await this.#working("correct", async () => {
          await this.#adoptStep(frameId, await this.#workspace.client.scribbleOn(proposalId, scribble));
        });
      } finally {
        // Of a scribble that came to nothing, nothing is left.
        if (this.#screen.shownFrameId() === frameId) sheet.scribbles = this.proposal?.scribbles ?? [];
      }
    });
  }

  /** Becomes annotation; one step to undo. */
  take(part: ProposalPart): Promise<void> {
    return this.#step(async (frameId) => {
      if (this.proposal === null || this.#workspace.isReadOnly) return;
      const { client, queue } = this.#workspace;
      this.#easel.isPaintable = false;
      try {
        await queue.settled();
        const base = queue.annotation(frameId)?.revisionId ?? 0;
        const step = await client.takeProposal(this.proposal.proposalId, part, base);
        await this.#screen.reloadMask(frameId);
        await this.#adoptStep(frameId, step);
      } finally {
        if (this.#screen.shownFrameId() === frameId) this.#easel.isPaintable = !this.#workspace.isReadOnly;
      }
    });
  }

  reject(): Promise<void> {
    return this.#step(async (frameId) => {
      if (this.proposal === null || this.#workspace.isReadOnly) return;
      await this.#workspace.client.decide(this.proposal.proposalId, "reject");
      await this.#screen.reloadMask(frameId);
      await this.#adopt(frameId, null);
    });
  }

  /** Ends what the person waits for. */
  cancel(): void {
    void this.#workspace.attempt(() => this.#workspace.client.cancelProposal());
  }

  /** One after the other: a scribble drawn while another is weighed corrects what that one made. */
  #step(act: (frameId: number) => Promise<void>): Promise<void> {
    const frameId = this.#screen.shownFrameId();
    this.#screen.beginEdit();
    const step = this.#turn.then(async () => {
      if (frameId === null || this.#screen.shownFrameId() !== frameId) return;
      try {
        await act(frameId);
      } catch (error) {
        if (!isCancelled(error)) this.#workspace.report(error);
      }
    });
    return (this.#turn = step);
  }

  async #propose(frameId: number): Promise<void> {
    const { model } = this;
    if (model === null || this.#workspace.isReadOnly) return;
    await this.#working("propose", async () => {
      await this.#adoptStep(frameId, await this.#workspace.client.proposeOn(frameId, model.modelId));
    });
  }

  /** Prepares the nearest that nobody has annotated. */
  async #prepare(frameIds: readonly number[]): Promise<void> {
    if (this.model === null || this.#workspace.isReadOnly) return;
    const wanted = frameIds.filter((frameId) => this.#isUnseen(frameId)).slice(0, AHEAD_COUNT);
    await this.#workspace.client.prepareProposals(wanted, this.model.modelId);
  }

  /** Neither annotated nor proposed on: a proposal that was rejected is not made again by itself. */
  #isUnseen(frameId: number): boolean {
    const row = this.#workspace.frames.find((each) => each.frameId === frameId);
    return row?.annotation === null && row.proposal === null;
  }

  async #adoptStep(frameId: number, { proposal, annotation }: ProposalStep): Promise<void> {
    this.#workspace.queue.note(frameId, annotation);
    await this.#adopt(frameId, proposal);
  }

  async #adopt(frameId: number, proposal: ProposalDetail | null, signal?: AbortSignal): Promise<void> {
    const isShownAlready = proposal !== null && proposal.proposalId === this.proposal?.proposalId;
    if (isShownAlready) return;
    const { client } = this.#workspace;
    const [mask, confidence] =
      proposal === null
        ? [null, null]
        : await Promise.all([
            client.proposalMask(proposal.proposalId, signal),
            client.proposalConfidence(proposal.proposalId, signal),
          ]);
    // The person may have gone on in the meantime.
    if (this.#screen.shownFrameId() !== frameId || signal?.aborted === true) return;
    this.#show(proposal, mask);
    if (confidence !== null) this.#easel.confidence = confidence;
  }

  #show(proposal: ProposalDetail | null, mask: Uint8Array | null = null): void {
    this.proposal = proposal;
    const labels = proposal === null || mask === null ? null : decodeLabelMap(mask);
    if (proposal === null || labels === null) this.#easel.proposal.clear();
    else {
      this.isEmpty = labels.data.every((value) => value === 0);
      this.#easel.proposal.show(labels, proposal.scribbles);
    }
    this.#easel.layers.replace("proposal", labels);
  }

  async #working(work: "propose" | "correct", act: () => Promise<void>): Promise<void> {
    this.work = work;
    const timer = setTimeout(() => (this.isSlow = true), SLOW_MS);
    try {
      await act();
    } finally {
      clearTimeout(timer);
      this.work = null;
      this.isSlow = false;
    }
  }

  /** What nobody asked for fails without a notice; the panel says why, and it is not tried again until the person asks. */
  async #quietly(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      const isAbort = error instanceof DOMException && error.name === "AbortError";
      if (!isAbort && !isCancelled(error)) this.trouble = sentencesOf(error);
    }
  }
}

function isCancelled(error: unknown): boolean {
  return error instanceof RequestRefused && error.problem?.code === "cancelled";
}
