/** @file Grading by diffusion: both looks, their guesses, chains from noise around these to labels. In training as in use. */
import { type ChannelCount, type PreprocessedFrame, preprocessFrame } from "../../dataset/index.ts";
import type { CompiledProgram } from "../../engine/runtime/index.ts";
import type { Frame } from "../../voxels/index.ts";
import type { Compile } from "../training-store.ts";
import { classAnswer, labelProbabilities, largest } from "./answers.ts";
import { CHAIN_ROWS, walkChains } from "./chains.ts";
import { type GuidedLook, type GuidePrograms, type Guesses, guessesOf, lookTwice } from "./guesses.ts";
import { inGroups } from "./images.ts";
import type { GradedImage, GradeOptions, LabelAnswer } from "./label-target.ts";
import { inImage, rowsOf, saliencyOf, stacked } from "./looks.ts";
import type { GraderDescription, LabelChain } from "./model-file.ts";
import type { GraderShape } from "./networks.ts";
import { closeProgram, denoiserProgram, embeddingProgram, featureEmbeddingProgram, wholeProgram } from "./programs.ts";

export interface GraderPrograms {
  guide: GuidePrograms;
  embed: CompiledProgram;
  denoise: CompiledProgram;
}

export async function compileGuide(compile: Compile, shape: GraderShape, batch: number): Promise<GuidePrograms> {
  const whole = await compile(wholeProgram(shape, batch));
  return { whole, close: shape.regions.count > 0 ? await compile(closeProgram(shape, batch)) : null, batch };
}

export async function compileChain(
  compile: Compile,
  shape: GraderShape,
  batch: number,
  { image, variant }: LabelChain,
): Promise<Pick<GraderPrograms, "embed" | "denoise">> {
  const embed = await compile((image === "trained" ? embeddingProgram : featureEmbeddingProgram)(shape, batch));
  return { embed, denoise: await compile(denoiserProgram(shape, CHAIN_ROWS, variant)) };
}

/** What a diffusion is shown that goes by the guesses alone. */
export const blank = ({ length }: Float32Array): Float32Array<ArrayBuffer> => new Float32Array(length);

export interface SampledImage {
  look: GuidedLook;
  guesses: Guesses;
  /** A label of each chain. */
  labels: number[][];
}

/** `squares`: as the network takes them; `keys` names the randomness of each. */
export async function sampleImages(
  { guide, embed, denoise }: GraderPrograms,
  squares: readonly Float32Array[],
  keys: readonly number[],
  { shape, chain, samples, seed }: GradeOptions & { shape: GraderShape; chain: LabelChain },
): Promise<{ sampled: SampledImage[]; clippedShare: number }> {
  const looks = await lookTwice(guide, squares, shape);
  const embedded: Float32Array[] = [];
  const shown = chain.image === "trained" ? squares : looks.map(({ features }) => features);
  const seen = chain.isBlind === true ? shown.map(blank) : shown;
  for (const group of inGroups(seen, guide.batch)) {
    const given = stacked(group, guide.batch);
    const outputs = await embed.run(chain.image === "trained" ? { image: given } : { features: given });
    embedded.push(...rowsOf(outputs["embedded"]!.data as Float32Array, guide.batch).slice(0, group.length));
  }
  const guesses = looks.map((look) => guessesOf(look, chain.variant));
  const images = keys.map((key, at) => ({ key, embedded: embedded[at]!, guesses: guesses[at]! }));
  const { labels, clippedShare } = await walkChains(denoise, images, { samples, seed, times: shape.times, chain });
  const sampled = looks.map((look, at) => ({ look, guesses: guesses[at]!, labels: labels[at]! }));
  return { sampled, clippedShare };
}

export function sampledAnswer(
  { labels }: Pick<SampledImage, "labels">,
  { targets, temperature }: Pick<GraderDescription, "targets" | "temperature">,
): LabelAnswer {
  return classAnswer(targets[0]!, labels.map(labelProbabilities), temperature);
}

export async function gradeByDiffusion(
  programs: GraderPrograms,
  images: readonly { key: number; frame: Frame }[],
  options: GradeOptions,
  description: GraderDescription,
): Promise<GradedImage[]> {
  const { shape, chain } = description;
  const { size, classes } = shape;
  const squares = images.map(({ frame }) => preprocessFrame(frame, { size, channels: shape.channels as ChannelCount }));
  const { sampled } = await sampleImages(
    programs,
    squares.map(({ image }) => image),
    images.map(({ key }) => key),
    { ...options, shape, chain: chain! },
  );
  return sampled.map((one, at): GradedImage => {
    const answer = sampledAnswer(one, description);
    const square = squares[at]!;
    const where = saliencyOf(one.look.saliency, { shape, classes, square, shown: answer.value });
    const { whole, close, both } = one.guesses;
    const looks = { whole: largest(whole), close: largest(close), both: largest(both) };
    return {
      answers: [answer],
      samples: options.samples,
      ...where,
      regions: regionsIn(one.look, square, shape),
      looks,
      posteriors: one.guesses,
    };
  });
}

function regionsIn({ regions, attention }: GuidedLook, square: PreprocessedFrame, shape: GraderShape) {
  const { side } = shape.regions;
  return regions.map(({ row, column }, at) => {
    const rectangle = inImage({ left: column, top: row, width: side, height: side }, square);
    return { ...rectangle, attention: attention[at]! };
  });
}
