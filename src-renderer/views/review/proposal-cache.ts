/**
 * @file What lies over the pictures of proposals, fetched before its turn comes, so that the next one is on the screen at once. Bounded in
 * number: a person goes on to the next ones, seldom to others.
 */
import type { RegionMark, ReviewRecord } from "../../../src-main/api/contract.ts";

/** Its pixels are the frame cache's, which forgets them when they are redacted. */
export interface ShownProposal {
  /** Label maps as RLE: each showing decodes its own, for tools change it. */
  mask: Uint8Array;
  /** One byte a pixel, 255 = sure. Never to be changed. */
  confidence: Uint8Array;
  /** What is annotated on the frame already; null if nothing is. */
  annotation: Uint8Array | null;
  /** null: made without. */
  record: ReviewRecord | null;
  /** Where teacher and student disagree, a score map of voxels/score-map.ts; null of models without a teacher. */
  difference: Uint8Array | null;
  /** As they were when it was fetched. */
  marks: readonly RegionMark[];
}

/** Which showing: another one when the annotation below it has changed. */
export interface Showing {
  proposalId: number;
  frameId: number;
  annotatedAt: string | null;
}

const KEPT = 12;

export class ProposalCache {
  readonly #fetch: (showing: Showing) => Promise<ShownProposal>;
  /** Longest unused first. */
  readonly #entries = new Map<string, Promise<ShownProposal>>();
  #turn = 0;

  constructor(fetch: (showing: Showing) => Promise<ShownProposal>) {
    this.#fetch = fetch;
  }

  /** At once if it was fetched ahead. What failed is tried again at the next call. */
  get(showing: Showing): Promise<ShownProposal> {
    const key = `${showing.proposalId}/${showing.annotatedAt ?? ""}`;
    const shown = this.#entries.get(key) ?? this.#fetch(showing);
    this.#entries.delete(key);
    this.#entries.set(key, shown);
    shown.catch(() => {
      if (this.#entries.get(key) === shown) this.#entries.delete(key);
    });
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= KEPT) break;
      this.#entries.delete(oldest);
    }
    return shown;
  }

  /** In this order, one after the other; a later call takes the place of an earlier one. Troubles are told when the person gets there. */
  async fetchAhead(showings: readonly Showing[]): Promise<void> {
    const turn = ++this.#turn;
    for (const showing of showings) {
      if (turn !== this.#turn) return;
      await this.get(showing).catch(() => null);
    }
  }
}
