/** @file Deciding on many proposals unseen: one action at a time, told how far it is, cancelled at will, ended with the project. */
import { Problem } from "../problem/index.ts";
import type { TurnOptions } from "../project/index.ts";
import type { DecisionsProgress } from "./contract.ts";
import { progressOf } from "./progress.ts";

export class DecisionsJob {
  readonly #tell: (progress: DecisionsProgress) => void;
  #underWay: { cancel: AbortController; ended: Promise<unknown> } | null = null;

  constructor(tell: (progress: DecisionsProgress) => void) {
    this.#tell = tell;
  }

  /** Rejects with `Problem` "busy" while another one is under way, and as `decide`. */
  async run<Outcome>(decide: (options: TurnOptions) => Promise<Outcome>): Promise<Outcome> {
    if (this.#underWay !== null) {
      const hint = "Wait for it to end, or cancel it.";
      throw new Problem({ code: "busy", title: "Proposals are being decided on.", hint });
    }
    const cancel = new AbortController();
    const outcome = decide({ signal: cancel.signal, onProgress: progressOf(this.#tell) });
    this.#underWay = { cancel, ended: outcome.catch(() => undefined) };
    try {
      return await outcome;
    } finally {
      this.#underWay = null;
    }
  }

  /** What was decided by then stays. */
  cancel(): void {
    this.#underWay?.cancel.abort();
  }

  async close(): Promise<void> {
    this.cancel();
    await this.#underWay?.ended;
  }
}
