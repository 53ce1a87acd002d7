/** @file The review queue: proposals worst first, one key per decision, the last decision can be taken back. */
import { decodeLabelMap, deserializeFrame, encodeLabelMap } from "../../../src-main/voxels/index.ts";
import type { FrameRow, ProposalRow } from "../../../src-main/api/contract.ts";
import { Easel } from "../../canvas/easel.svelte.ts";
import type { Workspace } from "../../workspace.svelte.ts";

type Decision = "accept" | "reject" | "edit";

export class ReviewState {
  readonly easel: Easel;
  queue = $state.raw<ProposalRow[]>([]);
  position = $state(0);
  /** Each one step to take back; of those accepted at once all. */
  decided = $state.raw<{ proposals: ProposalRow[]; decision: Decision }[]>([]);
  shownId = $state<number | null>(null);
  isEditing = $state(false);
  isBusy = $state(false);
  isLoaded = $state(false);
  quality = $state(0.9);
  canUndoStroke = $state(false);

  readonly #workspace: Workspace;
  #loading: AbortController | null = null;
  /** Label maps before each stroke of the edit, as RLE bytes; the first is the proposal itself. */
  #strokes: Uint8Array<ArrayBuffer>[] = [];
  #hasActed = false;

  readonly current = $derived<ProposalRow | null>(this.queue[this.position] ?? null);
  readonly frame = $derived.by<FrameRow | null>(
    () => this.#workspace.frames.find(({ frameId }) => frameId === this.current?.frameId) ?? null,
  );
  readonly decidedCount = $derived(this.decided.reduce((sum, { proposals }) => sum + proposals.length, 0));
  readonly total = $derived(this.queue.length + this.decidedCount);

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
    this.easel = new Easel({
      kind: "proposal",
      classes: () => workspace.classes,
      measures: workspace.measures,
      onStroke: () => this.#noteStroke(),
    });
    this.easel.toolName = "pan";
    this.easel.classValue = workspace.classes[0]?.value ?? 1;
  }

  /** Fetches the queue; decided ones stay counted. */
  async reload(): Promise<void> {
    const queue = await this.#workspace.attempt(() => this.#workspace.client.pendingProposals());
    if (queue === undefined) return;
    // Proposals still arrive while the first ones are looked at: until the person acts, the worst stays in front.
    const currentId = this.#hasActed || this.isEditing ? this.current?.proposalId : undefined;
    this.queue = queue;
    const kept = queue.findIndex(({ proposalId }) => proposalId === currentId);
    this.position = kept >= 0 ? kept : this.#hasActed ? Math.min(this.position, Math.max(0, queue.length - 1)) : 0;
    this.isLoaded = true;
  }

  async show(proposal: ProposalRow | null): Promise<void> {
    this.#loading?.abort();
    this.isEditing = false;
    if (proposal === null) {
      this.shownId = null;
      this.easel.clear();
      return;
    }
    const loading = new AbortController();
    this.#loading = loading;
    const { client } = this.#workspace;
    const { proposalId, frameId } = proposal;
    const { signal } = loading;
    await this.#workspace.attempt(async () => {
      const isAnnotated = (this.#workspace.frames.find((row) => row.frameId === frameId)?.annotation ?? null) !== null;
      const [pixels, mask, confidence, annotation] = await Promise.all([
        client.pixels(frameId, signal),
        client.proposalMask(proposalId, signal),
        client.proposalConfidence(proposalId, signal),
        isAnnotated ? client.mask(frameId, signal) : null,
      ]);
      if (signal.aborted) return;
      const frame = deserializeFrame(pixels);
      this.easel.show(frame, decodeLabelMap(mask, frame), { confidence, frameId });
      if (annotation !== null) {
        this.easel.layers.show([{ kind: "annotation", labels: decodeLabelMap(annotation.bytes, frame) }]);
      }
      this.easel.toolName = "pan";
      this.shownId = proposalId;
    });
  }

  skip(steps: number): void {
    if (this.isEditing || this.queue.length === 0) return;
    this.#hasActed = true;
    this.position = (this.position + steps + this.queue.length) % this.queue.length;
  }

  accept = (): Promise<void> => this.#decide("accept");
  reject = (): Promise<void> => this.#decide("reject");

  edit(): void {
    if (this.#workspace.isReadOnly || this.easel.labels === null || this.shownId === null) return;
    this.isEditing = true;
    this.#strokes = [encodeLabelMap(this.easel.labels)];
    this.canUndoStroke = false;
    this.easel.toolName = "brush";
  }

  saveEdit = (): Promise<void> => this.#decide("edit");

  discardEdit(): void {
    const [proposed] = this.#strokes;
    if (!this.isEditing || proposed === undefined || this.easel.frame === null) return;
    this.easel.replaceLabels(decodeLabelMap(proposed, this.easel.frame));
    this.isEditing = false;
    this.easel.toolName = "pan";
  }

  undoStroke(): void {
    if (!this.isEditing || this.#strokes.length < 2 || this.easel.frame === null) return;
    this.#strokes.pop();
    this.easel.replaceLabels(decodeLabelMap(this.#strokes.at(-1)!, this.easel.frame));
    this.canUndoStroke = this.#strokes.length > 1;
  }

  /** Takes the last decision back: its proposals are pending again, the worst of them on the screen. */
  undoDecision = async (): Promise<void> => {
    const last = this.decided.at(-1);
    if (last === undefined || this.isBusy || this.isEditing) return;
    await this.#busy(async () => {
      const { client } = this.#workspace;
      const { proposalId } = last.proposals[0]!;
      await client.decide(proposalId, "reopen");
      this.decided = this.decided.slice(0, -1);
      this.queue = await client.pendingProposals();
      this.position = Math.max(
        0,
        this.queue.findIndex((proposal) => proposal.proposalId === proposalId),
      );
    });
  };

  async acceptAbove(): Promise<number | undefined> {
    let accepted: number | undefined;
    await this.#busy(async () => {
      const { client } = this.#workspace;
      const { quality } = this;
      const proposals = (await client.pendingProposals()).filter(({ expectedDice }) => expectedDice >= quality);
      ({ accepted } = await client.acceptAbove(quality));
      await this.reload();
      if (proposals.length > 0) this.decided = [...this.decided, { proposals, decision: "accept" }];
    });
    return accepted;
  }

  async #decide(decision: Decision): Promise<void> {
    const proposal = this.current;
    const { labels } = this.easel;
    // A key pressed before the picture is there would decide about something unseen.
    if (proposal === null || this.isBusy || this.shownId !== proposal.proposalId || labels === null) return;
    if (this.isEditing !== (decision === "edit") || this.#workspace.isReadOnly) return;
    this.#hasActed = true;
    await this.#busy(async () => {
      const { client } = this.#workspace;
      if (decision === "edit") await client.saveEditedProposal(proposal.proposalId, encodeLabelMap(labels));
      else await client.decide(proposal.proposalId, decision);
      this.isEditing = false;
      this.decided = [...this.decided, { proposals: [proposal], decision }];
      this.queue = this.queue.filter(({ proposalId }) => proposalId !== proposal.proposalId);
      this.position = Math.min(this.position, Math.max(0, this.queue.length - 1));
    });
  }

  async #busy(action: () => Promise<void>): Promise<void> {
    this.isBusy = true;
    await this.#workspace.attempt(action);
    this.isBusy = false;
  }

  #noteStroke(): void {
    if (this.easel.labels === null) return;
    this.#strokes.push(encodeLabelMap(this.easel.labels));
    this.canUndoStroke = true;
  }
}
