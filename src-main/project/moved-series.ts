/** @file Series that were moved along their slices: which images belong together then. */
import type { PairRow } from "../api/contract.ts";
import type { PairableFrame } from "./pairing-rule.ts";

type Pair = Pick<PairRow, "source" | "target" | "alignment">;

export const isMovedAlong = ({ alignment }: Pick<Pair, "alignment">): boolean => (alignment?.slices ?? 0) !== 0;

/** The slices of the series of each frame that is one, in their order. */
export function seriesOfSlices(frames: readonly PairableFrame[]): Map<number, readonly number[]> {
  const series = Map.groupBy(frames, ({ volumeId }) => volumeId);
  series.delete(null);
  return new Map(
    [...series.values()].flatMap((slices) => {
      const ids = slices.map(({ frameId }) => frameId);
      return ids.map((frameId) => [frameId, ids] as const);
    }),
  );
}

/** Pairs with the counterparts that they have now: at an end of the series none. A target without source that has one now stands no more by itself. */
export function movedAlongSlices<P extends Pair>(
  pairs: readonly P[],
  series: ReadonlyMap<number, readonly number[]>,
): P[] {
  const moved = pairs.map((pair): P => {
    const { target, alignment } = pair;
    const own = target === null ? undefined : series.get(target);
    if (!isMovedAlong(pair) || own === undefined) return pair;
    return { ...pair, target: own[own.indexOf(target!) + alignment!.slices!] ?? null };
  });
  const met = new Set(moved.flatMap(({ source, target }) => (source === null ? [] : target)));
  return moved.filter(({ source, target }) => source !== null || !met.has(target));
}
