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

/** The proposal without a part that a person does not take, and a pixel that was in it; null where there is no such part. */
export function withoutPart(
  proposal: LabelMap,
  part: Exclude<ProposalPart, { kind: "all" }>,
): { rest: LabelMap; value: number; at: Point } | null {
  const isAt = part.kind === "component";
  const value = isAt ? (proposal.data[Math.floor(part.y) * proposal.width + Math.floor(part.x)] ?? 0) : part.value;
  if (value === 0) return null;
  const mask = isAt ? regionOfClass(proposal, part as Point) : maskOfClass(proposal, value);
  const first = mask.data.indexOf(1);
  if (first < 0) return null;
  const rest = { ...proposal, data: proposal.data.map((label, pixel) => (mask.data[pixel] ? 0 : label)) };
  const inside = { x: (first % proposal.width) + 0.5, y: Math.floor(first / proposal.width) + 0.5 };
  return { rest, value, at: isAt ? { x: part.x, y: part.y } : inside };
}
