/** @file A segmentation training under way: batches in, updates, validation, checkpoints. */
import {
  createBatches,
  createFrameCache,
  preprocessFrame,
  preprocessLabelMap,
  type PreprocessedFrame,
  restorePrediction,
  type SourceFrame,
} from "../../dataset/index.ts";
import { add, type Scope, softmax, type Tensor } from "../../engine/index.ts";
import { scalars, type State } from "../../engine/runtime/index.ts";
import { decodeSafetensors, encodeSafetensors } from "../../engine/safetensors.ts";
import { unet } from "../../networks/index.ts";
import {
  adamW,
  cosineRate,
  crossEntropy,
  inferStep,
  polyRate,
  softDice,
  stepCount,
  trainStep,
  warmUp,
} from "../../training/index.ts";
import type { StartRequest } from "../start-request.ts";
import type { TrainingSession } from "../training-session.ts";
import type { SegmentSettings } from "./index.ts";
import { describeModel, type ModelDescription, readModelDescription } from "../segmentation-model/model-file.ts";
import { checkStart } from "../segmentation-model/start.ts";
import { givenWeights, openTrainingStore, statesOf } from "../training-store.ts";

/** Largest joint norm of the gradients, nnU-Net's. */
const CLIP_NORM = 12;
const WEIGHT_DECAY = 0.01;
/** Steps in which the learning rate rises, and the share of the run that they take at most. */
const WARM_UP = { steps: 25, share: 0.1 };

type SegmentRequest = Omit<StartRequest, "settings"> & { settings: SegmentSettings };

export async function startSegmentation(request: SegmentRequest): Promise<TrainingSession> {
  const { cases, settings, seed, classes, from } = request;
  const { size, batchSize, width, depth, steps } = settings;
  const start = from === undefined ? null : decodeSafetensors(from);
  const channels = start === null ? request.channels : checkStart(readModelDescription(start.metadata), request);
  const description: ModelDescription = { method: "segment", classes, channels, size, width, depth };
  const classValues = classes.map(({ value }) => value);
  const trained = byTrust(annotatedFrames(cases.frames, "train"));
  const validated = annotatedFrames(cases.frames, "validate");

  const network = (scope: Scope, image: Tensor) => unet(scope, image, { classes: 1 + classes.length, width, depth });
  const train = trainStep({
    networks: ["network"],
    trained: "network",
    inputs: {
      image: { shape: [batchSize, channels, size, size] },
      labelMap: { shape: [batchSize, size, size], dtype: "uint8" },
    },
    loss({ network: scope }, { image, labelMap }) {
      const logits = network(scope, image);
      const crossEntropyLoss = crossEntropy(logits, labelMap);
      const diceLoss = softDice(logits, labelMap, { background: false });
      return { total: add(crossEntropyLoss, diceLoss), crossEntropy: crossEntropyLoss, diceLoss };
    },
    optimizer: adamW({ weightDecay: WEIGHT_DECAY }),
    clipNorm: CLIP_NORM,
  });
  const infer = inferStep({
    networks: ["network"],
    inputs: { image: { shape: [batchSize, channels, size, size] } },
    outputs: ({ network: scope }, { image }) => ({ probabilities: softmax(network(scope, image), { axis: 1 }) }),
  });

  const { store, compile, saved, ...opened } = openTrainingStore(request, { isTuned: settings.tune });
  const training = await compile(train);
  if (start !== null) await store.restore(start.tensors as State);
  const predicting = await compile(infer);
  let step = 0;
  if (saved !== null) {
    await store.restore(saved.states);
    step = stepCount(saved);
  }

  const frames = createFrameCache(
    async (frameId) => {
      const prepared = preprocessFrame(await cases.frame(frameId), { size, channels });
      const labelMap = preprocessLabelMap(await cases.labelMap(frameId), { size, classes: classValues });
      return { ...prepared, labelMap };
    },
    { bytesOf: ({ image, labelMap }) => image.byteLength + labelMap.byteLength },
  );
  const batches = createBatches(trained.length, (index) => frames(trained[index]!.frameId), {
    size,
    channels,
    batchSize,
    seed,
    isAugmented: settings.augmentation,
  });
  const shape = { rate: settings.learningRate, steps };
  const rise = Math.max(1, Math.min(WARM_UP.steps, Math.floor(WARM_UP.share * steps)));
  const rate = warmUp(rise, settings.schedule === "poly" ? polyRate(shape) : cosineRate(shape));

  return {
    steps,
    get step() {
      return step;
    },
    validateEvery: settings.validateEvery,
    async runStep() {
      const { image, labelMap } = await batches(step);
      const outputs = await training.run({ image, labelMap, learningRate: rate(step) });
      step++;
      const { total, ...terms } = scalars(outputs);
      return { loss: total!, ...terms };
    },
    async validate(judge) {
      const image = new Float32Array(batchSize * channels * size * size);
      const plane = (1 + classes.length) * size * size;
      for (let first = 0; first < validated.length; first += batchSize) {
        const group: { frameId: number; prepared: PreprocessedFrame }[] = [];
        for (const { frameId } of validated.slice(first, first + batchSize)) {
          const prepared = await frames(frameId);
          image.set(prepared.image, group.length * channels * size * size);
          group.push({ frameId, prepared });
        }
        const { probabilities } = await predicting.run({ image });
        const data = probabilities!.data as Float32Array;
        for (const [place, { frameId, prepared }] of group.entries()) {
          const own = data.subarray(place * plane, (place + 1) * plane);
          await judge(frameId, restorePrediction(own, prepared, { size, classes: classValues }).labelMap);
        }
      }
    },
    checkpoint: () => opened.checkpoint(describeModel(description)),
    async weights() {
      return encodeSafetensors({
        tensors: statesOf(await store.state(), "network"),
        metadata: describeModel(description),
      });
    },
    exportOnnx: ({ weights, about = {} } = {}) =>
      opened.exportOnnx(infer, givenWeights(weights).states, { ...about, ...describeModel(description) }),
    release: () => store.release(),
  };
}

/** Beside masks that nobody looked at those that somebody did are drawn twice as often: in the mean a weight of 1/2, as of pseudo-labels. */
function byTrust(frames: SourceFrame[]): SourceFrame[] {
  if (frames.every(({ isUnseen }) => isUnseen !== true)) return frames;
  return frames.flatMap((frame) => (frame.isUnseen === true ? [frame] : [frame, frame]));
}

function annotatedFrames(frames: readonly SourceFrame[], role: "train" | "validate"): SourceFrame[] {
  const foreign = frames.find((frame) => frame.role !== "train" && frame.role !== "validate");
  if (foreign !== undefined) {
    throw new Error(`segment: frame ${foreign.frameId} is there to ${foreign.role}: training must not see it.`);
  }
  const chosen = frames.filter((frame) => frame.role === role && frame.hasLabelMap);
  // An experiment takes the last step as it is, and validates nothing.
  if (chosen.length === 0 && role === "train") throw new Error("segment: no annotated frame to train.");
  return chosen;
}
