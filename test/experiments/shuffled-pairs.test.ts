/** @file The unpaired condition: who meets whom. */
import { expect, it } from "vitest";
import type { CaseSource, SourceFrame } from "../../src-main/dataset/index.ts";
import { brainPairs } from "./brain-phantom.ts";
import { shufflePairs } from "./shuffled-pairs.ts";

/** Source n and target n + 1000 of each slice; the last patient judges. */
function slices(...counts: number[]): CaseSource {
  const frames = counts.flatMap((count, patient) =>
    Array.from({ length: count }, (_, slice): SourceFrame[] => {
      const frameId = 100 * patient + slice;
      const role = patient === counts.length - 1 ? "validate" : "train";
      const common = { caseId: patient, role, hasLabelMap: false } as const;
      return [
        { ...common, frameId, modality: { side: "source", counterpart: frameId + 1000 } },
        { ...common, frameId: frameId + 1000, modality: { side: "target" } },
      ];
    }).flat(),
  );
  return { frames, frame: () => Promise.reject(new Error()), labelMap: () => Promise.reject(new Error()) };
}

const pairsOf = ({ frames }: CaseSource, role: SourceFrame["role"]): [number, number][] =>
  frames.flatMap((frame) =>
    frame.role === role && frame.modality?.side === "source" ? [[frame.frameId, frame.modality.counterpart!]] : [],
  );

it.each([
  ["of as many slices", [7, 7, 7, 3], 21],
  ["of different numbers of slices", [1, 5, 4, 3], 10],
  ["one with more than all others", [2, 9, 1, 3], 6],
])("patients %s: no source meets a target of its own patient, and each target is met once", (_, counts, expected) => {
  const cases = slices(...counts);
  for (const seed of [1, 2, 3]) {
    const shuffled = shufflePairs(cases, seed);
    const pairs = pairsOf(shuffled, "train");
    expect(pairs).toHaveLength(expected);
    for (const [source, target] of pairs) expect(Math.floor(source / 100)).not.toBe(Math.floor(target / 100) - 10);
    expect(new Set(pairs.map(([, target]) => target)).size).toBe(expected);
    // What is learned from, is paired; who judges, is left alone.
    expect(shuffled.frames.filter(({ role }) => role === "train")).toHaveLength(2 * expected);
    expect(pairsOf(shuffled, "validate")).toEqual(pairsOf(cases, "validate"));
    expect(shufflePairs(cases, seed)).toEqual({
      ...shuffled,
      frame: expect.any(Function),
      labelMap: expect.any(Function),
    });
  }
  expect(pairsOf(shufflePairs(cases, 1), "train")).not.toEqual(pairsOf(shufflePairs(cases, 2), "train"));
});

it("each image of the phantom is a patient of its own", () => {
  const cases = brainPairs(11, { side: 32, train: 20, test: 4 });
  const pairs = pairsOf(
    shufflePairs(cases, 11, ({ frameId }) => frameId),
    "train",
  );
  expect(pairs.filter(([source, target]) => target === source + 1)).toEqual([]);
  expect(pairs).toHaveLength(20);
  expect(() => shufflePairs(cases, 11)).toThrow("at least two patients");
});
