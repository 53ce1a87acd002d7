/** @file Commands of the annotation screen: history, the list of images, and redaction. */
import type { Texts } from "../texts/index.ts";
import { cineLoops } from "../views/annotate/cine-order.ts";
import { type CompareMode, compareModes, type CompareState } from "../views/annotate/Compare.svelte.ts";
import type { StackState } from "../views/annotate/Stack.svelte.ts";
import { commandsOn } from "./command.ts";

const imagePlaces = ["annotate", "redact", "grade"] as const;

// Undo and redo are not asked whether they can: one may be on its way still, and the next finds out at its turn.
export const historyCommands = commandsOn(
  "images",
  ({ annotate }) => annotate,
  ["annotate", "redact"],
  [
    {
      id: "undo",
      title: (t) => t.annotate.undo,
      keys: ["Mod+Z"],
      repeats: true,
      run: (annotate) => annotate.undo(),
    },
    {
      id: "redo",
      title: (t) => t.annotate.redo,
      keys: ["Mod+Y", "Mod+Shift+Z"],
      repeats: true,
      run: (annotate) => annotate.redo(),
    },
    {
      id: "image.previous",
      places: imagePlaces,
      title: (t) => t.commands.previousImage,
      keys: ["ArrowLeft", "ArrowUp", "PageUp"],
      repeats: true,
      run: (annotate) => annotate.step(-1),
    },
    {
      id: "image.next",
      places: imagePlaces,
      title: (t) => t.commands.nextImage,
      keys: ["ArrowRight", "ArrowDown", "PageDown"],
      repeats: true,
      run: (annotate) => annotate.step(1),
    },
    {
      id: "image.first",
      places: imagePlaces,
      title: (t) => t.commands.firstImage,
      keys: ["Home"],
      run: (annotate) => annotate.step(-Infinity),
    },
    {
      id: "image.last",
      places: imagePlaces,
      title: (t) => t.commands.lastImage,
      keys: ["End"],
      run: (annotate) => annotate.step(Infinity),
    },
  ],
);

/** Going through the slices around the image, and the cine. */
export const stackCommands = commandsOn(
  "images",
  ({ annotate }) => (annotate?.stack.isStack === true ? annotate.stack : null),
  imagePlaces,
  [
    {
      id: "slice.previous",
      title: (t) => t.annotate.stack.previous,
      repeats: true,
      run: (stack) => stack.step(-1),
    },
    {
      id: "slice.next",
      title: (t) => t.annotate.stack.next,
      repeats: true,
      run: (stack) => stack.step(1),
    },
    { id: "cine.toggle", title: (t) => t.annotate.stack.toggle, keys: ["Shift+C"], run: (stack) => stack.toggle() },
    {
      id: "cine.faster",
      title: (t) => t.annotate.stack.faster,
      keys: ["Shift+ArrowUp"],
      repeats: true,
      run: (stack) => void (stack.rate += 1),
    },
    {
      id: "cine.slower",
      title: (t) => t.annotate.stack.slower,
      keys: ["Shift+ArrowDown"],
      repeats: true,
      run: (stack) => void (stack.rate -= 1),
    },
    ...cineLoops.map((loop) => ({
      id: `cine.${loop}` as const,
      title: (t: Texts) => t.annotate.stack.loopCommand(t.annotate.stack.loops[loop]),
      run: (stack: StackState) => void (stack.loop = loop),
    })),
  ],
);

const compareKeys: Record<CompareMode, string> = { side: "Shift+D", checker: "Shift+B", swipe: "Shift+W" };

export const compareCommands = commandsOn(
  "view",
  ({ annotate }) => annotate?.compare ?? null,
  ["annotate", "grade"],
  [
    ...compareModes.map((mode) => ({
      id: `compare.${mode}` as const,
      title: (t: Texts) => t.annotate.compare.toggle(t.annotate.compare.modes[mode]),
      keys: [compareKeys[mode]],
      run: (compare: CompareState) => compare.toggle(mode),
    })),
    {
      id: "compare.pin",
      title: (t) => t.annotate.compare.pin,
      keys: ["Shift+P"],
      run: (compare) => compare.pin(),
    },
    {
      id: "compare.divider.left",
      title: (t) => t.annotate.compare.dividerLeft,
      repeats: true,
      isAvailable: ({ mode }) => mode === "swipe",
      run: (compare) => compare.moveDivider(compare.divider - 0.02),
    },
    {
      id: "compare.divider.right",
      title: (t) => t.annotate.compare.dividerRight,
      repeats: true,
      isAvailable: ({ mode }) => mode === "swipe",
      run: (compare) => compare.moveDivider(compare.divider + 0.02),
    },
  ],
);

export const heatCommands = commandsOn("view", ({ annotate }) => annotate, imagePlaces, [
  {
    id: "view.uncertainty",
    title: (t) => t.annotate.layers.showHeat,
    keys: ["Shift+U"],
    places: ["annotate", "grade"],
    isAvailable: ({ easel }) => easel.confidence !== null,
    run: ({ easel: { layers } }) => void (layers.isHeatShown = !layers.isHeatShown),
  },
]);

/** Where the panel of windows is in sight. */
export const keptWindowCommands = commandsOn(
  "view",
  ({ annotate }) => annotate,
  ["annotate", "grade"],
  [
    {
      id: "window.keep",
      title: (t) => t.annotate.keptWindows.keep,
      isAvailable: ({ easel }, { workspace }) => easel.canKeepWindow && !workspace.isReadOnly,
      run: (annotate) => void (annotate.isKeepingWindow = true),
    },
  ],
);

/** What slices lend each other. */
export const sliceCommands = commandsOn(
  "images",
  ({ annotate }) => annotate,
  ["annotate"],
  [
    {
      id: "slice.copyPrevious",
      title: (t) => t.annotate.slices.copyPrevious,
      keys: [","],
      isAvailable: ({ slices }) => slices.isPossible,
      run: ({ slices }) => slices.copy(-1),
    },
    {
      id: "slice.copyNext",
      title: (t) => t.annotate.slices.copyNext,
      keys: ["."],
      isAvailable: ({ slices }) => slices.isPossible,
      run: ({ slices }) => slices.copy(1),
    },
    {
      id: "slice.fill",
      title: (t) => t.annotate.slices.fill,
      keys: ["/"],
      isAvailable: ({ slices }) => slices.isPossible,
      run: ({ slices }) => slices.fill(),
    },
  ],
);

/** The redaction tool; all other keys of the screen work while it is held. */
export const redactionCommands = commandsOn(
  "redaction",
  ({ annotate }) => annotate,
  ["redact"],
  [
    {
      id: "redact.noWriting",
      title: (t) => t.redaction.noWriting,
      keys: ["N"],
      places: ["annotate", "redact"],
      run: ({ redacting }) => redacting.review(true),
    },
    {
      id: "redact.acceptAll",
      title: (t) => t.commands.acceptSuggestions,
      keys: ["S"],
      run: ({ easel }) => easel.redaction.acceptAll(),
    },
    {
      id: "redact.preview",
      title: (t) => t.redaction.preview,
      keys: ["Q"],
      run: ({ easel: { redaction } }) => void (redaction.isPreviewed = !redaction.isPreviewed),
    },
    {
      id: "redact.removeLast",
      title: (t) => t.commands.removeLastRectangle,
      keys: ["Delete", "Backspace"],
      isAvailable: ({ easel }) => easel.redaction.rectangles.length > 0,
      run: ({ easel: { redaction } }) => redaction.remove(redaction.rectangles.length - 1),
    },
    {
      id: "redact.apply",
      title: (t) => t.redaction.apply,
      keys: ["Enter"],
      isAvailable: ({ redacting }) => redacting.canApply,
      run: ({ redacting }) => redacting.confirm(),
    },
  ],
);
