import { describe, expect, it } from "vitest";
import { countTrainingData, needsOf } from "./needs.ts";

const frames = [
  { split: "train", annotation: "drawn" },
  { split: "train", annotation: null },
  { split: "val", annotation: "imported" },
  { split: "val", annotation: null },
  { split: "test", annotation: "drawn" },
  { split: "unlabelled", annotation: null },
  { split: "unlabelled", annotation: "accepted" },
  { split: "unlabelled", annotation: "drawn" },
  { split: null, annotation: "drawn" },
] as const;

describe("what a training needs", () => {
  it("counts images as the training does: no test image, none without split", () => {
    const count = (includeAccepted: boolean) => countTrainingData(frames, { classes: 1, includeAccepted });
    expect(count(false)).toEqual({ classes: 1, labelled: 1, validated: 1, unlabelled: 4, annotated: 6, accepted: 1 });
    expect(count(true)).toMatchObject({ labelled: 2, unlabelled: 3 });
  });

  it("is met, or says which screen mends it", () => {
    const data = { classes: 1, labelled: 0, validated: 0, unlabelled: 0, annotated: 0, accepted: 0 };
    const method = { needs: { train: 1, validate: 1, unlabelled: 1 } };
    const mends = (more: object) =>
      needsOf(method, { ...data, ...more }).map(({ kind, isMet, mend }) => `${kind} ${isMet ? "met" : mend}`);
    expect(mends({ classes: 0 })).toEqual([
      "classes classes",
      "train annotate",
      "validate annotate",
      "unlabelled import",
    ]);
    expect(mends({ annotated: 2, unlabelled: 5 })).toEqual([
      "classes met",
      "train split",
      "validate split",
      "unlabelled met",
    ]);
    expect(mends({ annotated: 2, labelled: 2 })[2]).toBe("validate annotate");
  });

  it("asks for images without annotation only where the method learns from them", () => {
    const data = { classes: 1, labelled: 1, validated: 1, unlabelled: 0, annotated: 2, accepted: 0 };
    const needs = needsOf({ needs: { train: 1, validate: 1, unlabelled: 0 } }, data);
    expect(needs.every(({ isMet }) => isMet)).toBe(true);
    expect(needs.map(({ kind }) => kind)).not.toContain("unlabelled");
  });

  it("asks for neither classes nor annotations where modalities are learned", () => {
    const nothing = { classes: 0, labelled: 0, validated: 0, unlabelled: 9, annotated: 0, accepted: 0 };
    const modalities = { pairingId: 1, source: "T1", target: "T2", images: 9 };
    expect(needsOf({ needs: { train: 0, validate: 0, unlabelled: 0 }, modalities }, nothing)).toEqual([]);
  });
});
