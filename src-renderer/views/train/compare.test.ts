import { describe, expect, it } from "vitest";
import { type ComparedRun, comparedCurves, compareSettings, figuresOf } from "./compare.ts";

const of = (runId: number, points: [step: number, name: string, value: number][]) =>
  ({ run: { runId }, points: points.map(([step, name, value]) => ({ step, name, value })) }) as unknown as ComparedRun;

const runs = [
  of(7, [
    [10, "loss", 0.5],
    [10, "validationDice", 0.6],
    [20, "validationDice", 0.7],
  ]),
  of(3, [
    [15, "validationDice", 0.4],
    [20, "validationDice", NaN],
    [10, "agreement", 0.1],
  ]),
];

describe("trainings side by side", () => {
  it("have one curve each on common steps, in the order chosen", () => {
    expect(comparedCurves(runs, "validationDice")).toEqual({
      steps: [10, 15, 20],
      series: [
        { name: "7", values: [0.6, null, 0.7], last: 0.7 },
        { name: "3", values: [null, 0.4, null], last: 0.4 },
      ],
    });
  });

  it("a run without the figure has no curve", () => {
    expect(comparedCurves(runs, "loss").series.map(({ name }) => name)).toEqual(["7"]);
  });

  it("offer the figures that any of them has, Dice first", () => {
    expect(figuresOf(runs)).toEqual(["validationDice", "loss", "agreement"]);
  });

  it("tell settings that differ from those that do not, over methods too", () => {
    const compared = compareSettings([
      { settings: { steps: 5, size: 64 } },
      { settings: { steps: 5, size: 32, alpha: 0.5 } },
    ]);
    expect(compared).toEqual({
      different: [
        { key: "size", values: [64, 32] },
        { key: "alpha", values: [null, 0.5] },
      ],
      same: [{ key: "steps", values: [5, 5] }],
    });
  });
});
