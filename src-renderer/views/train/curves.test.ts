import { describe, expect, it } from "vitest";
import { bestOf, curvesOf, drawableOnLog, isShare, latestAt, logRange, readableName } from "./curves.ts";

const points = [
  { step: 20, name: "loss", value: 0.5 },
  { step: 10, name: "loss", value: 0.9 },
  { step: 20, name: "validationDice", value: 0.7 },
  { step: 20, name: "dice", value: 0.4 },
  { step: 30, name: "loss", value: NaN },
];

describe("curves", () => {
  it("aligns losses by step, with gaps", () => {
    expect(curvesOf(points, "losses")).toEqual({
      steps: [10, 20],
      series: [
        { name: "loss", values: [0.9, 0.5], last: 0.5 },
        { name: "dice", values: [null, 0.4], last: 0.4 },
      ],
    });
  });

  it("keeps what validation says on an axis of its own", () => {
    const painted = [...points, { step: 20, name: "validationL1", value: 0.04 }];
    expect(curvesOf(painted, "validation").series.map(({ name }) => name)).toEqual(["validationDice", "validationL1"]);
    expect(["validationDice", "validationDice teacher", "validationL1"].map(isShare)).toEqual([true, true, false]);
  });

  it("a point told twice counts once", () => {
    const again = [...points, { step: 20, name: "loss", value: 0.45 }];
    expect(curvesOf(again, "losses").series[0]?.values).toEqual([0.9, 0.45]);
  });

  it("on a logarithmic scale what is not above zero is a gap", () => {
    expect(drawableOnLog([2, 0, null, -1, 0.1])).toEqual([2, null, null, null, 0.1]);
  });

  it("a logarithmic axis ends at round values, also without data", () => {
    const ends = ([low, high]: readonly number[]) => logRange(low!, high!).map((value) => Number(value.toPrecision(6)));
    expect(ends([0.42, 17])).toEqual([0.4, 20]);
    expect(ends([0.0097, 0.97])).toEqual([0.009, 1]);
    expect(ends([3, 3])).toEqual([3, 6]);
    expect(ends([Infinity, -Infinity])).toEqual([0.1, 1]);
  });

  it("under the pointer stands the latest value so far", () => {
    expect([0, 1, 2].map((row) => latestAt([null, 0.4, null], row))).toEqual([null, 0.4, 0.4]);
  });

  it("the best is the highest or the lowest, the earliest of equals", () => {
    const dice = [0.2, 0.8, 0.8, NaN].map((value, index) => ({ step: 10 * index, name: "validationDice", value }));
    expect(bestOf(dice, { figure: "validationDice", better: "higher" })).toMatchObject({ step: 10, value: 0.8 });
    expect(bestOf(dice, { figure: "validationDice", better: "lower" })).toMatchObject({ step: 0, value: 0.2 });
    expect(bestOf(points, { figure: "other", better: "higher" })).toBeNull();
  });

  it("names read as words", () => {
    expect(readableName("validationDice")).toBe("Validation Dice");
    expect(readableName("validationL1")).toBe("Validation L1");
    expect(readableName("loss/cross_entropy")).toBe("Loss cross entropy");
  });
});
