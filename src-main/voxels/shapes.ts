/**
 * @file The connected shapes of a label map, each with its class and place.
 */
import type { Box } from "./column-runs.ts";
import { labelComponents } from "./components.ts";
import type { LabelMap } from "./label-map.ts";

export interface Shape {
  value: number;
  box: Box;
  isInside: (x: number, y: number) => boolean;
}

/** Shapes of each of `values`, pixels that touch by a corner together; by value, then by first pixel. */
export function shapesOf(map: LabelMap, values: readonly number[]): Shape[] {
  const { width, height, data } = map;
  return values.flatMap((value) => {
    const { labels, sizes } = labelComponents(
      data.map((each) => (each === value ? 1 : 0)),
      [height, width],
      2,
    );
    const boxes = sizes.map(() => ({ left: width, top: height, right: -1, bottom: -1 }));
    for (let y = 0, index = 0; y < height; y++) {
      for (let x = 0; x < width; x++, index++) {
        if (labels[index] === 0) continue;
        const box = boxes[labels[index]! - 1]!;
        if (x < box.left) box.left = x;
        if (x > box.right) box.right = x;
        if (y < box.top) box.top = y;
        if (y > box.bottom) box.bottom = y;
      }
    }
    return boxes.map(({ left, top, right, bottom }, index) => ({
      value,
      box: { x: left, y: top, width: right - left + 1, height: bottom - top + 1 },
      isInside: (x: number, y: number) => labels[y * width + x] === index + 1,
    }));
  });
}
