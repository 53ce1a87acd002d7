import { expect, it } from "vitest";
import { visibleRows } from "./visible-rows.ts";

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
