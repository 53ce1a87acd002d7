/**
 * @file Which images a step of semi-supervised training sees: two streams, each from seed, stage and step alone, so that a resumed run
 * goes on with the very images it would have seen.
 */
import { Random } from "../random/index.ts";

export interface StreamKey {
  seed: number;
  /** Name of the stage and of the stream: each has an order of its own. */
  stage: string;
  stream: string;
}

/** Two halves of a batch: indices into the stream's examples. */
export interface Halves {
  a: number[];
  b: number[];
}

/**
 * Labelled images: an epoch is a shuffle cut into full batches of 2 · `half`, the rest of it dropped; so no image is twice in a batch.
 * Where there are fewer images than that, they come in endless shuffles, and each of `b` differs from its partner in `a` (unless there
 * is one image alone).
 */
export function labelledStream(count: number, half: number, key: StreamKey): (step: number) => Halves {
  const length = epochLength(count, half);
  if (length > 0) {
    const order = shuffles(count, key);
    return (step) => {
      const first = (step % length) * 2 * half;
      const epoch = order(Math.floor(step / length));
      return { a: epoch.slice(first, first + half), b: epoch.slice(first + half, first + 2 * half) };
    };
  }
  const endless = endlessStream(count, key);
  return (step) => {
    const partners = new Random(key.seed, key.stage, key.stream, step, "partner");
    const a = Array.from({ length: half }, (_, place) => endless(step * half + place));
    return { a, b: a.map((index) => (count === 1 ? index : (index + 1 + partners.integer(count - 1)) % count)) };
  };
}

/** Unlabelled images: an endless row of shuffles. */
export function unlabelledStream(count: number, half: number, key: StreamKey): (step: number) => Halves {
  const endless = endlessStream(count, key);
  return (step) => {
    const both = Array.from({ length: 2 * half }, (_, place) => endless(step * 2 * half + place));
    return { a: both.slice(0, half), b: both.slice(half) };
  };
}

/** Steps in which every labelled image is seen once, but for those left over; 0: there are too few for one batch. */
export function epochLength(count: number, half: number): number {
  return Math.floor(count / (2 * half));
}

function endlessStream(count: number, key: StreamKey): (position: number) => number {
  const order = shuffles(count, key);
  return (position) => order(Math.floor(position / count))[position % count]!;
}

/** The order of each epoch; the latest is remembered. */
function shuffles(count: number, { seed, stage, stream }: StreamKey): (epoch: number) => number[] {
  const indices = Array.from({ length: count }, (_, index) => index);
  let latest = { epoch: -1, order: indices };
  return (epoch) => {
    if (latest.epoch !== epoch) {
      latest = { epoch, order: new Random(seed, stage, stream, epoch, "order").shuffle(indices) };
    }
    return latest.order;
  };
}
