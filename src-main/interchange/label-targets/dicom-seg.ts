/**
 * @file DICOM Segmentation: each slice refers to an image or says where it lies.
 */
import type { SegmentationLabels } from "../../imaging/index.ts";
import { type FoundMasks, foundOfPairs, type FramePairs, type LabelRequest } from "./found-masks.ts";
import { ambiguous, requireSize } from "./label-trouble.ts";
import type { ProjectFrames } from "./project-frames.ts";

/** By the instance that a slice refers to, else by its place in the patient. */
export function findSegmentation(file: SegmentationLabels, frames: ProjectFrames, request: LabelRequest): FoundMasks {
  return foundOfPairs(file, frames, request, () => pairsOf(file, frames, request.name));
}

function pairsOf(file: SegmentationLabels, frames: ProjectFrames, name: string): FramePairs {
  const { width, height } = file;
  const leftOver: string[] = [];
  const pairs = file.slices.flatMap(({ source, geometry, spacing, rle }, index) => {
    const frame = frames.bySource(source) ?? frames.byPlace({ geometry, spacing, width, height }, name);
    if (frame === null) {
      leftOver.push(`slice ${index + 1}`);
      return [];
    }
    requireSize(name, frame, width, height);
    return [{ frame, rle }];
  });
  if (new Set(pairs.map(({ frame }) => frame)).size < pairs.length) {
    throw ambiguous(name, "Two of its slices belong to one frame.");
  }
  return { pairs, leftOver };
}
