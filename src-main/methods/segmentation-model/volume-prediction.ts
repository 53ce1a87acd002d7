/** @file Runs an exported segmentation model of volumes on series of any size. */
import { readVolume, restoreSlices, countWindows, slideOver } from "../../dataset/index.ts";
import type { LoadedOnnx } from "../../engine/runtime/index.ts";
import { Problem } from "../../problem/index.ts";
import type { Predictor } from "../trained-models.ts";
import { type ModelDescription, patchOf, type VolumeDescription } from "./model-file.ts";
import { expectVolumeFits } from "./volume-memory.ts";

/** `model` takes [1, 1, ..patch] and gives [1, 1 + classes, ..patch]. */
export function volumePredictor(
  model: LoadedOnnx,
  description: ModelDescription & { volume: VolumeDescription },
): Predictor {
  const { classes, volume } = description;
  const values = classes.map(({ value }) => value);
  const patch = patchOf(description);
  const planes = 1 + values.length;
  return {
    classes,
    infer: () => Promise.reject(needsVolume()),
    predict: () => Promise.reject(needsVolume()),
    async predictVolume(slices, onProgress) {
      const onSize = (size: readonly [number, number, number]) => expectVolumeFits(size, { planes });
      const grid = await readVolume(slices, { ...volume, onSize });
      const windows = countWindows(grid.size, { patch });
      let done = 0;
      const said = await slideOver(
        grid.values,
        grid.size,
        async (image) => {
          await onProgress?.(done++ / windows);
          const outputs = await model.run({ image: { shape: [1, 1, ...patch], data: image } });
          return outputs["probabilities"]!.data as Float32Array;
        },
        { patch, planes },
      );
      return restoreSlices(said, grid, values);
    },
    release: () => model.release(),
  };
}

function needsVolume(): Problem {
  return new Problem({
    code: "bad-request",
    title: "This model reads whole series, not single images.",
    detail: "It was trained on volumes: one slice alone tells it too little.",
    hint: "Let it label the split or the chosen images (aliquot label), which takes all slices of their series together, or choose a model of single images.",
  });
}
