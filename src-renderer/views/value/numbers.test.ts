import { expect, test } from "vitest";
import { numbersOf } from "./numbers.ts";
import { curvePath, niceRange } from "./curve-shape.ts";

test("numbers are read as people part them", () => {
  expect(numbersOf("5, 10")).toEqual([5, 10]);
  expect(numbersOf(" 20 5、5 ")).toEqual([5, 20]);
  expect(numbersOf("10，20")).toEqual([10, 20]);
});

test("what is no list of numbers above 0 is none", () => {
  for (const text of ["", " , ", "0", "5, x", "-3", "1.5", "5%", "12345678"]) expect(numbersOf(text)).toBeNull();
});

test("the axis holds all intervals, in steps of a tenth, within 0 and 1", () => {
  expect(niceRange([0.52, 0.61, 0.78])).toEqual([0.5, 0.8]);
  expect(niceRange([-0.02, 1.03])).toEqual([0, 1]);
  expect(niceRange([0.6, 0.6])).toEqual([0.5, 0.7]);
  expect(niceRange([])).toEqual([0, 1]);
});

test("a curve goes through its points, the best on top", () => {
  expect(
    curvePath(
      [
        { x: 0, y: 0.5 },
        { x: 1, y: 1 },
      ],
      { width: 100, height: 50, range: [0.5, 1] },
    ),
  ).toBe("M0.0 50.0L100.0 0.0");
});
