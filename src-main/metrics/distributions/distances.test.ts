import { describe, expect, it } from "vitest";
import { Random } from "../../random/index.ts";
import { estimateFrechetDistance, frechetDistance } from "./frechet-distance.ts";
import { estimateKernelDistance, kernelDistance, kernelDistanceBlocks } from "./kernel-distance.ts";
import { singularValues } from "./singular-values.ts";

/** Independent normal features, the first scaled and all shifted. */
function draw(random: Random, images: number, features: number, { shift = 0, scale = 1 } = {}): number[][] {
  return Array.from({ length: images }, () =>
    Array.from({ length: features }, (_, index) => shift + random.normal() * (index === 0 ? scale : 1)),
  );
}

describe("singular values", () => {
  const rotated = (values: number[], rows: number, random: Random): Float64Array[] => {
    const matrix = Array.from({ length: rows }, (_, row) =>
      Float64Array.from(values, (value, column) => (row === column ? value : 0)),
    );
    for (let turn = 0; turn < 40; turn++) {
      const [sine, cosine] = [Math.sin(turn + 1), Math.cos(turn + 1)];
      const mix = (vectors: [Float64Array, Float64Array]) => {
        const [first, second] = vectors.map((vector) => vector.slice()) as [Float64Array, Float64Array];
        vectors[0].forEach((_, at) => {
          vectors[0][at] = cosine * first[at]! - sine * second[at]!;
          vectors[1][at] = sine * first[at]! + cosine * second[at]!;
        });
      };
      const [one, other] = random.shuffle(matrix.map((_, row) => row)) as [number, number];
      mix([matrix[one]!, matrix[other]!]);
      const [left, right] = random.shuffle(values.map((_, column) => column)) as [number, number];
      for (const row of matrix) {
        const [a, b] = [row[left]!, row[right]!];
        row[left] = cosine * a - sine * b;
        row[right] = sine * a + cosine * b;
      }
    }
    return matrix;
  };

  it("are those that were put in, zeros, doubles and tiny ones included", () => {
    const random = new Random("singular", 1);
    for (const values of [[3], [5, 2, 2, 1e-9, 0], [7, 6, 5, 4, 3, 2, 1, 0.5], [0, 0, 0]]) {
      for (const rows of [values.length, values.length + 4]) {
        const matrix = values.length === 1 ? [Float64Array.of(3)] : rotated(values, rows, random);
        const got = [...singularValues(matrix)].sort((a, b) => b - a);
        expect(got).toHaveLength(values.length);
        got.forEach((value, index) => expect(Math.abs(value - values[index]!)).toBeLessThan(1e-13));
      }
    }
  });

  it("of a wide matrix are those of its transpose", () => {
    const [tall, wide] = [[[1], [2], [2]], [[1, 2, 2]]].map((rows) => rows.map((row) => Float64Array.from(row)));
    expect(singularValues(tall!)[0]).toBeCloseTo(3, 13);
    expect(singularValues(wide!)[0]).toBeCloseTo(3, 13);
  });
});

describe("the Fréchet distance", () => {
  it("is that of the Gaussians where these are known, also with fewer images than features", () => {
    const random = new Random("frechet", 1);
    for (const [images, features] of [
      [40, 6],
      [5, 12],
    ] as const) {
      const a = draw(random, images, features, { shift: 1 });
      const tripled = a.map((row) => row.map((value) => 3 * value));
      // S and 9 S commute: |m - 3 m|² + tr S (1 - 3)².
      const mean = a[0]!.map((_, feature) => a.reduce((sum, row) => sum + row[feature]!, 0) / images);
      const squares = a.flatMap((row) => row.map((value, feature) => (value - mean[feature]!) ** 2));
      const trace = squares.reduce((sum, value) => sum + value, 0) / (images - 1);
      const expected = 4 * mean.reduce((sum, value) => sum + value * value, 0) + 4 * trace;
      expect(frechetDistance(a, tripled) / expected).toBeCloseTo(1, 12);
      expect(frechetDistance(tripled, a) / expected).toBeCloseTo(1, 12);
      expect(frechetDistance(a, a)).toBeLessThan(1e-12);
    }
  });

  it("takes features that never vary", () => {
    const random = new Random("frechet", 2);
    const withDead = (rows: number[][]) => rows.map((row) => [...row, 0.5, 0]);
    const [a, b] = [draw(random, 30, 3), draw(random, 30, 3, { shift: 1 })];
    expect(frechetDistance(withDead(a), withDead(b))).toBeCloseTo(frechetDistance(a, b), 10);
  });

  it("has an interval that holds the truth, and a corrected value near it while the plain one is too large", () => {
    const random = new Random("frechet", 3);
    const truth = 8 * 0.25 + 1; // shift 0.5 in 8 features; deviations 1 and 2 in one of them
    const trials = 60;
    let held = 0;
    let corrected = 0;
    let plain = 0;
    for (let trial = 0; trial < trials; trial++) {
      const a = { rows: draw(random, 40, 8) };
      const b = { rows: draw(random, 40, 8, { shift: 0.5, scale: 2 }) };
      const estimate = estimateFrechetDistance(a, b);
      if (estimate.low <= truth && truth <= estimate.high) held++;
      corrected += estimate.value / trials;
      plain += estimate.plain / trials;
    }
    expect(held).toBeGreaterThanOrEqual(54);
    expect(Math.abs(corrected - truth)).toBeLessThan(0.2);
    expect(plain - truth).toBeGreaterThan(1);
  });

  it("gives a wider interval when images come in groups that are alike", () => {
    const random = new Random("frechet", 4);
    const centers = [draw(random, 25, 4), draw(random, 25, 4)];
    const sets = centers.map((rows) => ({
      rows: rows.flatMap((center) =>
        draw(random, 4, 4).map((row) => row.map((value, at) => center[at]! + 0.1 * value)),
      ),
      groups: rows.flatMap((_, group) => [group, group, group, group]),
    }));
    const [a, b] = sets as [(typeof sets)[0], (typeof sets)[0]];
    const widthOf = ({ low, high }: { low: number; high: number }) => high - low;
    const alone = estimateFrechetDistance({ rows: a.rows }, { rows: b.rows });
    expect(widthOf(estimateFrechetDistance(a, b))).toBeGreaterThan(1.5 * widthOf(alone));
  });

  it("gives no interval for too few images, and says what to do", () => {
    const random = new Random("frechet", 5);
    const few = { rows: draw(random, 19, 2) };
    expect(() => estimateFrechetDistance(few, few)).toThrow("19 independent groups of images are too few");
    const narrow = { rows: draw(random, 39, 32) };
    expect(() => estimateFrechetDistance(narrow, narrow)).toThrow("39 images are too few for 32 features; at least 40");
  });
});

describe("the kernel distance", () => {
  it("of three points each is what the formula gives by hand, whatever features repeat them", () => {
    const points = (values: number[], features: number) => values.map((value) => Array<number>(features).fill(value));
    // Kernel (x y + 1)³: pairs within 1 + 1 + 27 and 64 + 216 + 4096 of 3 each, across 3 + 288 + 1701 of 9.
    const expected = 29 / 3 + 4376 / 3 - (2 * 1992) / 9;
    for (const features of [1, 2]) {
      const [one, other] = [points([0, 1, 2], features), points([1, 3, 5], features)];
      expect(kernelDistance(one, other)).toBeCloseTo(expected, 9);
    }
  });

  it("is zero on average where both sets are of one distribution, whatever their size", () => {
    const random = new Random("kernel", 1);
    for (const images of [10, 40]) {
      const values = Array.from({ length: 200 }, () =>
        kernelDistance(draw(random, images, 4), draw(random, images, 4)),
      );
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const error = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 199 / 200);
      expect(Math.abs(mean)).toBeLessThan(3 * error);
    }
  });

  it("has an interval that holds the truth", () => {
    const random = new Random("kernel", 2);
    const far = () => draw(random, 30, 4, { shift: 0.7 });
    // Over many pairs of sets: the estimator has no bias.
    const reference = Array.from({ length: 400 }, () => kernelDistance(draw(random, 30, 4), far()));
    const truth = reference.reduce((sum, value) => sum + value, 0) / reference.length;
    let held = 0;
    for (let trial = 0; trial < 60; trial++) {
      const { low, high, value, plain } = estimateKernelDistance({ rows: draw(random, 30, 4) }, { rows: far() });
      expect(value).toBeCloseTo(plain, 9); // leaving out corrects nothing where there is no bias
      if (low <= truth && truth <= high) held++;
    }
    expect(held).toBeGreaterThanOrEqual(52);
  });

  it("without a group is the distance of the other images", () => {
    const random = new Random("kernel", 3);
    const [a, b] = [draw(random, 22, 3), draw(random, 15, 3, { shift: 0.4 })];
    const groups = a.map((_, index) => index % 11);
    const { value, plain } = estimateKernelDistance({ rows: a, groups }, { rows: b });
    const without = Array.from({ length: 11 }, (_, group) =>
      kernelDistance(
        a.filter((_, index) => groups[index] !== group),
        b,
      ),
    );
    const alone = b.map((_, left) =>
      kernelDistance(
        a,
        b.filter((_, index) => index !== left),
      ),
    );
    const mean = (values: number[]) => values.reduce((sum, each) => sum + each, 0) / values.length;
    expect(plain).toBeCloseTo(kernelDistance(a, b), 12);
    expect(value).toBeCloseTo(plain - 10 * (mean(without) - plain) - 14 * (mean(alone) - plain), 9);
  });

  it("of random subsets centers on that of the sets", () => {
    const random = new Random("kernel", 4);
    const [a, b] = [draw(random, 60, 3), draw(random, 60, 3, { shift: 1 })];
    const blocks = kernelDistanceBlocks(a, b, { size: 20, blocks: 50 });
    const mean = blocks.reduce((sum, value) => sum + value, 0) / 50;
    const deviation = Math.sqrt(blocks.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 49);
    expect(Math.abs(mean - kernelDistance(a, b))).toBeLessThan((4 * deviation) / Math.sqrt(50));
    expect(blocks).toEqual(kernelDistanceBlocks(a, b, { size: 20, blocks: 50 }));
    expect(() => kernelDistanceBlocks(a, b)).toThrow("blocks of 1000 from sets of 60 and 60 images");
  });

  it("gives no interval for fewer than ten groups", () => {
    const nine = { rows: draw(new Random(1), 9, 2) };
    expect(() => estimateKernelDistance(nine, nine)).toThrow("9 independent groups");
  });
});

it("sets that cannot be compared are refused", () => {
  expect(() => frechetDistance([], [[1], [2]])).toThrow("a set of 0 images; at least 2");
  expect(() => frechetDistance([[1], [2]], [[1]])).toThrow("a set of 1 images");
  expect(() => kernelDistance([[1], [2]], [[1, 2], [2, 1]])).toThrow("image 0 has 2 features, expected 1"); // prettier-ignore
  expect(() => kernelDistance([[1], [NaN]], [[1], [2]])).toThrow("feature 0 of image 1 is NaN");
  const rows = draw(new Random(1), 20, 2);
  expect(() => estimateFrechetDistance({ rows, groups: [1] }, { rows })).toThrow("1 groups for 20 images");
});
