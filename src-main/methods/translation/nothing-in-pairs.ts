/** @file What is said where no pair has anything to learn from or to judge by. */
import { Problem } from "../../problem/index.ts";

export function nothingInPairs(pairs: number): Problem {
  return new Problem({
    code: "not-enough-data",
    title: "There is nothing to see in any pair.",
    detail: `${pairs} were looked at: of each one image is of one value on the pixels of the other.`,
    hint: "Look at the pairs: where the two lie beside each other, align them or pair other images.",
  });
}
