/** @file Mean and deviation of the latent images of a set: what brings them to about mean 0 and deviation 1. */
import type { CompiledProgram } from "../../engine/runtime/index.ts";
import { type LatentScale, latentShape, type SiameseShape } from "./networks.ts";
import type { Pictures, ValueRange } from "./pictures.ts";

/** The mean of each image channel (of codes: of each of theirs), and one factor for all. Image by image; `encode` takes one. */
export async function measureScale(
  pictures: Pictures,
  range: ValueRange,
  shape: SiameseShape,
  encode: CompiledProgram,
): Promise<LatentScale> {
  const [planes, height, width] = latentShape(shape) as [number, number, number];
  const perMean = shape.adapter === "autoencoder" ? 1 : planes / shape.channels;
  const area = height * width;
  const sums = new Float64Array(planes / perMean);
  const latents = async function* (): AsyncGenerator<Float32Array> {
    for (let index = 0; index < pictures.learned; index++) {
      const { image } = await pictures.batch("learned", [index], range);
      yield (await encode.run({ image }))["latent"]!.data as Float32Array;
    }
  };
  for await (const latent of latents()) {
    for (const [i, value] of latent.entries()) sums[Math.floor(i / area / perMean)]! += value;
  }
  const count = pictures.learned * area * perMean;
  const means = Array.from(sums, (sum) => sum / count);
  let squares = 0;
  for await (const latent of latents()) {
    for (const [i, value] of latent.entries()) squares += (value - means[Math.floor(i / area / perMean)]!) ** 2;
  }
  const deviation = Math.sqrt(squares / (count * means.length));
  return {
    mean: Array.from({ length: planes }, (_, plane) => means[Math.floor(plane / perMean)]!),
    factor: 1 / deviation,
  };
}
