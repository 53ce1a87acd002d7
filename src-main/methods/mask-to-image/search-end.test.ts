import { expect, it } from "vitest";
import { entropiesOf, lookAt } from "./search-end.ts";

const even = [1 / 3, 1 / 3, 1 / 3];

it("the entropy of a cell is 1 where its kernels are alike and 0 where one has all", () => {
  const [alike, two, one] = entropiesOf(Float32Array.from([...even, 0.5, 0.5, 0, 0, 0, 1])) as [number, number, number];
  expect(alike).toBeCloseTo(1, 6);
  expect(two).toBeCloseTo(Math.log(2) / Math.log(3), 6);
  expect(one).toBeCloseTo(0, 12);
});

it("a search has settled when no cell has changed by 1 % in 200 steps", () => {
  const shares = (first: number): Float32Array => Float32Array.from([first, 1 - first, 0, ...even]);
  const first = lookAt(null, 40, shares(0.5));
  if (first === "settled") throw new Error("nothing to compare with yet");
  expect(lookAt(first, 239, shares(0.5))).toBe(first); // too early to say
  expect(lookAt(first, 240, shares(0.51))).toBe("settled");
  // The entropy of (0.6, 0.4) is 3 % below that of (0.5, 0.5): compared with from now on.
  expect(lookAt(first, 240, shares(0.6))).toEqual({ at: 240, entropies: entropiesOf(shares(0.6)) });
  // A decided cell: its tiny entropy has doubled, and means nothing.
  const decided = lookAt(null, 0, Float32Array.from([1 - 1e-6, 1e-6, 0, ...even]));
  expect(lookAt(decided as never, 200, Float32Array.from([1 - 2e-6, 2e-6, 0, ...even]))).toBe("settled");
});
