import { expect, test } from "vitest";
import { WheelSteps, wheelPixels } from "./wheel-steps.ts";

const turn = (deltaY: number, more: { deltaX?: number; deltaMode?: number } = {}) => ({
  deltaX: 0,
  deltaMode: 0,
  ...more,
  deltaY,
});

test("a notch of a mouse is one step, however large its driver makes it", () => {
  const steps = new WheelSteps();
  expect([120, 53, -120, 400].map((pixels) => steps.take(turn(pixels)))).toEqual([1, 1, -1, 1]);
  expect(steps.take(turn(3, { deltaMode: 1 }))).toBe(1);
});

test("a touchpad counts by way; turning round begins anew", () => {
  const steps = new WheelSteps();
  expect([10, 10, 10, 10, 10, 10, 10].map((pixels) => steps.take(turn(pixels)))).toEqual([0, 0, 0, 1, 0, 0, 1]);
  expect([-20, -11, -1].map((pixels) => steps.take(turn(pixels)))).toEqual([-0, -0, -1]);
});

test("with Shift some systems turn the wheel sideways", () => {
  expect(wheelPixels(turn(0, { deltaX: -100 }))).toBe(-100);
  expect(wheelPixels(turn(2, { deltaMode: 1 }))).toBe(80);
});
