/** @file Flags of a proposal as words: a sentence beside the picture, one word in the queue. */
import type { ReviewFlag, ReviewItem } from "../../../src-main/api/contract.ts";
import { texts } from "../../texts/index.ts";

/** `nameOf` tells the name of a class. */
export function flagText(flag: ReviewFlag, nameOf: (value: number) => string): string {
  const t = texts.review.flags;
  const { decimals, share } = texts.formats;
  const name = nameOf(flag.value);
  switch (flag.kind) {
    case "missing":
      return t.missing(name);
    case "fragments":
      return t.fragments(name, share(flag.removedFraction));
    case "enclosure":
      return t.enclosure(name, nameOf(flag.by));
    default:
      return t.unlike[flag.kind](name, decimals(Math.abs(flag.z), 1));
  }
}

/** Of the object and its border: from here on teacher and student are said to disagree. */
const DISAGREEING_FROM = 0.1;

/** Each kind once. */
export function flagWords({ flags, disagreement }: Pick<ReviewItem, "flags" | "disagreement">): string[] {
  const { words } = texts.review.flags;
  const kinds = flags.map(({ kind }) => kind);
  const told = kinds.filter((kind, index) => kinds.indexOf(kind) === index).map((kind) => words[kind]);
  return (disagreement ?? 0) >= DISAGREEING_FROM ? [...told, words.disagreement] : told;
}
