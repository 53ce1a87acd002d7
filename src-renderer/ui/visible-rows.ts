/** @file Which rows of a long list need to exist: those in sight and a few beyond. */

/** Rows beyond each edge, so that a fast flick shows no blanks. */
const OVERSCAN = 6;

export function visibleRows(list: { count: number; rowHeight: number; scrollTop: number; height: number }): {
  first: number;
  end: number;
} {
  const { count, rowHeight, scrollTop, height } = list;
  const first = Math.max(0, Math.floor(scrollTop / rowHeight) - OVERSCAN);
  const end = Math.min(count, Math.ceil((scrollTop + height) / rowHeight) + OVERSCAN);
  return { first: Math.min(first, end), end };
}
