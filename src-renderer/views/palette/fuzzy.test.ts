import { expect, test } from "vitest";
import { fuzzyScore } from "./fuzzy.ts";

const best = (typed: string, names: string[]): string | undefined =>
  names
    .map((name) => ({ name, score: fuzzyScore(typed, name) }))
    .filter(({ score }) => score !== null)
    .toSorted((a, b) => b.score! - a.score!)[0]?.name;

test("starts of words are meant before letters inside", () => {
  expect(best("gr", ["Magic wand ring", "Go to Review"])).toBe("Go to Review");
  expect(best("fit", ["Find what it is", "Fit to window"])).toBe("Fit to window");
});

test("gaps, spaces and repeated letters are taken; missing letters are not", () => {
  expect(fuzzyScore("zom in", "Zoom in")).not.toBeNull();
  expect(fuzzyScore("zoomm", "Zoom in")).toBeNull();
  expect(fuzzyScore("", "Zoom in")).not.toBeNull();
  expect(fuzzyScore("窗宽", "重置窗宽")).not.toBeNull();
});
