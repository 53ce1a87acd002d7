/** @file What a person should know of a pairing: what is resampled, who is left out, how little there is. */
import type { Statement } from "../problem/index.ts";
import { type Grid, gridRelation, placeRelation } from "../voxels/index.ts";
import type { FoundPairs, PairableFrame } from "./pairing-rule.ts";

/** Fewer pairs than this are learned by heart. */
const FEW = 10;

/** What a person should know of a pairing. */
export function remarksOf(
  frames: readonly PairableFrame[],
  { rule, kind, frames: pairs, byShare }: FoundPairs,
): Statement[] {
  const { from: source, to: target } = rule;
  const byId = new Map(frames.map((frame) => [frame.frameId, frame]));
  const remarks: Statement[] = [];
  const paired = pairs.flatMap(({ source: a, target: b }) => (a === null || b === null ? [] : [[a, b] as const]));
  const gridOf = (frameId: number): Grid => byId.get(frameId)!.grid;
  const places = paired.map(([a, b]) => placeRelation(gridOf(b), gridOf(a)));
  const isUnlike = (at: number): boolean => places[at] === "apart" || places[at] === "tilted";
  const unlike = places.filter((_, at) => isUnlike(at)).length;
  const relations = paired.map(([a, b]) => gridRelation(gridOf(b), gridOf(a)));
  const count = (relation: (typeof relations)[number]): number =>
    relations.filter((one, at) => one === relation && !isUnlike(at)).length;
  const [placed, spaced, stretched] = [count("placed"), count("spaced"), count("stretched")];
  if (placed > 0) {
    remarks.push({
      text: "{images} images of {target} have other pixels than those of {source}: they are resampled onto these by their places in the patient.",
      values: { images: placed, target, source },
    });
  }
  if (unlike > 0) {
    remarks.push({
      text: "The places of {images} images of {target} cannot be compared with those of {source}: they are told in another frame of reference, or their planes are tilted. They are matched in their order, and resampled with their centers on each other: look at them, and align them.",
      values: { images: unlike, target, source },
    });
  }
  if (spaced > 0) {
    remarks.push({
      text: "{images} images of {target} have pixels of another size than those of {source}, and no place in the patient: they are resampled with their centers on each other.",
      values: { images: spaced, target, source },
    });
  }
  if (stretched > 0) {
    remarks.push({
      text: "{images} images of {target} have another size than those of {source}, and no file tells the size of pixels: they are resampled as if both showed the same field.",
      values: { images: stretched, target, source },
    });
  }
  if (byShare > 0) {
    remarks.push({
      text: "{images} slices were matched by their share of the series, for {source} and {target} have another number of slices and no places.",
      values: { images: byShare, source, target },
    });
  }
  if (kind === "unpaired") return remarks;
  const casesOf = (side: "source" | "target"): Set<number> =>
    new Set(pairs.flatMap((pair) => (pair[side] === null ? [] : byId.get(pair[side])!.caseId)));
  const pairedCases = new Set(paired.map(([a]) => byId.get(a)!.caseId));
  const without = (side: "source" | "target"): number =>
    [...casesOf(side)].filter((caseId) => !pairedCases.has(caseId)).length;
  const [onlySource, onlyTarget] = [without("source"), without("target")];
  if (onlySource > 0) {
    remarks.push({
      text: "Patients with {source} and no {target}: {patients}. Nothing is learned from them; their images can be translated.",
      values: { source, target, patients: onlySource },
    });
  }
  if (onlyTarget > 0) {
    remarks.push({
      text: "Patients with {target} and no {source}: {patients}. They are left out.",
      values: { source, target, patients: onlyTarget },
    });
  }
  if (paired.length < FEW) {
    remarks.push({
      text: "There are only {images} pairs to learn from: the translation will know these very images, and hardly others. Ten are a beginning, hundreds are usual.",
      values: { images: paired.length },
    });
  }
  return remarks;
}
