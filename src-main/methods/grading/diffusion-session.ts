/** @file A training of a grader by diffusion: the looks that guess, by fold where that is asked for, then the diffusion around their guesses. */
import { scalars, type State } from "../../engine/runtime/index.ts";
import { decodeSafetensors, encodeSafetensors } from "../../engine/safetensors.ts";
import { createSampler } from "../../dataset/index.ts";
import { cosineRate, warmUp } from "../../training/index.ts";
import type { StartRequest } from "../start-request.ts";
import type { TrainingSession } from "../training-session.ts";
import { givenWeights, openTrainingStore, statesOf } from "../training-store.ts";
import { classAnswer, fitTemperature, labelProbabilities, largest } from "./answers.ts";
import { scheduleOf } from "./chains.ts";
import { denoiserBatch } from "./diffusion-batch.ts";
import { blank, compileChain, compileGuide, type SampledImage, sampleImages } from "./diffusion-grader.ts";
import { chainOf, type DiffusionSettings, diffusionShape, stagesOf } from "./diffusion-settings.ts";
import { checkFolds, foldsOf } from "./folds.ts";
import { type Guesses, guessesOf, lookTwice, regionsOf } from "./guesses.ts";
import { balancedSampler, inGroups, type LabelledImage, openLabelledImages } from "./images.ts";
import { rowsOf, stacked } from "./looks.ts";
import { describeGrader, type GraderDescription, readGrader } from "./model-file.ts";
import { modelCard, PURPOSE, requireDiffusion } from "./model-card.ts";
import { NETWORKS } from "./networks.ts";
import { chainProgram } from "./chain-program.ts";
import { denoiserStep, guidanceStep } from "./programs.ts";
import { clipRemarks, guessRemarks } from "./remarks.ts";
import { checkStart } from "./session.ts";
import { openTrainingGuesses, PRIORS } from "./training-guesses.ts";

type DiffusionRequest = Omit<StartRequest, "settings"> & { settings: DiffusionSettings };

const WARM_UP = 0.05;

export async function startDiffusion(request: DiffusionRequest): Promise<TrainingSession> {
  const { settings, seed, channels, targets = [], from } = request;
  const { batchSize, diffusionBatch, size, mirror, augmentation, views, isJoint, variant } = settings;
  const classes = targets[0]!.options.length;
  const shape = diffusionShape(settings, channels, classes);
  const chain = chainOf(settings);
  const stages = stagesOf(settings);
  const steps = stages.at(-1)!.first + stages.at(-1)!.steps;
  const images = openLabelledImages(request, size);
  const { trained, validated } = images;
  if (trained.length === 0) throw new Error("diffmic: no labelled image to train.");
  const isFolded = stages[0]!.kind === "fold";
  // Runs of earlier versions with folds that hold nobody go on.
  if (isFolded) {
    const patients = new Set(trained.map(({ caseId }) => caseId)).size;
    checkFolds(patients, request.resume === undefined ? settings.folds : 2);
  }
  const description: Omit<GraderDescription, "temperature"> = {
    method: "diffmic",
    shape,
    targets,
    mirror: augmentation ? mirror : "none",
    chain,
  };
  const begun = from === undefined ? null : decodeSafetensors(from);
  if (begun !== null) checkStart(readGrader(begun.metadata), description);
  /** In a step of both, they see the same images. */
  const denoised = isJoint ? batchSize : diffusionBatch;

  const { store, compile, saved, ...opened } = openTrainingStore(request);
  const guiding = await compile(
    guidanceStep(shape, batchSize, { losses: settings.losses, labelSmoothing: settings.labelSmoothing }),
  );
  const denoising = await compile(
    denoiserStep(shape, denoised, {
      distributionWeight: settings.distributionWeight,
      isUnbiased: settings.isUnbiased,
      variant,
      isCentred: settings.isCentred,
      image: chain.image,
    }),
  );
  const guide = await compileGuide(compile, shape, batchSize);
  const programs = { guide, ...(await compileChain(compile, shape, batchSize, chain)) };
  if (begun !== null) await store.restore(begun.tensors as State);
  /** What each fold begins with. */
  const initial = statesOf(await store.state(), NETWORKS.global, NETWORKS.local, "guide");
  const { [PRIORS]: savedPriors, ...states } = saved?.states ?? {};
  if (saved !== null) await store.restore(states as State);
  let step = Number(saved?.metadata["position"] ?? 0);
  let temperature = Number(saved?.metadata["temperature"] ?? 1);

  const place = ({ values }: LabelledImage): number => values[0]!;
  const foldOf = isFolded ? foldsOf(trained, settings.folds, seed) : null;
  const guessed = openTrainingGuesses(images, guide, {
    ...{ shape, settings, seed, foldOf },
    saved: savedPriors?.data as Float32Array | undefined,
  });
  const stageAt = (at: number) => stages.find(({ first, steps: own }) => at < first + own) ?? stages.at(-1)!;
  const samplers = new Map<string, { of: readonly LabelledImage[]; at: (position: number) => number }>();
  const drawnIn = ({ kind, fold }: ReturnType<typeof stageAt>) => {
    const key = `${kind} ${fold}`;
    const known = samplers.get(key);
    if (known !== undefined) return known;
    const of = kind === "fold" ? trained.filter((_, at) => foldOf![at] !== fold) : trained;
    const isBalanced = kind !== "diffusion" && settings.isBalanced;
    const at = isBalanced ? balancedSampler(of.map(place), seed) : createSampler(of.length, seed);
    const made = { of, at };
    samplers.set(key, made);
    return made;
  };

  const variedBatch = async (drawn: readonly LabelledImage[]): Promise<Float32Array<ArrayBuffer>> => {
    const varied = { mirror, key: (at: number) => [seed, "vary", step, at] };
    return images.stack(
      drawn.map(({ frameId }) => frameId),
      augmentation ? { varied } : {},
    );
  };
  const guideBy = async (image: Float32Array<ArrayBuffer>, drawn: readonly LabelledImage[], learningRate: number) => {
    const grade = Uint8Array.from(drawn, place);
    if (guide.close === null) return scalars(await guiding.run({ image, grade, learningRate }));
    const seen = await guide.whole.run({ image });
    const saliencies = rowsOf(seen["saliency"]!.data as Float32Array, batchSize);
    const cuts = regionsOf(rowsOf(image, batchSize), saliencies, shape).map(({ cut }) => cut);
    return scalars(await guiding.run({ image, regions: stacked(cuts, batchSize), grade, learningRate }));
  };
  const schedule = scheduleOf(settings.times);
  const rateIn = (own: number, rate: number) =>
    warmUp(Math.max(1, Math.round(WARM_UP * own)), cosineRate({ rate, steps: own }));
  const guidanceRate =
    settings.guidanceSchedule === "constant"
      ? () => settings.guidanceRate
      : rateIn(settings.guidanceSteps, settings.guidanceRate);
  const diffusionRate = rateIn(settings.steps, settings.learningRate);
  const needed = ({ whole, close, ...rest }: ReturnType<typeof denoiserBatch>) =>
    settings.distributionWeight > 0 || variant === "paper" ? { ...rest, whole, close } : rest;

  const shownToDiffusion = (values: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> =>
    chain.isBlind === true ? blank(values) : values;
  const { isSummed = false } = chain;

  const diffuse = async (own: number): Promise<Record<string, number>> => {
    const { of, at } = drawnIn(stages.at(-1)!);
    const key = [seed, "diffuse", own];
    if (!isJoint) {
      const seenViews = await guessed.all();
      const chosen = Array.from({ length: denoised }, (_, row) => {
        const position = own * denoised + row;
        const image = at(position);
        return {
          grade: place(of[image]!),
          view: seenViews[image * views + (Math.floor(position / of.length) % views)]!,
        };
      });
      const batch = denoiserBatch(
        schedule,
        { grades: chosen.map(({ grade }) => grade), guesses: chosen.map(({ view }) => view.guesses), isSummed },
        key,
      );
      const features = shownToDiffusion(
        stacked(
          chosen.map(({ view }) => view.features),
          denoised,
        ),
      );
      const { total, ...terms } = scalars(
        await denoising.run({ features, ...needed(batch), learningRate: diffusionRate(own) }),
      );
      return { loss: total!, ...terms };
    }
    const drawn = Array.from({ length: batchSize }, (_, row) => of[at(own * batchSize + row)]!);
    const image = await variedBatch(drawn);
    const looks = await lookTwice(guide, rowsOf(image, batchSize), shape);
    const guesses = looks.map((look) => guessesOf(look, variant));
    const batch = denoiserBatch(schedule, { grades: drawn.map(place), guesses, isSummed }, key);
    const { total, ...terms } = scalars(
      await denoising.run({ image: shownToDiffusion(image), ...needed(batch), learningRate: diffusionRate(own) }),
    );
    const guided = await guideBy(image, drawn, settings.guidanceRate);
    return { loss: total!, ...terms, guidance: guided["total"]! };
  };

  const card = modelCard(images, { times: settings.times, foldOf });
  const about = (): Record<string, string> => ({
    ...describeGrader({ ...description, temperature }),
    ...card,
    step: String(step),
    seed: String(seed),
    settings: JSON.stringify(settings),
  });
  const networks = [NETWORKS.global, NETWORKS.local, NETWORKS.image, NETWORKS.denoiser] as const;

  return {
    steps,
    get step() {
      return step;
    },
    validateEvery: settings.validateEvery,
    get isCandidate() {
      return stageAt(step - 1).kind === "diffusion";
    },
    async runStep() {
      const stage = stageAt(step);
      const own = step - stage.first;
      if (stage.kind === "diffusion") {
        const figures = await diffuse(own);
        step++;
        return figures;
      }
      if (own === 0) await store.restore(initial);
      const { of, at } = drawnIn(stage);
      const drawn = Array.from({ length: batchSize }, (_, row) => of[at(own * batchSize + row)]!);
      const { total, ...terms } = await guideBy(await variedBatch(drawn), drawn, guidanceRate(own));
      step++;
      if (stage.kind === "fold" && own === stage.steps - 1) await guessed.guessHeldOut(stage.fold);
      return { loss: total!, ...terms };
    },
    async validate(_judge, _show, _shown, _compare, take) {
      const { kind } = stageAt(step - 1);
      // A network of a fold is no model, nor a part of one.
      if (kind === "fold" || validated.length === 0) return { score: null };
      const truths = validated.map(place);
      const all: { sampled: SampledImage[]; clipped: number } = { sampled: [], clipped: 0 };
      for (const group of inGroups(validated, batchSize)) {
        const squares = (await Promise.all(group.map(({ frameId }) => images.square(frameId)))).map(
          ({ image }) => image,
        );
        if (kind === "guidance") {
          const looks = await lookTwice(guide, squares, shape);
          all.sampled.push(...looks.map((look) => ({ look, guesses: guessesOf(look, variant), labels: [] })));
          continue;
        }
        const keys = group.map(({ frameId }) => frameId);
        const options = { shape, chain, samples: settings.samples, seed };
        const { sampled, clippedShare } = await sampleImages(programs, squares, keys, options);
        all.sampled.push(...sampled);
        all.clipped += (clippedShare * group.length) / validated.length;
      }
      const samplesOf = ({ labels, guesses }: SampledImage): number[][] =>
        kind === "guidance" ? [guesses.both] : labels.map(labelProbabilities);
      const means = all.sampled.map((one) => classAnswer(targets[0]!, samplesOf(one), 1).probabilities);
      temperature = fitTemperature(means, truths);
      for (const [at, one] of all.sampled.entries())
        take?.(validated[at]!.frameId, [classAnswer(targets[0]!, samplesOf(one), temperature)]);
      const right = (of: keyof Guesses): number =>
        all.sampled.filter(({ guesses }, at) => largest(guesses[of]) === truths[at]).length / truths.length;
      const figures = { guessAccuracy: right("both"), wholeAccuracy: right("whole"), closeAccuracy: right("close") };
      if (kind === "guidance") return { score: null, figures };
      const trainedAccuracy = await guessed.rightly();
      return {
        score: null,
        figures: { ...figures, guessAccuracyTrained: trainedAccuracy, clippedShare: all.clipped },
        remarks: [
          ...(isFolded ? [] : guessRemarks({ trained: trainedAccuracy, validated: figures.guessAccuracy })),
          ...(step < steps ? [] : clipRemarks(all.clipped)),
        ],
      };
    },
    checkpoint: () =>
      opened.checkpoint({ ...about(), position: String(step), temperature: String(temperature) }, guessed.states()),
    async weights() {
      return encodeSafetensors({ tensors: statesOf(await store.state(), ...networks), metadata: about() });
    },
    async exportOnnx({ weights, about: more = {} } = {}) {
      const { states, metadata } = givenWeights(weights);
      requireDiffusion(Number(metadata["step"] ?? step), stages.at(-1)!.first);
      const told = { ...more, ...about(), ...metadata, purpose: PURPOSE };
      return opened.exportOnnx(chainProgram(shape, chain), states, told);
    },
    release: () => store.release(),
  };
}
