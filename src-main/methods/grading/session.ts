/** @file A training of a network that looks once at an image: its class or grade, or its numbers. */
import { scalars, type State } from "../../engine/runtime/index.ts";
import { decodeSafetensors, encodeSafetensors } from "../../engine/safetensors.ts";
import { createSampler } from "../../dataset/index.ts";
import { cosineRate, warmUp } from "../../training/index.ts";
import type { StartRequest } from "../start-request.ts";
import type { TrainingSession } from "../training-session.ts";
import { mismatch } from "../segmentation-model/start.ts";
import { givenWeights, openTrainingStore, statesOf } from "../training-store.ts";
import { fitTemperature, softmaxRow } from "./answers.ts";
import { balancedSampler, inGroups, type LabelledImage, openLabelledImages } from "./images.ts";
import { answersOf, lookAt } from "./looks.ts";
import { describeGrader, type GraderDescription, readGrader } from "./model-file.ts";
import { NETWORKS } from "./networks.ts";
import { classifierProgram, classifierStep, regressorStep, TRUNK_RATE } from "./programs.ts";
import { type NetworkSettings, plainShape, trunkOf } from "./settings.ts";
import { openTrunk } from "./trunk.ts";
import { trunkFor } from "./trunk-record.ts";
import type { Mirroring } from "./variation.ts";

export interface LookSettings extends Omit<NetworkSettings, "network"> {
  /** One of our own, or the id of a trunk. */
  network: string;
  steps: number;
  batchSize: number;
  learningRate: number;
  augmentation: boolean;
  mirror: Mirroring;
  validateEvery: number;
  /** Of classes. */
  labelSmoothing?: number;
  isBalanced?: boolean;
}

type LookRequest = Omit<StartRequest, "settings"> & { method: "classify" | "regress"; settings: LookSettings };

/** Of the learning rate: weights that learned before move slowly beside a last layer that begins at random. */
const TRUNK_SHARE = 0.1;
/** Share of the run in which the learning rate rises. */
const WARM_UP = 0.05;

export async function startLooking(request: LookRequest): Promise<TrainingSession> {
  const { method, settings, seed, targets = [], from } = request;
  const { batchSize, steps, size, mirror, augmentation } = settings;
  const isNumeric = method === "regress";
  const classes = isNumeric ? targets.length : targets[0]!.options.length;
  const given = trunkFor(settings.network, request.trunk);
  const channels = given?.record.channels ?? request.channels;
  const trunk = given === null ? trunkOf(settings) : openTrunk(given.record, size);
  const shape = plainShape({ size, channels, classes, trunk });
  const images = openLabelledImages({ cases: request.cases, channels }, size);
  const { trained, validated } = images;
  if (trained.length === 0) throw new Error(`${method}: no labelled image to train.`);
  const scale = isNumeric ? targets.map((_, at) => scaleOf(trained, at)) : undefined;
  const description: Omit<GraderDescription, "temperature"> = {
    method,
    shape,
    targets,
    mirror: augmentation ? mirror : "none",
    ...(scale && { scale }),
  };
  const begun = from === undefined ? null : decodeSafetensors(from);
  if (begun !== null) checkStart(readGrader(begun.metadata), description);

  const { store, compile, saved, ...opened } = openTrainingStore(request);
  // The weights of a trunk's file are where it begins: the first program that is compiled says them.
  const own = trunk.kind === "onnx" && given?.bytes !== undefined ? { ...trunk, model: given.bytes } : trunk;
  const begins = { ...shape, trunk: own };
  const training = await compile(
    isNumeric
      ? regressorStep(begins, batchSize)
      : classifierStep(begins, batchSize, { labelSmoothing: settings.labelSmoothing ?? 0 }),
  );
  const program = classifierProgram(shape, batchSize);
  const looking = await compile(program);
  if (begun !== null) await store.restore(statesOf(begun.tensors as State, NETWORKS.classifier));
  if (saved !== null) await store.restore(saved.states);
  let step = Number(saved?.metadata["position"] ?? 0);
  let temperature = Number(saved?.metadata["temperature"] ?? 1);

  const place = (image: LabelledImage): number => image.values[0]!;
  const sampler =
    settings.isBalanced === true ? balancedSampler(trained.map(place), seed) : createSampler(trained.length, seed);
  const rate = warmUp(Math.max(1, Math.round(WARM_UP * steps)), cosineRate({ rate: settings.learningRate, steps }));
  const about = (): Record<string, string> => ({
    ...describeGrader({ ...description, temperature }),
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
    async runStep() {
      const drawn = Array.from({ length: batchSize }, (_, at) => trained[sampler(step * batchSize + at)]!);
      const varied = { mirror, key: (at: number) => [seed, "vary", step, at] };
      const image = await images.stack(
        drawn.map(({ frameId }) => frameId),
        augmentation ? { varied } : {},
      );
      const truth = isNumeric ? numbersOf(drawn, scale!) : { grade: Uint8Array.from(drawn, place) };
      const rates = {
        learningRate: rate(step),
        ...(trunk.kind === "onnx" && { [TRUNK_RATE]: TRUNK_SHARE * rate(step) }),
      };
      const { total } = scalars(await training.run({ image, ...truth, ...rates }));
      step++;
      return { loss: total! };
    },
    async validate(_judge, _show, _shown, _compare, take) {
      const rows: number[][] = [];
      for (const group of inGroups(validated, batchSize)) {
        const squares = await Promise.all(group.map(({ frameId }) => images.square(frameId)));
        const looks = await lookAt(
          looking,
          batchSize,
          squares.map(({ image }) => image),
        );
        rows.push(...looks.map(({ logits }) => Array.from(logits)));
      }
      if (!isNumeric) temperature = fitTemperature(rows.map(softmaxRow), validated.map(place));
      for (const [at, row] of rows.entries())
        take?.(validated[at]!.frameId, answersOf([row], { ...description, temperature }));
    },
    checkpoint: () => opened.checkpoint({ ...about(), position: String(step), temperature: String(temperature) }),
    async weights() {
      return encodeSafetensors({ tensors: statesOf(await store.state(), NETWORKS.classifier), metadata: about() });
    },
    async exportOnnx({ weights, about: more = {} } = {}) {
      const { states, metadata } = givenWeights(weights);
      const told = { ...more, ...about(), ...metadata, purpose: isNumeric ? OF_NUMBERS : OF_CLASSES };
      return opened.exportOnnx(classifierProgram(shape, 1), states, told);
    },
    release: () => store.release(),
  };
}

/** For those who use the ONNX file elsewhere. */
const OF_CLASSES =
  "class of an image: image [1, channels, size, size], normalized as `normalization` says -> logits [1, classes] (softmax of logits / temperature), saliency: what each place alone says";
const OF_NUMBERS =
  "numbers of an image: image [1, channels, size, size], normalized as `normalization` says -> logits [1, numbers], mean + deviation · logits of `scale`; saliency: what each place alone says";

/** Mean and deviation of what is known; 1 where all are the same. */
function scaleOf(images: readonly LabelledImage[], at: number): { mean: number; deviation: number } {
  const known = images.flatMap(({ values }) => values[at] ?? []);
  if (known.length === 0) return { mean: 0, deviation: 1 };
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  const deviation = Math.sqrt(known.reduce((sum, value) => sum + (value - mean) ** 2, 0) / known.length);
  return { mean, deviation: deviation > 0 ? deviation : 1 };
}

function numbersOf(drawn: readonly LabelledImage[], scale: readonly { mean: number; deviation: number }[]) {
  const known = drawn.flatMap(({ values }) => scale.map((_, at) => ((values[at] ?? null) === null ? 0 : 1)));
  const target = drawn.flatMap(({ values }) =>
    scale.map(({ mean, deviation }, at) => ((values[at] ?? null) === null ? 0 : (values[at]! - mean) / deviation)),
  );
  return { target: Float32Array.from(target), known: Float32Array.from(known) };
}

/** Throws `Problem` where a training cannot begin with a model. */
export function checkStart(
  has: Pick<GraderDescription, "shape" | "targets">,
  asked: Pick<GraderDescription, "shape" | "targets">,
): void {
  for (const key of Object.keys(asked.shape) as (keyof typeof asked.shape)[]) {
    const [own, wanted] = [JSON.stringify(has.shape[key]), JSON.stringify(asked.shape[key])];
    if (own !== wanted) throw mismatch(`${key}: it has ${own}; the settings ask for ${wanted}.`);
  }
  const namesOf = ({ targets }: typeof has): string =>
    targets.map(({ name, options }) => [name, ...options].join(", ")).join("; ");
  if (namesOf(has) !== namesOf(asked)) throw mismatch(`Labels: it knows ${namesOf(has)}; now ${namesOf(asked)}.`);
}
