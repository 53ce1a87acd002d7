import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Reordering } from "./reordering.ts";

let reloads = 0;
let reordering: Reordering;

beforeEach(() => {
  vi.useFakeTimers();
  reloads = 0;
  reordering = new Reordering(() => void reloads++);
  reordering.done(1);
});
afterEach(() => vi.useRealTimers());

test("the queue is ordered anew once the person rests, not at each decision", () => {
  reordering.note(2);
  vi.advanceTimersByTime(4000);
  reordering.note(3);
  vi.advanceTimersByTime(4000);
  expect(reloads).toBe(0);
  vi.advanceTimersByTime(1000);
  expect(reloads).toBe(1);
});

test("after twenty decisions in a row it does not wait", () => {
  for (let scoring = 2; scoring < 22; scoring++) reordering.note(scoring);
  vi.advanceTimersByTime(0);
  expect(reloads).toBe(1);
});

test("estimates that did not change order nothing, and a screen that is left neither", () => {
  reordering.note(1);
  vi.advanceTimersByTime(60_000);
  reordering.note(2);
  reordering.end();
  vi.advanceTimersByTime(60_000);
  expect(reloads).toBe(0);
});
