/** @file How near a generator's paintings of validation masks come to the real images. */
import { pictureFrame, type Placement } from "../../dataset/index.ts";
import type { CompiledProgram } from "../../engine/runtime/index.ts";
import { Random } from "../../random/index.ts";
import { drawNoise } from "../../training/index.ts";
import type { OwnJudgment, Show } from "../training-session.ts";
import type { Pairs, SynthesisPairs } from "./pairs.ts";
import type { ProgramOptions } from "./programs.ts";

interface Paintings {
  pairs: SynthesisPairs;
  /** `paintingProgram` of `batch` masks. */
  painting: CompiledProgram;
  batch: number;
  options: ProgramOptions;
  seed: number;
  /** Of the cells, where there are any. */
  shares?: Float32Array;
}

/**
 * Mean absolute difference of painted and real validation images at the same masks, in shares of the range of the training images; borders of the
 * square are left out. The noise of each image is the same at every validation, so that only the generator makes a difference.
 */
export async function judgePaintings(
  { pairs, painting, batch, options, seed, shares }: Paintings,
  show: Show | undefined,
): Promise<OwnJudgment> {
  const { size, channels } = options.shape;
  const planes = channels * size * size;
  const window = channels === 3 ? null : { center: 128, width: 256 };
  let sum = 0;
  for (let first = 0; first < pairs.validated; first += batch) {
    const indices = Array.from({ length: Math.min(batch, pairs.validated - first) }, (_, place) => first + place);
    const real = await pairs.validation(indices);
    const labelMap = new Uint8Array(batch * size * size);
    labelMap.set(real.labelMap);
    const noise = drawNoise(painting.program, new Random(seed, "validation noise", first));
    const fed = { labelMap, ...noise, ...("shares" in painting.program.inputs && { shares: shares! }) };
    const painted = (await painting.run(fed)).image!.data as Float32Array;
    for (const [place, index] of indices.entries()) {
      const { frameId, placement } = await pairs.validationPlace(index);
      const own = painted.subarray(place * planes, (place + 1) * planes);
      const difference = differenceOf(own, imageAt(real, place, planes), placement, options);
      // Black and white are the ends of the range of the training images.
      show?.(frameId, pictureFrame({ image: own, channels, size, placement }, { window }), difference);
      sum += difference;
    }
  }
  return { score: pairs.validated === 0 ? null : sum / pairs.validated };
}

const imageAt = ({ image }: Pairs, place: number, planes: number): Float32Array =>
  image.subarray(place * planes, (place + 1) * planes);

function differenceOf(
  painted: Float32Array,
  real: Float32Array,
  placement: Placement,
  { shape: { size, channels }, range: { low, high } }: ProgramOptions,
): number {
  let sum = 0;
  for (const at of pixelsIn(placement, size)) {
    for (let channel = 0; channel < channels; channel++) {
      const pixel = channel * size * size + at;
      sum += Math.abs(painted[pixel]! - (real[pixel]! - low) / (high - low));
    }
  }
  return sum / (channels * placement.width * placement.height);
}

function* pixelsIn({ left, top, width, height }: Placement, size: number): Generator<number> {
  for (let row = top; row < top + height; row++) {
    for (let column = left; column < left + width; column++) yield row * size + column;
  }
}
