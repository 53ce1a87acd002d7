import { expect, it } from "vitest";
import { nothingSelected, positionAfterKey, select, selectAll } from "./selection.ts";

const order = [7, 5, 3, 9, 1];
const chosen = (selection: { ids: ReadonlySet<number> }) => [...selection.ids].toSorted();

it("takes a range from where the last choice began, in either direction", () => {
  const one = select(nothingSelected, order, 2, "one");
  expect(chosen(one)).toEqual([3]);
  const down = select(one, order, 4, "range");
  expect(chosen(down)).toEqual([1, 3, 9]);
  expect(chosen(select(down, order, 0, "range"))).toEqual([3, 5, 7]);
});

it("adds one and takes it away again", () => {
  const two = select(select(nothingSelected, order, 0, "one"), order, 3, "toggle");
  expect(chosen(two)).toEqual([7, 9]);
  expect(chosen(select(two, order, 0, "toggle"))).toEqual([9]);
  expect(chosen(selectAll(two, order))).toEqual([1, 3, 5, 7, 9]);
});

it("leaves the choice alone beyond the list", () => {
  expect(select(nothingSelected, order, 9, "one")).toBe(nothingSelected);
});

it("moves by cell, row, page and to the ends, and stays where nothing is below", () => {
  const at = { active: 4, count: 11, columns: 4, page: 2 };
  const after = (key: string) => positionAfterKey(key, at);
  expect(["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"].map(after)).toEqual([3, 5, 0, 8]);
  expect(["PageUp", "PageDown", "Home", "End"].map(after)).toEqual([0, 10, 0, 10]);
  expect(positionAfterKey("ArrowDown", { ...at, active: 7 })).toBe(7);
  expect(after("a")).toBeNull();
  expect(positionAfterKey("Home", { ...at, count: 0 })).toBeNull();
});
