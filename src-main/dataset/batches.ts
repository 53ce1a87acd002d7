/**
 * @file Batches by step number: which examples step n sees, and how they are varied, depends on seed and n alone. So a
 * resumed run goes on with the very batches it would have seen.
 */
import { Random } from "../random/index.ts";
import { augment, type Example } from "./augment.ts";
import type { ChannelCount } from "./preprocess.ts";

export interface BatchOptions {
  size: number;
  channels: ChannelCount;
  batchSize: number;
  seed: number;
  isAugmented: boolean;
}

export interface Batch {
  /** `[batchSize, channels, size, size]` */
  image: Float32Array<ArrayBuffer>;
  /** `[batchSize, size, size]` */
  labelMap: Uint8Array<ArrayBuffer>;
}

/** Index into `count` examples of the item at `position` of an endless series of shuffled epochs. */
export function createSampler(count: number, seed: number): (position: number) => number {
  let order: number[] = [];
  let orderedEpoch = -1;
  const indices = Array.from({ length: count }, (_, index) => index);
  return (position) => {
    const epoch = Math.floor(position / count);
    if (epoch !== orderedEpoch) {
      order = new Random(seed, "epoch", epoch).shuffle(indices);
      orderedEpoch = epoch;
    }
    return order[position % count]!;
  };
}

/** Batches of step 0, 1, … over `count` examples. Each call of the result gives the same arrays, filled anew. */
export function createBatches(
  count: number,
  example: (index: number) => Promise<Example>,
  { size, channels, batchSize, seed, isAugmented }: BatchOptions,
): (step: number) => Promise<Batch> {
  const area = size * size;
  const batch: Batch = {
    image: new Float32Array(batchSize * channels * area),
    labelMap: new Uint8Array(batchSize * area),
  };
  const sampler = createSampler(count, seed);
  return async (step) => {
    for (let place = 0; place < batchSize; place++) {
      const chosen = await example(sampler(step * batchSize + place));
      const into = {
        image: batch.image.subarray(place * channels * area, (place + 1) * channels * area),
        labelMap: batch.labelMap.subarray(place * area, (place + 1) * area),
      };
      if (isAugmented) {
        augment(chosen, { size, channels, random: new Random(seed, "augment", step, place), into });
      } else {
        into.image.set(chosen.image);
        into.labelMap.set(chosen.labelMap);
      }
    }
    return batch;
  };
}
