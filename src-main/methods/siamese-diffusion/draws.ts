/** @file What is drawn by chance for a batch: times, noise, which samples lose their mask or condition, which are mirrored. */
import type { Random } from "../../random/index.ts";
import { BIN_NAMES, TIME_BINS } from "./programs.ts";
import { CONDITIONS } from "./networks.ts";
import { NOISE_SCHEDULE } from "./paint-settings.ts";

/** Feeds of one batch; samples stand in the order of their times, which tells nothing of their images. */
export interface Draw {
  times: number[];
  mirrored: boolean[];
  feeds: {
    noise: Float32Array<ArrayBuffer>;
    time: Float32Array<ArrayBuffer>;
    signal: Float32Array<ArrayBuffer>;
    noiseLevel: Float32Array<ArrayBuffer>;
    condition: Int32Array<ArrayBuffer>;
  };
}

export function drawNormal(random: Random, count: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: count }, () => random.normal());
}

/** `latentSize`: numbers in one latent image. */
export function drawBatch(
  random: Random,
  {
    batchSize,
    latentSize,
    conditionDrop,
    flips,
  }: { batchSize: number; latentSize: number; conditionDrop: number; flips: boolean },
): Draw {
  const each = <T>(draw: () => T): T[] => Array.from({ length: batchSize }, draw);
  const times = each(() => random.integer(NOISE_SCHEDULE.steps)).toSorted((a, b) => a - b);
  const mirrored = each(() => random.uniform() < 0.5 && flips);
  const condition = each(() => (random.uniform() < conditionDrop ? CONDITIONS.none : CONDITIONS.set));
  return {
    times,
    mirrored,
    feeds: {
      ...timeFeeds(times),
      condition: Int32Array.from(condition),
      noise: drawNormal(random, batchSize * latentSize),
    },
  };
}

export function timeFeeds(times: readonly number[]): Pick<Draw["feeds"], "time" | "signal" | "noiseLevel"> {
  const power = (time: number): number => NOISE_SCHEDULE.signalPower[time]!;
  return {
    time: Float32Array.from(times),
    signal: Float32Array.from(times, (time) => Math.sqrt(power(time))),
    noiseLevel: Float32Array.from(times, (time) => Math.sqrt(1 - power(time))),
  };
}

/** Weights [bins, batch] that make means of the samples in each bin of times; and which bins have any. */
export function drawBins(times: readonly number[]): { bins: Float32Array<ArrayBuffer>; filled: string[] } {
  const bins = new Float32Array(BIN_NAMES.length * times.length);
  const filled: string[] = [];
  for (const [bin, name] of BIN_NAMES.entries()) {
    const places = times.flatMap((time, place) =>
      time >= TIME_BINS[bin]! && time < TIME_BINS[bin + 1]! ? [place] : [],
    );
    if (places.length > 0) filled.push(name);
    for (const place of places) bins[bin * times.length + place] = 1 / places.length;
  }
  return { bins, filled };
}

/** Figures of a step; of bins of times those that have any sample. */
export function figuresOf(
  { total, ...terms }: Record<string, number>,
  filled: readonly string[],
): Record<string, number> {
  const kept = Object.entries(terms).filter(
    ([name]) => !BIN_NAMES.some((bin) => bin === name) || filled.includes(name),
  );
  return { loss: total!, ...Object.fromEntries(kept) };
}
