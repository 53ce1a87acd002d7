/** @file Experiments on series as volumes: what is labelled or not is a whole series, and counts as one. */
import type { ExperimentSplit, StudyFrame } from "./plan.ts";

/** Series that are wholly there, in the order of their frames. */
export function seriesOf(frames: readonly StudyFrame[]): StudyFrame[][] {
  const groups = new Map<number, StudyFrame[]>();
  for (const frame of frames) {
    if (frame.volume !== undefined) groups.set(frame.volume.id, [...(groups.get(frame.volume.id) ?? []), frame]);
  }
  return [...groups.values()].filter((slices) => slices.length === slices[0]!.volume!.slices);
}

/** One frame for each series, its first, annotated where all slices are: what splits are planned with. */
export function seriesAsFrames(frames: readonly StudyFrame[]): StudyFrame[] {
  return seriesOf(frames).map((slices) => ({ ...slices[0]!, isAnnotated: slices.every((each) => each.isAnnotated) }));
}

/** A split of such frames, with all slices of the series that are seen. */
export function withAllSlices(split: ExperimentSplit, frames: readonly StudyFrame[]): ExperimentSplit {
  const chosen = new Set(split.train);
  const seen = seriesOf(frames).filter((slices) => chosen.has(slices[0]!.frameId));
  return { ...split, train: seen.flatMap((slices) => slices.map(({ frameId }) => frameId)) };
}
