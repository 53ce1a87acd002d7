/**
 * @file What the probabilities of ordered grades tell together: which is expected, which is in the middle, from which one on, and which are likely. A ground
 * folder: imports nothing. Methods say it by the order that they learned, projects by the order that the label has now.
 */

/** Grades are places among the probabilities as they were given, whatever their order. */
export interface OrdinalReadOut {
  /** Mean number of the grade, the lowest is 0. */
  expected: number;
  /** The first that holds half of the probability with those below it. */
  median: number;
  /** Of each how likely the grade is that or a higher one. */
  atLeast: number[];
  /** The shortest run of neighbors that holds `LIKELY`, lowest and highest; of those of one length the likeliest. */
  likely: [number, number];
}

/** Share of the probability in the likely run. */
export const LIKELY = 0.9;

/** `order`: places of the grades from the lowest on; default: as they stand. */
export function ordinalReadOut(probabilities: readonly number[], order?: readonly number[]): OrdinalReadOut {
  const places = order ?? probabilities.map((_, at) => at);
  const ranked = places.map((place) => probabilities[place]!);
  // Summed from the highest grade down: the share of the lowest is 1, whatever is lost in between.
  const upwards = ranked.map((_, at) => (at === 0 ? 1 : ranked.slice(at).reduce((sum, p) => sum + p, 0)));
  const atLeast = new Array<number>(probabilities.length);
  for (const [at, place] of places.entries()) atLeast[place] = upwards[at]!;
  const [first, last] = shortestRun(ranked);
  return {
    expected: ranked.reduce((sum, p, at) => sum + p * at, 0),
    median: places[upwards.findLastIndex((share) => share > 0.5)]!,
    atLeast,
    likely: [places[first]!, places[last]!],
  };
}

function shortestRun(ranked: readonly number[]): [number, number] {
  for (let length = 1; length < ranked.length; length++) {
    const sums = Array.from({ length: ranked.length - length + 1 }, (_, first) =>
      ranked.slice(first, first + length).reduce((sum, p) => sum + p, 0),
    );
    const best = sums.indexOf(Math.max(...sums));
    if (sums[best]! >= LIKELY) return [best, best + length - 1];
  }
  return [0, ranked.length - 1];
}
