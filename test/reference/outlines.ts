/** @file What brush, rectangle, ellipse and polygon hold: the pixels whose centers they hold, each asked by itself. */
import type { At, Size } from "./plane.ts";

/** 1 where the center of the pixel is inside. */
function centers({ width, height }: Size, isInside: (x: number, y: number) => boolean): Uint8Array {
  const inside = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) inside[y * width + x] = isInside(x + 0.5, y + 0.5) ? 1 : 0;
  }
  return inside;
}

/** Pixels whose center is within `radius` of a line through all points. */
export function strokeOf(size: Size, points: readonly At[], radius: number): Uint8Array {
  const pieces = points.length === 1 ? [[points[0]!, points[0]!]] : points.slice(1).map((to, i) => [points[i]!, to]);
  return centers(size, (x, y) =>
    pieces.some(([a, b]) => {
      const [dx, dy, px, py] = [b!.x - a!.x, b!.y - a!.y, x - a!.x, y - a!.y];
      const length = dx * dx + dy * dy;
      const along = px * dx + py * dy;
      if (along > 0 && along < length) return (px * dy - py * dx) ** 2 <= radius * radius * length;
      const end = along <= 0 ? a! : b!;
      return (x - end.x) ** 2 + (y - end.y) ** 2 <= radius * radius;
    }),
  );
}

export function rectangleOf(size: Size, a: At, b: At): Uint8Array {
  const isBetween = (value: number, one: number, other: number): boolean =>
    value >= Math.min(one, other) && value <= Math.max(one, other);
  return centers(size, (x, y) => isBetween(x, a.x, b.x) && isBetween(y, a.y, b.y));
}

export function ellipseOf(size: Size, a: At, b: At): Uint8Array {
  const [rx, ry] = [Math.abs(b.x - a.x) / 2, Math.abs(b.y - a.y) / 2];
  const [cx, cy] = [(a.x + b.x) / 2, (a.y + b.y) / 2];
  return centers(size, (x, y) => ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 <= 1);
}

/** Even-odd: a line to the left crosses the outline an odd number of times. */
export function polygonOf(size: Size, corners: readonly At[]): Uint8Array {
  return centers(size, (x, y) => {
    let isInside = false;
    corners.forEach((a, index) => {
      const b = corners[(index + 1) % corners.length]!;
      if (a.y > y !== b.y > y && x >= a.x + ((y - a.y) / (b.y - a.y)) * (b.x - a.x)) isInside = !isInside;
    });
    return isInside;
  });
}
