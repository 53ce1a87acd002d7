/**
 * @file Rectangles of an image, cut to it.
 */
import type { Rectangle } from "./source.ts";

/** Whole pixels of the rectangle that lie in the image. */
export function within(
  { x, y, width, height }: Rectangle,
  imageWidth: number,
  imageHeight: number,
): { left: number; top: number; right: number; bottom: number } {
  const clamp = (position: number, most: number): number => Math.min(Math.max(position, 0), most);
  return {
    left: clamp(Math.floor(x), imageWidth),
    top: clamp(Math.floor(y), imageHeight),
    right: clamp(Math.ceil(x + width), imageWidth),
    bottom: clamp(Math.ceil(y + height), imageHeight),
  };
}
