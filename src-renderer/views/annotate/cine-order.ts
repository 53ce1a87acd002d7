/** @file Which slice a cine shows next. */

export const cineLoops = ["around", "swing", "once"] as const;
/** Round and round, back and forth, or once to the end. */
export type CineLoop = (typeof cineLoops)[number];

export interface CineStep {
  index: number;
  direction: 1 | -1;
}

/** The step after `step` in a stack of `count`; null at the end of what is played once, or where there is nothing to play. */
export function nextCineStep({ index, direction }: CineStep, count: number, loop: CineLoop): CineStep | null {
  if (count < 2) return null;
  if (loop === "swing") {
    const turned = index + direction < 0 || index + direction >= count ? -direction : direction;
    return { index: index + turned, direction: turned === 1 ? 1 : -1 };
  }
  if (index + 1 < count) return { index: index + 1, direction: 1 };
  return loop === "around" ? { index: 0, direction: 1 } : null;
}
