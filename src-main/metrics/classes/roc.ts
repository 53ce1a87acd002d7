/**
 * @file Area under the receiver operating characteristic: how well scores order images, whatever threshold is chosen. It is the chance that an image of the
 * class scores higher than one of another, equal scores counting half (Mann & Whitney 1947).
 */
import { assertClass } from "./confusion.ts";

/**
 * Of one class: `isPositive` (non-zero = of the class) and a score each, higher = more likely so. In [0, 1], 0.5 for chance; null where all images or none
 * are of the class. Throws `RangeError` for lengths that differ, no image, and a score that is not finite.
 */
export function auc(isPositive: ArrayLike<number | boolean>, scores: ArrayLike<number>): number | null {
  if (isPositive.length !== scores.length || scores.length === 0) {
    throw new RangeError(`auc: ${isPositive.length} labels and ${scores.length} scores do not pair.`);
  }
  const order = Array.from(scores, (score, index) => {
    if (!Number.isFinite(score)) throw new RangeError(`auc: score ${index} is ${score}.`);
    return index;
  }).sort((a, b) => scores[a]! - scores[b]!);
  let negatives = 0; // with a score below the current one
  let positives = 0;
  let won = 0;
  for (let first = 0; first < order.length;) {
    let [tiedPositives, tiedNegatives] = [0, 0];
    let next = first;
    for (; next < order.length && scores[order[next]!] === scores[order[first]!]; next++) {
      if (isPositive[order[next]!]) tiedPositives++;
      else tiedNegatives++;
    }
    won += tiedPositives * (negatives + tiedNegatives / 2);
    negatives += tiedNegatives;
    positives += tiedPositives;
    first = next;
  }
  return positives === 0 || negatives === 0 ? null : won / (positives * negatives);
}

/** `auc` of each class against all others by its own score: null for a class that no image or every image has. `scores`: a row of K per image. */
export function aucOneVsRest(target: ArrayLike<number>, scores: readonly ArrayLike<number>[]): (number | null)[] {
  const classes = assertRows(target, scores);
  return Array.from({ length: classes }, (_, own) =>
    auc(
      Array.from(target, (truth) => truth === own),
      scores.map((row) => row[own]!),
    ),
  );
}

/**
 * Mean of `aucOneVsRest` over the classes where it is defined, null where it is for none: state the classes that are missing. With all of them, scikit-learn's
 * `roc_auc_score(multi_class="ovr", average="macro")`.
 */
export function aucMacroOneVsRest(target: ArrayLike<number>, scores: readonly ArrayLike<number>[]): number | null {
  return meanOfDefined(aucOneVsRest(target, scores));
}

/**
 * Mean over the pairs of classes of how well either is told from the other, null where no two classes occur. Hand & Till 2001, Machine Learning 45;
 * scikit-learn's `multi_class="ovo"`. Unlike one against the rest it does not change with how frequent the classes are.
 */
export function aucMacroOneVsOne(target: ArrayLike<number>, scores: readonly ArrayLike<number>[]): number | null {
  const classes = assertRows(target, scores);
  const areas: (number | null)[] = [];
  for (let one = 0; one < classes; one++) {
    for (let other = 0; other < one; other++) {
      const both = Array.from(target, (truth, index) => (truth === one || truth === other ? index : -1)).filter(
        (index) => index >= 0,
      );
      for (const own of [one, other]) {
        if (both.length === 0) continue;
        areas.push(
          auc(
            both.map((index) => target[index] === own),
            both.map((index) => scores[index]![own]!),
          ),
        );
      }
    }
  }
  return meanOfDefined(areas);
}

/** Throws `RangeError` unless there is a row of as many finite scores for each true class; returns how many classes. */
export function assertRows(target: ArrayLike<number>, rows: readonly ArrayLike<number>[]): number {
  if (target.length !== rows.length || rows.length === 0) {
    throw new RangeError(`classes: ${target.length} true ones and ${rows.length} rows of scores do not pair.`);
  }
  const classes = rows[0]!.length;
  rows.forEach((row, index) => {
    if (row.length !== classes) throw new RangeError(`classes: row ${index} has ${row.length} scores, not ${classes}.`);
    assertClass(target[index]!, classes);
    for (let own = 0; own < classes; own++) {
      if (!Number.isFinite(row[own]!)) throw new RangeError(`classes: score ${own} of row ${index} is ${row[own]!}.`);
    }
  });
  return classes;
}

function meanOfDefined(values: readonly (number | null)[]): number | null {
  const defined = values.filter((value) => value !== null);
  return defined.length === 0 ? null : defined.reduce((sum, value) => sum + value, 0) / defined.length;
}
