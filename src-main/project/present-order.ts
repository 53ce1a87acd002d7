/** @file What a model said of a grade, told by the order that the label has now: persons reorder grades, and make grades of classes, after a model has learned them. */
import type { LabelDefinition, LabelProposalDetail } from "../api/contract.ts";
import { ordinalReadOut } from "../ordinal/index.ts";

type Answer = LabelProposalDetail["answer"];

/** `learned`: the classes of the probabilities. Where the label has no order, or lost a class that was learned, nothing ordinal is told. */
export function inPresentOrder(
  answer: Answer,
  learned: readonly string[],
  { kind, options }: Pick<LabelDefinition, "kind" | "options">,
): Answer {
  if (kind === "number" || answer.probabilities.length === 0) return answer;
  const places = learned.map((option) => options.indexOf(option));
  if (kind !== "grade" || places.includes(-1))
    return { ...answer, expected: null, likely: null, median: null, atLeast: null };
  const order = [...learned.keys()].toSorted((a, b) => places[a]! - places[b]!);
  return { ...answer, ...ordinalReadOut(answer.probabilities, order) };
}
