/** @file Commands on classes, by their place in the list: as many as there are digits. */
import type { ClassRow } from "../../src-main/api/contract.ts";
import type { Desk } from "../desk.svelte.ts";
import type { Texts } from "../texts/index.ts";
import { commandsOn } from "./command.ts";

const numbers = [1, 2, 3, 4, 5, 6, 7, 8, 9] as const;

interface Classes {
  desk: Desk;
  /** Of the project, in the order shown. */
  rows: readonly ClassRow[];
}

const classesOf = (desk: Desk): Classes | null => (desk.easel === null ? null : { desk, rows: desk.workspace.classes });

/** Also in review; there no class is hidden. */
export const chooseClassCommands = commandsOn(
  "classes",
  classesOf,
  ["annotate", "redact", "edit"],
  numbers.map((number) => ({
    id: `class.${number}` as const,
    title: (t: Texts) => t.commands.chooseClass(number),
    keys: [String(number)],
    isAvailable: ({ rows }: Classes) => number <= rows.length,
    run({ desk, rows }: Classes) {
      const { value } = rows[number - 1]!;
      if (desk.annotate !== null) void desk.workspace.attempt(() => desk.annotate!.chooseClass(value));
      else desk.easel?.chooseClass(value);
    },
  })),
);

export const hideClassCommands = commandsOn(
  "classes",
  classesOf,
  ["annotate", "redact"],
  numbers.map((number) => ({
    id: `class.${number}.hide` as const,
    title: (t: Texts) => t.commands.hideClass(number),
    keys: [`Shift+${number}`],
    isAvailable: ({ rows }: Classes) => number <= rows.length,
    run({ desk, rows }: Classes) {
      const { value, isHidden } = rows[number - 1]!;
      desk.annotate?.changeClass(value, { isHidden: !isHidden });
    },
  })),
);

export const lockClassCommands = commandsOn(
  "classes",
  classesOf,
  ["annotate", "redact"],
  numbers.map((number) => ({
    id: `class.${number}.lock` as const,
    title: (t: Texts) => t.commands.lockClass(number),
    keys: [`Alt+${number}`],
    isAvailable: ({ rows, desk }: Classes) => number <= rows.length && !desk.workspace.isReadOnly,
    run({ desk, rows }: Classes) {
      const { value, isLocked } = rows[number - 1]!;
      desk.annotate?.changeClass(value, { isLocked: !isLocked });
    },
  })),
);
