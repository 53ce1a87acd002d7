/** @file The keys and clicks of a list of which several rows can be chosen, grid and table alike. */
import { positionAfterKey, type Selection, type SelectionMode } from "./selection.ts";

/** Positions are those of the list as it is shown. */
export interface ChoosableList {
  readonly selection: Selection;
  readonly count: number;
  select(position: number, mode: SelectionMode): void;
  /** Moves the keyboard without choosing. */
  move(position: number): void;
  selectAll(): void;
  clearSelection(): void;
  /** By Enter or a double click; without it these keys are left to the screen. */
  open?(position: number): void;
}

/** Arrows move and choose, with Shift a range, with Ctrl nothing; Space adds or takes away; Enter opens. */
export function listKey(event: KeyboardEvent, list: ChoosableList, layout: { columns: number; page: number }): void {
  const { active } = list.selection;
  const hasCommand = event.ctrlKey || event.metaKey;
  const target = positionAfterKey(event.key, { active, count: list.count, ...layout });
  if (target !== null) {
    if (event.shiftKey) list.select(target, "range");
    else if (hasCommand) list.move(target);
    else list.select(target, "one");
  } else if (event.key === " ") list.select(active, event.shiftKey ? "range" : "toggle");
  else if (event.key === "Enter" && list.open !== undefined) list.open(active);
  else if (event.key === "Escape") list.clearSelection();
  else if (hasCommand && event.key.toLowerCase() === "a") list.selectAll();
  else return;
  event.preventDefault();
}

/** As in a file manager: a click chooses, with Shift a range, with Ctrl one more. */
export function clickMode(event: MouseEvent): SelectionMode {
  if (event.shiftKey) return "range";
  return event.ctrlKey || event.metaKey ? "toggle" : "one";
}
