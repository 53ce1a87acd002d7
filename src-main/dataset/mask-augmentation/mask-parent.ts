/** @file An annotated mask that others are made from, with what is asked of it again and again. */
import type { LabelMap } from "../../voxels/index.ts";
import { classDistances, type ClassDistances } from "./class-distances.ts";
import { shapeFacts, type ShapeFacts } from "./plausibility.ts";

export interface MaskParent {
  readonly frameId: number;
  /** Not to be written any more. */
  readonly labelMap: LabelMap;
  readonly facts: ShapeFacts;
  /** Of size and pixels; tells at a replay whether the annotation has changed since. */
  readonly checksum: string;
  /** In the order of classes given, else its own. Computed when first asked for, then kept, one for each order: 4 bytes a pixel and class. */
  readonly distances: (order?: readonly number[]) => ClassDistances;
}

/** Prepares a mask once; hundreds are then drawn from it. */
export function maskParent(frameId: number, labelMap: LabelMap): MaskParent {
  let own: ClassDistances | undefined;
  const others = new Map<string, ClassDistances>();
  return {
    frameId,
    labelMap,
    facts: shapeFacts(labelMap),
    checksum: checksumOf(labelMap),
    distances(order) {
      if (order === undefined) return (own ??= classDistances(labelMap));
      const name = order.join(" ");
      if (own?.classes.map(({ value }) => value).join(" ") === name) return own;
      const kept = others.get(name) ?? classDistances(labelMap, order);
      others.set(name, kept);
      return kept;
    },
  };
}

/** FNV-1a of 32 bits (Fowler, Noll & Vo) as eight hexadecimal digits: finds a change, proves nothing against malice. */
function checksumOf({ width, height, data }: LabelMap): string {
  let hash = 0x811c9dc5;
  for (const part of [width, width >> 8, height, height >> 8]) hash = Math.imul(hash ^ (part & 255), 0x01000193);
  for (const value of data) hash = Math.imul(hash ^ value, 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0");
}

/** Whether two masks can be blended: one size, the same classes, not the same image. */
export function canBlend(one: MaskParent, other: MaskParent): boolean {
  const [a, b] = [one.facts.classes, other.facts.classes];
  return (
    one.frameId !== other.frameId &&
    one.labelMap.width === other.labelMap.width &&
    one.labelMap.height === other.labelMap.height &&
    a.length > 0 &&
    a.length === b.length &&
    a.every((value, index) => value === b[index])
  );
}
