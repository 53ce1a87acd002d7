/** @file What a translation of test pairs is worth: near to the target, in place, and not always the same. Images `[side, side]` in [-1, 1]. */
import { edgeShift, psnr, rangeNmae, ssim } from "../../src-main/metrics/index.ts";

export interface TranslationScores {
  nmae: number;
  psnr: number;
  ssim: number;
  /** Displacement of edges in pixels: mean over images that have some. */
  shift: { down: number; across: number };
  /** Mean difference of the outputs of two inputs in parts of that of their targets: 0 is collapse. */
  variety: number;
}

interface Pair {
  made: Float32Array;
  real: Float32Array;
}

export function scoreTranslations(pairs: readonly Pair[], side: number): TranslationScores {
  const mean = (valueOf: (pair: Pair, index: number) => number): number =>
    pairs.reduce((sum, pair, index) => sum + valueOf(pair, index), 0) / pairs.length;
  const maskOf = (real: Float32Array) => real.map((value) => (value > -1 + 1e-6 ? 1 : 0));
  const shifts = pairs.flatMap(({ made, real }) => edgeShift(made, real, { width: side, height: side }) ?? []);
  const meanShift = (axis: "down" | "across"): number =>
    shifts.reduce((sum, shift) => sum + shift[axis], 0) / shifts.length;
  const difference = (a: Float32Array, b: Float32Array): number =>
    a.reduce((sum, value, at) => sum + Math.abs(value - b[at]!), 0);
  const next = (index: number): Pair => pairs[(index + 1) % pairs.length]!;
  return {
    nmae: mean(({ made, real }) => rangeNmae(made, real, { mask: maskOf(real), dataRange: 2 })),
    psnr: mean(({ made, real }) => psnr(made, real, { mask: maskOf(real), dataRange: 2, ceiling: 100 })),
    ssim: mean(({ made, real }) => ssim(made, real, { shape: [side, side], dataRange: 2 })),
    shift: { down: meanShift("down"), across: meanShift("across") },
    variety:
      mean(({ made }, index) => difference(made, next(index).made)) /
      mean(({ real }, index) => difference(real, next(index).real)),
  };
}
