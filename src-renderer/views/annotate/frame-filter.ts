/** @file Which frames the list shows. */
import type { FrameRow, Split } from "../../../src-main/api/contract.ts";

export type SplitFilter = Split | "unassigned" | "all";
export type StateFilter = "all" | "annotated" | "not-annotated" | "proposed" | "likely-writing";

export interface FrameFilter {
  text: string;
  split: SplitFilter;
  state: StateFilter;
}

export function filterFrames(frames: readonly FrameRow[], { text, split, state }: FrameFilter): FrameRow[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return frames.filter((frame) => {
    return (
      hasWords(frame, words) && (split === "all" || (frame.split ?? "unassigned") === split) && hasState(frame, state)
    );
  });
}

/** Whether all words, in lower case, are in its name, case or modality. */
export function hasWords({ name, caseName, modality }: FrameRow, words: readonly string[]): boolean {
  if (words.length === 0) return true;
  const searched = `${name} ${caseName} ${modality ?? ""}`.toLowerCase();
  return words.every((word) => searched.includes(word));
}

function hasState({ annotation, burnedIn, proposal }: FrameRow, state: StateFilter): boolean {
  switch (state) {
    case "all":
      return true;
    case "annotated":
      return annotation !== null;
    case "not-annotated":
      return annotation === null;
    case "proposed":
      return proposal?.state === "pending";
    case "likely-writing":
      return burnedIn === "likely";
  }
}
