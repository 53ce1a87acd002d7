/** @file How a prediction is pushed away from what it would be without mask and condition. Section 14.3 of the specification. */
import type { Passes } from "./programs.ts";

/** 1 and 1: no guidance, the paper's form. */
export interface Guidance {
  mask: number;
  condition: number;
}

/** Weights of the predictions: o(free) + g_m (o(masked) - o(free)) + g_c (o(full) - o(masked)). They add up to 1. */
export function guidanceWeights({ mask, condition }: Guidance): { free: number; masked: number; full: number } {
  return { free: 1 - mask, masked: mask - condition, full: condition };
}

/** Predictions that have a weight: with both guidances 1 the full one alone. */
export function passesOf(guidance: Guidance): Passes {
  const { free, masked } = guidanceWeights(guidance);
  return { free: free !== 0, masked: masked !== 0 };
}

/** One prediction of the three; those without weight may be left out. */
export function guided(
  parts: Readonly<{ full: Float32Array; masked?: Float32Array; free?: Float32Array }>,
  guidance: Guidance,
): Float32Array {
  const { free, masked, full } = guidanceWeights(guidance);
  if (free === 0 && masked === 0) return parts.full;
  return parts.full.map(
    (value, i) =>
      full * value + (masked === 0 ? 0 : masked * parts.masked![i]!) + (free === 0 ? 0 : free * parts.free![i]!),
  );
}
