/**
 * @file What tools do to a label map, written a second time: pixel by pixel, from what their documentation says, slow and plain. Nothing
 * here uses src-main/voxels.
 */

export interface Plane {
  width: number;
  height: number;
  data: Uint8Array;
}

export interface At {
  x: number;
  y: number;
}

type Inside = (x: number, y: number) => boolean;

/** 1 where the center of the pixel is inside. */
function centers({ width, height }: Plane, isInside: Inside): Uint8Array {
  const inside = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) inside[y * width + x] = isInside(x + 0.5, y + 0.5) ? 1 : 0;
  }
  return inside;
}

/** Pixels whose center is within `radius` of a line through all points. */
export function strokeOf(plane: Plane, points: readonly At[], radius: number): Uint8Array {
  const pieces = points.length === 1 ? [[points[0]!, points[0]!]] : points.slice(1).map((to, i) => [points[i]!, to]);
  return centers(plane, (x, y) =>
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

export function rectangleOf(plane: Plane, a: At, b: At): Uint8Array {
  const isBetween = (value: number, one: number, other: number): boolean =>
    value >= Math.min(one, other) && value <= Math.max(one, other);
  return centers(plane, (x, y) => isBetween(x, a.x, b.x) && isBetween(y, a.y, b.y));
}

export function ellipseOf(plane: Plane, a: At, b: At): Uint8Array {
  const [rx, ry] = [Math.abs(b.x - a.x) / 2, Math.abs(b.y - a.y) / 2];
  const [cx, cy] = [(a.x + b.x) / 2, (a.y + b.y) / 2];
  return centers(plane, (x, y) => ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 <= 1);
}

/** Even-odd: a line to the left crosses the outline an odd number of times. */
export function polygonOf(plane: Plane, corners: readonly At[]): Uint8Array {
  return centers(plane, (x, y) => {
    let isInside = false;
    corners.forEach((a, index) => {
      const b = corners[(index + 1) % corners.length]!;
      if (a.y > y !== b.y > y && x >= a.x + ((y - a.y) / (b.y - a.y)) * (b.x - a.x)) isInside = !isInside;
    });
    return isInside;
  });
}

const edgeSteps = [
  [1, 0],
  [-1, 0],
  [0, 1],
  [0, -1],
];
const allSteps = [...edgeSteps, [1, 1], [1, -1], [-1, 1], [-1, -1]];

/** All that hangs together with a pixel, itself included, where `isIn` holds. */
function connected(plane: Plane, start: number, isIn: (index: number) => boolean, steps = edgeSteps): Uint8Array {
  const { width, height } = plane;
  const found = new Uint8Array(width * height);
  const open = [start];
  found[start] = 1;
  while (open.length > 0) {
    const index = open.pop()!;
    const [x, y] = [index % width, Math.floor(index / width)];
    for (const [dx, dy] of steps) {
      const [nx, ny] = [x + dx!, y + dy!];
      const next = ny * width + nx;
      if (nx < 0 || ny < 0 || nx >= width || ny >= height || found[next] === 1 || !isIn(next)) continue;
      found[next] = 1;
      open.push(next);
    }
  }
  return found;
}

/** Index of the pixel that holds the point; null outside. */
export function pixelAt({ width, height }: Plane, { x, y }: At): number | null {
  const [column, row] = [Math.floor(x), Math.floor(y)];
  return column < 0 || row < 0 || column >= width || row >= height ? null : row * width + column;
}

/** Pixels joined by their edges to the one at the point whose values differ from its by at most `tolerance`. */
export function regionOf(plane: Plane, at: At, tolerance: number): Uint8Array {
  const seed = pixelAt(plane, at);
  if (seed === null) return new Uint8Array(plane.data.length);
  return connected(plane, seed, (index) => Math.abs(plane.data[index]! - plane.data[seed]!) <= tolerance);
}

export function growOf(mask: Plane, radius: number): Uint8Array {
  const { width, height, data } = mask;
  const inside = [...data.keys()].filter((index) => data[index] === 1);
  return Uint8Array.from({ length: width * height }, (_, index) => {
    const [x, y] = [index % width, Math.floor(index / width)];
    return inside.some((at) => (x - (at % width)) ** 2 + (y - Math.floor(at / width)) ** 2 <= radius * radius) ? 1 : 0;
  });
}

const opposite = (data: Uint8Array): Uint8Array => data.map((each) => 1 - each);

/** Beyond the image nothing is outside. */
export function shrinkOf(mask: Plane, radius: number): Uint8Array {
  return opposite(growOf({ ...mask, data: opposite(mask.data) }, radius));
}

export function openOf(mask: Plane, radius: number): Uint8Array {
  return growOf({ ...mask, data: shrinkOf(mask, radius) }, radius);
}

/** As if the image went on around itself, empty. */
export function closeOf(mask: Plane, radius: number): Uint8Array {
  const margin = Math.ceil(radius) + 2;
  const [width, height] = [mask.width + 2 * margin, mask.height + 2 * margin];
  const wide: Plane = { width, height, data: new Uint8Array(width * height) };
  mask.data.forEach((each, index) => {
    wide.data[(Math.floor(index / mask.width) + margin) * width + (index % mask.width) + margin] = each;
  });
  const closed = shrinkOf({ ...wide, data: growOf(wide, radius) }, radius);
  return mask.data.map(
    (_, index) => closed[(Math.floor(index / mask.width) + margin) * width + (index % mask.width) + margin]!,
  );
}

/** What no path along edges of pixels joins to the border of the image. */
export function filledOf(mask: Plane): Uint8Array {
  const { width, height, data } = mask;
  const filled = new Uint8Array(data.length).fill(1);
  data.forEach((each, index) => {
    const [x, y] = [index % width, Math.floor(index / width)];
    const isBorder = x === 0 || y === 0 || x === width - 1 || y === height - 1;
    if (!isBorder || each === 1 || filled[index] === 0) return;
    connected(mask, index, (next) => data[next] === 0).forEach((isOutside, at) => {
      if (isOutside === 1) filled[at] = 0;
    });
  });
  return filled;
}

/** The largest of what hangs together, corners included; of equals the first. */
export function largestOf(mask: Plane): Uint8Array {
  const seen = new Uint8Array(mask.data.length);
  let largest = new Uint8Array(mask.data.length);
  let size = 0;
  mask.data.forEach((each, index) => {
    if (each === 0 || seen[index] === 1) return;
    const shape = connected(mask, index, (next) => mask.data[next] === 1, allSteps);
    const count = shape.reduce((sum, inside) => sum + inside, 0);
    shape.forEach((inside, at) => (seen[at]! |= inside));
    if (count <= size) return;
    largest = Uint8Array.from(shape);
    size = count;
  });
  return largest;
}
