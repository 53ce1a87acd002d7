/** @file The annotated images that synthesis learns from, at the networks' size, and new ones made of them by moving. */
import {
  augmentMask,
  augmentPair,
  createFrameCache,
  GENSEG_RANGES,
  STILL_RANGES,
  type GeometryRanges,
  type MaskDraw,
  type MaskParent,
  type Placement,
  maskParent,
  preprocessFrame,
  preprocessLabelMap,
  refusedMasks,
  type SourceFrame,
} from "../../dataset/index.ts";
import type { StartRequest } from "../start-request.ts";
import { maskMismatch } from "../mask-mismatch.ts";
import type { SynthesisShape } from "./networks.ts";

/** Images `[n, channels, S, S]` and class numbers `[n, S, S]`. */
export interface Pairs {
  image: Float32Array<ArrayBuffer>;
  labelMap: Uint8Array<ArrayBuffer>;
}

/** Classical augmentation: the whole family of movements, or one of them. */
const movements = {
  all: GENSEG_RANGES,
  rotate: { ...STILL_RANGES, rotationDegrees: GENSEG_RANGES.rotationDegrees },
  flip: { ...STILL_RANGES, flip: GENSEG_RANGES.flip },
  translate: { ...STILL_RANGES, translation: GENSEG_RANGES.translation },
} as const satisfies Record<string, GeometryRanges>;
export type Movement = keyof typeof movements;

export interface SynthesisPairs {
  /** Of the training. */
  readonly count: number;
  readonly validated: number;
  /** Least and largest value of the training images as networks take them. */
  range(): Promise<{ low: number; high: number }>;
  /** Annotated images by their place among those of the training. Fresh arrays. */
  training(indices: readonly number[]): Promise<Pairs>;
  validation(indices: readonly number[]): Promise<Pairs>;
  /** Which frame it is, and where its picture lies in the square. */
  validationPlace(index: number): Promise<{ frameId: number; placement: Placement }>;
  /** New masks from those of these images; `draw` and the place in the list name the random numbers. */
  deformed(indices: readonly number[], draw: number): Promise<Uint8Array<ArrayBuffer>>;
  /** The same images and masks, moved as `movement` says. */
  moved(indices: readonly number[], draw: number): Promise<Pairs>;
}

interface Prepared {
  image: Float32Array<ArrayBuffer>;
  labelMap: Uint8Array<ArrayBuffer>;
  placement: Placement;
  parent: MaskParent;
}

/** Throws `Problem` where masks and images have other sizes, or no new masks come of any of the annotated ones. */
export function openPairs(
  {
    cases,
    classes,
    seed,
    movement = "all",
  }: Pick<StartRequest, "cases" | "classes" | "seed"> & { movement?: Movement },
  { size, channels }: Pick<SynthesisShape, "size" | "channels">,
): SynthesisPairs {
  const of = (role: SourceFrame["role"]) => cases.frames.filter((frame) => frame.role === role && frame.hasLabelMap);
  const [trained, validated] = [of("train"), of("validate")];
  const values = classes.map(({ value }) => value);
  const prepared = createFrameCache(
    async (frameId: number): Promise<Prepared> => {
      const map = await cases.labelMap(frameId);
      const { image, placement, original } = preprocessFrame(await cases.frame(frameId), {
        size,
        channels: channels as 1 | 3,
      });
      if (map.width !== original.width || map.height !== original.height) throw maskMismatch(frameId, map, original);
      const labelMap = preprocessLabelMap(map, { size, classes: values });
      return { image, labelMap, placement, parent: maskParent(frameId, { width: size, height: size, data: labelMap }) };
    },
    { bytesOf: ({ image, labelMap }) => image.byteLength + labelMap.byteLength },
  );
  const area = size * size;

  const gather = async (frames: readonly SourceFrame[], indices: readonly number[]): Promise<Pairs> => {
    const image = new Float32Array(indices.length * channels * area);
    const labelMap = new Uint8Array(indices.length * area);
    for (const [place, index] of indices.entries()) {
      const one = await prepared(frames[index]!.frameId);
      image.set(one.image, place * channels * area);
      labelMap.set(one.labelMap, place * area);
    }
    return { image, labelMap };
  };
  /** What can be made of the mask at `index`, or else of the next one that anything can be made of. */
  const drawFrom = async <Made>(
    index: number,
    draw: (from: Prepared) => Refused | ({ outcome: "made" } & Made),
  ): Promise<Made> => {
    const refused: Refused[] = [];
    for (let step = 0; step < trained.length; step++) {
      const drawn = draw(await prepared(trained[(index + step) % trained.length]!.frameId));
      if (drawn.outcome === "made") return drawn;
      refused.push(drawn);
    }
    throw refusedMasks(refused);
  };
  const planesOf = (data: Float32Array) => ({ width: size, height: size, channels, data });
  const optionsOf = (indices: readonly number[], draw: number, place: number) => {
    return { ranges: GENSEG_RANGES, seed, index: draw * indices.length + place };
  };

  return {
    count: trained.length,
    validated: validated.length,
    async range() {
      let [low, high] = [Infinity, -Infinity];
      for (const { frameId } of trained) {
        for (const value of (await prepared(frameId)).image) {
          low = Math.min(low, value);
          high = Math.max(high, value);
        }
      }
      // Images of one value: any range holds them.
      return high > low ? { low, high } : { low: low - 1, high: low + 1 };
    },
    training: (indices) => gather(trained, indices),
    validation: (indices) => gather(validated, indices),
    async validationPlace(index) {
      const { frameId } = validated[index]!;
      return { frameId, placement: (await prepared(frameId)).placement };
    },
    async deformed(indices, draw) {
      const labelMaps = new Uint8Array(indices.length * area);
      for (const [place, index] of indices.entries()) {
        const made = await drawFrom(index, ({ parent }) => augmentMask(parent, optionsOf(indices, draw, place)));
        labelMaps.set(made.labelMap.data, place * area);
      }
      return labelMaps;
    },
    async moved(indices, draw) {
      const image = new Float32Array(indices.length * channels * area);
      const labelMap = new Uint8Array(indices.length * area);
      for (const [place, index] of indices.entries()) {
        const made = await drawFrom(index, (from) =>
          augmentPair(planesOf(from.image), from.parent, {
            ...optionsOf(indices, draw, place),
            ranges: movements[movement],
          }),
        );
        image.set(made.image.data, place * channels * area);
        labelMap.set(made.labelMap.data, place * area);
      }
      return { image, labelMap };
    },
  };
}

type Refused = Extract<MaskDraw, { outcome: "refused" }>;
