/** @file Settings and data of a run to the networks of GenSeg. */
import type { StartRequest } from "../start-request.ts";
import type { TrainingSession } from "../training-session.ts";
import { DEEPLAB_STAGES, discriminatorShape, type SynthesisShape } from "../mask-to-image/networks.ts";
import { startSynthesis } from "../mask-to-image/session.ts";
import { startFrom } from "../mask-to-image/start.ts";
import type { GensegSettings } from "./settings.ts";

type GensegRequest = Omit<StartRequest, "settings"> & { settings: GensegSettings };

export async function startGenseg(request: GensegRequest): Promise<TrainingSession> {
  const { settings, classes, from } = request;
  const { size, batchSize, segmenter: network, width, activation } = settings;
  const generator = { width: settings.generatorWidth, widest: settings.generatorWidest, search: settings.search };
  const unet = { network, width, depth: settings.depth, activation };
  const wanted = {
    classes,
    channels: request.channels,
    size,
    generator: settings.second === "synthetic" ? generator : null,
    discriminatorWidth: null, // models of genseg hold none
    segmenter: unet,
  };
  const { channels, tensors } =
    from === undefined ? { channels: request.channels, tensors: {} } : startFrom(from, wanted);
  const shape: SynthesisShape = {
    size,
    channels,
    classes: classes.length,
    batchSize,
    generator,
    discriminator: discriminatorShape(size, settings.discriminatorWidth),
    segmenter: unet,
  };
  const depth = network === "unet" ? settings.depth : DEEPLAB_STAGES;
  const segmenter = { network, width, depth };
  const description = { method: "genseg", classes, channels, size, segmenter, generator } as const;
  return startSynthesis({ request, settings, shape, description, start: tensors });
}
