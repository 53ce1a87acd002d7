/** @file Teacher and student of a finished training side by side, as they are when they predict. */
import { preprocessFrame, restorePrediction, restoreWindow } from "../../dataset/index.ts";
import { type CompiledProgram, ParameterStore, type State } from "../../engine/runtime/index.ts";
import { decodeSafetensors } from "../../engine/safetensors.ts";
import { Problem } from "../../problem/index.ts";
import { Random } from "../../random/index.ts";
import type { ComputeDevice, Inference, ReviewedNetwork, Reviewer } from "../define-method.ts";
import { readModelDescription } from "../segmentation-model/model-file.ts";
import { type NetworkShape, predictionOf } from "./networks.ts";
import { cleanPseudoLabels, type CleaningSettings } from "./pseudo-labels.ts";

const networks: readonly ReviewedNetwork[] = ["student", "teacher"];

/** `weights`: what the training gave. null: they are of a training on volumes, which no review record is made of. Throws `Problem` "unsupported-file" when it holds no two networks of ours. */
export async function openReviewer(weights: Uint8Array, device: ComputeDevice): Promise<Reviewer | null> {
  const { tensors, metadata } = decodeSafetensors(weights);
  const { classes, channels, size, width, depth, volume } = readModelDescription(metadata);
  if (volume !== undefined) return null;
  const names = Object.keys(tensors);
  const missing = networks.filter((which) => !names.some((name) => name.startsWith(`${which}.`)));
  if (missing.length > 0) {
    throw new Problem({
      code: "unsupported-file",
      title: "The weights hold no student and teacher.",
      detail: `There is no ${missing.join(" and no ")} in them.`,
      hint: "Choose a model that was trained with bcp or mean-teacher.",
    });
  }
  // Dropout does nothing in a prediction.
  const shape: NetworkShape = {
    classes: 1 + classes.length,
    channels,
    settings: { dimensions: "2", size, slices: 1, width, depth, dropout: false },
  };
  const cleaning = readCleaning(metadata);
  const store = new ParameterStore({ device, random: (name) => new Random(0, name) });
  await store.restore(tensors as State);
  /** By network and number of views. */
  const compiled = new Map<string, CompiledProgram>();
  const programOf = async (which: ReviewedNetwork, views: number): Promise<CompiledProgram> => {
    const key = `${which} ${views}`;
    const known = compiled.get(key) ?? (await store.compile(predictionOf(which, shape, views)));
    compiled.set(key, known);
    return known;
  };
  const probabilities = async (which: ReviewedNetwork, images: Float32Array, views: number): Promise<Float32Array> => {
    const outputs = await (await programOf(which, views)).run({ image: images });
    return outputs["probabilities"]!.data as Float32Array;
  };
  const values = classes.map(({ value }) => value);
  return {
    classes,
    channels,
    size,
    probabilities,
    async infer(frame) {
      const { image, placement, original } = preprocessFrame(frame, { size, channels });
      const placed = { placement, original };
      const inferenceOf = async (which: ReviewedNetwork): Promise<Inference> => {
        const own = await probabilities(which, image, 1);
        return {
          prediction: () => restorePrediction(own, placed, { size, classes: values }),
          probabilities: (window) => restoreWindow(own, placed, { size, planes: 1 + values.length }, window),
          bytes: own.byteLength,
        };
      };
      return { student: await inferenceOf("student"), teacher: await inferenceOf("teacher") };
    },
    pseudoLabel(classNumbers) {
      const labels = classNumbers.slice();
      cleanPseudoLabels(labels, [size, size], cleaning);
      return labels;
    },
    release: () => store.release(),
  };
}

/** As the training cleaned its pseudo-labels; a method without them takes nothing away. */
function readCleaning(metadata: Readonly<Record<string, string>>): CleaningSettings {
  const settings = JSON.parse(metadata["settings"] ?? "{}") as Partial<CleaningSettings>;
  const { components = "all", componentCount = 1, componentArea = 0, connectivity = "corners" } = settings;
  return { components, componentCount, componentArea, connectivity };
}
