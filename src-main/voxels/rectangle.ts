/**
 * @file Rectangles of an image, cut to it.
 */
import type { Rectangle } from "./brush.ts";

/** Whole pixels that the rectangle touches and that lie in the image: columns [left, right), rows [top, bottom). */
export function clipToImage(
  { x, y, width, height }: Rectangle,
  image: { width: number; height: number },
): { left: number; top: number; right: number; bottom: number } {
  const clamp = (position: number, most: number): number => Math.min(Math.max(position, 0), most);
  return {
    left: clamp(Math.floor(x), image.width),
    top: clamp(Math.floor(y), image.height),
    right: clamp(Math.ceil(x + width), image.width),
    bottom: clamp(Math.ceil(y + height), image.height),
  };
}
