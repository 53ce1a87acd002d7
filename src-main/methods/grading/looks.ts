/** @file What a network of one look says of images: in training, in validation and by itself. Numbers of samples and batches are the host's. */
import type { CompiledProgram } from "../../engine/runtime/index.ts";
import type { Frame } from "../../voxels/index.ts";
import { type ChannelCount, type PreprocessedFrame, preprocessFrame } from "../../dataset/index.ts";
import { Random } from "../../random/index.ts";
import { classAnswer, largest, numberAnswer, softmaxRow } from "./answers.ts";
import { inGroups } from "./images.ts";
import type { GradedImage, GradeOptions, ImageRectangle, LabelAnswer } from "./label-target.ts";
import type { GraderDescription } from "./model-file.ts";
import type { GraderShape } from "./networks.ts";
import { saliencyCells } from "./regions.ts";
import { vary } from "./variation.ts";

/** Rows of the outputs of one image. */
export interface Look {
  logits: Float32Array;
  saliency: Float32Array;
}

/** `images`: one square each, `[channels, size, size]`; any number of them. */
export async function lookAt(
  program: CompiledProgram,
  batch: number,
  images: readonly Float32Array[],
): Promise<Look[]> {
  const looks: Look[] = [];
  for (const group of inGroups(images, batch)) {
    const image = stacked(group, batch);
    const outputs = await program.run({ image });
    const rows = (name: "logits" | "saliency") => rowsOf(outputs[name]!.data as Float32Array, batch);
    const [logits, saliency] = [rows("logits"), rows("saliency")];
    for (let place = 0; place < group.length; place++)
      looks.push({ logits: logits[place]!, saliency: saliency[place]! });
  }
  return looks;
}

/** Rows one after the other, 0 behind the last. */
export function stacked(rows: readonly Float32Array[], count: number): Float32Array<ArrayBuffer> {
  const all = new Float32Array(count * rows[0]!.length);
  for (const [place, row] of rows.entries()) all.set(row, place * row.length);
  return all;
}

/** Copies: a program's outputs are written over by its next run. */
export function rowsOf(all: Float32Array, count: number): Float32Array[] {
  const length = all.length / count;
  return Array.from({ length: count }, (_, at) => all.slice(at * length, (at + 1) * length));
}

/** Answers from repeated looks at one image. */
export function answersOf(
  samples: readonly (readonly number[])[],
  { method, targets, scale, temperature }: Pick<GraderDescription, "method" | "targets" | "scale" | "temperature">,
): LabelAnswer[] {
  if (method !== "regress") return [classAnswer(targets[0]!, samples.map(softmaxRow), temperature)];
  return targets.map((target, at) => {
    const { mean, deviation } = scale![at]!;
    return numberAnswer(
      target,
      samples.map((row) => mean + deviation * row[at]!),
    );
  });
}

/** Each image as it is, then varied: as in training, where it was. */
export async function gradeByLooks(
  program: CompiledProgram,
  batch: number,
  images: readonly { key: number; frame: Frame }[],
  { samples, seed }: GradeOptions,
  description: GraderDescription,
): Promise<GradedImage[]> {
  const { shape, mirror } = description;
  const { size, classes } = shape;
  const channels = shape.channels as ChannelCount;
  const squares = images.map(({ frame }) => preprocessFrame(frame, { size, channels }));
  const asked = images.flatMap(({ key }, at) =>
    Array.from({ length: samples }, (_, sample) => {
      const { image } = squares[at]!;
      if (sample === 0) return image;
      const varied = new Float32Array(image.length);
      vary(image, varied, { size, channels, mirror, random: new Random(seed, "look", key, sample) });
      return varied;
    }),
  );
  const looks = await lookAt(program, batch, asked);
  return squares.map((square, at) => {
    const own = looks.slice(at * samples, (at + 1) * samples);
    const answers = answersOf(
      own.map(({ logits }) => Array.from(logits)),
      description,
    );
    const shown = description.method === "regress" ? 0 : answers[0]!.value;
    const where = saliencyOf(own[0]!.saliency, { shape, classes, square, shown });
    return { answers, samples, ...where, regions: [], looks: null, posteriors: null };
  });
}

/** `shown`: place of the class whose peak is asked for. */
export function saliencyOf(
  values: Float32Array,
  { shape, classes, square, shown }: { shape: GraderShape; classes: number; square: PreprocessedFrame; shown: number },
): Pick<GradedImage, "saliency" | "peak"> {
  const cells = saliencyCells(shape);
  const maps = rowsOf(values, classes).map((map) => Array.from(map, (value) => Number(value.toPrecision(4))));
  const area = inImage({ left: 0, top: 0, width: shape.size, height: shape.size }, square);
  const at = largest(maps[shown]!);
  const side = area.width / cells;
  const within = (value: number, last: number): number => Math.min(last, Math.max(0, value));
  const peak = {
    x: within(area.left + ((at % cells) + 0.5) * side, square.original.width - 1),
    y: within(area.top + (Math.floor(at / cells) + 0.5) * side, square.original.height - 1),
  };
  return { saliency: { cells, maps, area }, peak };
}

/** From pixels of the square to pixels of the image. */
export function inImage(rectangle: ImageRectangle, { placement, original }: PreprocessedFrame): ImageRectangle {
  const scale = original.width / placement.width;
  return {
    left: (rectangle.left - placement.left) * scale,
    top: (rectangle.top - placement.top) * scale,
    width: rectangle.width * scale,
    height: rectangle.height * scale,
  };
}
