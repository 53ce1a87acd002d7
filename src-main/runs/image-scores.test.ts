import { expect, it } from "vitest";
import { ImageScores } from "./image-scores.ts";

const size = { width: 8, height: 8 };
const real = Float32Array.from({ length: 64 }, (_, at) => (at < 32 ? -1 : Math.sin(at) / 2));

it("the truth has no error; what is painted on the background counts for the similarity alone", () => {
  const scores = new ImageScores();
  expect(scores.add(real, real, size)).toBe(0);
  expect(scores.means).toEqual({ validationNMAE: 0, validationPSNR: 100, validationSSIM: 1 });
  scores.add(
    real.map((value) => (value === -1 ? 0 : value)),
    real,
    size,
  );
  const { validationNMAE, validationPSNR, validationSSIM } = scores.means;
  expect([validationNMAE, validationPSNR]).toEqual([0, 100]);
  expect(validationSSIM).toBeLessThan(0.9);
});

it("an image that is all background does not count", () => {
  const scores = new ImageScores();
  expect(scores.add(real, new Float32Array(64).fill(-1), size)).toBeNull();
  expect(scores.means).toEqual({});
});

it("an error of a tenth of the range is an NMAE of a tenth and 20 dB", () => {
  const scores = new ImageScores();
  const own = scores.add(
    real.map((value) => value + 0.2),
    real,
    size,
  );
  expect(own).toBeCloseTo(0.1, 6);
  expect(scores.means["validationPSNR"]).toBeCloseTo(20, 4);
});
