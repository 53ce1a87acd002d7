import { expect, it } from "vitest";
import { Random } from "../../random/index.ts";
import { classAnswer, fitTemperature, labelProbabilities, numberAnswer, tempered } from "./answers.ts";
import { foldsOf } from "./folds.ts";
import { balancedSampler } from "./images.ts";
import { vary } from "./variation.ts";

const grade = { labelId: 1, name: "grade", kind: "grade", options: ["a", "b", "c", "d"], unit: null } as const;

it("samples become the mean probability, votes, and the shortest run of grades that holds 90 %", () => {
  const answer = classAnswer(
    grade,
    [
      [0.1, 0.7, 0.2, 0],
      [0, 0.4, 0.5, 0.1],
    ],
    1,
  );
  expect(answer).toMatchObject({ value: 1, votes: [0, 0.5, 0.5, 0], likely: [1, 2], interval: null });
  expect(answer.probability).toBeCloseTo(0.55, 6);
  answer.atLeast!.forEach((share, at) => expect(share).toBeCloseTo([1, 0.95, 0.4, 0.05][at]!, 6));
  expect(answer.median).toBe(1);
  expect(answer.margin).toBeCloseTo(0.2, 6);
  expect(answer.expected).toBeCloseTo(0.55 + 2 * 0.35 + 3 * 0.05, 6);
  expect(classAnswer(grade, [[0.25, 0.25, 0.25, 0.25]], 1)).toMatchObject({
    likely: [0, 3],
    uncertainty: expect.closeTo(1, 9) as number,
  });
  expect(classAnswer({ ...grade, kind: "class" }, [[1, 0, 0, 0]], 1)).toMatchObject({
    ...{ likely: null, expected: null, median: null, atLeast: null },
    uncertainty: expect.closeTo(0, 6) as number,
  });
});

it.each([
  [[0.5, 0.1, 0.2, 0.2], 0],
  [[0.3, 0.15, 0.15, 0.4], 2],
  [[0.4, 0.05, 0.05, 0.5], 2],
  [[0, 0, 0, 1], 3],
  [[1, 0, 0, 0], 0],
])("of grades as likely as %j the median is the first with half of it below or at it: %i", (probabilities, median) => {
  expect(classAnswer(grade, [probabilities], 1)).toMatchObject({ median });
});

it("a label that a chain came to is cut and brought to sum 1, all alike where nothing is left", () => {
  expect(labelProbabilities([1.4, -0.3, 1])).toEqual([0.5, 0, 0.5]);
  expect(labelProbabilities([-1, -2])).toEqual([0.5, 0.5]);
});

it("the temperature undoes probabilities that are too sure, and stays 1 for few images", () => {
  const random = new Random("temperature");
  const honest = Array.from({ length: 2000 }, () => random.between(0.5, 1));
  const truth = honest.map((p) => (random.uniform() < p ? 0 : 1));
  const sure = honest.map((p) => tempered([p, 1 - p], 0.5)); // sharper than honest
  expect(fitTemperature(sure, truth)).toBeGreaterThan(1.7);
  expect(fitTemperature(sure, truth)).toBeLessThan(2.4);
  expect(fitTemperature(sure.slice(0, 19), truth.slice(0, 19))).toBe(1);
});

it("numbers have mean, spread and percentiles of their samples", () => {
  const { value, uncertainty, interval } = numberAnswer({ ...grade, kind: "number" }, [1, 2, 3]);
  expect([value, interval]).toEqual([2, [1.05, 2.95]]);
  expect(uncertainty).toBeCloseTo(Math.sqrt(2 / 3), 12);
});

it("patients stay in one fold, and each class is spread over all of them", () => {
  const images = Array.from({ length: 40 }, (_, at) => ({ frameId: at, caseId: at >> 1, values: [(at >> 1) % 2] }));
  const folds = foldsOf(images, 4, 7);
  for (let at = 0; at < 40; at += 2) expect(folds[at]).toBe(folds[at + 1]);
  for (const value of [0, 1]) {
    const counts = [0, 1, 2, 3].map(
      (fold) => folds.filter((own, at) => own === fold && images[at]!.values[0] === value).length,
    );
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(2); // a patient of two images
  }
});

it("a balanced sampler shows each class as often, however rare", () => {
  const classes = [...Array<number>(97).fill(0), 1, 2, 2];
  const at = balancedSampler(classes, 3);
  const drawn = Array.from({ length: 300 }, (_, position) => classes[at(position)]!);
  expect([0, 1, 2].map((value) => drawn.filter((one) => one === value).length)).toEqual([100, 100, 100]);
});

it("a varied image keeps about its content: no corner is filled from nowhere", () => {
  const size = 16;
  const image = new Float32Array(size * size).fill(1);
  const into = new Float32Array(size * size);
  vary(image, into, { size, channels: 1, mirror: "both", random: new Random(2, "vary") });
  const seen = into.filter((value) => value !== 0); // what was covered is 0
  expect(seen.length).toBeGreaterThanOrEqual(size * size - 4);
  expect(Math.min(...seen)).toBeGreaterThan(0.69);
  expect(Math.max(...seen)).toBeLessThan(1.31);
});
