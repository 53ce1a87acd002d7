import { expect, it } from "vitest";
import { flowLines } from "./flow-lines.ts";

const node = (x: number, y: number, right = 0, down = 0) => ({ x, y, right, down });
const flow = (nodes: ReturnType<typeof node>[]) => ({
  width: 4,
  height: 4,
  columns: 2,
  rows: 2,
  nodes,
  mean: { right: 0, down: 0 },
  largest: 0,
  folds: 0,
});

it("where nothing moves there is a straight grid and no arrow", () => {
  const { grid, arrows } = flowLines(flow([node(0, 0), node(2, 0), node(0, 2), node(2, 2)]));
  expect(grid).toBe("M0.50 0.50L2.50 0.50M0.50 2.50L2.50 2.50" + "M0.50 0.50L0.50 2.50M2.50 0.50L2.50 2.50");
  expect(arrows).toBe("");
});

it("an arrow goes from where the translation has it to where the target has it", () => {
  const { grid, arrows } = flowLines(flow([node(0, 0, 1), node(2, 0), node(0, 2), node(2, 2, 0.1)]));
  expect(arrows).toMatch(/^M1\.50 0\.50L0\.50 0\.50M/);
  expect(arrows.match(/M/g)).toHaveLength(2);
  expect(grid).toMatch(/^M1\.50 0\.50L2\.50 0\.50/);
});
