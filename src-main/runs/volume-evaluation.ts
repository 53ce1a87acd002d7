/** @file Slices that were judged one by one, judged together as volumes once all slices of one are there. */
import { volumeSpacing } from "../dataset/index.ts";
import { scoreVolume } from "../metrics/index.ts";
import { decodeLabelMap, encodeLabelMap, type Frame, type LabelMap } from "../voxels/index.ts";
import type { EvaluatedVolume } from "./messages.ts";

/** What is kept of a slice: masks in their stored form. */
interface Slice {
  place: Pick<Frame, "width" | "height" | "spacing" | "geometry">;
  prediction: Uint8Array;
  truth: Uint8Array;
}

export class VolumeEvaluation {
  readonly rows: EvaluatedVolume[] = [];
  readonly #classes: readonly number[];
  readonly #open = new Map<number, Slice[]>();

  constructor(classes: readonly number[]) {
    this.#classes = classes;
  }

  /**
   * Slices of a volume in their order. Volumes that miss a slice (one that nobody annotated, say), series that hold several images of
   * one place, and files that do not say where their frames lie have no scores: there is no telling what they would be.
   */
  add(
    { id, slices }: { id: number; slices: number },
    { frame, prediction, truth }: { frame: Frame; prediction: LabelMap; truth: LabelMap },
  ): void {
    const { width, height, spacing, geometry } = frame;
    const place = { width, height, spacing, ...(geometry === undefined ? {} : { geometry }) };
    const slice = { place, prediction: encodeLabelMap(prediction), truth: encodeLabelMap(truth) };
    const known = [...(this.#open.get(id) ?? []), slice];
    this.#open.set(id, known);
    if (known.length < slices) return;
    this.#open.delete(id);
    const spaced = volumeSpacing(known.map((each) => each.place));
    // Frames without a place may be those of a film.
    if (spaced.kind === "no-volume" || known.some(({ place: { geometry: at } }) => at === undefined)) return;
    this.rows.push(...this.#scores(id, known, spaced.spacing));
  }

  #scores(volumeId: number, slices: readonly Slice[], spacing: readonly number[] | null): EvaluatedVolume[] {
    const { width, height } = slices[0]!.place;
    const shape = [slices.length, height, width];
    const masks = (value: number, which: "prediction" | "truth") => {
      const mask = new Uint8Array(slices.length * width * height);
      slices.forEach((slice, index) => {
        const plane = mask.subarray(index * width * height);
        decodeLabelMap(slice[which]).data.forEach((label, pixel) => (plane[pixel] = label === value ? 1 : 0));
      });
      return mask;
    };
    return this.#classes.map((classValue) => {
      const scores = scoreVolume(masks(classValue, "prediction"), masks(classValue, "truth"), {
        shape,
        ...(spacing === null ? {} : { spacing }),
      });
      const { dice, jaccard, hausdorff95: hd95, averageSurfaceDistance: asd, assd, empty } = scores;
      const unit = spacing === null ? "px" : "mm";
      return { volumeId, slices: slices.length, classValue, dice, jaccard, hd95, asd, assd, unit, empty };
    });
  }
}
