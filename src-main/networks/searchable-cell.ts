/**
 * @file A cell of candidate convolutions whose mixture is learned: GenSeg's search space (Zhang et al. 2025, doi
 * 10.1038/s41467-025-61754-6). The candidates are concentric and linear, so their mixture is one convolution with the mixed kernel.
 */
import {
  add,
  convolution,
  convolutionInputGradient,
  mul,
  pad,
  reshape,
  slice,
  softmax,
  type Scope,
  type Tensor,
} from "../engine/index.ts";
import { filled, normal } from "./init.ts";

/** All with stride 2: they halve, or transposed double, an even size. */
export const CANDIDATES = [
  { kernel: 4, padding: 1 },
  { kernel: 6, padding: 2 },
  { kernel: 8, padding: 3 },
] as const;

const LARGEST = CANDIDATES.at(-1)!;
const STRIDE = 2;

/** Deviation of initial weights: the 4 × 4 kernel starts as pix2pix, larger ones as much smaller as they have more taps. */
const deviationOf = (kernel: number): number => (0.02 * 4) / kernel;

export interface CellOptions {
  /** Of the result. */
  channels: number;
  /** Shares of the candidates, [3], or the place of the one that is kept with its weights as they are. */
  mixture: Tensor | number;
  /** Default false. */
  bias?: boolean;
  /** Default true: one convolution. False: one for each candidate, the same numbers in twice the time; for tests. */
  merged?: boolean;
}

/**
 * Size doubled by a mixture of transposed convolutions 4 × 4, 6 × 6 and 8 × 8: [N, C, H, W] -> [N, channels, 2H, 2W]. Parameters
 * `kernel4.weight` [C, channels, 4, 4] and so on; with `bias` also `kernel4.bias` [channels].
 */
export function searchableUp(scope: Scope, x: Tensor, options: CellOptions): Tensor {
  const [height, width] = [x.shape[2]! * STRIDE, x.shape[3]! * STRIDE];
  return cell(scope, options, [x.shape[1]!, options.channels], (weight, padding) => {
    const geometry = { stride: [STRIDE, STRIDE], padding: [padding, padding], dilation: [1, 1], groups: 1 };
    return convolutionInputGradient(x, weight, { ...geometry, inputSize: [height, width] });
  });
}

/**
 * Size halved by a mixture of convolutions 4 × 4, 6 × 6 and 8 × 8: [N, C, H, W] -> [N, channels, H / 2, W / 2]. Parameters
 * `kernel4.weight` [channels, C, 4, 4] and so on; with `bias` also `kernel4.bias` [channels].
 */
export function searchableDown(scope: Scope, x: Tensor, options: CellOptions): Tensor {
  return cell(scope, options, [options.channels, x.shape[1]!], (weight, padding) => {
    const geometry = { stride: [STRIDE, STRIDE], padding: [padding, padding], dilation: [1, 1], groups: 1 };
    return convolution([x, weight], geometry);
  });
}

function cell(
  scope: Scope,
  { channels, mixture, bias = false, merged = true }: CellOptions,
  outAndIn: readonly number[],
  apply: (weight: Tensor, padding: number) => Tensor,
): Tensor {
  const candidates = CANDIDATES.map(({ kernel, padding }) => {
    const at = scope.at(`kernel${kernel}`);
    const weight = at.parameter("weight", {
      shape: [...outAndIn, kernel, kernel],
      init: normal(deviationOf(kernel)),
    });
    const shift = bias ? at.parameter("bias", { shape: [channels], init: filled(0) }) : null;
    return { weight, padding, shift };
  });
  const shifted = (y: Tensor, shift: Tensor | null): Tensor =>
    shift === null ? y : add(y, reshape(shift, { to: [channels, 1, 1] }));
  if (typeof mixture === "number") {
    const kept = candidates[mixture];
    if (kept === undefined) throw new Error(`${scope.path}: there is no candidate ${mixture} of ${CANDIDATES.length}.`);
    return shifted(apply(kept.weight, kept.padding), kept.shift);
  }
  const share = (place: number): Tensor => slice(mixture, { axes: [0], starts: [place], ends: [place + 1] });
  const sumOf = (parts: readonly Tensor[]): Tensor => parts.reduce((total, part) => add(total, part));
  if (!merged) {
    return sumOf(
      candidates.map(({ weight, padding, shift }, place) => mul(shifted(apply(weight, padding), shift), share(place))),
    );
  }
  const weight = sumOf(
    candidates.map(({ weight: own, padding }, place) => {
      const border = LARGEST.padding - padding;
      const wide =
        border === 0 ? own : pad(own, { before: [0, 0, border, border], after: [0, 0, border, border], value: 0 });
      return mul(wide, share(place));
    }),
  );
  const shift = bias ? sumOf(candidates.map((one, place) => mul(one.shift!, share(place)))) : null;
  return shifted(apply(weight, LARGEST.padding), shift);
}

/**
 * Shares of the candidates of each of `cells` cells, [cells, 3]; each row sums to 1, near a third each at first. Parameter `logits`
 * [cells, 3].
 */
export function cellShares(scope: Scope, cells: number): Tensor {
  const logits = scope.parameter("logits", { shape: [cells, CANDIDATES.length], init: normal(1e-3) });
  return softmax(logits, { axis: 1 });
}

/** Rows of `[cells, 3]`, [3] each: the mixtures of as many cells. */
export function mixtureRows(shares: Tensor): Tensor[] {
  return Array.from({ length: shares.shape[0]! }, (_, row) =>
    reshape(slice(shares, { axes: [0], starts: [row], ends: [row + 1] }), { to: [CANDIDATES.length] }),
  );
}
