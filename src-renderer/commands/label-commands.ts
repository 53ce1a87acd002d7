/** @file Commands of the grading mode, in which keys say what is seen on whole images. */
import type { Texts } from "../texts/index.ts";
import type { GradingState } from "../views/annotate/Grading.svelte.ts";
import { commandsOn } from "./command.ts";

const numbers = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18] as const;

const optionCount = ({ label }: GradingState): number => label?.options.length ?? 0;

export const labelCommands = commandsOn(
  "labels",
  ({ annotate }) => annotate?.grading ?? null,
  ["grade"],
  [
    {
      id: "label.mode",
      title: (t) => t.labels.mode,
      keys: ["Shift+G"],
      places: ["annotate", "grade"],
      isAvailable: ({ label }, { workspace }) => label !== null && !workspace.isReadOnly,
      run: (grading) => grading.toggle(),
    },
    { id: "label.leave", title: (t) => t.labels.leave, keys: ["Escape"], run: (grading) => grading.toggle() },
    {
      id: "label.clear",
      title: (t) => t.labels.clear,
      keys: ["Delete", "Backspace"],
      run: (grading) => grading.say(null),
    },
    { id: "label.next", title: (t) => t.labels.next, keys: ["."], run: (grading) => grading.stepLabel(1) },
    { id: "label.previous", title: (t) => t.labels.previous, keys: [","], run: (grading) => grading.stepLabel(-1) },
    { id: "label.undo", title: (t) => t.labels.undo, keys: ["Mod+Z"], repeats: true, run: (grading) => grading.undo() },
    {
      id: "label.redo",
      title: (t) => t.labels.redo,
      keys: ["Mod+Y", "Mod+Shift+Z"],
      repeats: true,
      run: (grading) => grading.redo(),
    },
    ...numbers.map((number) => ({
      id: `label.option.${number}` as const,
      title: (t: Texts) => t.labels.choose(number),
      keys: [number < 10 ? String(number) : `Shift+${number - 9}`],
      isAvailable: (grading: GradingState) => number <= optionCount(grading),
      run: (grading: GradingState) => grading.say(grading.label!.options[number - 1]!),
    })),
  ],
);
