import { expect, test } from "vitest";
import { decodeScoreMap, encodeScoreMap, enlargeScoreMap } from "./score-map.ts";

test("a score map reads back to half of a sixteenth, in half a byte a cell", () => {
  const size = { width: 7, height: 5 };
  const scores = Float32Array.from({ length: 35 }, (_, cell) => cell / 34);
  const bytes = encodeScoreMap(scores, size);
  expect(bytes.length).toBe(12 + 18);
  const map = decodeScoreMap(bytes);
  expect(map).toMatchObject(size);
  scores.forEach((score, cell) =>
    expect(Math.abs(map.data[cell]! / 255 - score)).toBeLessThanOrEqual(1 / 30 + 1 / 255),
  );
});

test("scores beyond 0 to 1 are clamped, and what is no number is the most doubtful", () => {
  const { data } = decodeScoreMap(encodeScoreMap([-1, 2, NaN, 0], { width: 2, height: 2 }));
  expect([...data]).toEqual([0, 255, 255, 0]);
});

test("damaged bytes are refused", () => {
  const bytes = encodeScoreMap([0, 1, 0, 1], { width: 2, height: 2 });
  for (const damaged of [bytes.subarray(0, 5), bytes.subarray(0, 13), bytes.map((byte, at) => (at === 0 ? 0 : byte))]) {
    expect(() => decodeScoreMap(damaged)).toThrow("damaged");
  }
  expect(() => encodeScoreMap([1], { width: 2, height: 2 })).toThrow(RangeError);
});

test("enlarged it has the size of the frame and the scores of its cells", () => {
  const map = decodeScoreMap(encodeScoreMap([0, 1], { width: 2, height: 1 }));
  expect([...enlargeScoreMap(map, { width: 4, height: 1 })]).toEqual([0, 64, 191, 255]);
});
