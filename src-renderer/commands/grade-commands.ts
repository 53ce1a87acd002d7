/** @file Commands of the review of grades and numbers: one key per decision, the keys of the legend for another grade. */
import type { Texts } from "../texts/index.ts";
import type { GradesState } from "../views/grades/Grades.svelte.ts";
import { commandsOn } from "./command.ts";

const numbers = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18] as const;

export const gradeCommands = commandsOn(
  "grades",
  ({ grades }) => grades,
  ["judge"],
  [
    { id: "grades.accept", title: (t) => t.grades.accept, keys: ["A", "Enter"], run: (grades) => grades.accept() },
    { id: "grades.reject", title: (t) => t.grades.reject, keys: ["X", "Delete"], run: (grades) => grades.reject() },
    {
      id: "grades.skip",
      title: (t) => t.review.skip,
      keys: ["ArrowRight", "ArrowDown", "S"],
      run: (grades) => grades.skip(1),
    },
    {
      id: "grades.back",
      title: (t) => t.review.back,
      keys: ["ArrowLeft", "ArrowUp"],
      run: (grades) => grades.skip(-1),
    },
    { id: "grades.undo", title: (t) => t.review.undo, keys: ["Mod+Z", "U"], run: (grades) => grades.undo() },
    {
      id: "grades.saliency",
      title: (t) => t.grades.evidence.saliency,
      keys: ["C"],
      run: ({ evidence }) => evidence.toggleSaliency(),
    },
    {
      id: "grades.regions",
      title: (t) => t.grades.evidence.regions,
      keys: ["B"],
      run: ({ evidence }) => evidence.toggleRegions(),
    },
    ...numbers.map((number) => ({
      id: `grades.option.${number}` as const,
      title: (t: Texts) => t.labels.choose(number),
      keys: [number < 10 ? String(number) : `Shift+${number - 9}`],
      isAvailable: ({ label }: GradesState) => number <= (label?.options.length ?? 0),
      run: (grades: GradesState) => grades.sayOption(number - 1),
    })),
  ],
);
