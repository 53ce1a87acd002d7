/** @file Where a training of a student and its teacher starts from. */
import type { ChannelCount } from "../../dataset/index.ts";
import type { State } from "../../engine/runtime/index.ts";
import { decodeSafetensors } from "../../engine/safetensors.ts";
import type { StartRequest } from "../start-request.ts";
import { readModelDescription, type SegmentationMethod } from "../segmentation-model/model-file.ts";
import { checkStart, mismatch } from "../segmentation-model/start.ts";

type Request = Pick<StartRequest, "from" | "classes" | "channels"> & {
  settings: { readonly dimensions: "2" | "3"; readonly width: number; readonly depth: number };
};

/**
 * Channels to train with, and the states of both networks to go on from; null: none. Throws `Problem` where they do not fit the
 * training.
 */
export function startOf(method: SegmentationMethod, request: Request): { channels: ChannelCount; from: State | null } {
  if (request.from === undefined) return { channels: request.channels, from: null };
  const { metadata, tensors } = decodeSafetensors(request.from);
  const model = readModelDescription(metadata);
  if (model.method === "segment")
    throw mismatch(`It was made with segment, whose network is another than that of ${method}.`);
  return { channels: checkStart(model, request), from: tensors as State };
}
