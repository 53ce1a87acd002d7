/** @file How much a score is worth that says which prediction to look at first. Lower scores are looked at first. */

/** Spearman's rank correlation, ties by their mean rank; null where one of both is the same everywhere. */
export function spearman(a: readonly number[], b: readonly number[]): number | null {
  const [x, y] = [ranksOf(a), ranksOf(b)];
  const middle = (a.length + 1) / 2;
  let product = 0;
  let squaresX = 0;
  let squaresY = 0;
  for (let place = 0; place < a.length; place++) {
    const [dx, dy] = [x[place]! - middle, y[place]! - middle];
    product += dx * dy;
    squaresX += dx * dx;
    squaresY += dy * dy;
  }
  return squaresX === 0 || squaresY === 0 ? null : product / Math.sqrt(squaresX * squaresY);
}

function ranksOf(values: readonly number[]): number[] {
  const order = values.map((_, place) => place).sort((a, b) => values[a]! - values[b]!);
  const ranks = new Array<number>(values.length);
  for (let first = 0; first < order.length;) {
    let last = first;
    while (last + 1 < order.length && values[order[last + 1]!] === values[order[first]!]) last++;
    for (let place = first; place <= last; place++) ranks[order[place]!] = (first + last) / 2 + 1;
    first = last + 1;
  }
  return ranks;
}

/**
 * Area under the risk-coverage curve: the mean, over all numbers n of predictions kept by the highest scores, of their mean risk 1 - Dice (El-Yaniv &
 * Wiener 2010). Lower is better; equal scores count as their mean risk.
 */
export function riskCoverageArea(scores: readonly number[], dices: readonly number[]): number {
  const order = scores.map((_, place) => place).sort((a, b) => scores[b]! - scores[a]!);
  const risks = order.map((place) => 1 - dices[place]!);
  for (let first = 0; first < order.length;) {
    let last = first;
    while (last + 1 < order.length && scores[order[last + 1]!] === scores[order[first]!]) last++;
    const mean = risks.slice(first, last + 1).reduce((sum, risk) => sum + risk, 0) / (last - first + 1);
    risks.fill(mean, first, last + 1);
    first = last + 1;
  }
  let sum = 0;
  let area = 0;
  risks.forEach((risk, place) => {
    sum += risk;
    area += sum / (place + 1);
  });
  return area / risks.length;
}

/**
 * Of the poor predictions (Dice below `poor`), the share in the first `share` of the queue, rounded up. null where none is poor. Of equal scores the
 * earlier come first, as in a queue.
 */
export function poorFoundEarly(
  scores: readonly number[],
  dices: readonly number[],
  { poor = 0.7, share = 0.2 }: { poor?: number; share?: number } = {},
): number | null {
  const isPoor = (place: number): boolean => dices[place]! < poor;
  const order = scores.map((_, place) => place).sort((a, b) => scores[a]! - scores[b]!);
  const all = order.filter(isPoor).length;
  return all === 0 ? null : order.slice(0, Math.ceil(share * order.length)).filter(isPoor).length / all;
}

/** Mean distance of estimated and true Dice over ten parts of equal number by estimate, weighted by their numbers. */
export function calibrationError(estimates: readonly number[], dices: readonly number[]): number {
  const order = estimates.map((_, place) => place).sort((a, b) => estimates[a]! - estimates[b]!);
  const parts = Math.min(10, order.length);
  let error = 0;
  for (let part = 0; part < parts; part++) {
    const own = order.slice(Math.floor((part * order.length) / parts), Math.floor(((part + 1) * order.length) / parts));
    error += Math.abs(own.reduce((sum, place) => sum + estimates[place]! - dices[place]!, 0));
  }
  return error / order.length;
}
