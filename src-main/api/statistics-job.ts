/** @file Figures of the set being computed: once for all who ask meanwhile, told how far they are, ended on demand. */
import { Problem } from "../problem/index.ts";
import type { DatasetStatistics, StatisticsProgress } from "./contract.ts";

const PROGRESS_MS = 100;

interface Work {
  onProgress: (done: number, total: number) => void;
  signal: AbortSignal;
}

export class StatisticsJob {
  readonly #compute: (work: Work) => Promise<DatasetStatistics>;
  readonly #tell: (progress: StatisticsProgress) => void;
  #underWay: { cancel: AbortController; answer: Promise<DatasetStatistics> } | null = null;

  constructor(compute: (work: Work) => Promise<DatasetStatistics>, tell: (progress: StatisticsProgress) => void) {
    this.#compute = compute;
    this.#tell = tell;
  }

  /** Rejects with `Problem` "cancelled" after `cancel`. */
  run(): Promise<DatasetStatistics> {
    if (this.#underWay !== null) return this.#underWay.answer;
    const cancel = new AbortController();
    const started = performance.now();
    let told = started;
    const onProgress = (done: number, total: number): void => {
      const now = performance.now();
      if (now - told < PROGRESS_MS) return;
      told = now;
      const secondsLeft = done === 0 ? null : ((now - started) / 1000 / done) * (total - done);
      this.#tell({ done, total, secondsLeft });
    };
    const answer = this.#compute({ onProgress, signal: cancel.signal }).finally(() => (this.#underWay = null));
    this.#underWay = { cancel, answer };
    return answer;
  }

  cancel(): void {
    this.#underWay?.cancel.abort(
      new Problem({ code: "cancelled", title: "The figures were not computed to the end." }),
    );
  }

  async close(): Promise<void> {
    this.cancel();
    await this.#underWay?.answer.catch(() => undefined);
  }
}
