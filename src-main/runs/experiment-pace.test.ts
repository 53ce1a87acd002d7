import { expect, test } from "vitest";
import type { Cell } from "../experiments/index.ts";
import { ExperimentPace } from "./experiment-pace.ts";

const split = { seed: 1, fold: 0, labelled: 5, train: [1], test: [2] };
const cellOf = (id: string, steps = 100): Cell => ({
  arm: { id, title: id, method: "bcp", settings: { steps } },
  split,
});

test("nothing is told before the first steps are done", () => {
  const cell = cellOf("fast");
  const pace = new ExperimentPace([cell]);
  pace.begin(cell);
  expect(pace.secondsPerStep).toBeNull();
  for (let step = 0; step < 4; step++) pace.stepDone(0.5);
  expect(pace.secondsPerStep).toBe(0.5);
});

test("each arm counts by its own time; one not seen yet as the mean of the others", () => {
  const cells = [cellOf("fast"), cellOf("slow"), cellOf("fast"), cellOf("new")];
  const pace = new ExperimentPace(cells);
  for (const [index, seconds] of [1, 3].entries()) {
    pace.begin(cells[index]!);
    for (let step = 0; step < 50; step++) pace.stepDone(seconds);
  }
  // Left: 50 steps of the slow one, 100 of the fast one, 100 of the new one.
  expect(pace.secondsPerStep).toBeCloseTo((50 * 3 + 100 * 1 + 100 * 2) / 250);
});
