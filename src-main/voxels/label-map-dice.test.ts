import { expect, test } from "vitest";
import { labelMapDice } from "./label-map-dice.ts";

const mapOf = (...data: number[]) => ({ width: data.length, height: 1, data: Uint8Array.from(data) });

test("the Dice of label maps is the mean over the classes that either shows", () => {
  expect(labelMapDice(mapOf(1, 1, 2, 0), mapOf(1, 1, 2, 0))).toBe(1);
  expect(labelMapDice(mapOf(1, 1, 0, 0), mapOf(1, 0, 0, 0))).toBeCloseTo(2 / 3, 12);
  expect(labelMapDice(mapOf(1, 1, 2, 0), mapOf(1, 1, 0, 0))).toBe(1 / 2);
  expect(labelMapDice(mapOf(1, 0), mapOf(0, 2))).toBe(0);
  expect(labelMapDice(mapOf(0, 0), mapOf(0, 0))).toBe(1);
  expect(() => labelMapDice(mapOf(0), mapOf(0, 0))).toThrow(RangeError);
});
