/** @file The images that Siamese-Diffusion learns from, in [0, 1] at its size; mirrored where asked. */
import {
  type ChannelCount,
  createFrameCache,
  type Placement,
  preprocessFrame,
  preprocessLabelMap,
  type SourceFrame,
  squareFrame,
  turnPlanes,
} from "../../dataset/index.ts";
import type { Frame } from "../../voxels/index.ts";
import { Problem } from "../../problem/index.ts";
import type { StartRequest } from "../start-request.ts";
import { maskMismatch } from "../mask-mismatch.ts";

/** Values of images that become 0 and 1. */
export interface ValueRange {
  low: number;
  high: number;
  /** "bytes": of the images as they are, with their colors and brightness; "normalized": each first normalized by itself, as networks that outline take them. */
  of: "bytes" | "normalized";
}

/** A value as networks take it: 0 to 1. Images that were not looked at for the range may leave it. */
export const inRange = (value: number, { low, high }: ValueRange): number =>
  Math.min(1, Math.max(0, (value - low) / (high - low)));

/** A frame as the networks that learned in `range` see it, `[channels, size, size]`, and where it lies in the square. */
export function pictureSquare(
  frame: Frame,
  range: ValueRange,
  options: { size: number; channels: ChannelCount },
): { image: Float32Array; placement: Placement } {
  const toSquare = range.of === "bytes" ? squareFrame : preprocessFrame;
  const { image, placement } = toSquare(frame, options);
  return { image: image.map((value) => inRange(value, range)), placement };
}

export interface PictureBatch {
  /** `[n, channels, S, S]`. */
  image: Float32Array<ArrayBuffer>;
  /** Class numbers `[n, S, S]`; 0 where an image has no mask. */
  labelMap: Uint8Array<ArrayBuffer>;
}

export interface Pictures {
  /** Annotated, and all to learn from; those to validate on have masks. */
  readonly annotated: number;
  readonly learned: number;
  readonly validated: number;
  /** Of all to learn from: bytes where all of them are. Throws `Problem` "not-enough-data" where all are of one value. */
  range(): Promise<ValueRange>;
  /** By their place among those of the group, mirrored where `mirrored` says. Fresh arrays. `range` as this gave it. */
  batch(
    group: "annotated" | "learned" | "validated",
    indices: readonly number[],
    range: ValueRange,
    mirrored?: readonly boolean[],
  ): Promise<PictureBatch>;
  /** The frame of a validation image, and where its picture lies in the square. */
  validationPlace(index: number, range: ValueRange): Promise<{ frameId: number; placement: Placement }>;
}

const MIRRORED = { quarters: 0, mirror: "columns", degrees: 0 } as const;

/** In deviations of an image: images that are each of one value differ by rounding alone when they are normalized. */
const FLAT = 1e-3;

const BYTES = { low: 0, high: 255 };

const isOfBytes = ({ sampleType, rescaleSlope, rescaleIntercept, photometric }: Frame): boolean =>
  sampleType === "uint8" && rescaleSlope === 1 && rescaleIntercept === 0 && photometric !== "MONOCHROME1";

interface Prepared extends PictureBatch {
  placement: Placement;
  isBytes: boolean;
}

/** Throws where there is no annotated frame. */
export function openPictures(
  { cases, classes }: Pick<StartRequest, "cases" | "classes">,
  { size, channels }: { size: number; channels: ChannelCount },
): Pictures {
  const of = (role: SourceFrame["role"]) => cases.frames.filter((frame) => frame.role === role);
  const annotated = of("train").filter(({ hasLabelMap }) => hasLabelMap);
  const groups = {
    annotated,
    learned: [...annotated, ...of("unlabelled")],
    validated: of("validate").filter(({ hasLabelMap }) => hasLabelMap),
  };
  if (annotated.length === 0) throw new Error("siamese-diffusion: no annotated frame to train.");
  const values = classes.map(({ value }) => value);
  const isAnnotated = new Set([...annotated, ...groups.validated].map(({ frameId }) => frameId));
  const area = size * size;
  const openCache = (of: ValueRange["of"]) =>
    createFrameCache(
      async (frameId: number): Promise<Prepared> => {
        const frame = await cases.frame(frameId);
        const toSquare = of === "bytes" ? squareFrame : preprocessFrame;
        const { image, original, placement } = toSquare(frame, { size, channels });
        const seen = { image, placement, isBytes: isOfBytes(frame) };
        if (!isAnnotated.has(frameId)) return { ...seen, labelMap: new Uint8Array(area) };
        const map = await cases.labelMap(frameId);
        if (map.width !== original.width || map.height !== original.height) throw maskMismatch(frameId, map, original);
        return { ...seen, labelMap: preprocessLabelMap(map, { size, classes: values }) };
      },
      { bytesOf: ({ image, labelMap }) => image.byteLength + labelMap.byteLength },
    );
  const prepared = { bytes: openCache("bytes"), normalized: openCache("normalized") };
  const extremesOf = async (of: ValueRange["of"]): Promise<ValueRange & { areBytes: boolean }> => {
    let [low, high, areBytes] = [Infinity, -Infinity, true];
    for (const { frameId } of groups.learned) {
      const { image, isBytes } = await prepared[of](frameId);
      areBytes &&= isBytes;
      for (const value of image) {
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
    }
    return { low, high, of, areBytes };
  };
  return {
    annotated: annotated.length,
    learned: groups.learned.length,
    validated: groups.validated.length,
    async range() {
      const { areBytes, low, high } = await extremesOf("bytes");
      if (areBytes && high > low) return { ...BYTES, of: "bytes" };
      if (!areBytes) {
        // Of several scanners say, in units that mean nothing: contrast is all that they have in common.
        const { areBytes: _, ...normalized } = await extremesOf("normalized");
        if (normalized.high - normalized.low > FLAT) return normalized;
      }
      throw new Problem({
        code: "not-enough-data",
        title: "All images to learn from are of one value.",
        detail: "There is nothing to see in them that could be painted.",
        hint: "Look at the images of the training split, and import others.",
      });
    },
    async batch(group, indices, range, mirrored = []) {
      const { of } = range;
      const image = new Float32Array(indices.length * channels * area);
      const labelMap = new Uint8Array(indices.length * area);
      for (const [place, index] of indices.entries()) {
        const from = await prepared[of](groups[group][index]!.frameId);
        const into = {
          image: image.subarray(place * channels * area, (place + 1) * channels * area),
          labelMap: labelMap.subarray(place * area, (place + 1) * area),
        };
        if (mirrored[place] === true) {
          turnPlanes(from.image, size, MIRRORED, into.image);
          turnPlanes(from.labelMap, size, MIRRORED, into.labelMap);
        } else {
          into.image.set(from.image);
          into.labelMap.set(from.labelMap);
        }
      }
      for (let i = 0; i < image.length; i++) image[i] = inRange(image[i]!, range);
      return { image, labelMap };
    },
    async validationPlace(index, { of }) {
      const { frameId } = groups.validated[index]!;
      return { frameId, placement: (await prepared[of](frameId)).placement };
    },
  };
}
