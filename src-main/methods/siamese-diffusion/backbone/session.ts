/** @file A training of Siamese-Diffusion on a backbone of the person's own: its steps, validation, checkpoints and models. */
import { createSampler } from "../../../dataset/index.ts";
import { type CompiledProgram, ParameterStore, scalars, type State } from "../../../engine/runtime/index.ts";
import { decodeSafetensors, encodeSafetensors } from "../../../engine/safetensors.ts";
import { Problem } from "../../../problem/index.ts";
import { Random } from "../../../random/index.ts";
import { cosineRate, warmUp } from "../../../training/index.ts";
import type { StartRequest, TrainedClass } from "../../start-request.ts";
import type { TrainingSession } from "../../training-session.ts";
import { givenWeights, openTrainingStore } from "../../training-store.ts";
import { augmentationWeights, augmentedCount, isAugmenting } from "../augmentation-gate.ts";
import { drawBatch, drawBins, figuresOf, timeFeeds } from "../draws.ts";
import { averageOf, CONDITIONS, NETWORKS } from "../networks.ts";
import { openPictures, type ValueRange } from "../pictures.ts";
import type { SiameseSettings } from "../settings.ts";
import { AVERAGE_DECAY, averageDecay, AVERAGES, renamed } from "../stages.ts";
import { showPaintings } from "../validation-paintings.ts";
import {
  AGAIN,
  AVERAGED,
  type BackboneShape,
  branchesProgram,
  compactLookProgram,
  type CompactStepOptions,
  compactStep,
  LIVE,
} from "./compact-programs.ts";
import { openEncodedImages } from "./encoded-images.ts";
import { compactGenerator } from "./generator.ts";
import { lookThrough, rolesFor } from "./look.ts";
import { reserveBackbone, tooMuch } from "./memory.ts";
import { CONTEXTS, describeCompact, readCompact } from "./model.ts";
import { openBackbone, type OpenBackbone } from "./open-backbone.ts";
import {
  type BackboneRecord,
  checkSize,
  LATENT_CHANNELS,
  LATENT_FACTOR,
  partOf,
  requireTrainable,
  SIZE_MULTIPLE,
} from "./record.ts";

type Request = Omit<StartRequest, "settings"> & { settings: SiameseSettings };
type Fed = Record<string, Float32Array<ArrayBuffer>>;

/** Share of the steps in which the rate rises, and that of the rate which is left at the end. */
const RISE = 0.08;
const LEFT = 0.05;
/** Middles of ten equal parts of the time: where validation looks. */
const TIMES = Array.from({ length: 10 }, (_, part) => 100 * part + 50);

const { decoder: DECODER, control: CONTROL } = NETWORKS;

/** Throws `Problem` where the backbone is not on this machine, or not made for it. */
export async function startOnBackbone(request: Request, record: BackboneRecord): Promise<TrainingSession> {
  const { cases, classes, seed, settings, device } = request;
  const { size, denoiser, hint, outlets, batchSize, steps } = settings;
  const isPlanOnly = request.resources?.isPlanOnly === true;
  requireTrainable(record);
  if (isPlanOnly && !takes(record, size)) throw tooMuch(Infinity, Infinity, record);
  checkSize(record, size);
  const hasBase = settings.backboneNoise && partOf(record, "unet") !== undefined;
  const { rowWidths } = record.facts;
  const shape: BackboneShape = { size, classes: classes.length, denoiser, hint, outlets, rowWidths, hasBase };
  const roles = rolesFor(record, "train", hasBase);

  // Before anything is opened: what the backbone takes is not there for the rest.
  const { reserved, left } = reserveBackbone(record, roles, {
    ...{ size, batch: batchSize, readsText: request.resume === undefined },
    limit: request.resources?.memoryLimit,
  });
  request.resources?.onReserved?.("backbone", reserved);

  const pictures = openPictures({ cases, classes }, { size, channels: 3 });
  const resources = { ...request.resources, memoryLimit: left };
  const { store, compile, saved, ...opened } = openTrainingStore({ ...request, resources });
  let step = Number(saved?.metadata["position"] ?? 0);
  const backbone = isPlanOnly
    ? null
    : await openBackbone(record, { shelf: request.backbones, roles, device, threads: request.resources?.threads });
  const release = async (): Promise<void> => {
    await store.release();
    await backbone?.release();
  };
  try {
    return await begun();
  } catch (error) {
    await release();
    throw error;
  }

  async function begun(): Promise<TrainingSession> {
    const augmentedAt = (at: number): number => {
      const does = settings.imageBranch && settings.onlineAugmentation && isAugmenting(at, steps);
      return does ? augmentedCount(batchSize, settings.augmentedPart) : 0;
    };
    const optionsAt = (at: number): CompactStepOptions => ({
      ...settings,
      ...{ shape, augmented: augmentedAt(at), emaDecay: AVERAGE_DECAY },
    });
    const lookBatch = Math.min(batchSize, Math.max(1, pictures.validated));
    const { imageBranch } = settings;
    const scoringProgram = () => branchesProgram(shape, { batch: lookBatch, weights: AVERAGED, imageBranch });
    const mixedProgram = (count: number) => branchesProgram(shape, { batch: count, weights: LIVE, imageBranch: true });
    const exportedProgram = () => compactLookProgram(shape, { batch: 1, steered: true, free: true });
    if (isPlanOnly) {
      // All of them are open at the end, beside one another.
      await compile(compactStep(optionsAt(steps)));
      const augmented = augmentedAt(steps);
      if (augmented > 0) await compile(mixedProgram(augmented));
      if (pictures.validated > 0) await compile(scoringProgram());
      return planned(steps, store);
    }

    const range = saved === null ? await pictures.range() : (JSON.parse(saved.metadata["range"]!) as ValueRange);
    if (saved !== null) await store.restore(saved.states);
    else if (request.from !== undefined) await store.restore(earlierStates(request.from, { record, shape, classes }));
    const told = saved?.states[CONTEXTS];
    const contexts = told ? { shape: told.shape.slice(1), data: told.data } : await backbone!.contexts();
    if (told === undefined) {
      const texts = Float32Array.from(contexts.data);
      await store.restore({ [CONTEXTS]: { shape: [2, ...contexts.shape], data: texts } });
    }
    const images = openEncodedImages(backbone!, pictures, {
      size,
      range,
      store,
      saved: saved?.states ?? {},
    });
    const sampler = createSampler(pictures.annotated, seed);
    const rate = warmUp(
      Math.max(1, Math.floor(RISE * steps)),
      cosineRate({ rate: settings.learningRate, steps, final: LEFT * settings.learningRate }),
    );
    const side = size / LATENT_FACTOR;
    const latentSize = LATENT_CHANNELS * side * side;
    let open = { augmented: augmentedAt(step), train: await compile(compactStep(optionsAt(step))) };
    let mixed: CompiledProgram | null = null;
    let scoring: CompiledProgram | null = null;

    const seen = async (latents: Float32Array, times: readonly number[], conditions: Int32Array, prefix = "") =>
      (await lookThrough(backbone!, shape, contexts, { latents, times, conditions }, prefix)) as Fed;

    const trainOnce = async (at: number): Promise<Record<string, number>> => {
      const random = new Random(seed, "siamese-diffusion on a backbone", at);
      const { conditionDrop, flips, controlDrop } = settings;
      const { times, mirrored, feeds } = drawBatch(random, { batchSize, latentSize, conditionDrop, flips });
      const indices = Array.from({ length: batchSize }, (_, place) => sampler(at * batchSize + place));
      const { image, labelMap } = await pictures.batch("annotated", indices, range, mirrored);
      const clean = await images.latents("annotated", indices, mirrored, random);
      const kept = Float32Array.from({ length: batchSize }, () => (random.uniform() < controlDrop ? 0 : 1));
      const { noise, signal, noiseLevel, condition, time } = feeds;
      const latents = clean.map((value, i) => {
        const sample = Math.floor(i / latentSize);
        return signal[sample]! * value + noiseLevel[sample]! * noise[i]!;
      });
      const look = await seen(latents, times, condition);
      const imageWeight = (settings.imageWeight * at) / steps;
      const branch = imageBranch && { image, imageWeight };
      const { augmented } = open;
      const weights = augmentationWeights(times, kept, augmented);
      const again =
        augmented > 0 &&
        (await lookAgain(
          { look, latents, times, condition, noise, noiseLevel, image, labelMap, imageWeight },
          augmented,
        ));
      const decay = { [AVERAGE_DECAY]: averageDecay(at, settings.emaDecay) };
      const { bins, filled } = drawBins(times);
      const common = { time, condition, noise, labelMap, kept, bins, ...decay, learningRate: rate(at) };
      const outputs = await open.train.run({
        ...{ ...look, ...common, ...branch },
        ...(again && { ...again, augmented: weights }),
      });
      return { ...figuresOf(scalars(outputs), filled), ...(imageBranch && { imageWeight }) };
    };

    interface Drawn {
      look: Fed;
      latents: Float32Array;
      times: readonly number[];
      condition: Int32Array<ArrayBuffer>;
      noise: Float32Array;
      noiseLevel: Float32Array;
      image: Float32Array<ArrayBuffer>;
      labelMap: Uint8Array<ArrayBuffer>;
      imageWeight: number;
    }
    /** The first samples as the mixed branch sees them, under the same noise at the same time: z + n (ε - ε_mix). */
    const lookAgain = async (drawn: Drawn, count: number): Promise<Fed> => {
      const part = <Values extends Float32Array | Uint8Array | Int32Array>(values: Values): Values =>
        values.slice(0, (values.length / batchSize) * count) as Values;
      const { look, latents, times, condition, noise, noiseLevel, image, labelMap, imageWeight } = drawn;
      mixed ??= await compile(mixedProgram(count));
      const outputs = await mixed.run({
        ...Object.fromEntries(Object.entries(look).map(([name, values]) => [name, part(values)])),
        time: Float32Array.from(times.slice(0, count)),
        condition: part(condition),
        labelMap: part(labelMap),
        image: part(image),
        imageWeight,
      });
      const predicted = outputs["mixed"]!.data as Float32Array;
      const renoised = part(latents).map(
        (value, i) => value + noiseLevel[Math.floor(i / latentSize)]! * (noise[i]! - predicted[i]!),
      );
      return seen(renoised, times.slice(0, count), part(condition), AGAIN);
    };

    const score = async (): Promise<{ score: number | null; figures?: Record<string, number> }> => {
      if (pictures.validated === 0) return { score: null };
      scoring ??= await compile(scoringProgram());
      let [count, mask, image] = [0, 0, 0];
      for (let first = 0; first < pictures.validated; first += lookBatch) {
        const own = Math.min(lookBatch, pictures.validated - first);
        const indices = Array.from({ length: lookBatch }, (_, place) => first + (place < own ? place : 0));
        const plain = indices.map(() => false);
        const seenPictures = await pictures.batch("validated", indices, range);
        for (const time of TIMES) {
          const random = new Random(seed, "siamese-diffusion validation", first, time);
          const clean = await images.latents("validated", indices, plain, random);
          const noise = clean.map(() => random.normal());
          const times = indices.map(() => time);
          const { signal, noiseLevel } = timeFeeds(times);
          const condition = new Int32Array(lookBatch).fill(CONDITIONS.set);
          const latents = clean.map((value, i) => signal[0]! * value + noiseLevel[0]! * noise[i]!);
          const outputs = await scoring.run({
            ...(await seen(latents, times, condition)),
            time: Float32Array.from(times),
            condition,
            labelMap: seenPictures.labelMap,
            ...(imageBranch && { image: seenPictures.image, imageWeight: settings.imageWeight }),
          });
          const errorOf = (name: string): number => {
            const values = outputs[name]!.data as Float32Array;
            let sum = 0;
            for (let i = 0; i < own * latentSize; i++) sum += (values[i]! - noise[i]!) ** 2;
            return sum / latentSize;
          };
          mask += errorOf("mask");
          image += imageBranch ? errorOf("mixed") : 0;
          count += own;
        }
      }
      return { score: mask / count, ...(imageBranch && { figures: { validationImage: image / count } }) };
    };

    const about = (): Record<string, string> => ({
      ...describeCompact({ shape, backbone: record, classes, range }),
      step: String(step),
      seed: String(seed),
      settings: JSON.stringify(settings),
      averageDecay: String(settings.emaDecay),
      ...(request.trainingData !== undefined && { trainingData: request.trainingData }),
    });
    const modelTensors = async (): Promise<State> => {
      const states = await store.state();
      const model = {
        ...renamed(states, averageOf(DECODER), DECODER),
        ...renamed(states, averageOf(CONTROL), CONTROL),
        [CONTEXTS]: states[CONTEXTS]!,
      };
      return Object.fromEntries(Object.entries(model).toSorted(([a], [b]) => (a < b ? -1 : 1)));
    };
    const weights = async (): Promise<Uint8Array> =>
      encodeSafetensors({ tensors: await modelTensors(), metadata: { ...about(), weights: AVERAGES } });

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
        if (open.augmented !== augmentedAt(step)) {
          await open.train.release();
          open = { augmented: augmentedAt(step), train: await compile(compactStep(optionsAt(step))) };
        }
        const figures = await trainOnce(step);
        step++;
        return figures;
      },
      async validate(_judge, show, shown) {
        if (show !== undefined && shown !== undefined) {
          const generator = async () => compactGenerator(await weights(), device, backbone as OpenBackbone);
          await showPaintings({ open: generator, pictures, range, seed }, show, shown);
        }
        return score();
      },
      async checkpoint() {
        return opened.checkpoint({ ...about(), position: String(step), range: JSON.stringify(range) });
      },
      weights,
      async exportOnnx({ weights: given, about: more = {} } = {}) {
        const file = givenWeights(given);
        const { [CONTEXTS]: _, ...states } = file.states ?? (await modelTensors());
        const exporting = new ParameterStore({ device: "cpu", random: (name) => new Random(seed, name) });
        await exporting.restore(states);
        const metadata = { ...more, ...about(), ...file.metadata };
        const onnx = await exporting.exportOnnx(exportedProgram(), { metadata });
        await exporting.release();
        return onnx;
      },
      release,
    };
  }
}

const takes = ({ facts }: BackboneRecord, size: number): boolean =>
  facts.size === null ? size % SIZE_MULTIPLE === 0 : facts.size === size;

/** A session of which only the memory was asked. */
function planned(steps: number, store: ParameterStore): TrainingSession {
  const never = (): Promise<never> => Promise.reject(new Error("a training was planned only, and cannot be run."));
  return {
    steps,
    step: 0,
    validateEvery: steps,
    runStep: never,
    validate: never,
    checkpoint: never,
    weights: never,
    exportOnnx: never,
    release: () => store.release(),
  };
}

/** The networks of an earlier model. Throws `Problem` where it is not of this backbone and these settings. */
function earlierStates(
  weights: Uint8Array,
  wanted: { record: BackboneRecord; shape: BackboneShape; classes: readonly TrainedClass[] },
): State {
  const { tensors, metadata } = decodeSafetensors(weights);
  const { backbone, shape, classes } = readCompact(metadata);
  const isSame =
    backbone.id === wanted.record.id &&
    JSON.stringify({ ...shape, outlets: wanted.shape.outlets }) === JSON.stringify(wanted.shape) &&
    classes.map(({ value }) => value).join() === wanted.classes.map(({ value }) => value).join();
  if (!isSame) {
    throw new Problem({
      code: "conflict",
      title: "The model to go on from does not suit this training.",
      detail: "It was trained on another backbone, for other classes, or with another size, network size or hint.",
      hint: "Choose the same settings, or begin without a model.",
    });
  }
  const { [CONTEXTS]: _, ...states } = tensors as State;
  return {
    ...states,
    ...renamed(states, DECODER, averageOf(DECODER)),
    ...renamed(states, CONTROL, averageOf(CONTROL)),
  };
}
