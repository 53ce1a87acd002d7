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
  const centers = [...known];
  /** Of each candidate the distance to the nearest of the first `looked` centers: that of all is no larger. */
  const nearest = candidates.map(() => Infinity);
  const looked = candidates.map(() => 0);
  const chosen: Chosen[] = [];
  while (chosen.length < Math.min(count, candidates.length)) {
    let index = -1;
    let distance = -1;
    candidates.forEach((candidate, place) => {
      // One that is nearer to some center than another is to all need not be compared with the rest: most are not.
      for (; nearest[place]! > distance && looked[place]! < centers.length; looked[place]!++) {
        const center = centers[looked[place]!]!;
        nearest[place] = Math.min(nearest[place]!, distanceOf(candidate, center));
      }
      if (nearest[place]! <= distance) return;
      index = place;
      distance = nearest[place]!;
    });
    chosen.push({ index, distance });
    centers.push(candidates[index]!);
    nearest[index] = -1; // not again
  }
  return chosen;
}

function distanceOf(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let place = 0; place < a.length; place++) sum += (a[place]! - b[place]!) ** 2;
  return Math.sqrt(sum);
}
