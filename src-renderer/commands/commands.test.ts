import { expect, test } from "vitest";
import { chordOf, chordText, isReserved, type KeyPress } from "./chord.ts";
import { everywhere } from "./command.ts";
import { chordsOf, commandOfChord, conflictsOf, rebind, restore } from "./keymap.ts";
import { commands } from "./list.ts";

const press = (key: string, code: string, more: Partial<KeyPress> = {}): KeyPress => ({
  key,
  code,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...more,
});

test("a chord is read from the letter, with caps lock or without", () => {
  expect(chordOf(press("b", "KeyB"))).toBe("B");
  expect(chordOf(press("B", "KeyB"))).toBe("B");
  expect(chordOf(press("Z", "KeyZ", { ctrlKey: true, shiftKey: true }))).toBe("Mod+Shift+Z");
  expect(chordOf(press("k", "KeyK", { metaKey: true }))).toBe("Mod+K");
  expect(chordOf(press(" ", "Space"))).toBe("Space");
  expect(chordOf(press("Shift", "ShiftLeft", { shiftKey: true }))).toBeNull();
});

test("signs are read by what they are on every keyboard, letters of other scripts by their place", () => {
  expect(chordOf(press("+", "Equal", { shiftKey: true }))).toBe("+");
  // German: AltGr + 8, which Windows reports as Ctrl + Alt.
  const altGraph = { ctrlKey: true, altKey: true, getModifierState: (name: string) => name === "AltGraph" };
  expect(chordOf(press("[", "Digit8", altGraph))).toBe("[");
  expect(chordOf(press("и", "KeyB"))).toBe("B");
  // A Mac writes ¡ for Option + 1.
  expect(chordOf(press("¡", "Digit1", { altKey: true }))).toBe("Alt+1");
  expect(chordOf(press("!", "Digit1", { shiftKey: true }))).toBe("Shift+1");
});

test("chords are written as the system writes them", () => {
  expect(chordText("Mod+Shift+Z", false)).toBe("Ctrl+Shift+Z");
  expect(chordText("Mod+Shift+Z", true)).toBe("⇧⌘Z");
  expect(chordText("ArrowLeft", false)).toBe("←");
  expect(chordText("Mod++", false)).toBe("Ctrl++");
});

test("keys of fields and windows are reserved", () => {
  expect(["Tab", "Mod+C", "Mod+W", "Space"].every(isReserved)).toBe(true);
  expect(["C", "Mod+K", "Enter", "Alt+1"].some(isReserved)).toBe(false);
});

test("every command has its own id, and no two share a default key in one place", () => {
  expect(new Set(commands.map(({ id }) => id)).size).toBe(commands.length);
  const shared = everywhere.flatMap((place) => {
    const chords = commands.filter(({ places }) => places.includes(place)).flatMap(({ keys }) => keys);
    return chords.filter((chord, index) => chords.indexOf(chord) !== index).map((chord) => `${place}: ${chord}`);
  });
  expect(shared).toEqual([]);
  expect(commands.flatMap(({ keys }) => keys).filter(isReserved)).toEqual([]);
});

const commandOf = (id: string) => commands.find((each) => each.id === id)!;

test("a key means one thing while drawing and another while deciding", () => {
  expect(commandOfChord(commands, "X", "annotate", {})?.id).toBe("tool.redact");
  expect(commandOfChord(commands, "X", "decide", {})?.id).toBe("review.reject");
  expect(commandOfChord(commands, "Q", "decide", {})).toBeUndefined();
});

test("a new key takes the place of the old, and the command that had it in the same place loses it", () => {
  const changes = rebind(commands, commandOf("tool.brush"), "E", {});
  expect(changes).toEqual({ "tool.brush": ["E"], "tool.eraser": [] });
  expect(commandOfChord(commands, "E", "annotate", changes)?.id).toBe("tool.brush");
  expect(commandOfChord(commands, "B", "annotate", changes)).toBeUndefined();
  expect(commandOfChord(commands, "E", "decide", changes)?.id).toBe("review.edit");
});

test("conflicts are found only where both commands work", () => {
  const ids = (id: string, chord: string) => conflictsOf(commands, commandOf(id), chord, {}).map((each) => each.id);
  expect(ids("tool.brush", "A")).toEqual(["tool.lasso"]);
  expect(ids("view.fit", "A")).toEqual(["tool.lasso", "review.accept", "grades.accept"]);
  expect(ids("tool.brush", "B")).toEqual([]);
});

test("defaults come back, also from the command that took them", () => {
  const taken = rebind(commands, commandOf("tool.brush"), "E", {});
  const changes = restore(commands, commandOf("tool.eraser"), taken);
  expect(chordsOf(commandOf("tool.eraser"), changes)).toEqual(["E"]);
  expect(chordsOf(commandOf("tool.brush"), changes)).toEqual([]);
});
