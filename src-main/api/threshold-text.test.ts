import { expect, test } from "vitest";
import { thresholdText } from "./threshold-text.ts";

test("what is told lies never below the threshold", () => {
  expect(thresholdText(0.98749)).toBe("0.988");
  expect(thresholdText(0.987)).toBe("0.987");
  expect(thresholdText(1)).toBe("1.000");
  expect(thresholdText(0)).toBe("0.000");
  for (let at = 1; at < 1000; at++) {
    const [threshold, above] = [at / 1000, (at / 1000) * (1 + Number.EPSILON)];
    expect(Number(thresholdText(threshold))).toBeGreaterThanOrEqual(threshold);
    expect(Number(thresholdText(above))).toBeGreaterThanOrEqual(above);
  }
});
