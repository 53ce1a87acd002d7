import { describe, expect, it } from "vitest";
import type { Point } from "../../src-main/voxels/index.ts";
import { type Orientation, type Turn, turned, turns, turnVector, UPRIGHT } from "./orientation.ts";

/** What each turn does to a step on the screen, y down. */
const onScreen: Record<Turn, (step: Point) => Point> = {
  clockwise: ({ x, y }) => ({ x: -y, y: x }),
  counterclockwise: ({ x, y }) => ({ x: y, y: -x }),
  mirror: ({ x, y }) => ({ x: -x, y }),
  upsideDown: ({ x, y }) => ({ x, y: -y }),
};
const all = [false, true].flatMap((isMirrored) =>
  ([0, 1, 2, 3] as const).map((quarterTurns): Orientation => ({ isMirrored, quarterTurns })),
);

describe("orientation", () => {
  it.each(all.flatMap((from) => turns.map((turn) => [from, turn] as const)))("%o then %s", (from, turn) => {
    for (const step of [
      { x: 1, y: 0 },
      { x: 0, y: 1 },
      { x: 3, y: -2 },
    ]) {
      const seen = turnVector(turned(from, turn), step);
      const expected = onScreen[turn](turnVector(from, step));
      // Adding 0 makes -0 a 0.
      expect({ x: seen.x + 0, y: seen.y + 0 }).toEqual({ x: expected.x + 0, y: expected.y + 0 });
    }
  });

  it("has eight values, all reached by turns", () => {
    const seen = new Set([JSON.stringify(UPRIGHT)]);
    for (const orientation of seen) {
      for (const turn of turns) seen.add(JSON.stringify(turned(JSON.parse(orientation) as Orientation, turn)));
    }
    expect(seen.size).toBe(8);
  });
});
