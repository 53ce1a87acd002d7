/** @file What a training of a student and its teacher is on: single images or volumes, from the beginning or from a model. */
import type { State } from "../../engine/runtime/index.ts";
import type { StartRequest } from "../start-request.ts";
import type { ModelDescription, SegmentationMethod } from "../segmentation-model/model-file.ts";
import { openImages, type TrainingImages } from "./images.ts";
import type { NetworkShape } from "./networks.ts";
import type { SharedSettings } from "./settings.ts";
import { startOf } from "./start.ts";
import { openVolumes } from "./volume-images.ts";

interface OpenTraining<Settings> {
  shape: NetworkShape & { settings: Settings };
  images: TrainingImages;
  description: ModelDescription;
  /** States of both networks to go on from. */
  from: State | null;
}

/** Throws `Problem` where the model to start from does not fit. */
export function openTraining<Settings extends SharedSettings>(
  method: SegmentationMethod,
  request: Omit<StartRequest, "settings"> & { settings: Settings },
): OpenTraining<Settings> {
  const { settings, classes } = request;
  const { dimensions, size, width, depth, slices, sliceSide: side, intensities: intensity } = settings;
  // Color counts as its luminance in volumes.
  const { channels, from } = startOf(method, dimensions === "3" ? { ...request, channels: 1 } : request);
  const shape = { classes: 1 + classes.length, channels, settings };
  const description: ModelDescription = { method, classes, channels, size, width, depth };
  return dimensions === "3"
    ? {
        shape,
        images: openVolumes(request, settings),
        description: { ...description, volume: { slices, side, intensity } },
        from,
      }
    : { shape, images: openImages(request, settings, channels), description, from };
}
