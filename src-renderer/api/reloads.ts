/**
 * @file Lists reloaded as they change, without end where they change without end.
 */
import type { EventMap } from "../../src-main/api/contract.ts";

type Change = EventMap["changed"];

/** In times what the reload took. */
const WAIT_SHARES = [0, 1, 3, 9] as const;

/**
 * The wait after a reload that took `took` and had `inRow` others before it without a pause. What a person does is seen at once; where changes
 * go on, as in an import, reloading takes a tenth of the time, which has better use.
 */
export function waitAfter(inRow: number, took: number): number {
  return WAIT_SHARES[Math.min(inRow, WAIT_SHARES.length - 1)]! * took;
}

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
    for (let inRow = 0; this.#waiting !== null; inRow++) {
      const change = this.#waiting;
      this.#waiting = null;
      const start = performance.now();
      await this.#load(change);
      const took = performance.now() - start;
      await new Promise((resolve) => setTimeout(resolve, waitAfter(inRow, took)));
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
