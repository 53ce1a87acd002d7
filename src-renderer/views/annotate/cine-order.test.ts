import { expect, test } from "vitest";
import { type CineLoop, type CineStep, nextCineStep } from "./cine-order.ts";

function played(loop: CineLoop, count: number, steps: number, index = 0): number[] {
  let step: CineStep | null = { index, direction: 1 };
  const shown: number[] = [];
  while (steps-- > 0 && (step = nextCineStep(step, count, loop)) !== null) shown.push(step.index);
  return shown;
}

test("a cine goes round, swings, or ends at the last slice", () => {
  expect(played("around", 3, 5)).toEqual([1, 2, 0, 1, 2]);
  expect(played("swing", 3, 6)).toEqual([1, 2, 1, 0, 1, 2]);
  expect(played("once", 3, 6, 1)).toEqual([2]);
});

test("two slices swing, one plays nothing", () => {
  expect(played("swing", 2, 4)).toEqual([1, 0, 1, 0]);
  for (const loop of ["around", "swing", "once"] as const) expect(played(loop, 1, 3)).toEqual([]);
});
