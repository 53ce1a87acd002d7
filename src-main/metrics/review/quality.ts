/**
 * @file The Dice of a prediction estimated from its record: ridge regression of logit Dice, learned from images with known truth that the model
 * did not learn from, and judged on patients left out.
 */

/** Fewer patients are not learned from: then the record only ranks. */
export const FEWEST_PATIENTS = 10;
/** Patients are left out in so many parts at most. */
const FOLDS = 10;
/** Weight of the ridge on standardized features: that of one image. */
const RIDGE = 1;
/** A Dice of 0 or 1 has no logit. */
const EDGE = 0.01;
/** Farther outliers are no worse. */
const FARTHEST_Z = 10;

/** null: not known for this image; then it is taken for an average one in that respect. */
export interface QualityFeatures {
  expectedDice: number | null;
  /** Of teacher and student. */
  hardDice: number | null;
  viewDice: number | null;
  removedFraction: number;
  /** Largest of the absolute robust deviations. */
  farthestZ: number | null;
}

interface FiguresOfClass {
  expectedDice: number | null;
  hardDice: number | null;
  viewDice: number | null;
  removedFraction: number;
  areaZ: number | null;
  placeZ: number | null;
  elongationZ: number | null;
}

/** Means over classes of what is a Dice, the worst class of the others. */
export function qualityFeatures(classes: readonly FiguresOfClass[]): QualityFeatures {
  const mean = (of: (figures: FiguresOfClass) => number | null): number | null => {
    const known = classes.map(of).filter((value) => value !== null);
    return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
  };
  const deviations = classes
    .flatMap(({ areaZ, placeZ, elongationZ }) => [areaZ, placeZ, elongationZ])
    .filter((z) => z !== null);
  return {
    expectedDice: mean(({ expectedDice }) => expectedDice),
    hardDice: mean(({ hardDice }) => hardDice),
    viewDice: mean(({ viewDice }) => viewDice),
    removedFraction: classes.reduce((most, { removedFraction }) => Math.max(most, removedFraction), 0),
    farthestZ: deviations.length === 0 ? null : deviations.reduce((most, z) => Math.max(most, Math.abs(z)), 0),
  };
}

/**
 * A score that only ranks: the least, over classes, of expected Dice times agreement of teacher and student; of a model without a teacher, times that
 * of the views.
 */
export function uncalibratedScore(classes: readonly FiguresOfClass[]): number {
  return classes.reduce(
    (least, { expectedDice, hardDice, viewDice }) => Math.min(least, (expectedDice ?? 1) * (hardDice ?? viewDice ?? 1)),
    1,
  );
}

/** An image with known truth. */
export interface Known {
  /** Patient. */
  group: number;
  features: QualityFeatures;
  dice: number;
}

export interface Calibration {
  estimate(features: QualityFeatures): number;
  /** For each known image the estimate of a regression that did not see its patient. */
  held: number[];
}

/** null with fewer than `FEWEST_PATIENTS` patients. */
export function calibrate(known: readonly Known[]): Calibration | null {
  const groups = [...new Set(known.map(({ group }) => group))].sort((a, b) => a - b);
  if (groups.length < FEWEST_PATIENTS) return null;
  const held = new Array<number>(known.length).fill(0);
  const foldOf = new Map(groups.map((group, place) => [group, place % FOLDS]));
  for (let fold = 0; fold < FOLDS; fold++) {
    const isOut = (group: number): boolean => foldOf.get(group) === fold;
    const estimate = fit(known.filter(({ group }) => !isOut(group)));
    known.forEach(({ group, features }, place) => {
      if (isOut(group)) held[place] = estimate(features);
    });
  }
  return { estimate: fit(known), held };
}

const logit = (value: number): number => {
  const inner = Math.min(1 - EDGE, Math.max(EDGE, value));
  return Math.log(inner / (1 - inner));
};

function columnsOf({
  expectedDice,
  hardDice,
  viewDice,
  removedFraction,
  farthestZ,
}: QualityFeatures): (number | null)[] {
  const ofDice = (value: number | null) => (value === null ? null : logit(value));
  const outlying = farthestZ === null ? null : Math.log1p(Math.min(FARTHEST_Z, farthestZ));
  return [ofDice(expectedDice), ofDice(hardDice), ofDice(viewDice), removedFraction, outlying];
}

function fit(known: readonly Known[]): (features: QualityFeatures) => number {
  const rows = known.map(({ features }) => columnsOf(features));
  const targets = known.map(({ dice }) => logit(dice));
  const scales = columnsOf(known[0]!.features).map((_, column) => scaleOf(rows.map((row) => row[column]!)));
  const standard = (row: (number | null)[]): number[] =>
    row.map((value, column) => (value === null ? 0 : (value - scales[column]!.mean) * scales[column]!.factor));
  const middle = targets.reduce((sum, target) => sum + target, 0) / targets.length;
  const weights = ridge(
    rows.map(standard),
    targets.map((target) => target - middle),
    RIDGE,
  );
  return (features) => {
    const terms = standard(columnsOf(features)).map((value, column) => value * weights[column]!);
    return 1 / (1 + Math.exp(-terms.reduce((sum, term) => sum + term, middle)));
  };
}

/** A column that is the same everywhere, or known nowhere, says nothing. */
function scaleOf(column: readonly (number | null)[]): { mean: number; factor: number } {
  const known = column.filter((value) => value !== null);
  if (known.length === 0) return { mean: 0, factor: 0 };
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  const deviation = Math.sqrt(known.reduce((sum, value) => sum + (value - mean) ** 2, 0) / known.length);
  return { mean, factor: deviation < 1e-9 ? 0 : 1 / deviation };
}

/** w that minimizes |X w - y|² + weight |w|²: (XᵀX + weight I) w = Xᵀy, by Cholesky. */
export function ridge(rows: readonly (readonly number[])[], targets: readonly number[], weight: number): number[] {
  const size = rows[0]!.length;
  const square = Array.from({ length: size }, (_, i) =>
    Array.from({ length: size }, (_, j) => rows.reduce((sum, row) => sum + row[i]! * row[j]!, i === j ? weight : 0)),
  );
  const right = Array.from({ length: size }, (_, i) => rows.reduce((sum, row, n) => sum + row[i]! * targets[n]!, 0));
  const lower = square.map((row) => row.map(() => 0));
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = square[i]![j]!;
      for (let k = 0; k < j; k++) sum -= lower[i]![k]! * lower[j]![k]!;
      lower[i]![j] = i === j ? Math.sqrt(sum) : sum / lower[j]![j]!;
    }
  }
  const solved = [...right];
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < i; k++) solved[i]! -= lower[i]![k]! * solved[k]!;
    solved[i]! /= lower[i]![i]!;
  }
  for (let i = size - 1; i >= 0; i--) {
    for (let k = i + 1; k < size; k++) solved[i]! -= lower[k]![i]! * solved[k]!;
    solved[i]! /= lower[i]![i]!;
  }
  return solved;
}
