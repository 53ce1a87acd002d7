/** @file Runs an exported segmentation model on frames of any size. */
import { preprocessFrame, restorePrediction } from "../../dataset/index.ts";
import { loadOnnx } from "../../engine/runtime/index.ts";
import type { ComputeDevice, Predictor } from "../define-method.ts";
import { readModelDescription } from "./model-file.ts";

export async function openSegmentationModel(onnx: Uint8Array, device: ComputeDevice): Promise<Predictor> {
  const model = await loadOnnx(onnx, device);
  const { classes, channels, size } = readModelDescription(model.metadata);
  const values = classes.map(({ value }) => value);
  return {
    classes,
    async predict(frame) {
      const prepared = preprocessFrame(frame, { size, channels });
      const outputs = await model.run({ image: { shape: [1, channels, size, size], data: prepared.image } });
      return restorePrediction(outputs["probabilities"]!.data as Float32Array, prepared, { size, classes: values });
    },
    release: () => model.release(),
  };
}
