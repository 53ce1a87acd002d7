/** @file Which pairs of a synthesis run are shown, in which order, and what may be decided about them. */
import type { PairState, SyntheticPairRow } from "../../../src-main/api/contract.ts";

/** Near-copies stand apart: only "withheld" lists them. */
export const pairFilters = ["all", "undecided", "accepted", "rejected", "withheld"] as const;
export type PairFilter = (typeof pairFilters)[number];

/** `nearness`: distance in features to the nearest real image. */
export const pairSortKeys = ["made", "alignment", "nearness"] as const;
export interface PairOrder {
  by: (typeof pairSortKeys)[number];
  isDescending: boolean;
}

/** So near to a real image of the training that it must be taken for a copy. */
export const isWithheld = ({ quality }: Pick<SyntheticPairRow, "quality">): boolean => quality.isNearCopy === true;

export function filterPairs(pairs: readonly SyntheticPairRow[], filter: PairFilter): SyntheticPairRow[] {
  return pairs.filter((pair) => {
    if (isWithheld(pair)) return filter === "withheld";
    return filter === "all" || filter === pair.state;
  });
}

/** A sorted copy; equal ones stay in the order in which they were made, those without the figure come last either way. */
export function sortPairs(pairs: readonly SyntheticPairRow[], { by, isDescending }: PairOrder): SyntheticPairRow[] {
  const direction = isDescending ? -1 : 1;
  const keyOf = ({ index, quality }: SyntheticPairRow): number | null =>
    by === "made" ? index : by === "alignment" ? quality.alignment : quality.featureDistance;
  return pairs.toSorted((a, b) => {
    const [first, second] = [keyOf(a), keyOf(b)];
    if (first === second) return a.index - b.index;
    if (first === null || second === null) return Number(first === null) - Number(second === null);
    return direction * (first - second);
  });
}

export function countPairs(pairs: readonly SyntheticPairRow[]): Record<PairFilter, number> {
  const counts: Record<PairFilter, number> = { all: 0, undecided: 0, accepted: 0, rejected: 0, withheld: 0 };
  for (const pair of pairs) {
    counts[isWithheld(pair) ? "withheld" : pair.state]++;
    if (!isWithheld(pair)) counts.all++;
  }
  return counts;
}

/** Undecided pairs of which the judge finds at least so much of the mask (Dice). */
export function alignedAtLeast(pairs: readonly SyntheticPairRow[], lowest: number): SyntheticPairRow[] {
  return pairs.filter(
    (pair) => pair.state === "undecided" && !isWithheld(pair) && (pair.quality.alignment ?? -1) >= lowest,
  );
}

/** With what was told of some of them; by their place in the run. */
export function mergePairs(
  pairs: readonly SyntheticPairRow[],
  told: readonly SyntheticPairRow[],
): readonly SyntheticPairRow[] {
  if (told.length === 0) return pairs;
  const byId = new Map([...pairs, ...told].map((pair) => [pair.pairId, pair]));
  return [...byId.values()].toSorted((a, b) => a.index - b.index);
}

/** The same with another decision on some. */
export function withState(
  pairs: readonly SyntheticPairRow[],
  stateOf: ReadonlyMap<number, PairState>,
): SyntheticPairRow[] {
  return pairs.map((pair) => {
    const state = stateOf.get(pair.pairId);
    return state === undefined || state === pair.state ? pair : { ...pair, state };
  });
}

/**
 * Where the person goes on after a decision on these: to the next undecided one below the last of them, else to the first above, else to the one
 * below, whatever its state. Null where there is no other.
 */
export function followerOf(shown: readonly SyntheticPairRow[], decided: ReadonlySet<number>): SyntheticPairRow | null {
  const last = shown.findLastIndex(({ pairId }) => decided.has(pairId));
  const rest = [...shown.slice(last + 1), ...shown.slice(0, Math.max(0, last))].filter(
    ({ pairId }) => !decided.has(pairId),
  );
  return rest.find(({ state }) => state === "undecided") ?? rest[0] ?? null;
}

/** What is known of a run by its row and by its pairs differs: they must be fetched again. */
export function isBehind(
  pairs: readonly SyntheticPairRow[],
  row: { made: number; accepted: number; rejected: number },
): boolean {
  const accepted = pairs.filter(({ state }) => state === "accepted").length;
  const rejected = pairs.filter(({ state }) => state === "rejected").length;
  return pairs.length !== row.made || accepted !== row.accepted || rejected !== row.rejected;
}

export const asMap = (pairs: readonly SyntheticPairRow[], state?: PairState): ReadonlyMap<number, PairState> =>
  new Map(pairs.map((pair) => [pair.pairId, state ?? pair.state]));
