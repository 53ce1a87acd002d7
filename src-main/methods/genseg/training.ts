/** @file Settings and data of a run to the networks of GenSeg. */
import type { StartRequest, TrainingSession } from "../define-method.ts";
import type { SynthesisShape } from "../mask-to-image/networks.ts";
import { startSynthesis } from "../mask-to-image/session.ts";
import type { GensegSettings } from "./settings.ts";

type GensegRequest = Omit<StartRequest, "settings"> & { settings: GensegSettings };

/** Layers of the judge that halve: as many as leave a map of several scores. */
function halvingsOf(size: number): number {
  return size >= 256 ? 3 : 2;
}

export function startGenseg(request: GensegRequest): Promise<TrainingSession> {
  const { settings, classes, channels } = request;
  const { size, batchSize, width, depth, activation } = settings;
  const generator = { width: settings.generatorWidth, widest: settings.generatorWidest, search: settings.search };
  const shape: SynthesisShape = {
    size,
    channels,
    classes: classes.length,
    batchSize,
    generator,
    discriminator: { width: settings.discriminatorWidth, halvings: halvingsOf(size), between: size >= 128 ? 1 : 0 },
    segmenter: { width, depth, activation },
  };
  const description = { method: "genseg", classes, channels, size, width, depth, generator } as const;
  return startSynthesis({ request, settings, shape, description });
}
