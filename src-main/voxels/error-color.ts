/** @file How far two pictures differ at a pixel, as a color: the same wherever errors are shown. */

/** Of a difference of 0 to 255: black, over red and yellow, to white. Parts may lie outside 0 to 255, for a clamped array. */
export function errorColor(difference: number): [red: number, green: number, blue: number] {
  return [3 * difference, 3 * (difference - 85), 3 * (difference - 170)];
}
