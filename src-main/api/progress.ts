/** @file How far something is, as it is told: now and then, with the time it still takes. */

export interface Progress {
  done: number;
  total: number;
  /** null while nothing is done. */
  secondsLeft: number | null;
}

/** Between two notices: more would only fill the stream. */
const PROGRESS_MS = 100;

/** Returns what notes how much is done; `tell` hears of it at most every tenth of a second. The time left goes by the pace since this call. */
export function progressOf(tell: (progress: Progress) => void): (done: number, total: number) => void {
  const started = performance.now();
  let told = started;
  return (done, total) => {
    const now = performance.now();
    if (now - told < PROGRESS_MS) return;
    told = now;
    tell({ done, total, secondsLeft: done === 0 ? null : ((now - started) / 1000 / done) * (total - done) });
  };
}
