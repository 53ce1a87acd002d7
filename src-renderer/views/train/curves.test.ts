import { describe, expect, it } from "vitest";
import { curvesOf, readableName } from "./curves.ts";

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

  it("keeps validation Dice on its own axis", () => {
    expect(curvesOf(points, "dice").series.map(({ name }) => name)).toEqual(["validationDice"]);
  });

  it("a point told twice counts once", () => {
    const again = [...points, { step: 20, name: "loss", value: 0.45 }];
    expect(curvesOf(again, "losses").series[0]?.values).toEqual([0.9, 0.45]);
  });

  it("names read as words", () => {
    expect(readableName("validationDice")).toBe("Validation Dice");
    expect(readableName("loss/cross_entropy")).toBe("Loss cross entropy");
  });
});
