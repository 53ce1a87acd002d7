/** @file How a validation of labels of whole images came out: figures by name, over the images whose truth is known. */
import type { SourceFrame } from "../dataset/index.ts";
import type { LabelAnswer, LabelTarget } from "../methods/index.ts";
import {
  accuracy,
  aucMacroOneVsRest,
  balancedAccuracy,
  deviation,
  expectedCalibrationError,
  f1Macro,
  kappaQuadratic,
  mae,
  rmse,
} from "../metrics/index.ts";

export class LabelScores {
  readonly #targets: readonly LabelTarget[];
  readonly #truths: ReadonlyMap<number, readonly (number | null)[]>;
  readonly #answers = new Map<number, readonly LabelAnswer[]>();

  constructor(targets: readonly LabelTarget[], frames: readonly SourceFrame[]) {
    this.#targets = targets;
    this.#truths = new Map(frames.map(({ frameId, values }) => [frameId, values ?? []]));
  }

  add(frameId: number, answers: readonly LabelAnswer[]): void {
    this.#answers.set(frameId, answers);
  }

  /** None where nothing was answered, or no truth is known. `judged`: the figure of the training. */
  figures(judged: string): Record<string, number> {
    return judged === "validationNRMSE" ? this.#ofNumbers() : this.#ofClasses();
  }

  #known(at: number): { truth: number; answer: LabelAnswer }[] {
    return [...this.#answers].flatMap(([frameId, answers]) => {
      const truth = this.#truths.get(frameId)?.[at] ?? null;
      return truth === null ? [] : { truth, answer: answers[at]! };
    });
  }

  #ofClasses(): Record<string, number> {
    const known = this.#known(0);
    if (known.length === 0) return {};
    const truth = known.map(({ truth: own }) => own);
    const chosen = known.map(({ answer }) => answer.value);
    const rows = known.map(({ answer }) => answer.probabilities);
    const figures = {
      validationBalancedAccuracy: balancedAccuracy(truth, chosen),
      validationAccuracy: accuracy(truth, chosen),
      validationF1: f1Macro(truth, chosen),
      validationAUC: aucMacroOneVsRest(truth, rows),
      validationKappa: this.#targets[0]!.kind === "grade" ? kappaQuadratic(truth, chosen) : null,
      validationECE: expectedCalibrationError(truth, rows),
    };
    return Object.fromEntries(Object.entries(figures).filter((each): each is [string, number] => each[1] !== null));
  }

  /** Of several numbers the error in deviations of the truth is their mean: numbers of different units have no other. */
  #ofNumbers(): Record<string, number> {
    const figures: Record<string, number> = {};
    const relative: number[] = [];
    for (const [at, { name }] of this.#targets.entries()) {
      const known = this.#known(at);
      if (known.length === 0) continue;
      const truth = known.map(({ truth: own }) => own);
      const said = known.map(({ answer }) => answer.value);
      relative.push(rmse(truth, said) / (deviation(truth) ?? 1));
      figures[this.#targets.length === 1 ? "validationMAE" : `validationMAE ${name}`] = mae(truth, said);
    }
    if (relative.length === 0) return {};
    return { validationNRMSE: relative.reduce((sum, value) => sum + value, 0) / relative.length, ...figures };
  }
}
