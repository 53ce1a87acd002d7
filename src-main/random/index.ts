/**
 * @file The one source of randomness: seeded and counter-based, so that step `n` draws the same numbers whether a run
 * reached it in one go or after a resume. A ground folder: imports nothing. Not for security.
 */

/** 32-bit finaliser of Murmur3 (Appleby, public domain): every input bit reaches every output bit. */
function mix(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** A stream of numbers fixed by its key. Streams with different keys are independent; a stream holds only its counter. */
export class Random {
  readonly #key0: number;
  readonly #key1: number;
  #counter = 0;

  /** `key` names the stream, e.g. `new Random(seed, "augment", step)`. Strings and integers. */
  constructor(...key: (number | string)[]) {
    let a = 0x9e3779b9;
    let b = 0x243f6a88;
    for (const part of key) {
      const codes =
        typeof part === "string"
          ? [...part].map((letter) => letter.codePointAt(0)!)
          : [part | 0, Math.floor(part / 2 ** 32) | 0];
      for (const code of codes) {
        a = mix(a ^ code);
        b = mix((b + a) ^ Math.imul(code, 0x9e3779b1));
      }
    }
    this.#key0 = a;
    this.#key1 = b;
  }

  /** Uniform integer in [0, 2^32). */
  uint32(): number {
    const counter = this.#counter++;
    return mix(mix(counter ^ this.#key0) + Math.imul(counter, 0x9e3779b1) + this.#key1);
  }

  /** Uniform in [0, 1), 53 bits. */
  uniform(): number {
    return ((this.uint32() >>> 5) * 2 ** 26 + (this.uint32() >>> 6)) / 2 ** 53;
  }

  /** Fills `target` with numbers uniform in [0, 1), 24 bits each: one draw a number, for arrays of millions. */
  fill(target: Float32Array): void {
    for (let at = 0; at < target.length; at++) target[at] = (this.uint32() >>> 8) / 2 ** 24;
  }

  /** Uniform in [low, high). */
  between(low: number, high: number): number {
    return low + (high - low) * this.uniform();
  }

  /** Uniform integer in [0, count). */
  integer(count: number): number {
    return Math.floor(this.uniform() * count);
  }

  /** Standard normal (Box & Muller 1958). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }

  /** A shuffled copy (Fisher & Yates). */
  shuffle<T>(values: readonly T[]): T[] {
    const shuffled = [...values];
    for (let last = shuffled.length - 1; last > 0; last--) {
      const other = this.integer(last + 1);
      [shuffled[last], shuffled[other]] = [shuffled[other]!, shuffled[last]!];
    }
    return shuffled;
  }
}
