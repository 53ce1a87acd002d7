import { expect, test } from "vitest";
import { Random } from "./index.ts";

test("the same key gives the same numbers, another key others", () => {
  const draw = (random: Random) => Array.from({ length: 8 }, () => random.uint32());
  expect(draw(new Random(7, "augment", 3))).toEqual(draw(new Random(7, "augment", 3)));
  expect(draw(new Random(7, "augment", 3))).not.toEqual(draw(new Random(7, "augment", 4)));
  expect(draw(new Random(7, "augment", 3))).not.toEqual(draw(new Random(8, "augment", 3)));
});

test("uniform has mean 1/2 and variance 1/12, normal mean 0 and variance 1, within five standard errors", () => {
  const random = new Random(1, "moments");
  const n = 200_000;
  const moments = (next: () => number) => {
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < n; i++) {
      const value = next();
      sum += value;
      squares += value * value;
    }
    return { mean: sum / n, variance: squares / n - (sum / n) ** 2 };
  };
  const uniform = moments(() => random.uniform());
  expect(Math.abs(uniform.mean - 0.5)).toBeLessThan(5 * Math.sqrt(1 / 12 / n));
  expect(Math.abs(uniform.variance - 1 / 12)).toBeLessThan(5 * Math.sqrt(1 / 180 / n));
  const normal = moments(() => random.normal());
  expect(Math.abs(normal.mean)).toBeLessThan(5 / Math.sqrt(n));
  expect(Math.abs(normal.variance - 1)).toBeLessThan(5 * Math.sqrt(2 / n));
});

test("neighbouring streams are not correlated", () => {
  const n = 20_000;
  let product = 0;
  for (let key = 0; key < n; key++)
    product += (new Random(1, key).uniform() - 0.5) * (new Random(1, key + 1).uniform() - 0.5);
  expect(Math.abs(product / n)).toBeLessThan(5 / 12 / Math.sqrt(n));
});

test("shuffle keeps every element", () => {
  const values = Array.from({ length: 50 }, (_, i) => i);
  const shuffled = new Random(3).shuffle(values);
  expect(shuffled).not.toEqual(values);
  expect(shuffled.toSorted((a, b) => a - b)).toEqual(values);
});
