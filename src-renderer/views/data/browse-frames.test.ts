import { describe, expect, it } from "vitest";
import type { FrameRow } from "../../../src-main/api/contract.ts";
import { type BrowseFilter, everything, filterRows, sortRows } from "./browse-frames.ts";

const frame = (frameId: number, change: Partial<FrameRow>): FrameRow => ({
  frameId,
  imageId: frameId,
  name: `slice-${frameId}.png`,
  caseId: 1,
  caseName: "Case A",
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
  frame(10, { annotation: "drawn", annotatedAt: "2026-02-01T00:00:00Z", split: "train", modality: "CT" }),
  frame(2, { annotation: "imported", annotatedAt: "2026-01-01T00:00:00Z", split: "test", caseName: "Case B" }),
  frame(3, { proposal, burnedIn: "likely", modality: "CT", isSynthetic: true }),
];
const ids = (rows: FrameRow[]) => rows.map(({ frameId }) => frameId);

describe("filterRows", () => {
  it.each<[Partial<BrowseFilter>, number[]]>([
    [{}, [10, 2, 3]],
    [{ text: "slice ct" }, [10, 3]],
    [{ patient: "case b" }, [2]],
    [{ split: "unassigned" }, [3]],
    [{ state: "annotated", split: "train" }, [10]],
    [{ state: "not-annotated" }, [3]],
    [{ state: "proposed" }, [3]],
    [{ origin: "imported" }, [2]],
    [{ origin: "synthetic" }, [3]],
    [{ origin: "device" }, [10, 2]],
    [{ label: { rule: { kind: "unsaid" }, values: new Map([[2, "mild"]]) } }, [10, 3]],
    [{ modality: "" }, [2]],
    [{ modality: "CT" }, [10, 3]],
    [{ writing: "likely" }, [3]],
    [{ ofClass: new Set([2, 10]) }, [10, 2]],
  ])("%j", (filter, expected) => {
    expect(ids(filterRows(frames, { ...everything, ...filter }))).toEqual(expected);
  });
});

describe("sortRows", () => {
  it("orders numbers in names by their value", () => {
    expect(ids(sortRows(frames, { by: "name", isDescending: false }))).toEqual([2, 3, 10]);
    expect(ids(sortRows(frames, { by: "name", isDescending: true }))).toEqual([10, 3, 2]);
  });

  it("orders splits as they are used, and what waits for a decision first", () => {
    expect(ids(sortRows(frames, { by: "split", isDescending: false }))).toEqual([10, 2, 3]);
    expect(ids(sortRows(frames, { by: "state", isDescending: false }))).toEqual([3, 10, 2]);
  });

  it("compares areas in mm² once one is known, in pixels otherwise", () => {
    const area = (frameId: number, pixels: number, mm2: number | null) => [frameId, { frameId, pixels, mm2 }] as const;
    const order = { by: "area", isDescending: true } as const;
    expect(ids(sortRows(frames, order, new Map([area(10, 5, 2), area(2, 4, 3), area(3, 9, null)])))).toEqual([
      2, 10, 3,
    ]);
    expect(ids(sortRows(frames, order, new Map([area(10, 5, null), area(2, 9, null)])))).toEqual([2, 10, 3]);
  });

  it("keeps what has no value last, either way round", () => {
    expect(ids(sortRows(frames, { by: "annotated", isDescending: false }))).toEqual([2, 10, 3]);
    expect(ids(sortRows(frames, { by: "annotated", isDescending: true }))).toEqual([10, 2, 3]);
    expect(ids(sortRows(frames, { by: "expectedDice", isDescending: true }))).toEqual([3, 10, 2]);
  });
});
