/** @file Commands of the screen of pairs: one key per judgment, alignment, and the way that a pair is shown. */
import type { Texts } from "../texts/index.ts";
import { type ShowMode, showModes, type TranslateState } from "../views/translate/Translate.svelte.ts";
import { commandsOn } from "./command.ts";

export const translateCommands = commandsOn(
  "translate",
  ({ translate }) => translate,
  ["translate"],
  [
    {
      id: "translate.next",
      title: (t) => t.translate.next,
      keys: ["ArrowDown", "ArrowRight", "S"],
      repeats: true,
      run: (pairs) => pairs.step(1),
    },
    {
      id: "translate.back",
      title: (t) => t.translate.back,
      keys: ["ArrowUp", "ArrowLeft"],
      repeats: true,
      run: (pairs) => pairs.step(-1),
    },
    ...showModes.map((mode, index) => ({
      id: `translate.mode.${mode}` as const,
      title: (t: Texts) => t.translate.showAs(t.translate.modes[mode]),
      keys: [String(index + 1)],
      run: (pairs: TranslateState) => void (pairs.mode = mode satisfies ShowMode),
    })),
    {
      id: "translate.flow",
      title: (t) => t.translate.flow.show,
      keys: ["D"],
      isAvailable: ({ canShowFlow, isFlowShown }) => canShowFlow || isFlowShown,
      run: (pairs) => void (pairs.isFlowShown = !pairs.isFlowShown),
    },
    {
      id: "translate.moreOpacity",
      title: (t) => t.translate.moreOpacity,
      keys: ["]"],
      repeats: true,
      run: (pairs) => pairs.moreOpaque(1),
    },
    {
      id: "translate.lessOpacity",
      title: (t) => t.translate.lessOpacity,
      keys: ["["],
      repeats: true,
      run: (pairs) => pairs.moreOpaque(-1),
    },
    {
      id: "translate.keep",
      title: (t) => t.translate.keep,
      keys: ["P"],
      isAvailable: ({ canMark }) => canMark,
      run: (pairs) => pairs.mark("kept"),
    },
    {
      id: "translate.loosen",
      title: (t) => t.translate.loosen,
      keys: ["L"],
      isAvailable: ({ canMark }) => canMark,
      run: (pairs) => pairs.mark("loose"),
    },
    {
      id: "translate.remove",
      title: (t) => t.translate.remove,
      keys: ["X", "Delete"],
      isAvailable: ({ canMark }) => canMark,
      run: (pairs) => pairs.mark("removed"),
    },
    {
      id: "translate.align",
      title: (t) => t.translate.align,
      keys: ["A"],
      isAvailable: ({ canAlign }) => canAlign,
      run: (pairs) => pairs.align(pairs.model, "this"),
    },
    {
      id: "translate.alignAll",
      title: (t) => t.translate.alignAll,
      keys: ["Shift+A"],
      isAvailable: ({ canAlignAll }) => canAlignAll,
      run: (pairs) => pairs.align(pairs.model, "all"),
    },
    {
      id: "translate.unalign",
      title: (t) => t.translate.unalign,
      keys: ["R"],
      isAvailable: ({ canAlign, current }) => canAlign && (current?.alignment ?? null) !== null,
      run: (pairs) => pairs.align("none", "this"),
    },
    {
      id: "translate.model",
      title: (t) => t.translate.switchModel,
      keys: ["M"],
      run: (pairs) => pairs.switchModel(),
    },
    {
      id: "translate.stopAligning",
      title: (t) => t.translate.stopAligning,
      keys: ["C"],
      isAvailable: ({ isAligning }) => isAligning,
      run: (pairs) => pairs.cancelAligning(),
    },
    {
      id: "translate.undo",
      title: (t) => t.translate.undo,
      keys: ["Mod+Z", "U"],
      isAvailable: ({ canUndo }) => canUndo,
      run: (pairs) => pairs.undo(),
    },
    {
      id: "translate.missing",
      title: (t) => t.translate.allMissing,
      keys: ["F"],
      run: (pairs) => void (pairs.onlyMissing = !pairs.onlyMissing),
    },
    {
      id: "translate.start",
      title: (t) => t.translate.start,
      keys: ["Mod+Enter"],
      isAvailable: ({ canTranslate }) => canTranslate,
      run: (pairs) => pairs.translate(),
    },
    {
      id: "translate.cancel",
      title: (t) => t.translate.cancel,
      isAvailable: ({ run }) => run !== null,
      run: (pairs) => pairs.cancelTranslation(),
    },
  ],
);
