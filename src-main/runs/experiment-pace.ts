/** @file How long an experiment will still take: arms differ in the time of a step, so each counts by its own. */
import { type Cell, trainingSteps } from "../experiments/index.ts";

/** Steps before a time is told: the first ones still allocate. */
const WARM_UP = 3;

export class ExperimentPace {
  /** Not begun. */
  readonly #waiting: Cell[];
  /** Seconds per step of each arm, judging included once a training is done. */
  readonly #known = new Map<string, number>();
  #current: { cell: Cell; begun: number; seconds: number; steps: number } | null = null;

  constructor(cells: readonly Cell[]) {
    this.#waiting = [...cells];
  }

  begin(cell: Cell): void {
    this.#waiting.splice(this.#waiting.indexOf(cell), 1);
    this.#current = { cell, begun: performance.now(), seconds: 0, steps: 0 };
  }

  stepDone(seconds: number): void {
    const current = this.#current!;
    current.seconds += seconds;
    current.steps++;
    const { id } = current.cell.arm;
    const isNews = current.steps > WARM_UP && !this.#known.has(id);
    if (isNews || current.steps === 50) this.#known.set(id, current.seconds / current.steps);
  }

  /** The training under way is done and judged. */
  end(): void {
    const { cell, begun, steps } = this.#current!;
    // A resumed one made only some of its steps.
    if (steps > 0) this.#known.set(cell.arm.id, (performance.now() - begun) / 1000 / steps);
    this.#current = null;
  }

  /** Mean over the steps that are left; arms not seen yet count as the mean of the others. null while nothing is known. */
  get secondsPerStep(): number | null {
    if (this.#known.size === 0) return null;
    const mean = [...this.#known.values()].reduce((sum, one) => sum + one, 0) / this.#known.size;
    let steps = 0;
    let seconds = 0;
    const add = ({ arm }: Cell, done: number): void => {
      const left = Math.max(0, trainingSteps(arm) - done);
      steps += left;
      seconds += left * (this.#known.get(arm.id) ?? mean);
    };
    for (const cell of this.#waiting) add(cell, 0);
    if (this.#current !== null) add(this.#current.cell, this.#current.steps);
    return steps === 0 ? mean : seconds / steps;
  }
}
