/** @file Where a method gets its images from. Defined here, so that a method runs on a project or on arrays alike. */
import type { Frame, LabelMap } from "../voxels/index.ts";

/** What a run does with a frame. Training sees `train` and `validate` only: test frames have no role in it. */
export type FrameRole = "train" | "validate" | "predict" | "evaluate";

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
  /** At the size of the frame. Throws when the frame has none. */
  labelMap(frameId: number): LabelMap;
}
