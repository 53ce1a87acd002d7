/**
 * @file Decoded frames kept for a while, so that going back one image does not decode it again.
 */

/** Least recently used out first, limited by bytes rather than by count: a CT slice and a mammogram differ 60-fold. */
export class FrameCache {
  readonly #limit: number;
  /** A Map keeps insertion order: the first key is the one unused for longest. */
  readonly #frames = new Map<number, Uint8Array<ArrayBuffer>>();
  #size = 0;

  /** `limit` in bytes. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get(frameId: number): Uint8Array<ArrayBuffer> | undefined {
    const bytes = this.#frames.get(frameId);
    if (bytes !== undefined) {
      this.#frames.delete(frameId);
      this.#frames.set(frameId, bytes);
    }
    return bytes;
  }

  delete(frameId: number): void {
    this.#size -= this.#frames.get(frameId)?.length ?? 0;
    this.#frames.delete(frameId);
  }

  set(frameId: number, bytes: Uint8Array<ArrayBuffer>): void {
    if (bytes.length > this.#limit) return;
    this.#size += bytes.length - (this.#frames.get(frameId)?.length ?? 0);
    this.#frames.delete(frameId);
    this.#frames.set(frameId, bytes);
    for (const [oldest, { length }] of this.#frames) {
      if (this.#size <= this.#limit) break;
      this.#frames.delete(oldest);
      this.#size -= length;
    }
  }
}
