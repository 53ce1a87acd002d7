/** @file Runs an exported segmentation model on frames of any size. */
import { preprocessFrame, restorePrediction, restoreWindow } from "../../dataset/index.ts";
import { DeviceUnavailableError, type LoadedOnnx, loadOnnx, type OnnxPort } from "../../engine/runtime/index.ts";
import { Problem } from "../../problem/index.ts";
import type { Frame } from "../../voxels/index.ts";
import type { ComputeDevice } from "../start-request.ts";
import type { Inference, Predictor } from "../trained-models.ts";
import { type ModelDescription, patchOf, readModelDescription } from "./model-file.ts";
import { volumePredictor } from "./volume-prediction.ts";

/** Throws `Problem` "unsupported-file" when the file cannot be read, or the network is not what the model says of itself. */
export async function openSegmentationModel(onnx: Uint8Array, device: ComputeDevice): Promise<Predictor> {
  const model = await load(onnx, device);
  const description = readModelDescription(model.metadata);
  checkPorts(model, description);
  const { classes, channels, size, volume } = description;
  if (volume !== undefined) return volumePredictor(model, { ...description, volume });
  const values = classes.map(({ value }) => value);
  const infer = async (frame: Frame): Promise<Inference> => {
    // The picture itself is of no use any more; where it lies is.
    const { image, placement, original } = preprocessFrame(frame, { size, channels });
    const outputs = await model.run({ image: { shape: [1, channels, size, size], data: image } });
    const probabilities = outputs["probabilities"]!.data as Float32Array;
    const placed = { placement, original };
    return {
      prediction: () => restorePrediction(probabilities, placed, { size, classes: values }),
      probabilities: (window) => restoreWindow(probabilities, placed, { size, planes: 1 + values.length }, window),
      bytes: probabilities.byteLength,
    };
  };
  return {
    classes,
    network: {
      channels,
      size,
      async probabilities(images, views) {
        const outputs = await model.run({ image: { shape: [views, channels, size, size], data: images } });
        return outputs["probabilities"]!.data as Float32Array;
      },
    },
    infer,
    predict: async (frame) => (await infer(frame)).prediction(),
    release: () => model.release(),
  };
}

async function load(onnx: Uint8Array, device: ComputeDevice): Promise<LoadedOnnx> {
  try {
    return await loadOnnx(onnx, device);
  } catch (error) {
    if (error instanceof DeviceUnavailableError || error instanceof RangeError) throw error;
    throw new Problem(
      {
        code: "unsupported-file",
        title: "The file of the model cannot be read.",
        detail: "It is damaged, no ONNX, or made of operators that this app does not have.",
        hint: "Choose another model, or train one anew.",
      },
      { cause: error },
    );
  }
}

function checkPorts({ inputs, outputs, metadata }: LoadedOnnx, description: ModelDescription): void {
  const { classes, channels, size, volume } = description;
  const { image } = inputs;
  const { probabilities } = outputs;
  const places = volume === undefined ? [size, size] : patchOf({ size, volume });
  const isTaken = image !== undefined && Object.keys(inputs).length === 1 && fits(image, [1, channels, ...places]);
  const isGiven = probabilities !== undefined && fits(probabilities, [1, 1 + classes.length, ...places]);
  // Written where the network halves its images: see ParameterStore.exportOnnx.
  const multiple = Number(metadata["sizeMultiple"] ?? 1);
  const isHalved = volume !== undefined || size % multiple === 0;
  if (isTaken && isGiven && isHalved) return;
  const written = (ports: Readonly<Record<string, OnnxPort>>): string =>
    Object.entries(ports)
      .map(([name, { dtype, shape }]) => `${name} ${dtype} [${shape.join(", ")}]`)
      .join(", ");
  throw new Problem({
    code: "unsupported-file",
    title: "The network of the model is not what the model says of itself.",
    detail:
      `It says: image [${["n", channels, ...places].join(", ")}] in, ` +
      `probabilities [${["n", 1 + classes.length, ...places].join(", ")}] out; ` +
      `its network has ${written(inputs)} in, ${written(outputs)} out` +
      (isHalved ? "." : `, of sides that are multiples of ${multiple}.`),
    hint: "Choose another model, or train one anew.",
  });
}

/** Sizes with a name take any number. */
function fits({ dtype, shape }: OnnxPort, expected: readonly number[]): boolean {
  return (
    dtype === "float32" &&
    shape.length === expected.length &&
    shape.every((side, axis) => typeof side === "string" || side === expected[axis])
  );
}
