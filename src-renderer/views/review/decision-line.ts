/**
 * @file Decisions on their way to the project, one after the other in the order in which they were made, while the person goes on. They are on
 * proposals or on synthetic pairs, by id.
 */
export class DecisionLine {
  /** How many are on their way, by id. */
  readonly #waiting = new Map<number, number>();
  #last: Promise<unknown> = Promise.resolve();

  /** Until it is stored, what the app lists is older than what the person sees. */
  has(id: number): boolean {
    return this.#waiting.has(id);
  }

  /** One decision, on one or on many. `store` must not reject. */
  send<T>(ids: number | readonly number[], store: () => Promise<T>): Promise<T> {
    const all = typeof ids === "number" ? [ids] : ids;
    for (const id of all) this.#waiting.set(id, (this.#waiting.get(id) ?? 0) + 1);
    const stored = this.#last.then(store).finally(() => {
      for (const id of all) {
        const rest = this.#waiting.get(id)! - 1;
        if (rest === 0) this.#waiting.delete(id);
        else this.#waiting.set(id, rest);
      }
    });
    this.#last = stored;
    return stored;
  }

  /** Resolves when all that were sent before are stored, or refused. */
  async settled(): Promise<void> {
    await this.#last;
  }
}
