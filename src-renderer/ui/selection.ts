/** @file What is chosen in a list, and how clicks and keys change it. */

export interface Selection {
  readonly ids: ReadonlySet<number>;
  /** Where the keyboard is; a position of the list. */
  readonly active: number;
  /** Where a range began. */
  readonly anchor: number;
}

/** "one": this alone; "range": from the anchor to here; "toggle": this too, or no longer. */
export type SelectionMode = "one" | "range" | "toggle";

export const nothingSelected: Selection = { ids: new Set(), active: 0, anchor: 0 };

export function select(before: Selection, order: readonly number[], position: number, mode: SelectionMode): Selection {
  const id = order[position];
  if (id === undefined) return before;
  if (mode === "range") {
    const [first, last] = [Math.min(before.anchor, position), Math.max(before.anchor, position)];
    return { ids: new Set(order.slice(first, last + 1)), active: position, anchor: before.anchor };
  }
  if (mode === "one") return { ids: new Set([id]), active: position, anchor: position };
  const ids = new Set(before.ids);
  if (!ids.delete(id)) ids.add(id);
  return { ids, active: position, anchor: position };
}

export function selectAll(before: Selection, order: readonly number[]): Selection {
  return { ...before, ids: new Set(order) };
}

/** Where a key leads in a list of `columns` a row and `page` rows in sight; null when the key does not move. */
export function positionAfterKey(
  key: string,
  at: { active: number; count: number; columns: number; page: number },
): number | null {
  const { active, count, columns, page } = at;
  const steps: Record<string, number> = {
    ArrowLeft: -1,
    ArrowRight: 1,
    ArrowUp: -columns,
    ArrowDown: columns,
    PageUp: -columns * page,
    PageDown: columns * page,
    Home: -count,
    End: count,
  };
  const step = steps[key];
  if (step === undefined || count === 0) return null;
  const target = active + step;
  // Within a column, the last row may be short: stay where there is nothing below.
  if (key === "ArrowUp" && target < 0) return active;
  if (key === "ArrowDown" && target >= count) return active;
  return Math.max(0, Math.min(count - 1, target));
}

export function selectNone(before: Selection): Selection {
  return { ...before, ids: new Set() };
}

export function asSet(ids: readonly number[]): ReadonlySet<number> {
  return new Set(ids);
}
