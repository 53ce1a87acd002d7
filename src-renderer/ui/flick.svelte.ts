/** @file Whether a list goes by too fast to be looked at. */

/** Milliseconds of rest after which pictures come. */
const REST_MS = 80;

/**
 * A flick through a long list: twice in a row it moved by its whole height or more. Pictures would be asked for, decoded and thrown away
 * by the thousand, and those where it stops would wait behind them; so all wait until it rests.
 */
export class Flick {
  isFast = $state(false);
  #scrollTop: number | null = null;
  #jumpedAt = -Infinity;
  #rest: ReturnType<typeof setTimeout> | undefined;

  /** At every scroll event; CSS pixels. */
  moved(scrollTop: number, height: number): void {
    const isJump = this.#scrollTop !== null && Math.abs(scrollTop - this.#scrollTop) >= height;
    this.#scrollTop = scrollTop;
    if (!isJump) return;
    const now = performance.now();
    if (now - this.#jumpedAt < REST_MS) this.isFast = true;
    this.#jumpedAt = now;
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => (this.isFast = false), REST_MS);
  }
}
