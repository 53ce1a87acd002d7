/** @file The keys of the list of images, grid and table alike. */
import type { DataState } from "./Data.svelte.ts";
import { positionAfterKey } from "./selection.ts";

/** Arrows move and choose, with Shift a range, with Ctrl nothing; Space adds or takes away; Enter opens. */
export function listKey(event: KeyboardEvent, data: DataState, layout: { columns: number; page: number }): void {
  const { active } = data.selection;
  const hasCommand = event.ctrlKey || event.metaKey;
  const target = positionAfterKey(event.key, { active, count: data.frames.length, ...layout });
  if (target !== null) {
    if (event.shiftKey) data.select(target, "range");
    else if (hasCommand) data.move(target);
    else data.select(target, "one");
  } else if (event.key === " ") data.select(active, event.shiftKey ? "range" : "toggle");
  else if (event.key === "Enter") data.open(active);
  else if (event.key === "Escape") data.clearSelection();
  else if (hasCommand && event.key.toLowerCase() === "a") data.selectAll();
  else return;
  event.preventDefault();
}

/** As in a file manager: a click chooses, with Shift a range, with Ctrl one more. */
export function clickMode(event: MouseEvent): "one" | "range" | "toggle" {
  if (event.shiftKey) return "range";
  return event.ctrlKey || event.metaKey ? "toggle" : "one";
}
