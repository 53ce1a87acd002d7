/** @file What an estimated flow says of itself: figures to watch a training by, and colors. Flows `[2, size, size]` in pixels, rows first. */

/**
 * Mean flow along rows and columns, which stays near 0 unless generator and registration drift apart; the largest displacement; the share of pixels where
 * the flow folds: determinant of the Jacobian of position + flow, by forward differences, not above 0.
 */
export function flowFigures(flow: Float32Array, size: number): Record<string, number> {
  const area = size * size;
  let [down, across, largest, folds] = [0, 0, 0, 0];
  for (let at = 0; at < area; at++) {
    const [y, x] = [flow[at]!, flow[area + at]!];
    down += y;
    across += x;
    largest = Math.max(largest, Math.hypot(y, x));
    if (at % size === size - 1 || at >= area - size) continue;
    const yDown = 1 + flow[at + size]! - y;
    const yAcross = flow[at + 1]! - y;
    const xDown = flow[area + at + size]! - x;
    const xAcross = 1 + flow[area + at + 1]! - x;
    if (yDown * xAcross - yAcross * xDown <= 0) folds++;
  }
  return {
    flowDown: down / area,
    flowAcross: across / area,
    flowLargest: largest,
    flowFolds: folds / (size - 1) ** 2,
  };
}

/** Displacements of so many pixels, or of the largest if that is more, have full brightness. */
const FULL = 2;

/** Hue by direction, brightness by length; black where nothing moves. */
export function flowColors(flow: Float32Array, size: number): (at: number) => [number, number, number] {
  const area = size * size;
  let largest = FULL;
  for (let at = 0; at < area; at++) largest = Math.max(largest, Math.hypot(flow[at]!, flow[area + at]!));
  return (at) => {
    const [y, x] = [flow[at]!, flow[area + at]!];
    const brightness = Math.hypot(y, x) / largest;
    const angle = Math.atan2(y, x);
    const channel = (turn: number): number => Math.round(255 * brightness * (0.5 + 0.5 * Math.cos(angle - turn)));
    return [channel(0), channel((2 * Math.PI) / 3), channel((4 * Math.PI) / 3)];
  };
}
