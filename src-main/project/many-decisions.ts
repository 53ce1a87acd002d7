/**
 * @file Decisions on many proposals at once: in turns, so that the app goes on meanwhile, taken back and given again as one.
 */
import type { ProposalState } from "../api/contract.ts";
import { Problem } from "../problem/index.ts";
import type { Annotations } from "./annotations.ts";
import { recordBulk } from "./bulk-log.ts";
import { newGroup } from "./edit-groups.ts";
import type { ProjectFile } from "./file.ts";
import type { Proposals } from "./proposals.ts";

/** Of one transaction, while the app waits (milliseconds). */
const TURN_MS = 40;
/** What a power cut may take of an action under way (milliseconds). */
const SETTLE_MS = 1000;

export interface TurnOptions {
  signal?: AbortSignal | undefined;
  onProgress?: ((done: number, total: number) => void) | undefined;
}

export class ManyDecisions {
  readonly #file: ProjectFile;
  readonly #proposals: Proposals;
  readonly #annotations: Annotations;

  constructor(file: ProjectFile, { proposals, annotations }: { proposals: Proposals; annotations: Annotations }) {
    this.#file = file;
    this.#proposals = proposals;
    this.#annotations = annotations;
  }

  /** Decides on the proposals that wait for some frames, as one action to undo. What is accepted so counts as unseen. As `inTurns`. */
  ofFrames(frameIds: readonly number[], decision: "accept" | "reject", options: TurnOptions = {}): Promise<number> {
    const proposalIds = this.#pendingOf(frameIds);
    if (proposalIds.length === 0) return Promise.resolve(0);
    const isAccept = decision === "accept";
    const groupId = isAccept ? this.#file.edit("accept proposals", [], () => newGroup(this.#file)) : undefined;
    return this.inTurns(proposalIds, decision, { ...options, groupId });
  }

  /**
   * Decides on pending proposals as they are, unseen, in turns, so that the app goes on meanwhile. What was decided before an abort or a kill
   * stays: each decision stands without the others, and one undo takes all of them back. Those that were decided on meanwhile are
   * left; an undo meanwhile ends it. `groupId`: the action of the revisions. Returns how many stand.
   */
  async inTurns(
    proposalIds: readonly number[],
    decision: "accept" | "reject",
    { signal, onProgress, groupId }: TurnOptions & { groupId?: number | undefined } = {},
  ): Promise<number> {
    const title = `${decision} proposals`;
    let settledAt = performance.now();
    let next = 0;
    const decided: number[] = [];
    const turn = (): void => {
      const began = performance.now();
      while (next < proposalIds.length && performance.now() - began < TURN_MS) {
        const id = proposalIds[next++]!;
        if (this.#stateOf(id) !== "pending") continue;
        if (decision === "accept") this.#proposals.accept(id, groupId);
        else this.#proposals.reject(id);
        decided.push(id);
      }
    };
    const standing: readonly string[] = decision === "accept" ? ["accepted", "edited"] : ["rejected"];
    const stands = (id: number): boolean => standing.includes(this.#stateOf(id) ?? "");
    while (next < proposalIds.length && signal?.aborted !== true && decided.slice(-1).every(stands)) {
      this.#file.edit(title, ["proposals", "frames"], turn, "soon");
      if (performance.now() - settledAt > SETTLE_MS) {
        this.#file.settle();
        settledAt = performance.now();
      }
      onProgress?.(next, proposalIds.length);
      await new Promise((resume) => setImmediate(resume));
    }
    const proposals = decided.filter(stands);
    // After a kill the log of actions lacks it; the revisions are one action all the same.
    this.#file.edit(title, ["proposals"], () => {
      if (proposals.length > 0) recordBulk(this.#file, decision, { proposals });
    });
    return proposals.length;
  }

  /** Takes back decisions that still stand, where nothing was changed since. Within an edit. */
  reopen(proposalIds: readonly number[], decision: "accept" | "reject"): { changed: number; kept: number } {
    const decided = decision === "accept" ? "accepted" : "rejected";
    const standing = proposalIds.filter((id) => this.#stateOf(id) === decided);
    let kept = proposalIds.length - standing.length;
    for (const id of standing) {
      if (this.#stateOf(id) !== decided) continue; // went with the others of its action
      try {
        this.#proposals.reopen(id);
      } catch (error) {
        if (!(error instanceof Problem) || error.code !== "conflict") throw error;
        kept++;
      }
    }
    return { changed: proposalIds.length - kept, kept };
  }

  /** Gives decisions again that were taken back. Within an edit. */
  again(proposalIds: readonly number[], decision: "accept" | "reject"): { changed: number; kept: number } {
    const pending = proposalIds.filter((id) => this.#stateOf(id) === "pending");
    for (const id of pending) {
      if (this.#stateOf(id) !== "pending") continue; // came with the others of its action
      const { frameId } = this.#proposals.get(id);
      if (decision === "reject") this.#proposals.reject(id);
      else if (this.#wouldRedo(frameId, id)) this.#annotations.redo(frameId);
    }
    const changed = pending.filter((id) => this.#stateOf(id) !== "pending").length;
    return { changed, kept: proposalIds.length - changed };
  }

  /** Ids of those that wait for some frames, in the order of the frames. */
  #pendingOf(frameIds: readonly number[]): number[] {
    return this.#file
      .all<{ id: number }>(
        `SELECT proposal.id FROM json_each(?) AS chosen JOIN proposal ON proposal.frame_id = chosen.value
         WHERE proposal.state = 'pending' ORDER BY chosen.key`,
        JSON.stringify(frameIds),
      )
      .map(({ id }) => id);
  }

  #stateOf(proposalId: number): ProposalState | "superseded" | null {
    const row = this.#file.get<{ state: ProposalState }>("SELECT state FROM proposal WHERE id = ?", proposalId);
    return row?.state ?? null;
  }

  /** Whether redo would bring the proposal back as the annotation of its frame. */
  #wouldRedo(frameId: number, proposalId: number): boolean {
    const next = this.#file.get<{ proposalId: number | null }>(
      `SELECT proposal_id AS proposalId FROM mask_revision
       WHERE frame_id = ? AND parent_id IS (SELECT head_id FROM frame WHERE id = ?) ORDER BY id DESC LIMIT 1`,
      frameId,
      frameId,
    );
    return next?.proposalId === proposalId;
  }
}
