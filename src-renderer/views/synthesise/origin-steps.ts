/** @file How a mask was made from its parent, step by step, as far as a person would see it. */
import type { MaskRecord } from "../../../src-main/api/contract.ts";

export type OriginStep =
  | { kind: "mirrored"; across: "x" | "y" | "both" }
  /** Of the width or height alone, or of both; factors, 1 is as before. */
  | { kind: "scaled"; along: "x" | "y" | "both"; factor: number }
  | { kind: "slanted"; degrees: number }
  /** Clockwise on the screen where positive. */
  | { kind: "rotated"; degrees: number }
  /** Shares of the frame; to the right and down where positive. */
  | { kind: "moved"; x: number; y: number }
  | { kind: "bent" };

/** Less is seen by nobody. */
const LEAST = { degrees: 1, share: 0.01 };

/**
 * In the order in which they were applied. Margins and scaling are told as one, and so are margins and translation; `aspect`: height of the frame
 * by its width.
 */
export function originSteps({ geometry }: Pick<MaskRecord, "geometry">, aspect = 1): OriginStep[] {
  const { flip, pad, scale, shearDegrees, rotationDegrees, translation, elastic } = geometry;
  const shrink = { x: 1 / (1 + pad.left + pad.right), y: 1 / (1 + pad.top + pad.bottom) };
  const factor = { x: scale.x * shrink.x, y: scale.y * shrink.y };
  const steps: OriginStep[] = [];
  if (flip.x || flip.y) steps.push({ kind: "mirrored", across: flip.x && flip.y ? "both" : flip.x ? "x" : "y" });
  const isSeen = { x: Math.abs(factor.x - 1) >= LEAST.share, y: Math.abs(factor.y - 1) >= LEAST.share };
  if (isSeen.x && isSeen.y && Math.abs(factor.x - factor.y) < LEAST.share) {
    steps.push({ kind: "scaled", along: "both", factor: (factor.x + factor.y) / 2 });
  } else {
    for (const along of ["x", "y"] as const) {
      if (isSeen[along]) steps.push({ kind: "scaled", along, factor: factor[along] });
    }
  }
  if (Math.abs(shearDegrees) >= LEAST.degrees) steps.push({ kind: "slanted", degrees: shearDegrees });
  if (Math.abs(rotationDegrees) >= LEAST.degrees) steps.push({ kind: "rotated", degrees: rotationDegrees });
  // The middle of the parent lies off the middle of its frame by the margins, is scaled, slanted and rotated with it, then moved.
  const offset = { x: (factor.x * (pad.left - pad.right)) / 2, y: (factor.y * aspect * (pad.top - pad.bottom)) / 2 };
  const [shear, angle] = [Math.tan((shearDegrees * Math.PI) / 180), (rotationDegrees * Math.PI) / 180];
  const slanted = offset.x + shear * offset.y;
  const moved = {
    x: Math.cos(angle) * slanted - Math.sin(angle) * offset.y + translation.x,
    y: (Math.sin(angle) * slanted + Math.cos(angle) * offset.y) / aspect + translation.y,
  };
  const [x, y] = [moved.x, moved.y].map((share) => (Math.abs(share) >= LEAST.share ? share : 0)) as [number, number];
  if (x !== 0 || y !== 0) steps.push({ kind: "moved", x, y });
  if (elastic !== null && elastic.amplitude > 0) steps.push({ kind: "bent" });
  return steps;
}
