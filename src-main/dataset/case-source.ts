/** @file Where a method gets its images from. Defined here, so that a method runs on a project or on arrays alike. */
import type { Frame, LabelMap } from "../voxels/index.ts";

/**
 * What a run does with a frame. Training sees `train`, `validate` and `unlabelled` only: test frames have no role in it. The label
 * map of an `unlabelled` frame, if there is one, is not there for the run.
 */
export type FrameRole = "train" | "validate" | "unlabelled" | "predict" | "evaluate";

export interface SourceFrame {
  frameId: number;
  /** The patient: frames of one case never have two roles in one training. */
  caseId: number;
  role: FrameRole;
  hasLabelMap: boolean;
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
