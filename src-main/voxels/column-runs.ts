/**
 * @file Run lengths of a mask as COCO counts them: down the columns, left to right, the first run of zeros; as numbers or packed
 * into text (pycocotools' "compressed RLE": differences to the run before last, five bits a letter, from letter "0").
 */
import type { Size } from "./resample.ts";

/** Smallest rectangle that holds something: first column and row, and how many. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Runs of the pixels within `box` for which `isInside` holds; all outside of the box are zeros. */
export function columnRuns(
  size: Size,
  box: Box,
  isInside: (x: number, y: number) => boolean,
): { counts: number[]; area: number } {
  const counts: number[] = [];
  let runStart = 0;
  let value = false;
  let area = 0;
  const change = (position: number): void => {
    counts.push(position - runStart);
    runStart = position;
    value = !value;
  };
  for (let x = box.x; x < box.x + box.width; x++) {
    const column = x * size.height;
    if (value && box.y > 0) change(column);
    for (let y = box.y; y < box.y + box.height; y++) {
      const inside = isInside(x, y);
      if (inside !== value) change(column + y);
      if (inside) area++;
    }
    if (value && box.y + box.height < size.height) change(column + box.y + box.height);
  }
  if (value && box.x + box.width < size.width) change((box.x + box.width) * size.height);
  counts.push(size.width * size.height - runStart);
  return { counts, area };
}

/** Calls `paint` with the row-major position of every pixel of the odd runs. Throws `RangeError` unless the runs fill the size. */
export function paintColumnRuns(counts: readonly number[], size: Size, paint: (position: number) => void): void {
  const { width, height } = size;
  let position = 0;
  counts.forEach((count, index) => {
    if (!Number.isInteger(count) || count < 0 || position + count > width * height) {
      throw new RangeError(`runs do not fit ${width} x ${height} pixels`);
    }
    const end = position + count;
    if (index % 2 === 0) position = end;
    while (position < end) {
      const x = Math.floor(position / height);
      const columns = Math.floor((end - position) / height);
      if (position === x * height && columns > 0) {
        // Whole columns, row by row: as they lie in memory.
        for (let row = 0; row < height; row++) {
          for (let at = row * width + x; at < row * width + x + columns; at++) paint(at);
        }
        position += columns * height;
        continue;
      }
      const bottom = Math.min(end, (x + 1) * height);
      for (let at = (position - x * height) * width + x; position < bottom; position++, at += width) paint(at);
    }
  });
  if (position !== width * height) throw new RangeError(`runs cover ${position} of ${width * height} pixels`);
}

export function packColumnRuns(counts: readonly number[]): string {
  const letters: string[] = [];
  counts.forEach((count, index) => {
    let rest = index > 2 ? count - counts[index - 2]! : count;
    for (let more = true; more;) {
      const bits = rest & 0x1f;
      rest >>= 5;
      more = (bits & 0x10) !== 0 ? rest !== -1 : rest !== 0;
      letters.push(String.fromCharCode(48 + (more ? bits | 0x20 : bits)));
    }
  });
  return letters.join("");
}

/** Undoes `packColumnRuns`. Throws `RangeError` on other text. */
export function unpackColumnRuns(text: string): number[] {
  const counts: number[] = [];
  let value = 0;
  let shift = 0;
  for (let index = 0; index < text.length; index++) {
    const bits = text.charCodeAt(index) - 48;
    if (bits < 0 || bits > 63 || shift > 30) throw new RangeError(`letter ${index + 1} of the runs is none`);
    value |= (bits & 0x1f) << shift;
    shift += 5;
    if ((bits & 0x20) !== 0) continue;
    if ((bits & 0x10) !== 0 && shift < 32) value |= -1 << shift;
    counts.push(counts.length > 2 ? value + counts[counts.length - 2]! : value);
    value = 0;
    shift = 0;
  }
  if (shift !== 0) throw new RangeError("the runs are cut off");
  return counts;
}
