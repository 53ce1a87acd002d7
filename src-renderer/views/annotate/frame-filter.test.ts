import { describe, expect, it } from "vitest";
import type { FrameRow } from "../../../src-main/api/contract.ts";
import { filterFrames } from "./frame-filter.ts";

const frame = (frameId: number, change: Partial<FrameRow>): FrameRow => ({
  frameId,
  imageId: frameId,
  name: `polyp_${frameId}.png`,
  caseId: 1,
  caseName: "case A",
  split: null,
  width: 10,
  height: 10,
  modality: null,
  frameIndex: 0,
  frameCount: 1,
  annotation: null,
  annotatedAt: null,
  burnedIn: "none-found",
  isSynthetic: false,
  proposal: null,
  ...change,
});
const proposal = { proposalId: 1, frameId: 3, modelId: 1, state: "pending", expectedDice: 0.4 } as const;
const frames = [
  frame(1, { annotation: "drawn", split: "train", burnedIn: "likely" }),
  frame(2, { caseName: "Case B", split: "unlabelled" }),
  frame(3, { proposal, split: "unlabelled" }),
];
const all = { text: "", split: "all", state: "all" } as const;
const ids = (shown: FrameRow[]): number[] => shown.map(({ frameId }) => frameId);

describe("frame filter", () => {
  it("shows all by default", () => expect(ids(filterFrames(frames, all))).toEqual([1, 2, 3]));
  it("finds every word in name or case, in any case", () =>
    expect(ids(filterFrames(frames, { ...all, text: "POLYP b" }))).toEqual([2]));
  it("filters by split and state together", () => {
    expect(ids(filterFrames(frames, { ...all, split: "unlabelled", state: "proposed" }))).toEqual([3]);
    expect(ids(filterFrames(frames, { ...all, state: "not-annotated" }))).toEqual([2, 3]);
    expect(ids(filterFrames(frames, { ...all, split: "unassigned" }))).toEqual([]);
    expect(ids(filterFrames(frames, { ...all, state: "likely-writing" }))).toEqual([1]);
  });
});
