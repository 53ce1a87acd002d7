/**
 * @file Notices of changes, spaced: whoever hears one reloads lists, and an import of 20 000 images makes 20 000 changes.
 */
import type { ChangedPart } from "../project/index.ts";
import type { EventMap } from "./contract.ts";

/** Time between two notices: a list that lags by this much looks live. */
const SPACE_MS = 200;
/** Beyond, the list is as soon read anew. */
const MAX_ROWS_TOLD = 100;

/** The first change is told at once, those that follow within `SPACE_MS` together at its end. */
export class ChangeNotices {
  readonly #tell: (change: EventMap["changed"]) => void;
  readonly #waiting = new Set<ChangedPart>();
  readonly #waitingFrames = new Set<number>();
  /** Whether more than the rows of `#waitingFrames` changed. */
  #isWholeList = false;
  #timer: NodeJS.Timeout | null = null;

  constructor(tell: (change: EventMap["changed"]) => void) {
    this.#tell = tell;
  }

  /** `frameIds`: the only frames of which rows changed; undefined when others may have, or the list itself. */
  note(what: readonly ChangedPart[], frameIds?: readonly number[]): void {
    for (const part of what) this.#waiting.add(part);
    for (const frameId of frameIds ?? []) this.#waitingFrames.add(frameId);
    if (frameIds === undefined) this.#isWholeList ||= what.includes("frames") || what.includes("proposals");
    if (this.#timer === null) this.#tellNow();
  }

  /** Tells what waits, and no more. */
  end(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#waiting.size > 0) this.#tell(this.#take());
  }

  #tellNow(): void {
    this.#timer = null;
    if (this.#waiting.size === 0) return;
    const change = this.#take();
    this.#timer = setTimeout(() => this.#tellNow(), SPACE_MS);
    this.#tell(change);
  }

  #take(): EventMap["changed"] {
    const what = [...this.#waiting];
    const frameIds = [...this.#waitingFrames];
    const isRowsOnly = !this.#isWholeList && frameIds.length > 0 && frameIds.length <= MAX_ROWS_TOLD;
    this.#waiting.clear();
    this.#waitingFrames.clear();
    this.#isWholeList = false;
    return isRowsOnly ? { what, frameIds } : { what };
  }
}
