/** @file The legend of a label beside what a model said of it: the label's classes as they are now, each with what the model said of the class of that name. */
import type { LabelProposalDetail } from "../../../src-main/api/contract.ts";

export interface LegendRow {
  option: string;
  /** Place among the classes that the model learned; null: it does not know this one. */
  place: number | null;
  probability: number | null;
  /** Samples that chose it. */
  votes: number | null;
}

export interface Legend {
  /** In the label's order, so that the key n says the class that stands n-th. */
  rows: LegendRow[];
  /** The label has other classes, or another order, than the model learned. */
  isChanged: boolean;
}

type Said = Pick<LabelProposalDetail, "answer" | "options" | "evidence">;

export function legendOf(present: readonly string[], { answer, options, evidence }: Said): Legend {
  const rows = present.map((option): LegendRow => {
    const place = options.indexOf(option);
    if (place < 0) return { option, place: null, probability: null, votes: null };
    const votes = Math.round((answer.votes[place] ?? 0) * evidence.samples);
    return { option, place, probability: answer.probabilities[place] ?? null, votes };
  });
  return { rows, isChanged: rows.length !== options.length || rows.some(({ place }, at) => place !== at) };
}
