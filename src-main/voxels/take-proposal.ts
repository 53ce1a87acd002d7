/**
 * @file From a proposal, or a part of it, to the annotation: what the model does not speak of and what is locked stays.
 */
import type { Point } from "./brush.ts";
import type { LabelMap } from "./label-map.ts";
import { type Lock, maskOfClass, paintMask, replaceClass } from "./mask.ts";
import { regionOfClass } from "./region-growing.ts";

/** "component": the connected pixels of one class around a point of the image. */
export type ProposalPart =
  { kind: "all" } | { kind: "class"; value: number } | { kind: "component"; x: number; y: number };

interface Taking {
  annotation: LabelMap;
  proposal: LabelMap;
  /** Classes that the model knows. */
  classes: readonly number[];
  isLocked: Lock;
}

/** A fresh label map. Equal to the annotation where the part is empty or locked. */
export function takeProposal({ annotation, proposal, classes, isLocked }: Taking, part: ProposalPart): LabelMap {
  const taken = { ...annotation, data: annotation.data.slice() };
  if (part.kind === "component") {
    const value = proposal.data[Math.floor(part.y) * proposal.width + Math.floor(part.x)] ?? 0;
    if (value !== 0 && !isLocked(value)) paintMask(taken, regionOfClass(proposal, part as Point), value, isLocked);
    return taken;
  }
  const values = part.kind === "class" ? [part.value] : classes;
  for (const value of values) {
    if (!isLocked(value)) replaceClass(taken, maskOfClass(proposal, value), value, isLocked);
  }
  return taken;
}
