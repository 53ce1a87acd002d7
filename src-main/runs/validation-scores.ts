/** @file Dice of what a validation predicts: of each image, or of all slices of a volume together. */
import { countOverlap, diceOf, meanOfDefined, type Overlap } from "../metrics/index.ts";
import type { LabelMap } from "../voxels/index.ts";

export class ValidationScores {
  readonly #classes: readonly { value: number }[];
  readonly #volumeOf: ReadonlyMap<number, number> | undefined;
  /** By frame or volume, and class. */
  readonly #overlaps = new Map<string, Overlap>();

  /** `volumeOf`: volumes of the frames; without it each frame counts by itself. */
  constructor(classes: readonly { value: number }[], volumeOf?: ReadonlyMap<number, number>) {
    this.#classes = classes;
    this.#volumeOf = volumeOf;
  }

  /** Returns the mean Dice of this frame alone; null where there is no foreground. */
  add(frameId: number, prediction: LabelMap, truth: LabelMap): number | null {
    const own = this.#classes.map(({ value }) => {
      const maskOf = (map: LabelMap) => map.data.map((label) => (label === value ? 1 : 0));
      const overlap = countOverlap(maskOf(prediction), maskOf(truth));
      const key = `${this.#volumeOf?.get(frameId) ?? frameId} ${value}`;
      const { both, onlyA, onlyB } = this.#overlaps.get(key) ?? { both: 0, onlyA: 0, onlyB: 0 };
      const total = { both: both + overlap.both, onlyA: onlyA + overlap.onlyA, onlyB: onlyB + overlap.onlyB };
      this.#overlaps.set(key, total);
      return diceOf(overlap);
    });
    return meanOfDefined(own).mean;
  }

  /** Over classes and frames or volumes; null where there is no foreground at all. */
  get mean(): number | null {
    return meanOfDefined([...this.#overlaps.values()].map(diceOf)).mean;
  }
}
