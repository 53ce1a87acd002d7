/** @file Images that differ from each other and from what is known. */

export interface Chosen {
  /** Place in the candidates. */
  index: number;
  /** To the nearest image known or chosen before. */
  distance: number;
}

/**
 * Greedy k-centre: each time the candidate farthest from all that are known or chosen (Gonzalez 1985; for choosing what to label Sener & Savarese 2018,
 * arXiv:1708.00489). Without anything known the first candidate comes first. Vectors of one length.
 */
export function greedyKCentre(
  candidates: readonly ArrayLike<number>[],
  known: readonly ArrayLike<number>[],
  count: number,
): Chosen[] {
  const nearest = candidates.map((candidate) =>
    known.reduce((least, each) => Math.min(least, distanceOf(candidate, each)), Infinity),
  );
  const chosen: Chosen[] = [];
  while (chosen.length < Math.min(count, candidates.length)) {
    let index = -1;
    nearest.forEach((distance, place) => {
      if (distance >= 0 && (index < 0 || distance > nearest[index]!)) index = place;
    });
    const distance = nearest[index]!;
    chosen.push({ index, distance });
    const center = candidates[index]!;
    candidates.forEach((candidate, place) => {
      if (nearest[place]! >= 0) nearest[place] = Math.min(nearest[place]!, distanceOf(candidate, center));
    });
    nearest[index] = -1; // not again
  }
  return chosen;
}

function distanceOf(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let place = 0; place < a.length; place++) sum += (a[place]! - b[place]!) ** 2;
  return Math.sqrt(sum);
}
