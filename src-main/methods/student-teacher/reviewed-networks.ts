/** @file The two networks of a finished training as they are when they predict, and how it cleaned pseudo-labels. */
import { type CompiledProgram, ParameterStore, type State } from "../../engine/runtime/index.ts";
import { decodeSafetensors } from "../../engine/safetensors.ts";
import { Problem } from "../../problem/index.ts";
import { Random } from "../../random/index.ts";
import type { ComputeDevice } from "../start-request.ts";
import type { ReviewedNetwork } from "../trained-models.ts";
import { type ModelDescription, readModelDescription } from "../segmentation-model/model-file.ts";
import { type NetworkShape, predictionOf } from "./networks.ts";
import type { CleaningSettings } from "./pseudo-labels.ts";

const networks: readonly ReviewedNetwork[] = ["student", "teacher"];

export interface ReviewedNetworks {
  description: ModelDescription;
  cleaning: CleaningSettings;
  /** Images `[views, channels, ..places]` -> `[views, 1 + classes, ..places]`, background first. */
  probabilities(which: ReviewedNetwork, images: Float32Array, views: number): Promise<Float32Array>;
  release(): Promise<void>;
}

/** `weights`: what the training gave. Throws `Problem` "unsupported-file" when it holds no two networks of ours. */
export async function openReviewedNetworks(weights: Uint8Array, device: ComputeDevice): Promise<ReviewedNetworks> {
  const { tensors, metadata } = decodeSafetensors(weights);
  const description = readModelDescription(metadata);
  const { classes, channels, size, width, depth, volume } = description;
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
  const network = { size, width, depth, dropout: false };
  const shape: NetworkShape = {
    classes: 1 + classes.length,
    channels,
    settings:
      volume === undefined
        ? { dimensions: "2", slices: 1, ...network }
        : { dimensions: "3", slices: volume.slices, ...network },
  };
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
  return {
    description,
    cleaning: readCleaning(metadata),
    async probabilities(which, images, views) {
      const outputs = await (await programOf(which, views)).run({ image: images });
      return outputs["probabilities"]!.data as Float32Array;
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
