/**
 * @file Splits by case: all images of a patient go the same way, so that a test never asks about a patient seen in training.
 */
import type { Split } from "../api/contract.ts";
import { Problem } from "../problem/index.ts";
import { Random } from "../random/index.ts";

export interface SplitCounts {
  /** Numbers of cases; what is left is unlabelled. */
  train: number;
  val: number;
  test: number;
  seed: number;
}

/**
 * Draws cases at random, the annotated ones first: a training needs masks. The same cases and seed give the same splits. `synthetic`: cases beside these
 * with images that a model made, which judge no model and so stay where they are.
 * Throws `Problem` "not-enough-data" when there are fewer cases than asked for.
 */
export function splitCases(
  cases: readonly { caseId: number; annotated: number }[],
  { train, val, test, seed }: SplitCounts,
  synthetic = 0,
): Map<number, Split> {
  const counts = [train, val, test];
  if (counts.some((count) => !Number.isInteger(count) || count < 0)) {
    throw new Problem({
      code: "bad-request",
      title: "Splits are given as whole numbers of cases, 0 or more.",
      detail: `Asked for: ${counts.join(", ")}.`,
      hint: "Give such numbers, no more together than there are cases.",
    });
  }
  const asked = train + val + test;
  if (asked > cases.length) {
    throw new Problem({
      code: "not-enough-data",
      title: `There are too few cases: ${asked} are asked for, ${synthetic > 0 ? `${cases.length} of ${cases.length + synthetic} can be dealt` : `the project has ${cases.length}`}.`,
      detail:
        "A split goes by case (patient), not by image, so that no patient is in two splits." +
        (synthetic > 0
          ? ` ${synthetic} hold images that a model made, translated ones too: they stay where they are.`
          : ""),
      hint: "Ask for fewer cases or import more. If images of different patients share a case, import them with another rule for patients.",
    });
  }
  const random = new Random(seed, "split");
  const ordered = [...cases].sort((a, b) => a.caseId - b.caseId);
  const drawn = [
    ...random.shuffle(ordered.filter(({ annotated }) => annotated > 0)),
    ...random.shuffle(ordered.filter(({ annotated }) => annotated === 0)),
  ];
  return new Map(
    drawn.map(({ caseId }, index): [number, Split] => {
      if (index < train) return [caseId, "train"];
      if (index < train + val) return [caseId, "val"];
      return [caseId, index < asked ? "test" : "unlabelled"];
    }),
  );
}
