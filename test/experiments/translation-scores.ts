/** @file What a translation of test pairs is worth: near to the target, in place, and not always the same. Images `[side, side]` in [-1, 1]. */
import { psnr, rangeNmae, ssim } from "../../src-main/metrics/index.ts";

export interface TranslationScores {
  nmae: number;
  psnr: number;
  ssim: number;
  /** Displacement of edges in pixels: mean over images. */
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
  const shifts = pairs.map(({ made, real }) => edgeShift(made, real, side));
  const difference = (a: Float32Array, b: Float32Array): number =>
    a.reduce((sum, value, at) => sum + Math.abs(value - b[at]!), 0);
  const next = (index: number): Pair => pairs[(index + 1) % pairs.length]!;
  return {
    nmae: mean(({ made, real }) => rangeNmae(made, real, { mask: maskOf(real), dataRange: 2 })),
    psnr: mean(({ made, real }) => psnr(made, real, { mask: maskOf(real), dataRange: 2, ceiling: 100 })),
    ssim: mean(({ made, real }) => ssim(made, real, { shape: [side, side], dataRange: 2 })),
    shift: {
      down: mean((_, index) => shifts[index]!.down),
      across: mean((_, index) => shifts[index]!.across),
    },
    variety:
      mean(({ made }, index) => difference(made, next(index).made)) /
      mean(({ real }, index) => difference(real, next(index).real)),
  };
}

/** Farthest displacement that is tried, pixels. */
const REACH = 4;

/** The displacement, whole pixels, at which the lengths of both gradients go together best. */
function edgeShift(made: Float32Array, real: Float32Array, side: number): { down: number; across: number } {
  const [edges, wanted] = [edgesOf(made, side), edgesOf(real, side)];
  let best = { down: 0, across: 0, score: -Infinity };
  for (let down = -REACH; down <= REACH; down++) {
    for (let across = -REACH; across <= REACH; across++) {
      const score = correlation(edges, wanted, side, { down, across });
      if (score > best.score) best = { down, across, score };
    }
  }
  return best;
}

function edgesOf(image: Float32Array, side: number): Float32Array {
  return image.map((value, at) => {
    const right = at % side === side - 1 ? value : image[at + 1]!;
    const below = at >= side * (side - 1) ? value : image[at + side]!;
    return Math.hypot(right - value, below - value);
  });
}

/** Of the part that both show at any displacement within reach. */
function correlation(
  edges: Float32Array,
  wanted: Float32Array,
  side: number,
  { down, across }: { down: number; across: number },
): number {
  let [count, a, b, aa, bb, ab] = [0, 0, 0, 0, 0, 0];
  for (let row = REACH; row < side - REACH; row++) {
    for (let column = REACH; column < side - REACH; column++) {
      const one = edges[(row + down) * side + column + across]!;
      const other = wanted[row * side + column]!;
      count++;
      a += one;
      b += other;
      aa += one * one;
      bb += other * other;
      ab += one * other;
    }
  }
  const spread = Math.sqrt((aa - a ** 2 / count) * (bb - b ** 2 / count));
  return spread === 0 ? 0 : (ab - (a * b) / count) / spread;
}
