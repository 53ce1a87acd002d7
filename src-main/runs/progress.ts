/** @file Tells the queue how far a run is, a few times a second, with all figures since the last time. */
import type { MetricPoint } from "../api/contract.ts";
import type { RunParent } from "./messages.ts";

/** Between two reports. */
const INTERVAL_MS = 250;
/** Steps whose median gives the time per step: one slow step (validation, a busy machine) does not show. */
const TIMED_STEPS = 15;

export class Progress {
  readonly #parent: RunParent;
  readonly #durations: number[] = [];
  readonly #secondsPerStep: () => number | null;
  #points: MetricPoint[] = [];
  /** At first the start of the process, from which `performance.now` counts. */
  #lastReport = 0;
  /** Seconds of validation per step, so that the time left includes it. */
  #overhead = 0;

  /** `secondsPerStep`: of the steps to come, where those done do not tell. */
  constructor(parent: RunParent, { secondsPerStep }: { secondsPerStep?: () => number | null } = {}) {
    this.#parent = parent;
    this.#secondsPerStep = secondsPerStep ?? (() => this.#median());
  }

  /** A step that took `seconds` is done. */
  stepDone(step: number, seconds: number, values: Readonly<Record<string, number>> = {}): void {
    this.#durations.push(seconds);
    if (this.#durations.length > TIMED_STEPS) this.#durations.shift();
    this.add(step, values);
    if (performance.now() - this.#lastReport >= INTERVAL_MS) this.flush(step);
  }

  add(step: number, values: Readonly<Record<string, number>>): void {
    for (const [name, value] of Object.entries(values)) this.#points.push({ step, name, value });
  }

  /** A validation took `seconds` and comes every `steps` steps. */
  validationDone(seconds: number, steps: number): void {
    this.#overhead = seconds / steps;
  }

  flush(step: number): void {
    const now = performance.now();
    this.#parent.postMessage({
      kind: "progress",
      step,
      secondsPerStep: this.#secondsPerStep(),
      seconds: (now - this.#lastReport) / 1000,
      memoryBytes: process.memoryUsage.rss(),
      peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
      points: this.#points,
    });
    this.#lastReport = now;
    this.#points = [];
  }

  #median(): number | null {
    const sorted = this.#durations.toSorted((a, b) => a - b);
    const median = sorted[sorted.length >> 1];
    return median === undefined ? null : median + this.#overhead;
  }
}
