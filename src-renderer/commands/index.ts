/** @file Everything a person can do by a key or from the palette, once. A new command is one block in one list here. */
export { chordOf, chordText, isReserved } from "./chord.ts";
export type { Command, CommandGroup, Place } from "./command.ts";
export { chordsOf, conflictsOf, type KeyChanges, rebind, restore } from "./keymap.ts";
export { type CommandId, commands } from "./list.ts";
export { pressKey } from "./press.ts";
