import { expect, it } from "vitest";
import { searchedCells, searchEnd, shareBands } from "./cells.ts";
import { curvesOf } from "./curves.ts";

const points = [
  { step: 200, name: "share/up/1/8", value: 0.5 },
  { step: 100, name: "share/up/1/8", value: 0.25 },
  { step: 100, name: "share/up/1/4", value: 0.75 },
  { step: 200, name: "share/up/1/4", value: 0.5 },
  { step: 100, name: "share/down/0/6", value: 1 },
  { step: 100, name: "share/up/0/6", value: 1 },
  { step: 100, name: "loss", value: 1 },
];

it("finds each cell with its kernels, present shares and the way there", () => {
  const cells = searchedCells(points);
  expect(cells.map(({ id }) => id)).toEqual(["up/0", "up/1", "down/0"]);
  expect(cells[1]!.kernels.map(({ side, share }) => [side, share])).toEqual([
    [4, 0.5],
    [8, 0.5],
  ]);
  expect(cells[1]!.kernels[1]!.history).toEqual([
    { step: 100, share: 0.25 },
    { step: 200, share: 0.5 },
  ]);
});

it("the end of a search is no curve, and has its step", () => {
  const stopped = [...points, { step: 150, name: "searchStopped", value: 1 }];
  expect([searchEnd(points), searchEnd(stopped)]).toEqual([null, 150]);
  expect(searchedCells(stopped)).toEqual(searchedCells(points));
  expect(curvesOf(stopped, "losses").series.map(({ name }) => name)).toEqual(["loss"]);
});

it("a point told twice counts once", () => {
  const [cell] = searchedCells([...points.slice(0, 2), { step: 200, name: "share/up/1/8", value: 0.6 }]);
  expect(cell!.kernels[0]!.history.map(({ share }) => share)).toEqual([0.25, 0.6]);
});

it("draws the shares on each other from the first step to the last, and a single step over the whole width", () => {
  const [inner, outer] = searchedCells(points);
  expect(shareBands(outer!.kernels)).toEqual([
    "0.000,0.000 1.000,0.000 1.000,0.500 0.000,0.750",
    "0.000,0.750 1.000,0.500 1.000,1.000 0.000,1.000",
  ]);
  expect(shareBands(inner!.kernels)).toEqual(["0.000,0.000 1.000,0.000 1.000,1.000 0.000,1.000"]);
});

it("shares are no losses", () => {
  expect(curvesOf(points, "losses").series.map(({ name }) => name)).toEqual(["loss"]);
});
