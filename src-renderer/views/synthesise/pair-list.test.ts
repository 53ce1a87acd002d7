import { expect, it } from "vitest";
import type { PairState, SyntheticPairRow } from "../../../src-main/api/contract.ts";
import {
  alignedAtLeast,
  asMap,
  countPairs,
  filterPairs,
  followerOf,
  isBehind,
  mergePairs,
  sortPairs,
  withState,
} from "./pair-list.ts";

interface Made {
  state?: PairState;
  alignment?: number | null;
  featureDistance?: number;
  isNearCopy?: boolean | null;
}

const pair = (index: number, { state = "undecided", alignment = 0.5, ...of }: Made = {}): SyntheticPairRow => ({
  pairId: 100 + index,
  runId: 1,
  modelId: 1,
  index,
  width: 8,
  height: 8,
  channels: 1,
  state,
  frameId: null,
  classes: [1],
  origin: {
    version: 1,
    kind: "affine",
    parents: [{ frameId: 1, checksum: "" }],
    seed: 1,
    index,
    draw: 1,
    threshold: 0.5,
    blend: null,
    geometry: {
      flip: { x: false, y: false },
      pad: { left: 0, right: 0, top: 0, bottom: 0 },
      scale: { x: 1, y: 1 },
      shearDegrees: 0,
      rotationDegrees: 0,
      translation: { x: 0, y: 0 },
      elastic: null,
    },
  },
  quality: { nearestFrameId: 1, featureDistance: 1, pixelDistance: 1, isNearCopy: false, alignment, ...of },
});
const places = (pairs: readonly SyntheticPairRow[]) => pairs.map(({ index }) => index);

const pairs = [
  pair(0, { alignment: 0.9, state: "accepted" }),
  pair(1, { alignment: 0.4, featureDistance: 3 }),
  pair(2, { alignment: null, featureDistance: 2 }),
  pair(3, { alignment: 0.95, isNearCopy: true }),
  pair(4, { alignment: 0.8, isNearCopy: null, featureDistance: 4 }),
  pair(5, { alignment: 0.4, state: "rejected", featureDistance: 5 }),
];

it("near-copies stand under no other heading", () => {
  expect(places(filterPairs(pairs, "all"))).toEqual([0, 1, 2, 4, 5]);
  expect(places(filterPairs(pairs, "undecided"))).toEqual([1, 2, 4]);
  expect(places(filterPairs(pairs, "withheld"))).toEqual([3]);
  expect(countPairs(pairs)).toEqual({ all: 5, undecided: 3, accepted: 1, rejected: 1, withheld: 1 });
});

it("pairs without the figure come last, whichever way round, and equal ones as they were made", () => {
  expect(places(sortPairs(pairs, { by: "alignment", isDescending: true }))).toEqual([3, 0, 4, 1, 5, 2]);
  expect(places(sortPairs(pairs, { by: "alignment", isDescending: false }))).toEqual([1, 5, 4, 0, 3, 2]);
  expect(places(sortPairs(pairs, { by: "nearness", isDescending: false }))).toEqual([0, 3, 2, 1, 4, 5]);
  expect(places(sortPairs(pairs, { by: "made", isDescending: true }))).toEqual([5, 4, 3, 2, 1, 0]);
});

it("only undecided pairs that may be accepted, and that were judged, are aligned well enough", () => {
  expect(places(alignedAtLeast(pairs, 0.8))).toEqual([4]);
  expect(places(alignedAtLeast(pairs, 0))).toEqual([1, 4]);
});

it("a decision leads to the next undecided pair below, then to the first above", () => {
  const all = filterPairs(pairs, "all");
  const after = (...decided: number[]) => followerOf(all, new Set(decided.map((index) => 100 + index)))?.index;
  expect(after(1)).toBe(2);
  expect(after(0)).toBe(1);
  expect(after(4)).toBe(1);
  expect(after(1, 2)).toBe(4);
  expect(after(1, 2, 4)).toBe(5);
  expect(followerOf([pairs[1]!], new Set([101]))).toBeNull();
});

it("what is told of pairs takes the place of what was known, in the order of the run", () => {
  const known = mergePairs([], [pair(2), pair(0)]);
  const merged = mergePairs(known, [pair(1), pair(2, { state: "accepted" })]);
  expect(merged.map(({ index, state }) => [index, state])).toEqual([
    [0, "undecided"],
    [1, "undecided"],
    [2, "accepted"],
  ]);
});

it("another decision is seen at once and can be taken back", () => {
  const [before, chosen] = [pairs.slice(0, 3), pairs.slice(1, 3)];
  const changed = withState(before, asMap(chosen, "rejected"));
  expect(changed.map(({ state }) => state)).toEqual(["accepted", "rejected", "rejected"]);
  expect(withState(changed, asMap(chosen))).toEqual(before);
});

it("pairs are behind their run when one was made or decided about elsewhere", () => {
  expect(isBehind(pairs, { made: 6, accepted: 1, rejected: 1 })).toBe(false);
  expect(isBehind(pairs, { made: 7, accepted: 1, rejected: 1 })).toBe(true);
  expect(isBehind(pairs, { made: 6, accepted: 2, rejected: 1 })).toBe(true);
});
