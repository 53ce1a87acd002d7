/** @file Which rows of a long list need to exist: those in sight and a few beyond. */

const OVERSCAN = 6;

interface List {
  count: number;
  /** CSS pixels, all three. */
  rowHeight: number;
  scrollTop: number;
  height: number;
  /** Rows beyond each edge, so that a fast flick shows no blanks. */
  overscan?: number;
}

/** Rows that exist at most, so that row `n` can take over the elements of row `n - mostRows`: making new ones takes several times as long. */
export function mostRows({ rowHeight, height, overscan = OVERSCAN }: Omit<List, "count" | "scrollTop">): number {
  return Math.ceil(height / rowHeight) + 1 + 2 * overscan;
}

export function visibleRows(list: List): { first: number; end: number } {
  const { count, rowHeight, scrollTop, height, overscan = OVERSCAN } = list;
  const first = Math.max(0, Math.floor(scrollTop / rowHeight) - overscan);
  const end = Math.min(count, Math.ceil((scrollTop + height) / rowHeight) + overscan);
  return { first: Math.min(first, end), end };
}
