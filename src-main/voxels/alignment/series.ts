/**
 * @file Brings one series onto another along their slices too: the map within the plane and the number of slices are looked for in turns, each with the other
 * as it was found.
 */
import { type AlignmentModel, type AlignmentResult, alignmentSteps, informationOf } from "./align.ts";
import type { PlanePair } from "./mutual-information.ts";
import { IDENTITY, type PlaneFrame } from "./transform.ts";

export interface SeriesAlignment extends AlignmentResult {
  /** So many slices further on is the counterpart of a slice. */
  slices: number;
}

/** Longest side at which slices are told apart, pixels. */
const SIDE = 64;
/** Of what two series tell of each other beyond nothing: a smaller gain is no reason to leave the slices as their files place them. */
const LEAST_SHARE = 0.02;
const TURNS = 3;

/**
 * `pairsAt`: the same references with what lies so many slices further on, -`reach` to `reach`. A generator as `alignmentSteps`. Null where an image is of one
 * value.
 */
export function* seriesAlignmentSteps(
  pairsAt: (slices: number) => readonly PlanePair[],
  { reach, model, spacing }: { reach: number; model: AlignmentModel; spacing: PlaneFrame["spacing"] },
): Generator<void, SeriesAlignment | null> {
  const first = yield* alignmentSteps(pairsAt(0), model, spacing);
  if (first === null) return null;
  let found: SeriesAlignment = { ...first, slices: 0 };
  for (let turn = 0; turn < TURNS; turn++) {
    let best = { slices: found.slices, value: -Infinity };
    for (let slices = -reach; slices <= reach; slices++) {
      // Beside the map that was found: from slices that do not belong together it may have come out wrong.
      const values = informationOf(pairsAt(slices), [found.transform, IDENTITY], SIDE) ?? [];
      for (const value of values) if (value > best.value) best = { slices, value };
      yield;
    }
    if (best.slices === found.slices) break;
    const aligned = yield* alignmentSteps(pairsAt(best.slices), model, spacing);
    if (aligned === null || aligned.after <= found.after) break;
    found = { ...aligned, before: first.before, slices: best.slices };
  }
  const isClear = found.after - first.after >= LEAST_SHARE * (first.after - 1);
  return isClear ? found : { ...first, slices: 0 };
}
