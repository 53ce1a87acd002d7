import { expect, it } from "vitest";
import { readNumber } from "./label-number.ts";

it.each([
  ["", null, null],
  ["61,5", 61.5, null],
  [" 0 ", 0, null],
  ["-1", -1, "outOfRange"],
  ["121", 121, "outOfRange"],
  ["1,000.5", null, "noNumber"],
  ["old", null, "noNumber"],
])("%j is %j, %j", (typed, number, trouble) => {
  expect(readNumber(typed, { minimum: 0, maximum: 120 })).toEqual({ number, trouble });
});
