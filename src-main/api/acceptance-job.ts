/** @file Accepting many proposals unseen: one at a time, told how far it is, cancelled at will, ended with the project. */
import { Problem } from "../problem/index.ts";
import type { TurnOptions } from "../project/index.ts";
import type { AcceptanceOutcome, AcceptanceProgress } from "./contract.ts";
import { progressOf } from "./progress.ts";

export class AcceptanceJob {
  readonly #tell: (progress: AcceptanceProgress) => void;
  #underWay: { cancel: AbortController; ended: Promise<unknown> } | null = null;

  constructor(tell: (progress: AcceptanceProgress) => void) {
    this.#tell = tell;
  }

  /** Rejects with `Problem` "busy" while another one is under way, and as `accept`. */
  async run(accept: (options: TurnOptions) => Promise<AcceptanceOutcome>): Promise<AcceptanceOutcome> {
    if (this.#underWay !== null) {
      const hint = "Wait for it to end, or cancel it.";
      throw new Problem({ code: "busy", title: "Proposals are being accepted.", hint });
    }
    const cancel = new AbortController();
    const outcome = accept({ signal: cancel.signal, onProgress: progressOf(this.#tell) });
    this.#underWay = { cancel, ended: outcome.catch(() => undefined) };
    try {
      return await outcome;
    } finally {
      this.#underWay = null;
    }
  }

  /** What was accepted by then stays. */
  cancel(): void {
    this.#underWay?.cancel.abort();
  }

  async close(): Promise<void> {
    this.cancel();
    await this.#underWay?.ended;
  }
}
