/** @file Earlier results that a discriminator is shown again, so that it does not forget them. */
import type { Random } from "../../random/index.ts";

/** Images at most. Shrivastava et al. 2017, arXiv:1612.07828, section 2.3; 50 as in Zhu et al. 2017, arXiv:1703.10593. */
export const REPLAY_CAPACITY = 50;

/** What it holds: kept in a checkpoint. */
export type ReplayState = Float32Array[];

export class ReplayBuffer {
  readonly #held: ReplayState;
  readonly #capacity: number;

  constructor(held: Readonly<ReplayState> = [], capacity = REPLAY_CAPACITY) {
    this.#held = [...held];
    this.#capacity = capacity;
  }

  /** In their order, for a checkpoint; not to be changed. */
  get held(): Readonly<ReplayState> {
    return this.#held;
  }

  /**
   * The image to show instead of a new one: itself until the buffer is full; then with a chance of one half an earlier one, which it takes the
   * place of. Keeps a copy.
   */
  exchange(image: Float32Array, random: Random): Float32Array {
    if (this.#held.length < this.#capacity) {
      this.#held.push(image.slice());
      return image;
    }
    if (random.uniform() >= 0.5) return image;
    const place = Math.floor(random.uniform() * this.#capacity);
    const earlier = this.#held[place]!;
    this.#held[place] = image.slice();
    return earlier;
  }
}
