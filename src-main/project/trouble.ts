/**
 * @file The troubles that come from asking a project for what it does not hold, in one wording.
 */
import { Problem } from "../problem/index.ts";

export type Noun =
  "frame" | "image" | "case" | "class" | "label" | "run" | "model" | "proposal" | "revision" | "import report";

/** `row`, or `Problem` "not-found" when there is none. */
export function found<Row>(row: Row | undefined, noun: Noun, id: number): Row {
  if (row !== undefined) return row;
  throw new Problem({
    code: "not-found",
    title: `There is no ${noun} ${id} in this project.`,
    hint: "It may belong to another project; reload the list.",
  });
}

export function badRequest(title: string, detail?: string, hint?: string): Problem {
  return new Problem({
    code: "bad-request",
    title,
    ...(detail === undefined ? {} : { detail }),
    ...(hint === undefined ? {} : { hint }),
  });
}
