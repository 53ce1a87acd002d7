import { expect, test } from "vitest";
import { epochLength, labelledStream, unlabelledStream } from "./two-streams.ts";

const key = { seed: 4, stage: "selftrain", stream: "labelled" };

test("T17 an epoch is as many full batches as there are, and no image is twice in it", () => {
  expect(epochLength(68, 6)).toBe(5);
  const stream = labelledStream(68, 6, key);
  for (const epoch of [0, 1]) {
    const seen = Array.from({ length: 5 }, (_, step) => stream(5 * epoch + step)).flatMap(({ a, b }) => [...a, ...b]);
    expect(seen).toHaveLength(60);
    expect(new Set(seen).size).toBe(60);
  }
  expect(stream(5)).not.toEqual(stream(0));
});

test("T17 the halves are disjoint", () => {
  const stream = labelledStream(13, 3, key);
  for (let step = 0; step < 50; step++) {
    const { a, b } = stream(step);
    expect(new Set([...a, ...b]).size).toBe(6);
  }
});

test("fewer images than a batch come in endless shuffles, and partners differ", () => {
  const stream = labelledStream(3, 4, key);
  const counts = [0, 0, 0];
  for (let step = 0; step < 30; step++) {
    const { a, b } = stream(step);
    a.forEach((index, place) => {
      counts[index]!++;
      expect(b[place]).not.toBe(index);
      expect(b[place]).toBeLessThan(3);
    });
  }
  expect(counts).toEqual([40, 40, 40]);
  expect(labelledStream(1, 2, key)(0)).toEqual({ a: [0, 0], b: [0, 0] });
});

test("T17 unlabelled images come in an endless row of shuffles", () => {
  const stream = unlabelledStream(7, 2, { ...key, stream: "unlabelled" });
  const seen = Array.from({ length: 7 }, (_, step) => stream(step)).flatMap(({ a, b }) => [...a, ...b]);
  for (const epoch of [0, 1, 2, 3])
    expect(seen.slice(7 * epoch, 7 * epoch + 7).toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6]);
});

test("T17 seed, stage and step alone decide: asked for in any order, the same images", () => {
  const inOrder = Array.from({ length: 12 }, (_, step) => labelledStream(20, 3, key)(step));
  const fresh = labelledStream(20, 3, key);
  for (const step of [11, 3, 7, 0]) expect(fresh(step)).toEqual(inOrder[step]);
  for (const other of [{ seed: 5 }, { stage: "pretrain" }, { stream: "unlabelled" }])
    expect(labelledStream(20, 3, { ...key, ...other })(0)).not.toEqual(inOrder[0]);
});
