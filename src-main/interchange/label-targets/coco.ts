/**
 * @file COCO: each of its images is named.
 */
import type { CocoLabels } from "../../imaging/index.ts";
import { partsOf } from "../file-names.ts";
import { type FoundMasks, foundOfPairs, type FramePairs, type LabelRequest } from "./found-masks.ts";
import { ambiguous, requireSize } from "./label-trouble.ts";
import type { ProjectFrames } from "./project-frames.ts";

/** By name: with folders, else without, also by the pseudonym that the name has in the project. */
export function findCoco(file: CocoLabels, frames: ProjectFrames, request: LabelRequest): FoundMasks {
  return foundOfPairs(file, frames, request, () => pairsOf(file, frames, request.name));
}

function pairsOf(file: CocoLabels, { all, names }: ProjectFrames, name: string): FramePairs {
  const byPath = Map.groupBy(all, (frame) => frame.name.toLowerCase());
  const byStem = Map.groupBy(all, ({ row, name: own }) =>
    (row.frameCount > 1 ? partsOf(own).fileName : partsOf(row.name).stem).toLowerCase(),
  );
  const leftOver: string[] = [];
  const pairs = file.images.flatMap(({ fileName, width, height, rle }) => {
    const { folders, stem } = partsOf(fileName);
    const candidates =
      byPath.get([...folders, stem].join("/").toLowerCase()) ??
      byStem.get(stem.toLowerCase()) ??
      byStem.get(names.stem(stem).toLowerCase()) ??
      [];
    if (candidates.length > 1) throw ambiguous(name, `${candidates.length} images are named ${stem}.`);
    const [frame] = candidates;
    if (frame === undefined) {
      leftOver.push(fileName);
      return [];
    }
    requireSize(name, frame, width, height);
    return [{ frame, rle }];
  });
  return { pairs, leftOver };
}
