/**
 * @file Masks as signed distances: bent and blended without stairs (Raya & Udupa, Shape-based interpolation, IEEE TMI 9, 1990). Classes are
 * stacked: a class and all that lie deeper in the foreground are one shape. So no gap opens between classes that touch, and a ring
 * around a core blends as two outlines, where blending the ring by itself would lose it.
 */
import { createLabelMap, type LabelMap, presentClasses, signedDistances, type Size } from "../../voxels/index.ts";
import type { Positions } from "./positions.ts";
import { bilinear, padded, type PaddedPlane } from "./sampling.ts";

/**
 * From the whole foreground to the class that lies deepest: distance to the border of a class and all that follow, pixels, negative
 * inside.
 */
export interface ClassDistances extends Size {
  classes: { value: number; plane: PaddedPlane }[];
}

/**
 * All outside the frame counts as background: a class ends there. `order` names the classes of the map from the outermost on; without it that
 * is the order of their mean depth below the surface of the foreground. About 4 bytes a pixel and class.
 */
export function classDistances(map: LabelMap, order?: readonly number[]): ClassDistances {
  const { width, height } = map;
  const wide = padded(map.data, map, 0);
  const size = { width: width + 2, height: height + 2 };
  const planeOf = (values: ReadonlySet<number>): PaddedPlane => {
    const data = Uint8Array.from(wide.data, (each) => (values.has(each) ? 1 : 0));
    return { width, height, data: Float32Array.from(signedDistances({ ...size, data })) };
  };
  const present = order ?? presentClasses(map);
  if (present.length === 0) return { width, height, classes: [] };
  const foreground = planeOf(new Set(present));
  const stacked = order ?? byDepth(present, wide, foreground);
  return {
    width,
    height,
    classes: stacked.map((value, index) => {
      return { value, plane: index === 0 ? foreground : planeOf(new Set(stacked.slice(index))) };
    }),
  };
}

/** The shallowest first, by mean distance to what is no foreground; of equals the lowest value first. */
function byDepth(classes: readonly number[], labels: PaddedPlane, foreground: PaddedPlane): number[] {
  const counts = new Float64Array(256);
  const depths = new Float64Array(256);
  labels.data.forEach((value, pixel) => {
    counts[value]!++;
    depths[value]! -= foreground.data[pixel]!;
  });
  const depth = (value: number): number => depths[value]! / counts[value]!;
  return classes.toSorted((a, b) => depth(a) - depth(b) || a - b);
}

/** The innermost class that each position lies in. */
export function bentClasses({ width, height, classes }: ClassDistances, positions: Positions): LabelMap {
  const bent = createLabelMap(width, height);
  // Each shape holds the next, so the last that is found holds.
  for (const { value, plane } of classes) {
    for (let pixel = 0; pixel < bent.data.length; pixel++) {
      if (bilinear(plane, positions.x[pixel]!, positions.y[pixel]!) < 0) bent.data[pixel] = value;
    }
  }
  return bent;
}

/** The shape as it is, at whole pixels. */
export function shapeOfDistances(distances: ClassDistances): LabelMap {
  const { width, height } = distances;
  const x = Float64Array.from({ length: width * height }, (_, pixel) => pixel % width);
  const y = Float64Array.from({ length: width * height }, (_, pixel) => Math.floor(pixel / width));
  return bentClasses(distances, { x, y });
}

/**
 * The shape at `fraction` of the way from one mask (0) to another (1), both first brought, by whole pixels, to a center between their own: so
 * shapes that lie apart meet, and classes keep their places in each other. Both have the same size and the same classes in the same order.
 */
export function blendDistances(
  from: { map: LabelMap; distances: ClassDistances },
  to: { map: LabelMap; distances: ClassDistances },
  fraction: number,
): ClassDistances {
  const start = centerOf(from.map);
  const end = centerOf(to.map);
  const center = { x: start.x + fraction * (end.x - start.x), y: start.y + fraction * (end.y - start.y) };
  const { width, height } = from.distances;
  return {
    width,
    height,
    classes: from.distances.classes.map(({ value, plane }, index) => {
      const one = shifted(plane, start.x - center.x, start.y - center.y);
      const other = shifted(to.distances.classes[index]!.plane, end.x - center.x, end.y - center.y);
      return {
        value,
        plane: closed({
          width,
          height,
          data: one.map((each, pixel) => (1 - fraction) * each + fraction * other[pixel]!),
        }),
      };
    }),
  };
}

/** Outside the frame is background: a blend that reaches over the border ends there, and does not go on as a streak. */
function closed(plane: PaddedPlane): PaddedPlane {
  const { width, height, data } = plane;
  const stride = width + 2;
  for (let pixel = 0; pixel < data.length; pixel++) {
    const column = pixel % stride;
    const isMargin = pixel < stride || pixel >= (height + 1) * stride || column === 0 || column === stride - 1;
    if (isMargin) data[pixel] = Math.max(data[pixel]!, OUTSIDE);
  }
  return plane;
}

/** Distance at least of a pixel outside the frame to what lies in it, from border to center. */
const OUTSIDE = 0.5;

/** Reads each pixel from `x`, `y` further on, rounded; beyond the margin distances grow by the way there. */
function shifted({ width, height, data }: PaddedPlane, x: number, y: number): Float32Array {
  const [right, down] = [Math.round(x), Math.round(y)];
  const stride = width + 2;
  const moved = new Float32Array(data.length);
  for (let row = 0, pixel = 0; row < height + 2; row++) {
    const nearestRow = Math.min(height + 1, Math.max(0, row + down));
    for (let column = 0; column < stride; column++, pixel++) {
      const nearestColumn = Math.min(stride - 1, Math.max(0, column + right));
      const beyond = Math.hypot(row + down - nearestRow, column + right - nearestColumn);
      moved[pixel] = data[nearestRow * stride + nearestColumn]! + beyond;
    }
  }
  return moved;
}

/** Mean position of all that is no background. */
function centerOf({ width, height, data }: LabelMap): { x: number; y: number } {
  let [count, x, y] = [0, 0, 0];
  for (let row = 0, pixel = 0; row < height; row++) {
    for (let column = 0; column < width; column++, pixel++) {
      if (data[pixel] === 0) continue;
      count++;
      x += column;
      y += row;
    }
  }
  return { x: x / count, y: y / count };
}
