/** @file A training of Siamese-Diffusion: its stages, batches, validation, checkpoints and models. */
import { createSampler } from "../../dataset/index.ts";
import { type CompiledProgram, scalars } from "../../engine/runtime/index.ts";
import { type Program, sizeOf } from "../../engine/index.ts";
import { encodeSafetensors } from "../../engine/safetensors.ts";
import { Problem } from "../../problem/index.ts";
import { Random } from "../../random/index.ts";
import type { StartRequest } from "../start-request.ts";
import type { TrainingSession } from "../training-session.ts";
import { givenWeights, openTrainingStore } from "../training-store.ts";
import { augmentationWeights, augmentedCount, isAugmenting } from "./augmentation-gate.ts";
import { drawBatch, drawBins, figuresOf, drawNormal } from "./draws.ts";
import { openSiameseGenerator } from "./generator.ts";
import { measureScale } from "./latent-scale.ts";
import { describeSiamese } from "./model-file.ts";
import { halvingsOf, factorOf, latentShape, type LatentScale, type SiameseShape } from "./networks.ts";
import { openPictures, type PictureBatch, type ValueRange } from "./pictures.ts";
import {
  codecStep,
  denoiseProgram,
  latentProgram,
  priorStep,
  scoringProgram,
  siameseStep,
  type StepOptions,
} from "./programs.ts";
import { openScoring, type Scoring } from "./scoring.ts";
import { type SiameseSettings, totalSteps } from "./settings.ts";
import { startFrom } from "./start.ts";
import { showPaintings } from "./validation-paintings.ts";
import {
  AVERAGE_DECAY,
  averageDecay,
  AVERAGES,
  begun,
  handedOn,
  hasControl,
  modelStates,
  paintingWeights,
  placeOf,
  type Stage,
  stagesOf,
} from "./stages.ts";

type SiameseRequest = Omit<StartRequest, "settings"> & { settings: SiameseSettings };

/** What a training finds out before its first step, and keeps: a resumed one has the same. */
interface Found {
  range: ValueRange;
  /** Of the present stage's latent images. */
  scale: LatentScale;
}

/** Stands for what is not looked at, where only memory is planned. */
const UNSEEN: ValueRange = { low: 0, high: 1, of: "bytes" };

export async function startSiamese(request: SiameseRequest): Promise<TrainingSession> {
  const { cases, classes, seed, settings } = request;
  const { size, adapter, denoiser, hint, outlets } = settings;
  const wanted = { size, channels: request.channels, adapter, denoiser, hint };
  const start = request.from === undefined ? null : startFrom(request.from, wanted, classes);
  const channels = start?.channels ?? request.channels;
  const shape: SiameseShape = { ...wanted, channels, classes: classes.length, outlets };
  const latentSide = latentShape(shape)[1]!;
  if (latentSide % 2 ** halvingsOf(shape.denoiser) !== 0) {
    throw new Error(`siamese-diffusion: latent images of ${latentSide} cannot be halved; factor ${factorOf(shape)}.`);
  }
  const isPlanOnly = request.resources?.isPlanOnly === true;
  const pictures = openPictures({ cases, classes }, { size: settings.size, channels });
  const stages = stagesOf(settings);
  const steps = totalSteps(settings);
  let training = openTrainingStore(request);
  const { saved } = training;
  let step = Number(saved?.metadata["position"] ?? 0);
  const latentSize = sizeOf(latentShape(shape));
  const unscaled: LatentScale = { mean: Array.from({ length: latentShape(shape)[0]! }, () => 0), factor: 1 };
  const found: Found =
    saved === null
      ? { range: isPlanOnly ? UNSEEN : await pictures.range(), scale: unscaled }
      : (JSON.parse(saved.metadata["found"]!) as Found);

  let compiled: CompiledProgram[] = [];
  const compile = async (program: Program): Promise<CompiledProgram> => {
    const one = await training.compile(program);
    compiled.push(one);
    return one;
  };
  const optionsNow = (): StepOptions => ({
    shape,
    predicts: settings.predicts,
    scale: found.scale,
    batchSize: settings.batchSize,
    emaDecay: AVERAGE_DECAY,
  });
  const augmentedNow = (at: number): number => {
    const does = settings.imageBranch && settings.onlineAugmentation && isAugmenting(at, settings.steps);
    return does ? augmentedCount(settings.batchSize, settings.augmentedPart === "whole" ? "whole" : "earliest") : 0;
  };
  const programFor = (stage: Stage, at: number): Program => {
    switch (stage.name) {
      case "codec":
        return codecStep(optionsNow());
      case "prior":
        return priorStep(optionsNow());
      case "siamese":
        return siameseStep({
          ...optionsNow(),
          imageBranch: settings.imageBranch,
          consistencyWeight: settings.consistencyWeight,
          joint: settings.stages === "joint",
          augmented: augmentedNow(at),
        });
    }
  };

  /** The stage that is open, its step, and what scores it. */
  let open: { stage: Stage; augmented: number; train: CompiledProgram; scoring: Scoring | null } | null = null;

  const closeStage = async (): Promise<void> => {
    await open?.scoring?.release();
    for (const one of compiled) await one.release();
    compiled = [];
    open = null;
  };
  const openStage = async (stage: Stage, at: number): Promise<void> => {
    const train = await compile(programFor(stage, at));
    const scoring =
      stage.name === "codec"
        ? null
        : openScoring(pictures, {
            seed,
            range: found.range,
            latentSize,
            imageWeight: settings.imageWeight,
            batchSize: settings.batchSize,
            hasCodeNoise: settings.adapter === "autoencoder",
            compile: (batch) =>
              training.store.compile(
                scoringProgram(optionsNow(), {
                  batch,
                  weights: paintingWeights(settings, stage.name),
                  branches: stage.name !== "siamese" ? "none" : settings.imageBranch ? "both" : "mask",
                }),
              ),
          });
    open = { stage, augmented: stage.name === "siamese" ? augmentedNow(at) : 0, train, scoring };
  };

  /** Hands the networks on from one stage to the next, in a store of its own: what the last one's optimizer kept is let go. */
  const enterStage = async (stage: Stage): Promise<void> => {
    const carried = handedOn(await training.store.state());
    await closeStage();
    await training.store.release();
    training = openTrainingStore({ ...request, resume: undefined });
    await training.store.restore(carried);
    await beginStage(stage);
  };
  const beginStage = async (stage: Stage): Promise<void> => {
    if (stage === stages.find(({ name }) => name !== "codec") && !isPlanOnly) {
      const encode = await training.store.compile(latentProgram(shape, 1));
      found.scale = await measureScale(pictures, found.range, shape, encode);
      await encode.release();
    }
    await openStage(stage, 0);
    if (stage.name === "siamese" && !isPlanOnly)
      await training.store.restore(begun(await training.store.state(), start?.states));
  };

  if (isPlanOnly) {
    // Only one of them is open at a time: each must fit by itself.
    for (const stage of stages) {
      await openStage(stage, stage.steps);
      await closeStage();
    }
    await compile(denoiseProgram({ shape, batch: 1, passes: { free: true, masked: true }, hasReference: false }));
  } else if (saved === null) {
    if (start !== null) await training.store.restore(start.states);
    await beginStage(stages[0]!);
  } else {
    await training.store.restore(saved.states);
    const { stage, at } = placeOf(stages, step);
    // The last step of a stage ends it; the next one begins when it is asked for.
    if (at === 0 && step > 0) await openStage(stages[stages.indexOf(stage) - 1]!, 0);
    else await openStage(stage, at);
  }

  const sampler = {
    annotated: createSampler(pictures.annotated, seed),
    learned: createSampler(pictures.learned, seed + 1),
  };
  const batchAt = async (stage: Stage, at: number, mirrored: readonly boolean[]): Promise<PictureBatch> => {
    const group = stage.name === "siamese" ? "annotated" : "learned";
    const { batchSize } = settings;
    const indices = Array.from({ length: batchSize }, (_, place) => sampler[group](at * batchSize + place));
    return pictures.batch(group, indices, found.range, mirrored);
  };

  const trainOnce = async (stage: Stage, at: number): Promise<Record<string, number>> => {
    const random = new Random(seed, "siamese-diffusion", stage.name, at);
    const { batchSize, conditionDrop, flips, controlDrop } = settings;
    const { times, mirrored, feeds } = drawBatch(random, { batchSize, latentSize, conditionDrop, flips });
    const { image, labelMap } = await batchAt(stage, at, mirrored);
    const codeNoise = settings.adapter === "autoencoder" && { codeNoise: drawNormal(random, batchSize * latentSize) };
    const learningRate = stage.rate(at);
    if (stage.name === "codec") {
      const { total, ...parts } = scalars(await open!.train.run({ image, ...codeNoise, learningRate }));
      return { loss: total!, ...parts };
    }
    const { bins, filled } = drawBins(times);
    const decay = { [AVERAGE_DECAY]: averageDecay(at, settings.emaDecay) };
    const common = { image, ...feeds, ...codeNoise, ...decay, bins, learningRate };
    if (stage.name === "prior") return figuresOf(scalars(await open!.train.run(common)), filled);

    const kept = Float32Array.from({ length: batchSize }, () => (random.uniform() < controlDrop ? 0 : 1));
    const imageWeight = (settings.imageWeight * at) / settings.steps;
    const augmented = augmentationWeights(times, kept, open!.augmented);
    const outputs = await open!.train.run({
      ...common,
      labelMap,
      kept,
      ...(settings.imageBranch && { imageWeight }),
      ...(open!.augmented > 0 && { augmented }),
    });
    return {
      ...figuresOf(scalars(outputs), filled),
      ...(settings.imageBranch && { imageWeight }),
      ...(open!.augmented > 0 && { augmentedShare: augmented.reduce((sum, one) => sum + one, 0) / batchSize }),
    };
  };

  const about = (): Record<string, string> => ({
    ...describeSiamese({ shape, classes, predicts: settings.predicts, ...found }),
    step: String(step),
    seed: String(seed),
    settings: JSON.stringify(settings),
    averageDecay: String(settings.emaDecay),
    ...(request.trainingData !== undefined && { trainingData: request.trainingData }),
  });
  const stageNow = (): Stage => open?.stage ?? stages[0]!;
  const weights = async (): Promise<Uint8Array> => {
    const networks = paintingWeights(settings, stageNow().name);
    return encodeSafetensors({
      tensors: modelStates(await training.store.state(), networks),
      metadata: { ...about(), weights: AVERAGES },
    });
  };

  return {
    steps,
    get step() {
      return step;
    },
    validateEvery: settings.validateEvery,
    get isCandidate() {
      return stageNow().name === "siamese" && (settings.keep === "best" || step === steps);
    },
    async runStep() {
      const { stage, at } = placeOf(stages, step);
      if (open!.stage !== stage) {
        await enterStage(stage);
      } else if (stage.name === "siamese" && open!.augmented !== augmentedNow(at)) {
        await closeStage();
        await openStage(stage, at);
      }
      const figures = await trainOnce(stage, at);
      step++;
      return figures;
    },
    /** How well it denoises validation images: scoring.ts. Nothing while an autoencoder learns, and where there are none. */
    async validate(_judge, show, shown) {
      const { device } = request;
      if (stageNow().name === "siamese" && show !== undefined && shown !== undefined) {
        const open = async () => openSiameseGenerator(await weights(), device);
        await showPaintings({ open, pictures, range: found.range, seed }, show, shown);
      }
      return open?.scoring?.score() ?? { score: null };
    },
    checkpoint: () => training.checkpoint({ ...about(), found: JSON.stringify(found), position: String(step) }),
    weights,
    async exportOnnx({ weights, about: more = {} } = {}) {
      const given = givenWeights(weights);
      if (given.states !== null && !hasControl(given.states)) throw nothingToKeep(stages, step);
      const states = given.states ?? modelStates(await training.store.state(), paintingWeights(settings, "siamese"));
      // In a store of its own: what is painted with is named otherwise than what is trained.
      const exporting = openTrainingStore({ seed, device: "cpu" });
      await exporting.store.restore(states);
      const program = denoiseProgram({ shape, batch: 1, passes: { free: true, masked: true }, hasReference: false });
      const onnx = await exporting.exportOnnx(program, null, { ...more, ...about(), ...given.metadata });
      await exporting.store.release();
      return onnx;
    },
    release: () => training.store.release(),
  };
}

/** Ended by a person before masks came in. */
function nothingToKeep(stages: readonly Stage[], step: number): Problem {
  const before = stages.reduce((sum, { name, steps }) => (name === "siamese" ? sum : sum + steps), 0);
  return new Problem({
    code: "conflict",
    title: "The training has not seen any mask yet: there is no model to keep.",
    detail: `Masks come in after step ${before}; it was ended at step ${step}, with all it has learned saved.`,
    hint: "Resume the run and let it go on, or begin one with fewer steps of the prior.",
  });
}
