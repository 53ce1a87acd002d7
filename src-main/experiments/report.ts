/** @file What an experiment showed: a table arm by seed, paired differences, learning curves. Figures are in [0, 1]. */
import type { ArmResult, ExperimentComparison, ExperimentOutcome, ExperimentReport } from "../api/contract.ts";
import { learningCurve, type Observation, pairedEffect } from "../metrics/index.ts";
import { bootstrapMean } from "../metrics/index.ts";
import type { TrainingName } from "./experiment.ts";
import type { CaseScore } from "./perform.ts";
import type { StudyUnit } from "./plan.ts";

/** Scores of a cell that was performed. */
export interface CellScores extends TrainingName {
  scores: readonly CaseScore[];
}

interface Reported {
  /** Compared: the first with each of the others. */
  arms: readonly { id: string; title: string }[];
  labelled: readonly number[];
  /** What the numbers of labels count. */
  unit?: StudyUnit;
  /** What scores are. Default "dice". */
  outcome?: ExperimentOutcome;
  confidence?: number;
}

/** Arms and numbers of labels without any score yet are left out of curves and comparisons, and stand in the table as empty. */
export function reportOf(
  cells: readonly CellScores[],
  { arms, labelled, unit = "images", outcome = "dice", confidence = 0.95 }: Reported,
): ExperimentReport {
  const seeds = [...new Set(cells.map(({ seed }) => seed))].sort((a, b) => a - b);
  const of = (arm: string, count: number): Observation[] => observationsOf(cells, arm, count, outcome);
  const results = labelled.flatMap((count) =>
    arms.map(({ id, title }): ArmResult => {
      const observations = of(id, count);
      const known = observations.length === 0 ? null : bootstrapMean(observations, { confidence });
      return {
        arm: id,
        title,
        labelled: count,
        mean: known?.mean ?? null,
        low: known?.low ?? null,
        high: known?.high ?? null,
        seeds: seeds.map((seed) => ({ seed, score: known?.seeds.find((one) => one.seed === seed)?.mean ?? null })),
      };
    }),
  );
  const [reference, ...others] = arms;
  const comparisons = labelled.flatMap((count) =>
    others.flatMap(({ id, title }): ExperimentComparison[] => {
      const pairs = [of(id, count), of(reference!.id, count)] as const;
      if (pairs.some(({ length }) => length === 0) || !sharesPatients(...pairs)) return [];
      const effect = pairedEffect(...pairs, { confidence });
      const { mean, low, high, verdict, sign, patients } = effect;
      return [
        {
          arm: id,
          title,
          reference: reference!.id,
          referenceTitle: reference!.title,
          labelled: count,
          unit,
          outcome,
          gain: mean,
          low,
          high,
          confidence,
          verdict,
          positiveSeeds: sign.positive,
          seeds: effect.seeds.map(({ seed, mean: gain }) => ({ seed, gain })),
          patients,
        },
      ];
    }),
  );
  const curves = arms.map(({ id, title }) => {
    const observations = labelled.flatMap((count) => of(id, count).map((one) => ({ ...one, labelled: count })));
    const points = observations.length === 0 ? [] : learningCurve(observations, { confidence });
    return {
      arm: id,
      title,
      points: points.map(({ labelled, mean, low, high }) => ({ labelled, mean, low, high })),
    };
  });
  return { confidence, outcome, results, comparisons, curves };
}

/**
 * Of outlines one figure of each patient and seed, the mean over the classes; of a label one of each class that the patient has, so that means are of balanced
 * accuracy: each class counts the same, and each patient in it. A patient is judged in one fold of a seed.
 */
function observationsOf(
  cells: readonly CellScores[],
  arm: string,
  labelled: number,
  outcome: ExperimentOutcome,
): Observation[] {
  return cells
    .filter((cell) => cell.arm === arm && cell.labelled === labelled)
    .flatMap(({ seed, scores }) => {
      if (outcome === "balancedAccuracy")
        return scores.map(({ caseId, classValue, score }) => ({
          seed,
          patient: caseId,
          stratum: classValue,
          value: score,
        }));
      return [...Map.groupBy(scores, ({ caseId }) => caseId)].map(([patient, all]) => {
        return { seed, patient, value: all.reduce((sum, { score }) => sum + score, 0) / all.length };
      });
    });
}

function sharesPatients(a: readonly Observation[], b: readonly Observation[]): boolean {
  const known = new Set(b.map(({ seed, patient }) => `${seed}/${patient}`));
  return a.some(({ seed, patient }) => known.has(`${seed}/${patient}`));
}
