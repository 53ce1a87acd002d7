/**
 * @file Frames that were fetched lately or will be wanted next, so that paging through a series does not wait. Bounded in bytes; what was
 * seen longest ago goes first.
 */
import { deserializeFrame, type Frame } from "../../src-main/voxels/index.ts";

/** Bytes of samples kept: 128 slices of 512 x 512 of 16 bits, or two of 4096 x 4096; what is gone comes back in milliseconds. */
export const FRAME_CACHE_BYTES = 64 * 2 ** 20;
/** Fetched ahead at the same time; more would delay the frame that a person opens. */
const PARALLEL = 2;

/** Serialized pixels of a frame, as the app answers them. */
export type FetchPixels = (frameId: number, signal: AbortSignal) => Promise<Uint8Array>;

interface Entry {
  frame: Promise<Frame>;
  /** 0 while it is on its way. */
  bytes: number;
  controller: AbortController;
}

export class FrameCache {
  readonly #fetchPixels: FetchPixels;
  readonly #limit: number;
  /** Least recently used first. */
  #entries = new Map<number, Entry>();
  #bytes = 0;
  /** Wanted ahead. */
  #ahead: ReadonlySet<number> = new Set();
  /** Those of them not asked for yet, the most urgent first. Each is asked for once, even if it fails or does not fit. */
  #queue: number[] = [];

  constructor(fetchPixels: FetchPixels, limit = FRAME_CACHE_BYTES) {
    this.#fetchPixels = fetchPixels;
    this.#limit = limit;
  }

  /** Bytes of samples held. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The frame, at once if it is held. An abort ends the fetch unless the frame is wanted ahead. Its samples are never to be changed. */
  async frame(frameId: number, signal: AbortSignal): Promise<Frame> {
    const entry = this.#entries.get(frameId) ?? this.#begin(frameId);
    this.#entries.delete(frameId);
    this.#entries.set(frameId, entry);
    const onAbort = (): void => {
      if (entry.bytes === 0 && !this.#ahead.has(frameId)) this.#forget(frameId, entry);
    };
    signal.addEventListener("abort", onAbort);
    try {
      return await entry.frame;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  /** Fetches these in the background, in this order, in place of what was wanted ahead before. */
  fetchAhead(frameIds: readonly number[]): void {
    this.#ahead = new Set(frameIds);
    this.#queue = [...frameIds];
    this.#continue();
  }

  /** Holds nothing any more, e.g. when pixels were redacted or another project is open. */
  clear(): void {
    this.#queue = [];
    for (const [frameId, entry] of this.#entries) this.#forget(frameId, entry);
  }

  #continue(): void {
    let running = [...this.#entries.values()].filter(({ bytes }) => bytes === 0).length;
    while (running < PARALLEL) {
      const frameId = this.#queue.shift();
      if (frameId === undefined) return;
      if (this.#entries.has(frameId)) continue;
      this.#begin(frameId);
      running++;
    }
  }

  #begin(frameId: number): Entry {
    const controller = new AbortController();
    const entry: Entry = { frame: this.#fetch(frameId, controller.signal), bytes: 0, controller };
    this.#entries.set(frameId, entry);
    entry.frame.then(
      (frame) => this.#keep(frameId, entry, frame),
      () => {
        // Told to whom it was fetched for; what was fetched ahead is tried again, and told of, when a person opens it.
        this.#forget(frameId, entry);
        this.#continue();
      },
    );
    return entry;
  }

  async #fetch(frameId: number, signal: AbortSignal): Promise<Frame> {
    return deserializeFrame(await this.#fetchPixels(frameId, signal));
  }

  #keep(frameId: number, entry: Entry, frame: Frame): void {
    if (this.#entries.get(frameId) !== entry) return;
    entry.bytes = frame.data.byteLength;
    this.#bytes += entry.bytes;
    for (const [oldest, other] of this.#entries) {
      if (this.#bytes <= this.#limit) break;
      if (other !== entry && other.bytes > 0) this.#forget(oldest, other);
    }
    this.#continue();
  }

  #forget(frameId: number, entry: Entry): void {
    if (this.#entries.get(frameId) !== entry) return;
    this.#entries.delete(frameId);
    this.#bytes -= entry.bytes;
    entry.controller.abort();
  }
}
