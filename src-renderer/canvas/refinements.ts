/**
 * @file What can be done to a whole class at once: one step each, undone as one.
 */
import {
  closeMask,
  createMask,
  fillHoles,
  growMask,
  largestComponent,
  type Mask,
  openMask,
  type PixelSpacing,
  type Reshape,
  shrinkMask,
  smoothMask,
  snapToEdge,
} from "../../src-main/voxels/index.ts";

/** Given the radius in pixels along a row. */
interface Refinement {
  /** Pixels around the class that it looks at or reaches. */
  margin: (radius: number) => number;
  reshape: (radius: number) => Reshape;
}

/** By discs that are round in the patient: a pixel is as wide as one, and as high as it is in relation. */
function byDisc(shape: (mask: Mask, radius: number, spacing: PixelSpacing) => Mask): Refinement["reshape"] {
  return (radius) => (mask, frame) => {
    const spacing = frame.spacing === null ? { x: 1, y: 1 } : { x: 1, y: frame.spacing.y / frame.spacing.x };
    return shape(mask, radius, spacing);
  };
}

/** Pixels may be lower than wide, by any factor found in practice. */
const reach = (radius: number): number => 8 * radius + 2;
const itself = (): number => 1;

export const refinements = {
  snapToEdge: { margin: (radius) => radius + 2, reshape: (radius) => (mask, frame) => snapToEdge(frame, mask, radius) },
  smooth: { margin: reach, reshape: byDisc(smoothMask) },
  grow: { margin: reach, reshape: byDisc(growMask) },
  shrink: { margin: reach, reshape: byDisc(shrinkMask) },
  open: { margin: reach, reshape: byDisc(openMask) },
  close: { margin: reach, reshape: byDisc(closeMask) },
  fillHoles: { margin: itself, reshape: () => fillHoles },
  keepLargest: {
    margin: itself,
    reshape: () => (mask) => ({ ...mask, data: largestComponent(mask.data, [mask.height, mask.width], 2) }),
  },
  clear: { margin: itself, reshape: () => (mask) => createMask(mask.width, mask.height) },
} satisfies Record<string, Refinement>;

export type RefinementName = keyof typeof refinements;

export const refinementNames = Object.keys(refinements) as RefinementName[];
/** Those to which the radius matters. */
export const radiusRefinements: readonly RefinementName[] = refinementNames.filter(
  (name) => name !== "fillHoles" && name !== "keepLargest" && name !== "clear",
);
