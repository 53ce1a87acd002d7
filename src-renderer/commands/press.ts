/** @file The one way from a pressed key to a command. */
import type { Desk } from "../desk.svelte.ts";
import { isTyping } from "../ui/typing.ts";
import { chordOf } from "./chord.ts";
import { commandOfChord } from "./keymap.ts";
import { commands } from "./list.ts";

/** Keys that press the control that has the focus. */
const pressesControl = /^(Enter|Space)$/;

/** Runs what the key means where the person is. Dialogs, fields and a tool with an open outline come first. */
export function pressKey(event: KeyboardEvent, desk: Desk): void {
  if (event.defaultPrevented || document.querySelector("dialog[open]") !== null) return;
  const chord = chordOf(event);
  if (chord === null) return;
  const isOnControl = event.target instanceof Element && event.target.closest("button, summary, a") !== null;
  if (isOnControl && pressesControl.test(chord)) return;
  const command = commandOfChord(commands, chord, desk.place, desk.keyChanges);
  if (command === undefined || (!command.whileTyping && isTyping(event))) return;
  if (!command.isAvailable(desk)) return;
  event.preventDefault();
  if (!event.repeat || command.repeats) command.run(desk);
}
