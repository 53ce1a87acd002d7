import { expect, test } from "vitest";
import { Random } from "../random/index.ts";
import { nearestPositions, resizeNearest } from "./index.ts";

// scipy.ndimage.zoom(numpy.arange(from), to / from, order=0), SciPy 1.10.1.
test.each([
  [7, 10, [0, 1, 1, 2, 3, 3, 4, 5, 5, 6]],
  [10, 7, [0, 2, 3, 5, 6, 8, 9]],
  [5, 12, [0, 0, 1, 1, 1, 2, 2, 3, 3, 3, 4, 4]],
  [12, 5, [0, 3, 6, 8, 11]],
  [3, 4, [0, 1, 1, 2]],
  [4, 1, [0]],
  [1, 3, [0, 0, 0]],
])("%i positions to %i as SciPy's zoom of order 0", (from, to, expected) => {
  expect([...nearestPositions(from, to)]).toEqual(expected);
});

test("a volume is resized axis by axis: SciPy's zoom of 2 × 3 × 4 to 3 × 5 × 2", () => {
  const values = Uint8Array.from({ length: 24 }, (_, index) => index);
  const plane = [12, 15, 16, 19, 16, 19, 20, 23, 20, 23];
  expect([...resizeNearest(values, [2, 3, 4], [3, 5, 2])]).toEqual([
    ...plane.map((value) => value - 12),
    ...plane,
    ...plane,
  ]);
});

test("corners stay corners, the set of labels stays, and an enlargement comes back whole", () => {
  const random = new Random("resize nearest", 1);
  for (const [from, to] of [
    [
      [9, 14],
      [16, 16],
    ],
    [
      [5, 6, 7],
      [8, 6, 19],
    ],
    [
      [256, 216],
      [256, 256],
    ],
  ] as const) {
    const count = from.reduce((product: number, size) => product * size, 1);
    const labels = Uint8Array.from({ length: count }, () => random.integer(4));
    const large = resizeNearest(labels, from, to);
    expect([large[0], large.at(-1)]).toEqual([labels[0], labels.at(-1)]);
    expect(new Set(large)).toEqual(new Set(labels));
    expect(resizeNearest(large, to, from)).toEqual(labels);
  }
  const floats = Float32Array.of(0.5, 1.5);
  expect(resizeNearest(floats, [2], [3])).toEqual(Float32Array.of(0.5, 1.5, 1.5));
});

test("sizes that do not agree are refused", () => {
  expect(() => resizeNearest(new Uint8Array(5), [2, 3], [4, 4])).toThrow("expected 6 values");
  expect(() => resizeNearest(new Uint8Array(6), [2, 3], [4])).toThrow("one rank");
});
