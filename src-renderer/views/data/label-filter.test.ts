import { expect, it } from "vitest";
import { fitsLabel, type LabelRule } from "./label-filter.ts";

it.each<[LabelRule, (string | number | undefined)[]]>([
  [{ kind: "said" }, ["mild", "severe", 0, 4, 9]],
  [{ kind: "unsaid" }, [undefined]],
  [{ kind: "option", option: "mild" }, ["mild"]],
  [{ kind: "range", from: 0, to: 4 }, [0, 4]],
  [{ kind: "range", from: 1, to: Infinity }, [4, 9]],
])("%j", (rule, fitting) => {
  const values = ["mild", "severe", 0, 4, 9, undefined];

  expect(values.filter((value) => fitsLabel(rule, value))).toEqual(fitting);
});
