import { describe, expect, test } from "vitest";
import { type Box, placeMark } from "./place-mark.ts";

const mark = { width: 300, height: 180 };
const window = { width: 1280, height: 800 };

const overlap = (a: Box, b: Box): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

describe("a coach mark", () => {
  test.each([
    ["navigation", { x: 6, y: 620, width: 64, height: 56 }, "right"],
    ["button at the right edge", { x: 1180, y: 600, width: 80, height: 32 }, "above"],
    ["button in the upper right corner", { x: 1180, y: 20, width: 80, height: 32 }, "below"],
    ["high list at the right", { x: 1000, y: 0, width: 280, height: 800 }, "left"],
  ])("stands beside a control, whole in the window: %s", (_, control, side) => {
    const placed = placeMark(control, mark, window);
    expect(placed.side).toBe(side);
    expect(overlap(control, { ...placed, ...mark })).toBe(false);
    expect(placed.x).toBeGreaterThanOrEqual(12);
    expect(placed.y + mark.height).toBeLessThanOrEqual(788);
  });

  test("stays in a window that has no room beside the control", () => {
    const placed = placeMark({ x: 0, y: 0, width: 1280, height: 800 }, mark, window);
    expect(placed.x + mark.width).toBeLessThanOrEqual(1268);
  });
});
