/** @file The eight ways in which an image can be looked at: mirrored or not, turned by quarters. A matter of the view alone. */
import type { Point } from "../../src-main/voxels/index.ts";

/** Mirrored left to right first, where `isMirrored`, then turned clockwise. */
export interface Orientation {
  readonly isMirrored: boolean;
  readonly quarterTurns: 0 | 1 | 2 | 3;
}

export const UPRIGHT: Orientation = { isMirrored: false, quarterTurns: 0 };

/** What a person can do to the view. */
export const turns = ["clockwise", "counterclockwise", "mirror", "upsideDown"] as const;
export type Turn = (typeof turns)[number];

/** The orientation after what is seen now is turned, mirrored left to right, or turned over top to bottom. */
export function turned({ isMirrored, quarterTurns }: Orientation, turn: Turn): Orientation {
  if (turn === "clockwise") return { isMirrored, quarterTurns: quarters(quarterTurns + 1) };
  if (turn === "counterclockwise") return { isMirrored, quarterTurns: quarters(quarterTurns + 3) };
  // A mirror after a turn is the opposite turn after a mirror.
  return { isMirrored: !isMirrored, quarterTurns: quarters((turn === "mirror" ? 4 : 6) - quarterTurns) };
}

export function isUpright({ isMirrored, quarterTurns }: Orientation): boolean {
  return !isMirrored && quarterTurns === 0;
}

/** Where a step in the image points on the screen; y runs down in both. */
export function turnVector({ isMirrored, quarterTurns }: Orientation, { x: stepX, y }: Point): Point {
  const x = isMirrored ? -stepX : stepX;
  switch (quarterTurns) {
    case 0:
      return { x, y };
    case 1:
      return { x: -y, y: x };
    case 2:
      return { x: -x, y: -y };
    case 3:
      return { x: y, y: -x };
  }
}

function quarters(count: number): Orientation["quarterTurns"] {
  return (count & 3) as Orientation["quarterTurns"];
}
