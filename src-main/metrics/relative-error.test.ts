import { describe, expect, it } from "vitest";
import { isIntervalUnit, leastFloor, relativeErrors } from "./relative-error.ts";

describe("a truth of 0", () => {
  const [truth, said] = [
    [0, 4],
    [1, 4],
  ];

  it("leaves no strict relative error, is left out, or is divided by the floor", () => {
    expect(relativeErrors(truth, said, "strict")).toEqual({ mape: null, medianRelativeError: null, zeros: 1, used: 0 });
    expect(relativeErrors(truth, said, "exclude")).toEqual({ mape: 0, medianRelativeError: 0, zeros: 1, used: 1 });
    expect(relativeErrors(truth, said, { floor: 1 })).toEqual({ mape: 50, medianRelativeError: 50, zeros: 1, used: 2 });
  });

  it("that is the only one leaves nothing to divide by", () => {
    expect(relativeErrors([0], [1], "exclude")).toMatchObject({ mape: null, zeros: 1, used: 0 });
    expect(relativeErrors([0], [1], { floor: 2 })).toMatchObject({ mape: 50, used: 1 });
  });

  it("changes nothing where there is none", () => {
    const [y, f] = [
      [2, 4, 5, 10],
      [2.5, 3, 5, 12],
    ];
    for (const policy of ["strict", "exclude"] as const)
      expect(relativeErrors(y, f, policy)).toEqual({ mape: 17.5, medianRelativeError: 22.5, zeros: 0, used: 4 });
    // 2 and 4 are raised to 5: 10 %, 20 %, 0 %, 20 %.
    expect(relativeErrors(y, f, { floor: 5 })).toEqual({ mape: 12.5, medianRelativeError: 15, zeros: 0, used: 4 });
  });
});

it("a floor raises the size of a truth, whatever its sign, and is itself above 0", () => {
  expect(relativeErrors([-0.5], [0.5], { floor: 2 }).mape).toBe(50);
  expect(relativeErrors([-4], [-2], { floor: 2 }).mape).toBe(50);
  for (const floor of [0, -1, NaN]) expect(() => relativeErrors([1], [1], { floor })).toThrow(RangeError);
});

it("the least floor follows what is measured", () => {
  expect(leastFloor([0, 100, -200, 300])).toBeCloseTo(2e-4, 12);
  expect(leastFloor([0, 0])).toBeGreaterThan(0);
});

it("degrees, logarithms and decibels have no fixed zero; lengths and counts have", () => {
  for (const unit of ["°C", "° F", "℃", "degC", "Celsius", "logMAR", "log10 CFU/ml", "dB", "pH"])
    expect(isIntervalUnit(unit), unit).toBe(true);
  for (const unit of [null, "mm", "ml", "%", "mmHg", "years", "g/dl", "°", "deg", "lobes"])
    expect(isIntervalUnit(unit), unit ?? "none").toBe(false);
});
