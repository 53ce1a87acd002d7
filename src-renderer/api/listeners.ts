/** @file A set of callbacks with one kind of news. */

export class Listeners<News extends unknown[]> {
  readonly #callbacks = new Set<(...news: News) => void>();

  /** The returned function takes the callback out again. */
  add(callback: (...news: News) => void): () => void {
    this.#callbacks.add(callback);
    return () => void this.#callbacks.delete(callback);
  }

  tell(...news: News): void {
    for (const callback of this.#callbacks) callback(...news);
  }
}
