import { expect, test } from "vitest";
import { legendOf } from "./legend.ts";

const said = (options: string[], probabilities: number[], votes: number[]) => {
  const answer = {
    labelId: 1,
    value: 1,
    probability: 0.8,
    uncertainty: 0.2,
    expected: 1,
    likely: null,
    interval: null,
  };
  const saliency = { cells: 1, maps: [], area: { left: 0, top: 0, width: 1, height: 1 } };
  const evidence = { samples: 10, saliency, peak: { x: 0, y: 0 }, regions: [], looks: null };
  return { answer: { ...answer, probabilities, votes }, options, evidence };
};
const rowsOf = (...given: Parameters<typeof legendOf>) =>
  legendOf(...given).rows.map(({ option, place, probability, votes }) => [option, place, probability, votes]);

test("each class stands with its own probability and votes", () => {
  const model = said(["mild", "severe"], [0.2, 0.8], [0.3, 0.7]);
  expect(rowsOf(["mild", "severe"], model)).toEqual([
    ["mild", 0, 0.2, 3],
    ["severe", 1, 0.8, 7],
  ]);
  expect(legendOf(["mild", "severe"], model).isChanged).toBe(false);
});

test("a class that was inserted later moves keys, not probabilities, and can be said", () => {
  const model = said(["mild", "severe"], [0.2, 0.8], [0.3, 0.7]);
  expect(rowsOf(["none", "mild", "severe"], model)).toEqual([
    ["none", null, null, null],
    ["mild", 0, 0.2, 3],
    ["severe", 1, 0.8, 7],
  ]);
  expect(legendOf(["none", "mild", "severe"], model).isChanged).toBe(true);
});

test("classes in another order, and one that was taken out, are told as a change", () => {
  const model = said(["mild", "severe"], [0.2, 0.8], [0.3, 0.7]);
  expect(rowsOf(["severe", "mild"], model)).toEqual([
    ["severe", 1, 0.8, 7],
    ["mild", 0, 0.2, 3],
  ]);
  expect(legendOf(["severe", "mild"], model).isChanged).toBe(true);
  expect(legendOf(["mild"], model).isChanged).toBe(true);
});
