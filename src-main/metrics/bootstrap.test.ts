import { expect, test } from "vitest";
import { bootstrapMean, bootstrapPatients } from "./bootstrap.ts";

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

test("an interval lies around the figure of all images, however unequal patients are", () => {
  // One patient with 90 images and small errors, nine with one image and a large one.
  const patients = Array.from({ length: 99 }, (_, at) => Math.max(0, at - 89));
  const errors = patients.map((patient, at) => (patient === 0 ? 0.2 : 8 + (at % 3)));
  const { mae, always } = bootstrapPatients(patients, (places) => {
    return { mae: meanOf(places.map((at) => errors[at]!)), always: null };
  })!;
  const figure = meanOf(errors);
  expect(mae![0]).toBeLessThan(figure);
  expect(mae![1]).toBeGreaterThan(figure);
  expect(mae![1]).toBeGreaterThan(2); // a draw may lack the large patient
  expect(always).toBeNull();
});

test("with one image a patient it is the interval of the mean", () => {
  const values = Array.from({ length: 40 }, (_, at) => Math.sin(at * 7.3));
  const pooled = bootstrapPatients([...values.keys()], (places) => ({ mean: meanOf(places.map((at) => values[at]!)) }));
  const plain = bootstrapMean(values.map((value, patient) => ({ seed: 0, patient, value })));
  expect(pooled!.mean![0]).toBeCloseTo(plain.low, 1);
  expect(pooled!.mean![1]).toBeCloseTo(plain.high, 1);
  expect(bootstrapPatients([1, 1], () => ({ mean: 1 }))).toBeNull();
});
