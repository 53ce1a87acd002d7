/**
 * @file Scribbles: lines drawn by hand that say of a class "this too" or "not this".
 */
import { paintSegment, type Point, type Rectangle, uniteRectangles } from "./brush.ts";
import { createLabelMap } from "./label-map.ts";
import type { Size } from "./resample.ts";

export interface Scribble {
  /** The class that it speaks of. */
  value: number;
  /** The pixels are of the class; else they are not. */
  isForeground: boolean;
  /** Half its width, pixels. */
  radius: number;
  /** Image coordinates; one point is a dot. */
  points: readonly Point[];
}

/** What scribbles say of one class: 0 nothing, `FOREGROUND` or `BACKGROUND`. A later scribble overrules an earlier one. */
export type ScribbleMarks = Uint8Array;
export const FOREGROUND = 1;
export const BACKGROUND = 2;

/** `[height, width]`. Foreground of another class is background of this one; the pixels under a line too thin to hold a center are its points. */
export function marksOf(scribbles: readonly Scribble[], value: number, { width, height }: Size): ScribbleMarks {
  const marks = createLabelMap(width, height);
  for (const scribble of scribbles) {
    if (scribble.value !== value && !scribble.isForeground) continue;
    const mark = scribble.isForeground && scribble.value === value ? FOREGROUND : BACKGROUND;
    // Any pixel that the line enters, however thin it is.
    const radius = Math.max(Math.SQRT1_2, scribble.radius);
    scribble.points.forEach((point, index) => {
      paintSegment(marks, scribble.points[Math.max(0, index - 1)]!, point, radius, mark);
    });
  }
  return marks.data;
}

/** The rectangle of whole pixels that a scribble touches, cut to the image; null when it lies beside it. */
export function boundsOf({ points, radius }: Scribble, { width, height }: Size): Rectangle | null {
  const reach = Math.max(Math.SQRT1_2, radius);
  const left = Math.max(0, Math.floor(Math.min(...points.map(({ x }) => x)) - reach));
  const top = Math.max(0, Math.floor(Math.min(...points.map(({ y }) => y)) - reach));
  const right = Math.min(width, Math.ceil(Math.max(...points.map(({ x }) => x)) + reach));
  const bottom = Math.min(height, Math.ceil(Math.max(...points.map(({ y }) => y)) + reach));
  if (right <= left || bottom <= top) return null;
  return uniteRectangles(null, { x: left, y: top, width: right - left, height: bottom - top });
}
