/** @file Which rows of a long list need to exist: those in sight and a few beyond. */

interface List {
  count: number;
  /** CSS pixels, all three. */
  rowHeight: number;
  scrollTop: number;
  height: number;
  /** Rows beyond each edge, so that a fast flick shows no blanks. */
  overscan?: number;
}

export function visibleRows(list: List): { first: number; end: number } {
  const { count, rowHeight, scrollTop, height, overscan = 6 } = list;
  const first = Math.max(0, Math.floor(scrollTop / rowHeight) - overscan);
  const end = Math.min(count, Math.ceil((scrollTop + height) / rowHeight) + overscan);
  return { first: Math.min(first, end), end };
}
