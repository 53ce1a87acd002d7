/** @file A pix2pix training under way: pairs in, updates of discriminator and generator, validation, checkpoints. */
import { encodeSafetensors } from "../../engine/safetensors.ts";
import type { StartRequest } from "../start-request.ts";
import type { TrainingSession } from "../training-session.ts";
import { openLevelOne } from "../mask-to-image/level-one.ts";
import { discriminatorShape, NETWORKS, type SynthesisShape } from "../mask-to-image/networks.ts";
import { openPairs } from "../mask-to-image/pairs.ts";
import { paintingProgram, type ProgramOptions } from "../mask-to-image/programs.ts";
import { startFrom } from "../mask-to-image/start.ts";
import { describeSynthesis, type SynthesisDescription } from "../mask-to-image/synthesis-file.ts";
import { judgePaintings } from "../mask-to-image/validation-paintings.ts";
import { givenWeights, openTrainingStore, statesOf } from "../training-store.ts";
import type { Pix2pixSettings } from "./settings.ts";

/** Masks that are painted at once to validate. */
const VALIDATION_BATCH = 4;

type Pix2pixRequest = Omit<StartRequest, "settings"> & { settings: Pix2pixSettings };

export async function startPix2pix(request: Pix2pixRequest): Promise<TrainingSession> {
  const { cases, classes, seed, from, settings } = request;
  const { size, batchSize, steps } = settings;
  const wanted = {
    classes,
    channels: request.channels,
    size,
    generator: { width: settings.generatorWidth, widest: settings.generatorWidest, search: "none" },
  } as const;
  const start =
    from === undefined ? null : startFrom(from, { ...wanted, discriminatorWidth: settings.discriminatorWidth });
  const channels = start?.channels ?? request.channels;
  const shape: SynthesisShape = {
    size,
    channels,
    classes: classes.length,
    batchSize,
    generator: wanted.generator,
    discriminator: discriminatorShape(size, settings.discriminatorWidth),
    segmenter: { width: 1, depth: 1 }, // has no part in painting
  };
  const { store, compile, saved, ...opened } = openTrainingStore(request);
  const pairs = openPairs({ cases, classes, seed }, shape);
  if (pairs.count === 0) throw new Error("pix2pix: no annotated frame to train.");
  // What memory it takes hangs on no pixel.
  const isPlanOnly = request.resources?.isPlanOnly === true;
  const options: ProgramOptions = { shape, range: isPlanOnly ? { low: 0, high: 1 } : await pairs.range() };

  const levelOne = await openLevelOne(compile, options, { pairs, seed });
  const batch = Math.min(VALIDATION_BATCH, Math.max(1, pairs.validated));
  const painting = await compile(paintingProgram(options, batch));
  if (start !== null) await store.restore(start.tensors);
  if (saved !== null) await store.restore(saved.states);
  let step = Number(saved?.metadata["step"] ?? 0);

  const description: SynthesisDescription = { method: "pix2pix", ...wanted, channels, range: options.range };
  const about = (): Record<string, string> => ({
    ...describeSynthesis(description),
    step: String(step),
    seed: String(seed),
    settings: JSON.stringify(settings),
  });

  return {
    steps,
    get step() {
      return step;
    },
    validateEvery: settings.validateEvery,
    get isCandidate() {
      return settings.keep === "best" || step === steps;
    },
    async runStep() {
      const figures = await levelOne.step(step, settings.generatorRate);
      step++;
      return figures;
    },
    validate: (_judge, show) => judgePaintings({ pairs, painting, batch, options, seed }, show),
    checkpoint: () => opened.checkpoint(about()),
    async weights() {
      const tensors = statesOf(await store.state(), NETWORKS.generator, NETWORKS.discriminator);
      return encodeSafetensors({ tensors, metadata: about() });
    },
    async exportOnnx({ weights, about: more = {} } = {}) {
      const { states, metadata } = givenWeights(weights);
      const told = { ...more, ...about(), ...metadata, ...describeGraph(options) };
      return opened.exportOnnx(paintingProgram(options, 1), states, told);
    },
    release: () => store.release(),
  };
}

/** For those who paint with the ONNX file elsewhere. */
function describeGraph({ range }: ProgramOptions): Record<string, string> {
  return {
    purpose: "image generator: paints an image for a label map; it outlines nothing",
    inputs:
      "labelMap: class numbers in the order of classes; all others: numbers uniform in [0, 1), drawn anew for each image",
    outputs: `image: 0 to 1, which stand for ${range.low} to ${range.high} after the normalization`,
  };
}
