/**
 * @file When the review queue is put in a new order. Decisions teach the app, and with each all estimates become others: the rows follow when the person
 * rests so long, or has decided so often; not under their hands, and not by sending all of them after each key.
 */

const REORDER = { afterMs: 5000, decisions: 20 };

export class Reordering {
  readonly #reload: () => void;
  /** By which the rows are ordered. */
  #scoring: number | null = null;
  #changesSince = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `reload`: fetches all rows in their order. */
  constructor(reload: () => void) {
    this.#reload = reload;
  }

  /** The rows are in the order of this scoring. */
  done(scoring: number | null): void {
    this.end();
    this.#scoring = scoring;
    this.#changesSince = 0;
  }

  /** Estimates are those of this scoring by now. */
  note(scoring: number | null): void {
    this.end();
    if (scoring === this.#scoring) return;
    this.#changesSince++;
    const afterMs = this.#changesSince < REORDER.decisions ? REORDER.afterMs : 0;
    this.#timer = setTimeout(this.#reload, afterMs);
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}
