/** @file Images with labels of the whole, as networks take them: which step n sees depends on seed and n alone. */
import {
  type ChannelCount,
  createFrameCache,
  createSampler,
  type PreprocessedFrame,
  preprocessFrame,
  type SourceFrame,
} from "../../dataset/index.ts";
import { Random } from "../../random/index.ts";
import type { StartRequest } from "../start-request.ts";
import type { TargetValue } from "./label-target.ts";
import { type Mirroring, vary } from "./variation.ts";

export interface LabelledImage {
  frameId: number;
  caseId: number;
  values: readonly TargetValue[];
}

export interface LabelledImages {
  trained: readonly LabelledImage[];
  validated: readonly LabelledImage[];
  square(frameId: number): Promise<PreprocessedFrame>;
  /** Images one after the other, `[count, channels, size, size]`, varied where `keys` names the randomness of each. */
  stack(
    frameIds: readonly number[],
    options?: { length?: number; varied?: { mirror: Mirroring; key: (place: number) => (string | number)[] } },
  ): Promise<Float32Array<ArrayBuffer>>;
}

export function openLabelledImages(
  { cases, channels }: { cases: StartRequest["cases"]; channels: ChannelCount },
  size: number,
): LabelledImages {
  const area = channels * size * size;
  const square = createFrameCache(async (frameId) => preprocessFrame(await cases.frame(frameId), { size, channels }), {
    bytesOf: ({ image }) => image.byteLength,
  });
  const of = (role: SourceFrame["role"]): LabelledImage[] =>
    cases.frames.flatMap(({ frameId, caseId, role: own, values }) =>
      own === role && values?.some((value) => value !== null) === true ? [{ frameId, caseId, values }] : [],
    );
  return {
    trained: of("train"),
    validated: of("validate"),
    square,
    async stack(frameIds, { length = frameIds.length, varied } = {}) {
      const stacked = new Float32Array(length * area);
      for (const [place, frameId] of frameIds.entries()) {
        const { image } = await square(frameId);
        const into = stacked.subarray(place * area, (place + 1) * area);
        if (varied === undefined) into.set(image);
        else vary(image, into, { size, channels, mirror: varied.mirror, random: new Random(...varied.key(place)) });
      }
      return stacked;
    },
  };
}

/** Index of the image at `position` of an endless series: each class as often as any other, each image of a class as often as any other of it. */
export function balancedSampler(classes: readonly number[], seed: number): (position: number) => number {
  const groups = [...Map.groupBy(classes.keys(), (index) => classes[index]!)].toSorted(([a], [b]) => a - b);
  const samplers = groups.map(([value, own]) => ({ own, at: createSampler(own.length, seed + value) }));
  return (position) => {
    const { own, at } = samplers[position % samplers.length]!;
    return own[at(Math.floor(position / samplers.length))]!;
  };
}

/** Some at a time, in order. */
export function inGroups<One>(all: readonly One[], size: number): One[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, at) => all.slice(at * size, (at + 1) * size));
}
