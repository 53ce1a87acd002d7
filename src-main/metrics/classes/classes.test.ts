import { describe, expect, it } from "vitest";
import { brier, expectedCalibrationError, reliability } from "./calibration.ts";
import {
  accuracy,
  balancedAccuracy,
  classScores,
  confusionMatrix,
  f1Macro,
  kappa,
  kappaQuadratic,
} from "./confusion.ts";
import { auc, aucMacroOneVsOne, aucMacroOneVsRest, aucOneVsRest } from "./roc.ts";

describe("predicted classes", () => {
  // Worked out by scikit-learn's definitions.
  const target = [0, 0, 1, 1, 2, 2, 3, 3, 4, 4];
  const predicted = [0, 1, 1, 1, 2, 3, 3, 2, 4, 0];
  const matrix = confusionMatrix(target, predicted);

  it("are judged by the definitions of scikit-learn", () => {
    expect(accuracy(target, predicted)).toBe(0.6);
    expect(f1Macro(target, predicted)).toBeCloseTo(0.5933333, 7);
    expect(balancedAccuracy(target, predicted)).toBeCloseTo(0.6, 12);
    expect(kappaQuadratic(target, predicted)).toBeCloseTo(0.4864865, 7);
    expect(kappa(matrix, "linear")).toBeCloseTo(0.5454545, 7);
    expect(kappa(matrix, "none")).toBeCloseTo(0.5, 12);
  });

  it("of classes that do not occur change no mean over classes", () => {
    const shifted = (classes: number[]) => classes.map((value) => value + 3);
    expect(f1Macro(shifted(target), shifted(predicted))).toBe(f1Macro(target, predicted));
    expect(balancedAccuracy(shifted(target), shifted(predicted))).toBeCloseTo(0.6, 12);
    expect(f1Macro([0, 0], [0, 1])).toBeCloseTo(1 / 3, 12); // class 1 was predicted: it has 0
    expect(balancedAccuracy([0, 0], [0, 1])).toBe(0.5); // but nothing of it could be found
  });

  it("have rates where these are defined", () => {
    const [first, second, third] = classScores(confusionMatrix([0, 0, 0, 1], [0, 0, 1, 1], { classes: 3 }));
    expect(first).toEqual({ support: 3, recall: 2 / 3, specificity: 1, precision: 1, f1: 0.8 });
    expect(second).toEqual({ support: 1, recall: 1, specificity: 2 / 3, precision: 0.5, f1: 2 / 3 });
    expect(third).toEqual({ support: 0, recall: null, specificity: 1, precision: null, f1: null });
  });

  it("of one class throughout have no kappa", () => {
    expect(kappaQuadratic([2, 2, 2], [2, 2, 2])).toBeNull();
    expect(kappaQuadratic([0, 1], [1, 0])).toBe(-1);
  });

  it("are refused when they are none, or do not pair", () => {
    expect(() => confusionMatrix([], [])).toThrow("0 true and 0 predicted");
    expect(() => accuracy([1, 2], [1])).toThrow("2 true and 1 predicted");
    for (const wrong of [NaN, -1, 0.5, Infinity, 1e9])
      expect(() => accuracy([1, wrong], [1, 1])).toThrow(`${wrong} is no class`);
    expect(() => confusionMatrix([3], [0], { classes: 3 })).toThrow(
      "3 is no class; expected a whole number from 0 to 2",
    );
  });
});

describe("scores of classes", () => {
  const target = [0, 0, 0, 0, 1, 1, 2];
  const scores = [
    [0.6, 0.3, 0.1],
    [0.3, 0.4, 0.3],
    [0.5, 0.25, 0.25],
    [0.2, 0.3, 0.5],
    [0.3, 0.5, 0.2],
    [0.45, 0.35, 0.2],
    [0.4, 0.2, 0.4],
  ];

  it("order images, one class against the rest and pair by pair", () => {
    expect(aucMacroOneVsRest(target, scores)).toBeCloseTo(0.7583333, 7);
    expect(aucMacroOneVsOne(target, scores)).toBeCloseTo(0.78125, 12);
  });

  it("of two classes have one area, ties counting half", () => {
    expect(auc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])).toBe(0.75);
    expect(auc([0, 1, 0, 1], [0.5, 0.5, 0.5, 0.5])).toBe(0.5);
    expect(auc([false, true], [2, -1])).toBe(0);
  });

  it("have no area for a class that no image has or all have", () => {
    const withoutLast = aucOneVsRest([0, 1, 0, 1], scores.slice(0, 4));
    expect(withoutLast[2]).toBeNull();
    expect(aucMacroOneVsRest([0, 1, 0, 1], scores.slice(0, 4))).toBe((withoutLast[0]! + withoutLast[1]!) / 2);
    expect(aucMacroOneVsRest([1, 1], scores.slice(0, 2))).toBeNull();
    expect(aucMacroOneVsOne([1, 1], scores.slice(0, 2))).toBeNull();
    expect(auc([1, 1], [0.2, 0.3])).toBeNull();
  });

  it("are refused when they are no numbers, or do not pair", () => {
    expect(() => auc([], [])).toThrow("0 labels and 0 scores");
    expect(() => auc([0, 1], [NaN, 1])).toThrow("score 0 is NaN");
    expect(() => aucMacroOneVsRest([0], scores)).toThrow("1 true ones and 7 rows");
    expect(() => aucMacroOneVsRest([0, 3], scores.slice(0, 2))).toThrow("3 is no class");
    expect(() => aucMacroOneVsRest([0, 1], [[1], [0, 1]])).toThrow("row 1 has 2 scores, not 1");
  });
});

describe("probabilities", () => {
  it("are compared with how often they are right, bin by bin", () => {
    const target = [0, 0, 1, 1];
    const rows = [
      [0.9, 0.1],
      [0.85, 0.15],
      [0.6, 0.4],
      [0, 1],
    ];
    const bins = reliability(target, rows, { bins: 5 });
    expect(bins.map(({ count }) => count)).toEqual([0, 0, 1, 0, 3]);
    expect(bins[2]).toEqual({ low: 0.4, high: 0.6, count: 1, confidence: 0.6, accuracy: 0 });
    expect(bins[0]).toMatchObject({ confidence: null, accuracy: null });
    expect(expectedCalibrationError(target, rows, { bins: 5 })).toBeCloseTo((0.6 + 3 * (1 - 2.75 / 3)) / 4, 12);
    expect(brier(target, rows)).toBeCloseTo((0.02 + 0.045 + 0.72 + 0) / 4, 12);
  });

  it("of certainty have the best score when right and the worst when wrong", () => {
    expect(brier([0, 1], [[1, 0], [0, 1]])).toBe(0); // prettier-ignore
    expect(brier([1], [[1, 0]])).toBe(2);
    expect(expectedCalibrationError([1], [[1, 0]])).toBe(1);
  });

  it("are refused when they are none", () => {
    expect(() => brier([0], [[0.5, 0.2]])).toThrow("row 0 sums to 0.7, not to 1");
    expect(() => brier([0], [[1.2, -0.2]])).toThrow("probability -0.2 in row 0 is negative");
    expect(() => reliability([0], [[1, 0]], { bins: 0 })).toThrow("0 is no number of bins");
  });
});
