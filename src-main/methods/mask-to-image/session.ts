/** @file A training that paints images for masks and learns to outline from them: its stages, validation, checkpoints, models. */
import { createSampler } from "../../dataset/index.ts";
import { type Feeds, scalars, type State, type TensorData } from "../../engine/runtime/index.ts";
import { encodeSafetensors } from "../../engine/safetensors.ts";
import { Random } from "../../random/index.ts";
import { cosineRate, drawNoise } from "../../training/index.ts";
import type { StartRequest } from "../start-request.ts";
import type { TrainingSession } from "../training-session.ts";
import type { GensegSettings } from "../genseg/settings.ts";
import { stagesOf } from "../genseg/stages.ts";
import { openImages } from "../student-teacher/images.ts";
import { givenWeights, openTrainingStore, statesOf } from "../training-store.ts";
import { shareFigures } from "./architecture-table.ts";
import { cellCount, NETWORKS, type SynthesisShape } from "./networks.ts";
import { openLevelOne } from "./level-one.ts";
import { openPairs, type Pairs } from "./pairs.ts";
import {
  type ArchitectureOptions,
  architectureStep,
  type ProgramOptions,
  segmentationProgram,
  segmenterStep,
  sharesProgram,
} from "./programs.ts";
import { entropiesOf, lookAt, SEARCHING, type SearchProgress } from "./search-end.ts";
import { searchStep } from "./search-step.ts";
import { describeSynthesis, type SynthesisDescription } from "./synthesis-file.ts";

const WEIGHT_DECAY = { segmenter: 1e-4, architecture: 1e-3 };
/** Of the generator's own learning rate, while images are outlined as well. */
const JOINT_RATE_SHARE = 0.1;
/** Of the joint steps, before the architecture moves: kernels that learn fastest early are not yet the best. */
const SEARCH_WARM_UP = 0.1;
/** Level III judges by all validation images up to so many. */
const MAX_VALIDATION_BATCH = 8;
export interface Synthesis {
  request: Pick<StartRequest, "cases" | "classes" | "seed" | "device" | "resume" | "profile" | "resources">;
  settings: GensegSettings;
  shape: SynthesisShape;
  description: Omit<SynthesisDescription, "range">;
  /** Weights of an earlier model to begin with. */
  start: State;
}

export async function startSynthesis({
  request,
  settings,
  shape,
  description,
  start,
}: Synthesis): Promise<TrainingSession> {
  const { cases, classes, seed } = request;
  const { store, compile, saved, ...opened } = openTrainingStore(request);
  const position = readPosition(saved?.metadata ?? {});
  const pairs = openPairs({ cases, classes, seed, movement: settings.movement }, shape);
  if (pairs.count === 0) throw new Error("genseg: no annotated frame to train.");
  // What memory it takes hangs on no pixel.
  const isPlanOnly = request.resources?.isPlanOnly === true;
  // Said before the first step: none of the masks gives a new one.
  if (!isPlanOnly && (settings.second === "synthetic" || settings.second === "moved")) await pairs.deformed([0], 0);
  const range = isPlanOnly ? { low: 0, high: 1 } : await pairs.range();
  const options: ProgramOptions = { shape, range };

  const paints = settings.second === "synthetic";
  const isSearched = paints && settings.architecture !== "fixed";
  const stages = stagesOf(settings);
  const steps = stages.total;
  const jointEnd = stages.painting + stages.joint;

  const second = { synthetic: "synthetic", moved: "given", same: "given", none: "none" } as const;
  const segmenterOptions = {
    ...options,
    second: second[settings.second],
    gamma: settings.gamma,
    weightDecay: WEIGHT_DECAY.segmenter,
  };
  const validationBatch = Math.min(MAX_VALIDATION_BATCH, pairs.validated);
  let levelOne = paints ? await openLevelOne(compile, options, { pairs, seed }) : null;
  const segmenter = await compile(segmenterStep(segmenterOptions));
  const shares = paints ? await compile(sharesProgram(shape)) : null;
  const isRandom = settings.architecture === "random";
  const architectureOptions: ArchitectureOptions = {
    ...segmenterOptions,
    direction: isRandom
      ? "random"
      : { way: settings.hypergradient, route: settings.route, length: settings.differenceLength },
    validationBatch,
    architectureDecay: WEIGHT_DECAY.architecture,
  };
  /** Level III; unless it is a walk at random, with level II in it. */
  const architecture =
    isSearched && position.search.stoppedAt === null
      ? await compile(isRandom ? architectureStep(architectureOptions) : searchStep(architectureOptions))
      : null;
  const images = openImages(
    { cases, classes },
    { size: shape.size, augmentation: "none", halfBatch: shape.batchSize },
    description.channels,
  );
  const predicting = segmentationProgram(shape, images.validationBatch);
  const prediction = await compile(predicting);
  await store.restore(saved?.states ?? start);
  let { step, kept, search } = position;

  const readShares = async (): Promise<Float32Array> => {
    return shares === null ? new Float32Array() : ((await shares.run({})).shares!.data as Float32Array);
  };
  let present = isPlanOnly ? new Float32Array() : await readShares();

  const jointSampler = createSampler(pairs.count, seed + 1);
  const validationSampler = createSampler(Math.max(1, pairs.validated), seed + 2);
  const indicesOf = (sampler: (position: number) => number, draw: number, count: number): number[] =>
    Array.from({ length: count }, (_, place) => sampler(draw * count + place));
  const segmenterRate = cosineRate({ rate: settings.learningRate, steps: stages.joint });

  const paintOnce = (draw: number, learningRate: number): Promise<Record<string, number>> =>
    levelOne!.step(draw, learningRate, present);

  /** Images of the second half, or label maps to paint. */
  const secondHalf = async (
    indices: readonly number[],
    real: Pairs,
    draw: number,
  ): Promise<Record<string, unknown>> => {
    if (settings.second === "none") return {};
    if (settings.second === "synthetic") return { secondLabelMap: await pairs.deformed(indices, draw) };
    const { image, labelMap } = settings.second === "same" ? real : await pairs.moved(indices, draw);
    return { secondImage: image, secondLabelMap: labelMap };
  };

  /** Levels II and III of joint step `at`, counted from 0, on one batch and with the same noise. */
  const outlineOnce = async (at: number): Promise<Record<string, number>> => {
    const indices = indicesOf(jointSampler, at, shape.batchSize);
    const real = settings.augmentation
      ? await pairs.moved(indices, steps + at) // other numbers than those of the second half
      : await pairs.training(indices);
    const noise = drawNoise(segmenter.program, new Random(seed, "outline's noise", at));
    const batch = { ...real, ...(await secondHalf(indices, real, at)) } as Pairs & Record<string, Float32Array>;
    const isDue = (at + 1) % settings.searchEvery === 0 && at >= SEARCH_WARM_UP * stages.joint;
    if (isDue && settings.stopSettled) await stopIfSettled(at);
    const searches = architecture !== null && isDue && search.stoppedAt === null;
    const used = present;
    if (searches && isRandom) await walkOnce(at);
    const feeds = { ...batch, ...noise, learningRate: segmenterRate(at) };
    const outputs =
      searches && !isRandom
        ? await searchOnce(at, feeds)
        : // The shares from before: the search asks what this very step will do.
          await segmenter.run({ ...feeds, ...("shares" in segmenter.program.inputs && { shares: used }) });
    if (searches) present = await readShares();
    const { total, real: onReal, second: onSecond, ...ofSearch } = scalars(outputs);
    return {
      loss: total!,
      real: onReal!,
      ...(onSecond !== undefined && { second: onSecond }),
      ...ofSearch,
      ...(searches && { architectureEntropy: mean(entropiesOf(present)) }),
    };
  };

  const walkOnce = async (at: number): Promise<void> => {
    const random = new Random(seed, "walk", at);
    const direction = Float32Array.from({ length: present.length }, () => random.normal());
    await architecture!.run({ direction, learningRate: settings.architectureRate });
  };

  /** Levels III and II, both from the weights as they are. */
  const searchOnce = async (at: number, batch: Feeds): Promise<Record<string, TensorData>> => {
    const { inputs } = architecture!.program;
    const judged = await pairs.validation(indicesOf(validationSampler, at, validationBatch));
    const all: Feeds = {
      ...drawNoise(architecture!.program, new Random(seed, "search noise", at)),
      ...batch,
      validationImage: judged.image,
      validationLabelMap: judged.labelMap,
      // Of the virtual step. Where the real rate has fallen, slopes would fall below Adam's epsilon.
      segmenterRate: settings.learningRate,
      generatorRate: JOINT_RATE_SHARE * settings.generatorRate,
      architectureRate: settings.architectureRate,
    };
    return architecture!.run(Object.fromEntries(Object.keys(inputs).map((name) => [name, all[name]!])));
  };

  const stopSearch = async (): Promise<void> => {
    if (search.stoppedAt !== null) return;
    search = { stoppedAt: step, look: null };
    await architecture?.release(); // it takes more memory than all else
  };
  const stopIfSettled = async (at: number): Promise<void> => {
    if (search.stoppedAt !== null) return;
    const look = lookAt(search.look, at, present);
    if (look === "settled") await stopSearch();
    else search = { stoppedAt: null, look };
  };

  /** Cuts every cell to its strongest kernel: the generator goes on with those alone. */
  const discretise = async (): Promise<void> => {
    const cells = cellCount(shape);
    kept ??= Array.from({ length: cells }, (_, cell) => strongest(present.subarray(3 * cell, 3 * cell + 3)));
    await levelOne!.release();
    levelOne = await openLevelOne(compile, { ...options, kept }, { pairs, seed });
  };
  if (step > jointEnd || kept !== null) await discretise();

  const about = (): Record<string, string> => ({
    ...describeSynthesis({ ...description, range, kept }),
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
      return stages.discretised > 0 ? step === steps : step > stages.painting;
    },
    async runStep() {
      let figures: Record<string, number>;
      if (step < stages.painting) {
        figures = await paintOnce(step, settings.generatorRate);
      } else if (step < jointEnd) {
        const at = step - stages.painting;
        const isGeneratorsTurn = paints && settings.generator === "joint" && (at + 1) % settings.generatorEvery === 0;
        const painted = isGeneratorsTurn ? await paintOnce(step, JOINT_RATE_SHARE * settings.generatorRate) : {};
        figures = { ...painted, ...(await outlineOnce(at)) };
      } else {
        if (kept === null) await discretise();
        figures = await paintOnce(step, settings.generatorRate);
      }
      const isStopped = search.stoppedAt === step;
      step++;
      // From before the first search on, as often as there is a validation: how each cell moved, and what was kept.
      const isShown = step % settings.validateEvery === 0 || step === stages.painting || step === steps || isStopped;
      return {
        ...figures,
        ...(isSearched && isShown && shareFigures(kept ?? present, shape)),
        ...(isStopped && { searchStopped: 1 }),
      };
    },
    ...(isSearched && { stopSearch }),
    async validate(judge) {
      // While only the generator learns there is nothing to judge.
      if (step <= stages.painting && stages.painting > 0) return;
      await images.validate(async (image) => {
        return (await prediction.run({ image })).probabilities!.data as Float32Array;
      }, judge);
    },
    checkpoint: () => opened.checkpoint({ ...about(), position: JSON.stringify({ step, kept, search }) }),
    async weights() {
      const networks = [NETWORKS.segmenter, ...(paints ? [NETWORKS.generator, NETWORKS.architecture] : [])];
      return encodeSafetensors({ tensors: statesOf(await store.state(), ...networks), metadata: about() });
    },
    async exportOnnx({ weights, about: more = {} } = {}) {
      const { states, metadata } = givenWeights(weights);
      return opened.exportOnnx(predicting, states, { ...more, ...about(), ...metadata });
    },
    release: () => store.release(),
  };
}

interface Position {
  step: number;
  /** The kept kernel of each cell, once they are cut. */
  kept: number[] | null;
  search: SearchProgress;
}

/** Checkpoints of older versions say nothing of the search. */
function readPosition({ position = "{}" }: Readonly<Record<string, string>>): Position {
  return { step: 0, kept: null, search: SEARCHING, ...(JSON.parse(position) as Partial<Position>) };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function strongest(shares: Float32Array): number {
  return shares.indexOf(Math.max(...shares));
}
