/**
 * @file Lists reloaded as they change, without end where they change without end.
 */
import type { EventMap } from "../../src-main/api/contract.ts";

type Change = EventMap["changed"];

/** Reloading takes a tenth of the time: between two, a wait of this many times what the last one took. An import has better use for it. */
export const WAIT_SHARE = 9;

/** One reload at a time; what changes meanwhile is reloaded together afterwards. */
export class Reloads {
  readonly #load: (change: Change) => Promise<void>;
  #waiting: Change | null = null;
  #isRunning = false;

  /** `load` must not reject. */
  constructor(load: (change: Change) => Promise<void>) {
    this.#load = load;
  }

  note(change: Change): void {
    this.#waiting = this.#waiting === null ? change : together(this.#waiting, change);
    if (!this.#isRunning) void this.#run();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#waiting !== null) {
      const change = this.#waiting;
      this.#waiting = null;
      const start = performance.now();
      await this.#load(change);
      const took = performance.now() - start;
      await new Promise((resolve) => setTimeout(resolve, WAIT_SHARE * took));
    }
    this.#isRunning = false;
  }
}

/** Rows alone only where neither change is of the whole list. */
function together(first: Change, second: Change): Change {
  const what = [...new Set([...first.what, ...second.what])];
  const frameIds = [...new Set([...(first.frameIds ?? []), ...(second.frameIds ?? [])])];
  const isWholeList = isOfWholeList(first) || isOfWholeList(second);
  return isWholeList || frameIds.length === 0 ? { what } : { what, frameIds };
}

function isOfWholeList({ what, frameIds }: Change): boolean {
  return frameIds === undefined && (what.includes("frames") || what.includes("proposals"));
}
