/** @file Where a method gets its images from. Defined here, so that a method runs on a project or on arrays alike. */
import type { Frame, GridRelation, LabelMap, PlaneTransform } from "../voxels/index.ts";

/**
 * What a run does with a frame. Training sees `train`, `validate` and `unlabelled` only: test frames have no role in it. The label
 * map of an `unlabelled` frame, if there is one, is not there for the run. Predictions are also made of frames to `judge`, whose truth is
 * known, and compared with what is usual on those to `refer` to, of which the label map is there, and no image. Of `context` only the image is there,
 * for a volume to be whole: nothing is told of it.
 */
export type FrameRole = "train" | "validate" | "unlabelled" | "predict" | "judge" | "refer" | "evaluate" | "context";

/** Which of two modalities a frame is of; of a source its counterpart among the frames, where it has one, and how that is brought onto it. */
export interface FrameModality {
  side: "source" | "target";
  counterpart?: number | undefined;
  alignment?: PlaneTransform | undefined;
  /** How the counterpart is brought onto its pixels; left out: as the frames themselves tell. */
  relation?: GridRelation | undefined;
}

export interface SourceFrame {
  frameId: number;
  /** The patient: frames of one case never have two roles in one training. */
  caseId: number;
  role: FrameRole;
  hasLabelMap: boolean;
  /** Nobody has looked at the label map: it is worth half of one that somebody has. */
  isUnseen?: boolean | undefined;
  /** Where it is a slice: `id` is shared by the slices of one volume, which are listed in order; `slices`: how many that has in all. */
  volume?: { id: number; slices: number } | undefined;
  /** What is said of the whole image, for each label that the run learns or judges: the place of a class, or a number; null where nothing is said. */
  values?: readonly (number | null)[] | undefined;
  /** Of a translation between two modalities. */
  modality?: FrameModality | undefined;
}

export interface CaseSource {
  readonly frames: readonly SourceFrame[];
  /** Decoded anew at each call; the caller owns it. Throws `Problem` for a damaged file. */
  frame(frameId: number): Promise<Frame>;
  /** At the size of the frame; read anew at each call. Throws when the frame has none. */
  labelMap(frameId: number): Promise<LabelMap>;
}

/** All that may be asked about images whose labels must not be seen. */
export type UnlabelledSource = Pick<CaseSource, "frame">;
