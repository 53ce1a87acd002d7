/** @file What models propose for frames, and what a person does with it. */
import type { AnnotationState } from "./annotations.ts";

export type ProposalState = "pending" | "accepted" | "edited" | "rejected";

export interface ProposalRow {
  proposalId: number;
  frameId: number;
  modelId: number;
  state: ProposalState;
  /** Dice that the model expects of its own proposal, 0–1. Lower is reviewed first. */
  expectedDice: number;
}

/** A line drawn on a proposal: the pixels under it are of the class, or are not. */
export interface Scribble {
  value: number;
  isForeground: boolean;
  /** Half its width, pixels. */
  radius: number;
  /** Image coordinates, at least one. */
  points: readonly { x: number; y: number }[];
}

export interface ProposalDetail extends ProposalRow {
  /** ISO 8601. */
  createdAt: string;
  /** By which it was corrected, the first first. */
  scribbles: Scribble[];
}

/** What of a proposal becomes annotation. "component": the connected pixels of one class around a point of the image. */
export type ProposalPart =
  { kind: "all" } | { kind: "class"; value: number } | { kind: "component"; x: number; y: number };

/** A frame after a step on its proposal. */
export interface ProposalStep {
  /** Null when none waits. */
  proposal: ProposalDetail | null;
  annotation: AnnotationState;
}
