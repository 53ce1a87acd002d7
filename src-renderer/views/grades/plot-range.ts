/** @file From where to where a plot reaches. */

/** Least and most of `values`, with a little room beside them. */
export function plotRange(values: readonly number[]): [number, number] {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const room = (most - least || Math.abs(most) || 1) * 0.08;
  return [least - room, most + room];
}
