/**
 * @file Images of two modalities as networks take them: in [-1, 1], -1 where nothing is, both of a pair on the pixels of the source. Intensities are scaled
 * by patient and modality: the lowest is -1, the 99.5th percentile of all above it is 1.
 */
import {
  createFrameCache,
  createSampler,
  drawMisalignment,
  misalign,
  type Placement,
  type Planes,
  type SourceFrame,
  squareFrame,
} from "../../dataset/index.ts";
import { Problem, type Statement } from "../../problem/index.ts";
import { Random } from "../../random/index.ts";
import { type Frame, onGridOf } from "../../voxels/index.ts";
import type { Modalities, StartRequest } from "../start-request.ts";
import { type IntensityRange, rangeOf, scaled } from "./intensities.ts";
import { nothingInPairs } from "./nothing-in-pairs.ts";
import type { PairBatch } from "./updates.ts";

interface Options {
  size: number;
  /** Slices of the source that are seen for one of the target: odd. */
  slices: number;
  /** How far images of a pair are moved by themselves, 0 to 5. */
  noiseLevel: number;
  /** Both are moved alike. */
  augmentPaired: boolean;
  batchSize: number;
}

export interface ValidationPair extends PairBatch {
  frameId: number;
  placement: Placement;
}

export interface TranslationPictures {
  /** Pairs to learn from; of unpaired images: sources. */
  readonly count: number;
  readonly validated: number;
  /**
   * Looks at all images once, and drops pairs of which one has nothing to see, brought onto the pixels of the other. Returns what to know of that. Throws `Problem`
   * where all of one modality are of one value, or no pair is left to learn from.
   */
  prepare(): Promise<Statement[]>;
  /** Of a step: which, and how they are moved, depends on seed and step alone. */
  batch(step: number): Promise<PairBatch>;
  validation(index: number): Promise<ValidationPair>;
}

interface Prepared {
  source: Float32Array;
  target: Float32Array | null;
  placement: Placement;
}

type Side = "source" | "target";

/** Of the movement that pairs share: as of noise level 1. */
const SHARED_LEVEL = 1;

export function openPictures(
  { cases, seed, modalities }: Pick<StartRequest, "cases" | "seed" | "modalities">,
  { size, slices, noiseLevel, augmentPaired, batchSize }: Options,
): TranslationPictures {
  const area = size * size;
  const isUnpaired = modalities?.kind === "unpaired";
  const sideOf = (side: Side): SourceFrame[] => cases.frames.filter(({ modality }) => modality?.side === side);
  const sources = sideOf("source");
  const of = (side: Side, role: SourceFrame["role"]): SourceFrame[] =>
    sideOf(side).filter((frame) => frame.role === role);
  const isPaired = ({ modality }: SourceFrame): boolean => modality?.counterpart !== undefined;
  let trained = isUnpaired ? of("source", "train") : of("source", "train").filter(isPaired);
  let loose = of("target", "train");
  let validated = of("source", "validate").filter(isPaired);

  const ranges = new Map<string, IntensityRange>();
  const rangeKey = (frame: SourceFrame): string => `${frame.modality!.side} ${groupOf(frame)}`;
  const squareOf = async (frame: Frame, key: string): Promise<{ image: Float32Array; placement: Placement }> => {
    const { image, placement } = squareFrame(frame, { size, channels: 1 });
    return { image: scaled(image, { size, placement }, ranges.get(key)!), placement };
  };
  const byId = new Map(cases.frames.map((frame) => [frame.frameId, frame]));
  const prepared = createFrameCache(
    async (frameId: number): Promise<Prepared> => {
      const source = byId.get(frameId)!;
      const frame = await cases.frame(frameId);
      const { image, placement } = await squareOf(frame, rangeKey(source));
      const { counterpart, alignment, relation } = source.modality!;
      if (counterpart === undefined || isUnpaired) return { source: image, target: null, placement };
      const other = onGridOf(await cases.frame(counterpart), frame, alignment, relation);
      const { image: target } = await squareOf(other, rangeKey(byId.get(counterpart)!));
      return { source: image, target, placement };
    },
    { bytesOf: ({ source, target }) => source.byteLength + (target?.byteLength ?? 0) },
  );
  const unpairedTarget = createFrameCache(
    async (frameId: number) => (await squareOf(await cases.frame(frameId), rangeKey(byId.get(frameId)!))).image,
    { bytesOf: (image) => image.byteLength },
  );

  const neighbors = neighborsOf(sources, slices);
  const stackOf = async (frameId: number): Promise<Float32Array> => {
    const stack = new Float32Array(slices * area);
    for (const [place, id] of neighbors(frameId).entries()) stack.set((await prepared(id)).source, place * area);
    return stack;
  };

  const samplers = () => ({
    source: createSampler(Math.max(1, trained.length), seed),
    target: createSampler(Math.max(1, loose.length), seed + 1),
  });
  let sampler = samplers();
  const shows = async ({ frameId }: SourceFrame): Promise<boolean> => {
    const { source, target, placement } = await prepared(frameId);
    return !isFlat(source, size, placement) && (target === null || !isFlat(target, size, placement));
  };
  /** Returns how many were dropped. */
  const dropEmpty = async (): Promise<number> => {
    const before = trained.length + validated.length + (isUnpaired ? loose.length : 0);
    trained = await filtered(trained, shows);
    validated = await filtered(validated, shows);
    if (isUnpaired) {
      loose = await filtered(loose, async ({ frameId }) => {
        const { image, placement } = await squareOf(await cases.frame(frameId), rangeKey(byId.get(frameId)!));
        return !isFlat(image, size, placement);
      });
    }
    sampler = samplers();
    return before - trained.length - validated.length - (isUnpaired ? loose.length : 0);
  };
  /** The shared movement first, then the image's own. */
  const moved = (data: Float32Array, channels: number, side: Side, step: number, place: number): Float32Array => {
    let planes: Planes = { width: size, height: size, channels, data };
    if (augmentPaired) {
      planes = misalign(planes, drawMisalignment(SHARED_LEVEL, size, new Random(seed, "shared movement", step, place)));
    }
    if (noiseLevel > 0) {
      planes = misalign(
        planes,
        drawMisalignment(noiseLevel, size, new Random(seed, "misalignment", side, step, place)),
      );
    }
    return planes.data;
  };

  return {
    get count() {
      return isUnpaired ? Math.min(trained.length, loose.length) : trained.length;
    },
    get validated() {
      return validated.length;
    },
    async prepare() {
      for (const side of ["source", "target"] as const) {
        const groups = Map.groupBy(sideOf(side), groupOf);
        let isConstant = true;
        for (const frames of groups.values()) {
          const squares = frames.map(({ frameId }) => async () => {
            return squareFrame(await cases.frame(frameId), { size, channels: 1 });
          });
          const range = await rangeOf(squares, size);
          ranges.set(rangeKey(frames[0]!), range);
          if (range.high > range.low) isConstant = false;
        }
        if (isConstant && groups.size > 0) throw constantModality(side, modalities, sideOf(side).length);
      }
      const dropped = await dropEmpty();
      if (dropped === 0) return [];
      if (trained.length === 0 || (isUnpaired && loose.length === 0)) throw nothingInPairs(dropped);
      return [
        isUnpaired
          ? {
              text: "Images of one value were left out: {images}. There is nothing to see in them.",
              values: { images: dropped },
            }
          : {
              text: "Pairs of which one image is of one value, on the pixels of the source, were left out: {images}. Look at them: they may be empty, or lie beside each other.",
              values: { images: dropped },
            },
      ];
    },
    async batch(step) {
      const source = new Float32Array(batchSize * slices * area);
      const target = new Float32Array(batchSize * area);
      for (let place = 0; place < batchSize; place++) {
        const at = step * batchSize + place;
        const { frameId } = trained[sampler.source(at)]!;
        const stack = await stackOf(frameId);
        const other = isUnpaired
          ? await unpairedTarget(loose[sampler.target(at)]!.frameId)
          : (await prepared(frameId)).target!;
        source.set(moved(stack, slices, "source", step, place), place * slices * area);
        target.set(moved(other, 1, "target", step, place), place * area);
      }
      return { source, target };
    },
    async validation(index) {
      const { frameId } = validated[index]!;
      const { target, placement } = await prepared(frameId);
      return { frameId, placement, source: await stackOf(frameId), target: target! };
    },
  };
}

async function filtered<Value>(values: readonly Value[], keep: (value: Value) => Promise<boolean>): Promise<Value[]> {
  const kept: Value[] = [];
  for (const value of values) if (await keep(value)) kept.push(value);
  return kept;
}

/** Whether all of the picture is of one value. */
export function isFlat(image: Float32Array, size: number, { left, top, width, height }: Placement): boolean {
  const first = image[top * size + left]!;
  for (let row = top; row < top + height; row++) {
    for (let column = left; column < left + width; column++) if (image[row * size + column] !== first) return false;
  }
  return true;
}

/** A series where it is one, else the images of a patient. */
const groupOf = ({ volume, caseId }: SourceFrame): string =>
  volume === undefined ? `case ${caseId}` : `volume ${volume.id}`;

/** Ids of `count` neighbors in a row, the frame in their middle; at the ends of its series the last one again. */
function neighborsOf(frames: readonly SourceFrame[], count: number): (frameId: number) => number[] {
  const places = new Map<number, { row: readonly SourceFrame[]; place: number }>();
  for (const row of Map.groupBy(frames, groupOf).values()) {
    for (const [place, { frameId }] of row.entries()) places.set(frameId, { row, place });
  }
  return (frameId) => {
    const { row, place } = places.get(frameId)!;
    return neighborPlaces(place, count, row.length).map((at) => row[at]!.frameId);
  };
}

/** Places of `count` neighbors among `length`, `place` in their middle; held at the ends. */
export function neighborPlaces(place: number, count: number, length: number): number[] {
  const reach = (count - 1) / 2;
  return Array.from({ length: count }, (_, at) => Math.min(length - 1, Math.max(0, place + at - reach)));
}

function constantModality(side: Side, modalities: Modalities | undefined, images: number): Problem {
  return new Problem({
    code: "not-enough-data",
    title: `All images of ${modalities?.[side] ?? side} are of one value.`,
    detail: `${images} images were looked at: in none of them is anything to see.`,
    hint: "Look at these images; leave out what is empty, and pair again.",
  });
}
