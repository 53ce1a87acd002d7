/** @file The images of a training with a teacher: labelled, unlabelled and those to validate on, prepared and turned. */
import {
  augment,
  type ChannelCount,
  createFrameCache,
  drawPlaneTurn,
  preprocessFrame,
  preprocessLabelMap,
  type PreprocessedFrame,
  restorePrediction,
  type SourceFrame,
  turnPlanes,
  type UnlabelledSource,
} from "../../dataset/index.ts";
import { Random } from "../../random/index.ts";
import type { StartRequest } from "../start-request.ts";
import type { Judge } from "../training-session.ts";
import { maskMismatch } from "../mask-mismatch.ts";
import type { SharedSettings } from "./settings.ts";

/** A half of a batch: images `[n, channels, ..places]`. */
export interface ImageHalf {
  image: Float32Array<ArrayBuffer>;
}

/** With class numbers `[n, ..places]`. */
export interface LabelledHalf extends ImageHalf {
  labelMap: Uint8Array<ArrayBuffer>;
}

/** Fresh arrays at each call. */
export interface TrainingImages {
  /** Frames of each kind; the streams give indices into them. */
  readonly labelled: number;
  readonly unlabelled: number;
  /** `key` names the randomness of the turns: seed, stage, step, which half. */
  labelledHalf(indices: readonly number[], key: readonly (string | number)[]): Promise<LabelledHalf>;
  unlabelledHalf(indices: readonly number[], key: readonly (string | number)[]): Promise<ImageHalf>;
  /** Ids of all to learn from, labelled or not. */
  readonly learned: readonly number[];
  /** One of them as it is, `[channels, ..places]`; it belongs to the images. */
  plain(id: number): Promise<Float32Array>;
  /** Set where what is judged are slices of volumes. */
  readonly judgesVolumes?: boolean;
  /** Images that a network is given at once to validate it. */
  readonly validationBatch: number;
  /**
   * Hands what a network says of all images to validate on to `judge`, at their own sizes. `probabilities`: of `validationBatch` images
   * `[n, channels, ..places]` -> `[n, classes, ..places]`.
   */
  validate(probabilities: (image: Float32Array) => Promise<Float32Array>, judge: Judge): Promise<void>;
}

type Shape = Pick<SharedSettings, "size" | "augmentation" | "halfBatch">;

/** Throws where a frame has a role that training must not see. */
export function openImages(
  { cases, classes }: Pick<StartRequest, "cases" | "classes">,
  { size, augmentation, halfBatch }: Shape,
  channels: ChannelCount,
): TrainingImages {
  const { labelled, unlabelled, validated } = framesByRole(cases.frames);
  const values = classes.map(({ value }) => value);
  const imageSize = channels * size * size;
  // The stream of unlabelled images has no way to a label: not by its type, and a run's data hold none for them.
  const source: UnlabelledSource = cases;
  const whole = createFrameCache(
    async (frameId: number) => preprocessFrame(await source.frame(frameId), { size, channels }),
    { bytesOf: ({ image }) => image.byteLength },
  );
  const labels = createFrameCache(
    async (frameId: number) => {
      const map = await cases.labelMap(frameId);
      const { original } = await whole(frameId);
      if (map.width !== original.width || map.height !== original.height) throw maskMismatch(frameId, map, original);
      return preprocessLabelMap(map, { size, classes: values });
    },
    { bytesOf: (map) => map.byteLength },
  );
  const nothing = new Uint8Array(size * size);

  /** Image and label map turned alike. */
  const vary = (from: LabelledHalf, into: LabelledHalf, random: Random): void => {
    if (augmentation === "any") {
      augment(from, { size, channels, random, into });
    } else if (augmentation === "none") {
      into.image.set(from.image);
      into.labelMap.set(from.labelMap);
    } else {
      const turn = drawPlaneTurn(augmentation, random);
      turnPlanes(from.image, size, turn, into.image);
      turnPlanes(from.labelMap, size, turn, into.labelMap);
    }
  };
  const half = async (
    frames: readonly SourceFrame[],
    indices: readonly number[],
    key: readonly (string | number)[],
    labelMapOf: (frameId: number) => Promise<Uint8Array<ArrayBuffer>>,
  ): Promise<LabelledHalf> => {
    const image = new Float32Array(indices.length * imageSize);
    const labelMap = new Uint8Array(indices.length * size * size);
    for (const [place, index] of indices.entries()) {
      const { frameId } = frames[index]!;
      const from = { image: (await whole(frameId)).image, labelMap: await labelMapOf(frameId) };
      const into = {
        image: image.subarray(place * imageSize, (place + 1) * imageSize),
        labelMap: labelMap.subarray(place * size * size, (place + 1) * size * size),
      };
      vary(from, into, new Random(...key, place, "turn"));
    }
    return { image, labelMap };
  };
  const validationBatch = Math.min(2 * halfBatch, Math.max(1, validated.length));
  return {
    labelled: labelled.length,
    unlabelled: unlabelled.length,
    learned: [...labelled, ...unlabelled].map(({ frameId }) => frameId),
    plain: async (frameId) => (await whole(frameId)).image,
    validationBatch,
    labelledHalf: (indices, key) => half(labelled, indices, key, labels),
    async unlabelledHalf(indices, key) {
      const { image } = await half(unlabelled, indices, key, () => Promise.resolve(nothing));
      return { image };
    },
    async validate(probabilities, judge) {
      const plane = (1 + values.length) * size * size;
      const image = new Float32Array(validationBatch * imageSize);
      for (let first = 0; first < validated.length; first += validationBatch) {
        const group: { frameId: number; prepared: PreprocessedFrame }[] = [];
        for (const { frameId } of validated.slice(first, first + validationBatch)) {
          const prepared = preprocessFrame(await cases.frame(frameId), { size, channels });
          image.set(prepared.image, group.length * imageSize);
          group.push({ frameId, prepared });
        }
        const said = await probabilities(image);
        for (const [place, { frameId, prepared }] of group.entries()) {
          const own = said.subarray(place * plane, (place + 1) * plane);
          await judge(frameId, restorePrediction(own, prepared, { size, classes: values }).labelMap);
        }
      }
    },
  };
}

/** Throws where a frame has a role that training must not see. */
export function expectTrainingRoles(frames: readonly SourceFrame[]): void {
  const foreign = frames.find(({ role }) => role === "predict" || role === "evaluate");
  if (foreign !== undefined) {
    throw new Error(`training: frame ${foreign.frameId} is there to ${foreign.role}: training must not see it.`);
  }
  const leaked = frames.find(({ role, hasLabelMap }) => role === "unlabelled" && hasLabelMap);
  if (leaked !== undefined) {
    throw new Error(`training: frame ${leaked.frameId} is unlabelled, but its label map is there.`);
  }
}

function framesByRole(frames: readonly SourceFrame[]) {
  expectTrainingRoles(frames);
  const of = (role: SourceFrame["role"]) => frames.filter((frame) => frame.role === role);
  const labelled = of("train").filter(({ hasLabelMap }) => hasLabelMap);
  const validated = of("validate").filter(({ hasLabelMap }) => hasLabelMap);
  if (labelled.length === 0) throw new Error("training: no annotated frame to train.");
  return { labelled, validated, unlabelled: of("unlabelled") };
}
