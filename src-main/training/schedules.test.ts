import { expect, it } from "vitest";
import { constantRate, cosineRate, multiStepRate, polyRate, stepRate, warmUp } from "./schedules.ts";

it("a cosine starts at the rate, is half-way in the middle, and stays at the final rate", () => {
  const schedule = cosineRate({ rate: 1, steps: 10, final: 0.2 });
  expect([0, 5, 10, 50].map(schedule)).toEqual([1, 0.6, 0.2, 0.2].map((rate) => expect.closeTo(rate, 12) as number));
});

it("poly falls to zero and stays there", () => {
  const schedule = polyRate({ rate: 2, steps: 4, power: 1 });
  expect([0, 1, 4, 9].map(schedule)).toEqual([2, 1.5, 0, 0]);
});

it("warm-up is never zero and reaches the schedule after its steps", () => {
  const schedule = warmUp(4, constantRate(8));
  expect([0, 1, 3, 10].map(schedule)).toEqual([2, 4, 8, 8]);
});

it("a step schedule drops at every multiple", () => {
  const schedule = stepRate({ rate: 8, every: 3, factor: 0.5 });
  expect([0, 2, 3, 5, 6].map(schedule)).toEqual([8, 8, 4, 4, 2]);
});

it("milestones drop the rate one after the other", () => {
  const schedule = multiStepRate({ rate: 8, milestones: [2, 5], factor: 0.5 });
  expect([0, 1, 2, 4, 5, 9].map(schedule)).toEqual([8, 8, 4, 4, 2, 2]);
});
