/** @file Writing in the pixels: what is known of it, and its removal. */
import type { FrameRow } from "./frames.ts";
import type { RefusedFile } from "./imports.ts";

/**
 * What is known of writing in the pixels of a frame. "likely" stays until a person has looked; "clean": looked at, no writing;
 * "redacted": and nothing likely is left. "not-searched": imported before this was kept, too large, or of a kind that shows no names.
 */
export type BurnedInState = "not-searched" | "none-found" | "likely" | "clean" | "redacted";

/** A frame; all frames of its image; all frames of its series (of its case, if not DICOM) that have the same size. */
export type FrameScope = "frame" | "image" | "series";

export interface BurnedInDetail {
  frameId: number;
  state: BurnedInState;
  /** Why writing is likely: sentences. */
  reasons: string[];
  /** What looks like writing, in pixels from the top left. */
  regions: Redaction["rectangles"];
  redactedRectangles: number;
  redactedAt: string | null;
  reviewedAt: string | null;
  /** How many frames a scope takes. */
  frames: Record<Exclude<FrameScope, "frame">, number>;
}

/** Pixels to be set to one value for good. */
export interface Redaction {
  /** In pixels of the frame, from the top left. */
  rectangles: { x: number; y: number; width: number; height: number }[];
  /**
   * What the pixels become: "black" (the default) is the darkest value of the image, "local" the middle one of those around the
   * rectangle, a number the sample as stored.
   */
  fill?: "black" | "local" | number | undefined;
  /** Default: the frame alone. */
  scope?: FrameScope | undefined;
  /** A person has looked at all frames of the scope: no other writing is there. Default false: a warning may stay. */
  reviewed?: boolean | undefined;
}

export interface RedactionReport {
  /** The frame that was asked for, as it is now. */
  frame: FrameRow;
  /** Frames whose pixels were set. */
  redacted: number;
  /** Files of the scope that could not be redacted. */
  refused: RefusedFile[];
  /** What was redacted before stays so. */
  cancelled: boolean;
}

/** Progress of a redaction of several files; its end is the answer to the request. */
export interface RedactionProgress {
  redactionId: number;
  /** Files. */
  done: number;
  total: number;
  secondsLeft: number | null;
}
