/** @file What the two looks guess of images: the whole, then the regions that it points to; and the guesses that the denoiser starts from. */
import type { CompiledProgram } from "../../engine/runtime/index.ts";
import { softmaxRow } from "./answers.ts";
import { inGroups } from "./images.ts";
import { rowsOf, stacked } from "./looks.ts";
import type { GraderShape } from "./networks.ts";
import type { LabelChain } from "./model-file.ts";
import type { Variant } from "./programs.ts";
import { chooseRegions, cutRegions, type Region, saliencyCells } from "./regions.ts";

/** Of one image. */
export interface GuidedLook {
  features: Float32Array;
  /** Logits. Without close looks both are the same. */
  whole: Float32Array;
  close: Float32Array;
  saliency: Float32Array;
  regions: Region[];
  attention: Float32Array;
}

/** Programs of one batch size. */
export interface GuidePrograms {
  whole: CompiledProgram;
  /** null: no close looks. */
  close: CompiledProgram | null;
  batch: number;
}

/** Regions of images that were looked at as a whole: `[count · regions, channels, side, side]`. */
export function regionsOf(
  images: readonly Float32Array[],
  saliencies: readonly Float32Array[],
  { classes, size, channels, regions: { count, side, isFirstChannelAlone = false }, ...shape }: GraderShape,
): { chosen: Region[]; cut: Float32Array }[] {
  const cells = saliencyCells({ size, trunk: shape.trunk });
  return images.map((image, at) => {
    const chosen = chooseRegions({ saliency: saliencies[at]!, classes, cells, size, side, count });
    return { chosen, cut: cutRegions(image, { size, side, channels, isFirstChannelAlone }, chosen) };
  });
}

export async function lookTwice(
  { whole, close, batch }: GuidePrograms,
  images: readonly Float32Array[],
  shape: GraderShape,
): Promise<GuidedLook[]> {
  const looks: GuidedLook[] = [];
  for (const group of inGroups(images, batch)) {
    const seen = await whole.run({ image: stacked(group, batch) });
    const rows = (name: string) => rowsOf(seen[name]!.data as Float32Array, batch);
    const [features, saliency, wholeLogits] = [rows("features"), rows("saliency"), rows("logits")];
    if (close === null) {
      for (const at of group.keys()) {
        const logits = wholeLogits[at]!;
        const own = { features: features[at]!, whole: logits, close: logits, saliency: saliency[at]! };
        looks.push({ ...own, regions: [], attention: new Float32Array(0) });
      }
      continue;
    }
    const regions = regionsOf(group, saliency, shape);
    const cuts = regions.map(({ cut }) => cut);
    const closely = await close.run({ regions: stacked(cuts, batch) });
    const closeRows = (name: string) => rowsOf(closely[name]!.data as Float32Array, batch);
    const [attention, closeLogits] = [closeRows("attention"), closeRows("logits")];
    for (const [at, { chosen }] of regions.entries()) {
      looks.push({
        features: features[at]!,
        whole: wholeLogits[at]!,
        close: closeLogits[at]!,
        saliency: saliency[at]!,
        regions: chosen,
        attention: attention[at]!,
      });
    }
  }
  return looks;
}

/** Probabilities of the two looks and of both. */
export interface Guesses {
  both: number[];
  whole: number[];
  close: number[];
}

/** "code": both are the geometric mean of the looks, brought to sum 1; "paper": their mean. */
export function guessesOf(
  { whole, close }: { whole: ArrayLike<number>; close: ArrayLike<number> },
  variant: Variant,
): Guesses {
  const [p, q] = [softmaxRow(whole), softmaxRow(close)];
  const both =
    variant === "paper"
      ? p.map((value, at) => (value + q[at]!) / 2)
      : softmaxRow(Array.from(whole, (value, at) => (value + close[at]!) / 2));
  return { both, whole: p, close: q };
}

/** What the denoiser is told in the stream of both looks: see `Variant`. */
export const toldOf = ({ both, whole, close }: Guesses, variant: Variant): number[] =>
  variant === "paper" ? [...whole, ...close] : both;

/** Where the noise of the stream of both looks is centred. */
export function centerOf(
  { both }: Pick<Guesses, "both">,
  { isCentred, isSummed = false }: Pick<LabelChain, "isCentred" | "isSummed">,
): number[] {
  const times = isCentred ? (isSummed ? 2 : 1) : 0;
  return both.map((value) => times * value);
}
