/**
 * @file Decisions on their way to the project, one after the other in the order in which they were made, while the person goes on.
 */
export class DecisionLine {
  /** How many are on their way, by proposal. */
  readonly #waiting = new Map<number, number>();
  #last: Promise<unknown> = Promise.resolve();

  /** Until it is stored, what the app lists of the proposal is older than what the person sees. */
  has(proposalId: number): boolean {
    return this.#waiting.has(proposalId);
  }

  /** `store` must not reject. */
  send<T>(proposalId: number, store: () => Promise<T>): Promise<T> {
    this.#waiting.set(proposalId, (this.#waiting.get(proposalId) ?? 0) + 1);
    const stored = this.#last.then(store).finally(() => {
      const rest = this.#waiting.get(proposalId)! - 1;
      if (rest === 0) this.#waiting.delete(proposalId);
      else this.#waiting.set(proposalId, rest);
    });
    this.#last = stored;
    return stored;
  }

  /** Resolves when all that were sent before are stored, or refused. */
  async settled(): Promise<void> {
    await this.#last;
  }
}
