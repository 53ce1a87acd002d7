/**
 * @file Masks as signed distances: bent and blended without stairs (Raya & Udupa, Shape-based interpolation, IEEE TMI 9, 1990). Background is a
 * class among others, so that between two classes that touch no gap opens.
 */
import { createLabelMap, type LabelMap, presentClasses, signedDistances, type Size } from "../../voxels/index.ts";
import type { Positions } from "./positions.ts";
import { bilinear, padded, type PaddedPlane } from "./sampling.ts";

/** Distance to the border of each class, negative inside, pixels; values ascending, 0 = background among them where there are several. */
export interface ClassDistances extends Size {
  classes: { value: number; plane: PaddedPlane }[];
}

/** All outside the frame counts as background: a class ends there. About 4 bytes a pixel and class. */
export function classDistances(map: LabelMap): ClassDistances {
  const { width, height } = map;
  const classes = presentClasses(map);
  // Of one class alone the background is the opposite.
  const values = classes.length > 1 ? [0, ...classes] : classes;
  const wide = padded(map.data, map, 0);
  const size = { width: width + 2, height: height + 2 };
  return {
    width,
    height,
    classes: values.map((value) => {
      const data = Uint8Array.from(wide.data, (each) => (each === value ? 1 : 0));
      return { value, plane: { width, height, data: Float32Array.from(signedDistances({ ...size, data })) } };
    }),
  };
}

/** The class that lies deepest at each position: background unless a class lies deeper, of equal classes the lowest. */
export function bentClasses({ width, height, classes }: ClassDistances, positions: Positions): LabelMap {
  const bent = createLabelMap(width, height);
  const deepest = new Float64Array(width * height);
  const background = classes.find(({ value }) => value === 0);
  if (background !== undefined) {
    for (let pixel = 0; pixel < deepest.length; pixel++) {
      deepest[pixel] = bilinear(background.plane, positions.x[pixel]!, positions.y[pixel]!);
    }
  }
  for (const { value, plane } of classes) {
    if (value === 0) continue;
    for (let pixel = 0; pixel < deepest.length; pixel++) {
      const distance = bilinear(plane, positions.x[pixel]!, positions.y[pixel]!);
      if (distance >= deepest[pixel]!) continue;
      deepest[pixel] = distance;
      bent.data[pixel] = value;
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
 * shapes that lie apart meet, and classes keep their places in each other. Both have the same size and classes.
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
        plane: { width, height, data: one.map((each, pixel) => (1 - fraction) * each + fraction * other[pixel]!) },
      };
    }),
  };
}

/** Reads each pixel from `x`, `y` further on, rounded; the margin goes on. */
function shifted({ width, height, data }: PaddedPlane, x: number, y: number): Float32Array {
  const [right, down] = [Math.round(x), Math.round(y)];
  const stride = width + 2;
  const moved = new Float32Array(data.length);
  for (let row = 0, pixel = 0; row < height + 2; row++) {
    const start = Math.min(height + 1, Math.max(0, row + down)) * stride;
    for (let column = 0; column < stride; column++, pixel++) {
      moved[pixel] = data[start + Math.min(stride - 1, Math.max(0, column + right))]!;
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
