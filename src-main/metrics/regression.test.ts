import { describe, expect, it } from "vitest";
import { deviation, mse, pearson, r2, rmse } from "./regression.ts";

describe("numbers that are all the same", () => {
  const constant = new Array<number>(10).fill(0.1); // its mean is not 0.1 in float64
  const varied = constant.map((value, at) => value + at);

  it("have no spread, whatever rounding makes of it", () => {
    expect(deviation(constant)).toBeNull();
    expect(deviation([0, 0])).toBeNull();
    expect(deviation([1e8 + 1, 1e8 + 3])).toBeCloseTo(1, 8);
  });

  it("explain nothing and go with nothing", () => {
    expect(r2(constant, varied)).toBeNull();
    expect(pearson(constant, varied)).toBeNull();
    expect(pearson(varied, constant)).toBeNull();
  });
});

describe("very large and very small numbers", () => {
  const [plain, said] = [
    [1, 2, 3],
    [1, 2, 3.5],
  ] as const;
  const times = (values: readonly number[], factor: number) => values.map((value) => value * factor);

  it("go together as their multiples do", () => {
    for (const factor of [1e160, 1e300, 1e-160, 1e-170, 1e-300]) {
      expect(pearson(times(plain, factor), said)).toBeCloseTo(pearson(plain, said)!, 12);
      expect(r2(times(plain, factor), times(said, factor))).toBeCloseTo(r2(plain, said)!, 12);
    }
  });

  it("have an error as their multiples have", () => {
    expect(rmse(times(plain, 1e200), times(said, 1e200)) / 1e200).toBeCloseTo(rmse(plain, said), 12);
    expect(mse(plain, said)).toBeCloseTo(0.25 / 3, 15);
    expect(rmse([1, 2], [1, 2])).toBe(0);
  });

  it("go together by no more than 1", () => {
    expect(pearson([1e8 + 1, 1e8 + 2, 1e8 + 3, 1e8 + 4], [1e8 + 1.1, 1e8 + 1.9, 1e8 + 3.2, 1e8 + 3.8])).toBeCloseTo(
      0.990847,
      6,
    );
    for (const step of [0.1, 0.3, 0.7]) {
      const line = [1, 2, 3, 4, 5].map((value) => value * step);
      expect(Math.abs(pearson(line, line)!)).toBeLessThanOrEqual(1);
    }
  });
});
