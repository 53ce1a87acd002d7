/** @file What a command is: one block with name, text, keys, where it works, when, and what it does. */
import type { Desk } from "../desk.svelte.ts";
import type { Texts } from "../texts/index.ts";

/** Where a person is. A key may mean one thing in one place and another in the next. */
export type Place =
  | "start"
  | "annotate"
  | "redact"
  | "grade"
  | "decide"
  | "judge"
  | "edit"
  | "data"
  | "train"
  | "synthesise"
  | "translate"
  | "elsewhere";

export const everywhere: readonly Place[] = [
  "start",
  "annotate",
  "redact",
  "grade",
  "decide",
  "judge",
  "edit",
  "data",
  "train",
  "synthesise",
  "translate",
  "elsewhere",
];

/** Under which heading a command is listed. */
export type CommandGroup =
  | "app"
  | "tools"
  | "view"
  | "images"
  | "classes"
  | "proposal"
  | "refine"
  | "redaction"
  | "labels"
  | "data"
  | "train"
  | "synthesise"
  | "translate"
  | "review"
  | "grades";

export interface Command<Id extends string = string> {
  /** Stored with the keys that a person changed: never rename. */
  id: Id;
  group: CommandGroup;
  title: (t: Texts) => string;
  /** Default chords, see chord.ts; the first is the one shown. */
  keys: readonly string[];
  places: readonly Place[];
  /** Goes on while the key is held down. */
  repeats: boolean;
  /** Also while a field has the focus. */
  whileTyping: boolean;
  isAvailable: (desk: Desk) => boolean;
  run: (desk: Desk) => void;
}

/** A command as written down: `target` is what it acts on, e.g. the easel in front. */
export interface CommandBlock<Target, Id extends string> {
  id: Id;
  title: (t: Texts) => string;
  keys?: readonly string[];
  /** Default: all places of the list. */
  places?: readonly Place[];
  repeats?: boolean;
  whileTyping?: boolean;
  isAvailable?: (target: Target, desk: Desk) => boolean;
  run: (target: Target, desk: Desk) => unknown;
}

/** Commands that act on the same thing; without it, none of them is available. */
export function commandsOn<Target, const Id extends string>(
  group: CommandGroup,
  target: (desk: Desk) => Target | null,
  places: readonly Place[],
  blocks: readonly CommandBlock<Target, Id>[],
): Command<Id>[] {
  return blocks.map(({ keys = [], repeats = false, whileTyping = false, isAvailable, run, ...block }) => ({
    places,
    ...block,
    group,
    keys,
    repeats,
    whileTyping,
    isAvailable: (desk) => {
      const found = target(desk);
      return found !== null && (isAvailable?.(found, desk) ?? true);
    },
    run: (desk) => {
      const found = target(desk);
      if (found !== null) void run(found, desk);
    },
  }));
}
