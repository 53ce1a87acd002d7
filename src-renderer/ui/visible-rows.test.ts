import { expect, it } from "vitest";
import { mostRows, visibleRows } from "./visible-rows.ts";

it("a hundred thousand rows cost as many as fit", () => {
  const rows = visibleRows({ count: 100_000, rowHeight: 50, scrollTop: 1_000_000, height: 600 });
  expect(rows.first).toBeLessThanOrEqual(20_000);
  expect(rows.end).toBeGreaterThanOrEqual(20_012);
  expect(rows.end - rows.first).toBeLessThan(40);
});

it("stays within the list", () => {
  expect(visibleRows({ count: 3, rowHeight: 50, scrollTop: 0, height: 600 })).toEqual({ first: 0, end: 3 });
  expect(visibleRows({ count: 0, rowHeight: 50, scrollTop: 900, height: 600 })).toEqual({ first: 0, end: 0 });
});

it("there are never more rows than elements to be taken over", () => {
  const sight = { rowHeight: 37, height: 611, overscan: 2 };
  for (let scrollTop = 0; scrollTop < 400; scrollTop++) {
    const { first, end } = visibleRows({ ...sight, count: 100_000, scrollTop });
    expect(end - first).toBeLessThanOrEqual(mostRows(sight));
  }
});
