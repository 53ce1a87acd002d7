/** @file Rectangles that are to be redacted from a frame, before anything is changed: what the tool's states change, as plain values. */
import { clipToImage, type Point, type Rectangle } from "../../../../src-main/voxels/index.ts";

/** In image pixels, within the image. */
export interface Draft {
  rectangles: readonly Rectangle[];
  /** The rectangle under the pointer that draws it. */
  spanned: Rectangle | null;
  /** What looks like writing and was not accepted yet. */
  suggestions: readonly Rectangle[];
}

export function addRectangle(draft: Draft, rectangle: Rectangle): void {
  draft.rectangles = [...draft.rectangles, rectangle];
}

/** Takes the suggestion at a point over to the rectangles; nothing when there is none. */
export function acceptAt(draft: Draft, { x, y }: Point): void {
  const suggestion = draft.suggestions.find(
    (each) => x >= each.x && y >= each.y && x < each.x + each.width && y < each.y + each.height,
  );
  if (suggestion === undefined) return;
  draft.suggestions = draft.suggestions.filter((each) => each !== suggestion);
  addRectangle(draft, suggestion);
}

/** The pixels that a rectangle between two points touches, cut to the image; null when there are none. */
export function spanBetween(from: Point, to: Point, image: { width: number; height: number }): Rectangle | null {
  const [x, y] = [Math.min(from.x, to.x), Math.min(from.y, to.y)];
  const whole = { x, y, width: Math.abs(to.x - from.x), height: Math.abs(to.y - from.y) };
  const { left, top, right, bottom } = clipToImage(whole, image);
  return right > left && bottom > top ? { x: left, y: top, width: right - left, height: bottom - top } : null;
}
