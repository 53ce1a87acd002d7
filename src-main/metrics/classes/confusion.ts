/**
 * @file How well predicted classes meet the true ones. Classes are numbers 0..K-1, in their order where they are grades. All take `target` and `predicted`
 * of the same, non-zero length and throw `RangeError` for anything that is no such class.
 */

/**
 * How often each true class (row) was taken for each class (column): K x K counts. `classes`: K, by default the largest number that occurs, plus 1. As in
 * scikit-learn, given all labels.
 */
export function confusionMatrix(
  target: ArrayLike<number>,
  predicted: ArrayLike<number>,
  { classes = largestOf(target, predicted) + 1 }: { classes?: number } = {},
): number[][] {
  if (target.length !== predicted.length || target.length === 0) {
    throw new RangeError(`classes: ${target.length} true and ${predicted.length} predicted ones do not pair.`);
  }
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let index = 0; index < target.length; index++) {
    const row = counts[assertClass(target[index]!, classes)]!;
    row[assertClass(predicted[index]!, classes)]!++;
  }
  return counts;
}

/** Returns `value`; throws `RangeError` unless it is one of 0..classes-1. */
export function assertClass(value: number, classes: number): number {
  if (Number.isInteger(value) && value >= 0 && value < classes) return value;
  throw new RangeError(`classes: ${value} is no class; expected a whole number from 0 to ${classes - 1}.`);
}

/** No list of labels is longer; a larger number is a mistake, and would ask for a matrix that no memory holds. */
const MOST_CLASSES = 1000;

function largestOf(...lists: ArrayLike<number>[]): number {
  let largest = 0;
  for (const list of lists) {
    for (let index = 0; index < list.length; index++) {
      if (Number.isInteger(list[index]!) && list[index]! > largest) largest = list[index]!;
    }
  }
  return Math.min(largest, MOST_CLASSES - 1);
}

/** Share of all images that were put into their class, in [0, 1]. */
export function accuracy(target: ArrayLike<number>, predicted: ArrayLike<number>): number {
  const matrix = confusionMatrix(target, predicted);
  return matrix.reduce((sum, row, own) => sum + row[own]!, 0) / target.length;
}

/** Mean over the classes that occur in `target` of the share found, in [0, 1]. Chance is 1 / K, however unequal the classes are. */
export function balancedAccuracy(target: ArrayLike<number>, predicted: ArrayLike<number>): number {
  const scores = classScores(confusionMatrix(target, predicted));
  return meanOf(scores.flatMap(({ recall }) => recall ?? []));
}

/**
 * Mean of the F1 score over the classes that occur in `target` or `predicted`, in [0, 1]: scikit-learn's `average="macro"`, not over a list of classes
 * known beforehand. A class that is never right has 0.
 */
export function f1Macro(target: ArrayLike<number>, predicted: ArrayLike<number>): number {
  return meanOf(classScores(confusionMatrix(target, predicted)).flatMap(({ f1 }) => f1 ?? []));
}

export interface ClassRates {
  /** How many images are of the class. */
  support: number;
  /** Share of the images of the class that were found: the sensitivity. null without an image of the class. */
  recall: number | null;
  /** Share of the images of other classes that were kept out. null without one. */
  specificity: number | null;
  /** Share of the images put into the class that belong there. null where none was. */
  precision: number | null;
  /** 2 TP / (2 TP + FP + FN). null where the class neither occurs nor was predicted. */
  f1: number | null;
}

/** Each class against all others, from a confusion matrix. */
export function classScores(matrix: readonly (readonly number[])[]): ClassRates[] {
  const share = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);
  const total = matrix.reduce((sum, row) => sum + sumOf(row), 0);
  return matrix.map((row, own) => {
    const found = row[own]!;
    const support = sumOf(row);
    const taken = matrix.reduce((sum, other) => sum + other[own]!, 0);
    return {
      support,
      recall: share(found, support),
      specificity: share(total - support - taken + found, total - support),
      precision: share(found, taken),
      f1: share(2 * found, support + taken),
    };
  });
}

/** How a wrong class weighs: all alike, by the distance of the grades, or by its square. */
export type KappaWeights = "none" | "linear" | "quadratic";

/**
 * Cohen's kappa from a confusion matrix, at most 1: agreement beyond chance, 0 for chance. Cohen 1968, Psychological Bulletin 70(4); scikit-learn's
 * `cohen_kappa_score`. null where it is not defined: truth and prediction are one and the same class throughout.
 */
export function kappa(matrix: readonly (readonly number[])[], weights: KappaWeights): number | null {
  const rows = matrix.map(sumOf);
  const columns = matrix.map((_, column) => matrix.reduce((sum, row) => sum + row[column]!, 0));
  const total = sumOf(rows);
  let seen = 0;
  let byChance = 0;
  matrix.forEach((row, truth) =>
    row.forEach((count, guess) => {
      const distance = Math.abs(truth - guess);
      const weight = { none: Math.min(distance, 1), linear: distance, quadratic: distance ** 2 }[weights];
      seen += weight * count;
      byChance += (weight * rows[truth]! * columns[guess]!) / total;
    }),
  );
  return byChance === 0 ? null : 1 - seen / byChance;
}

/** Kappa with quadratic weights: what grades are judged by. See `kappa`. */
export function kappaQuadratic(target: ArrayLike<number>, predicted: ArrayLike<number>): number | null {
  return kappa(confusionMatrix(target, predicted), "quadratic");
}

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
const meanOf = (values: readonly number[]): number => sumOf(values) / values.length;
