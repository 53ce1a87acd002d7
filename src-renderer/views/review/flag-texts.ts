/** @file Flags of a proposal as words: a sentence beside the picture, one word in the queue. */
import type { ReviewFlag } from "../../../src-main/api/contract.ts";
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

/** Each kind once. */
export function flagWords(flags: readonly ReviewFlag[]): string[] {
  const kinds = flags.map(({ kind }) => kind);
  return kinds.filter((kind, index) => kinds.indexOf(kind) === index).map((kind) => texts.review.flags.words[kind]);
}
