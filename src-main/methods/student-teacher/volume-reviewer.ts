/** @file Teacher and student of a training on volumes side by side, on whole series: windows that slide, each seen from several sides. */
import {
  countWindows,
  gridSize,
  readVolume,
  readVolumeLabels,
  restoreSlices,
  slideOver,
  squareViews,
  type ViewCount,
} from "../../dataset/index.ts";
import { likeliestPlanes } from "../../voxels/index.ts";
import type { ReviewedNetwork, VolumeLook, VolumeReviewer } from "../trained-models.ts";
import { patchOf, type VolumeDescription } from "../segmentation-model/model-file.ts";
import { expectVolumeFits } from "../segmentation-model/volume-memory.ts";
import { cleanPseudoLabels } from "./pseudo-labels.ts";
import type { ReviewedNetworks } from "./reviewed-networks.ts";

export function reviewVolumes(
  { description, cleaning, probabilities, release }: ReviewedNetworks,
  volume: VolumeDescription,
): VolumeReviewer {
  const { classes, size: side } = description;
  const values = classes.map(({ value }) => value);
  const patch = patchOf({ size: side, volume });
  const planes = 1 + values.length;
  const voxelsOfPatch = patch[0] * patch[1] * patch[2];
  return {
    kind: "volumes",
    classes,
    async look(slices, count, onProgress): Promise<VolumeLook> {
      const grid = await readVolume(slices, {
        ...volume,
        onSize: (size) => expectVolumeFits(size, { planes: planesHeld(planes, count) }),
      });
      const { size, original } = grid;
      const views = squareViews(side, count);
      const windows = 2 * count * countWindows(size, { patch });
      let done = 0;
      /** What a network says of one view, turned back. */
      const sayOf = (which: ReviewedNetwork, view: number): Promise<Float32Array<ArrayBuffer>> =>
        slideOver(
          grid.values,
          size,
          async (window) => {
            await onProgress?.(done++ / windows);
            return views.turnedBack(await probabilities(which, views.turned(window, view), 1), view);
          },
          { patch, planes },
        );
      const winners: Uint8Array[] = [];
      const meanOf = async (which: ReviewedNetwork): Promise<Float32Array> => {
        const mean = await sayOf(which, 0);
        if (which === "teacher") winners.push(likeliestPlanes(mean, planes));
        for (let view = 1; view < count; view++) {
          const said = await sayOf(which, view);
          if (which === "teacher") winners.push(likeliestPlanes(said, planes));
          for (let place = 0; place < mean.length; place++) mean[place]! += said[place]!;
        }
        if (count > 1) for (let place = 0; place < mean.length; place++) mean[place]! /= count;
        return mean;
      };
      const teacher = await meanOf("teacher");
      const student = await meanOf("student");
      return {
        size,
        original,
        values: grid.values,
        teacher,
        student,
        winners,
        pseudoLabel(classNumbers) {
          const labels = classNumbers.slice();
          // The least part of "large" is a share of a patch, which the training cleaned.
          const componentArea = (cleaning.componentArea * voxelsOfPatch) / labels.length;
          cleanPseudoLabels(labels, size, { ...cleaning, componentArea });
          return labels;
        },
        predictions: (said) => restoreSlices(said, grid, values),
      };
    },
    async labels(maps) {
      const [first] = maps;
      const original = { width: first!.width, height: first!.height };
      const { width, height } = gridSize(original, volume.side);
      const size = [maps.length, height, width] as const;
      const numbers = await readVolumeLabels({ size, original }, (index) => Promise.resolve(maps[index]!), values);
      return { size, labels: numbers.map((number) => (number === 0 ? 0 : values[number - 1]!)) };
    },
    release,
  };
}

/** Of both networks, of the view under way and, as bytes, the likeliest classes of all views; and the labels of pieces. */
function planesHeld(planes: number, views: ViewCount): number {
  return 3 * planes + Math.ceil(views / 4) + 1;
}
