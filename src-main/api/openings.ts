/** @file What goes before a project is open, where that takes a while: told how far it is, cancelled at will. */
import { Problem } from "../problem/index.ts";
import type { OpeningProgress } from "./contract.ts";
import type { Listeners } from "./listeners.ts";
import { progressOf } from "./progress.ts";

export interface OpeningWork {
  signal: AbortSignal;
  onProgress: (done: number, total: number) => void;
}

export class Openings {
  readonly #listeners: Listeners;
  readonly #underWay = new Set<AbortController>();

  constructor(listeners: Listeners) {
    this.#listeners = listeners;
  }

  /** `work` must reject with the signal's reason once that is aborted: `Problem` "cancelled". `name`: of the project, without folder. */
  async follow<T>(what: Pick<OpeningProgress, "name" | "counts">, work: (work: OpeningWork) => Promise<T>): Promise<T> {
    const tell = (progress: Omit<OpeningProgress, "name" | "counts">): void =>
      this.#listeners.tell({ type: "opening", data: { ...what, ...progress } });
    const cancel = new AbortController();
    this.#underWay.add(cancel);
    // At once: a drive may not answer at all.
    tell({ done: 0, total: 0, secondsLeft: null });
    try {
      return await work({ signal: cancel.signal, onProgress: progressOf(tell) });
    } finally {
      this.#underWay.delete(cancel);
    }
  }

  /** What has ended in the meantime needs no cancelling. */
  cancel(): void {
    const reason = new Problem({
      code: "cancelled",
      title: "Opening the project was cancelled.",
      detail: "Nothing was changed.",
      hint: "Open it again, or another one.",
    });
    for (const each of this.#underWay) each.abort(reason);
  }
}
