/** @file Images by what is said of them under a label. */
import type { LabelValue } from "../../../src-main/api/contract.ts";

/** "said": any value; "unsaid": none; an option by its name; numbers within bounds, both included. */
export type LabelRule =
  | { kind: "said" }
  | { kind: "unsaid" }
  | { kind: "option"; option: string }
  | { kind: "range"; from: number; to: number };

export interface LabelFilter {
  labelId: number;
  rule: LabelRule;
  /** Who said it: a person, or a model whose proposal waits. */
  by: "person" | "model";
}

export type ValuesByFrame = ReadonlyMap<number, LabelValue>;

export function valuesByFrame(values: readonly { frameId: number; value: LabelValue }[]): ValuesByFrame {
  return new Map(values.map(({ frameId, value }) => [frameId, value]));
}

export function fitsLabel(rule: LabelRule, value: LabelValue | undefined): boolean {
  switch (rule.kind) {
    case "said":
      return value !== undefined;
    case "unsaid":
      return value === undefined;
    case "option":
      return value === rule.option;
    case "range":
      return typeof value === "number" && value >= rule.from && value <= rule.to;
  }
}
