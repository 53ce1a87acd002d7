/**
 * @file Series of real brains that are some slices apart and moved within the plane (Lesjak et al. 2018: `ALIQUOT_BRAINS`, a folder with T1, T2 and FLAIR, the same
 * file name for the same slice, patients before the last underscore). Without the data the phantom of test/api/series-alignment.test.ts has to do.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Plane, seriesAlignmentSteps, transformOf } from "../../src-main/voxels/index.ts";
import { errorOf, moved, readBrain } from "./brain-slices.ts";

const folder = process.env["ALIQUOT_BRAINS"];
const REACH = 6;
const SLICES = 8;
/** Slices further on, and the map within the plane. */
const MOVES: [number, [number, number, number]][] = [
  [0, [0, 0, 0]],
  [0, [6, -4, 9]],
  [1, [0, 0, 0]],
  [-2, [6, -4, 9]],
  [3, [-9, 7, -6]],
  [6, [4, 2, -10]],
];

const names = folder === undefined ? [] : readdirSync(join(folder, "T1")).toSorted();
const patients = folder === undefined ? ["no patient"] : [...new Set(names.map((name) => name.replace(/_[^_]*$/, "")))];

describe.skipIf(folder === undefined).each(patients)("series of %s", (patient) => {
  const own = names.filter((name) => name.startsWith(`${patient}_`));
  const series = (modality: string): Promise<Plane[]> =>
    Promise.all(own.map((name) => readBrain(join(folder!, modality, name))));

  it.each(["T2", "FLAIR"])("of T1 and %s are brought onto each other", { timeout: 120_000 }, async (modality) => {
    const [references, others] = [await series("T1"), await series(modality)];
    const { width, height } = references[0]!;
    // What is looked at has a counterpart wherever the series is moved to.
    const first = 2 * REACH;
    const looked = Array.from(
      { length: SLICES },
      (_, at) => first + Math.floor((at * (own.length - 2 * first)) / SLICES),
    );
    for (const [slices, movement] of MOVES) {
      const known = transformOf(movement, { width, height, spacing: null });
      const planes = new Map<number, Plane>();
      const planeAt = (at: number): Plane => {
        if (!planes.has(at)) planes.set(at, moved(others[at]!, known));
        return planes.get(at)!;
      };
      const steps = seriesAlignmentSteps(
        (further) => looked.map((at) => ({ reference: references[at]!, moving: planeAt(at + further - slices) })),
        { reach: REACH, model: "rigid", spacing: null },
      );
      let step = steps.next();
      while (step.done !== true) step = steps.next();
      expect(step.value!.slices, movement.join()).toBe(slices);
      expect(errorOf(step.value!.transform, known), `${slices} ${movement.join()}`).toBeLessThan(1);
    }
  });
});
