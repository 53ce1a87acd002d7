/** @file Which drawn masks nobody would have drawn: the rules, and how often each of them spoke. */
import { countValues, labelComponents, type LabelMap, maskOfClass } from "../../voxels/index.ts";
import { forwardMap, type Geometry } from "./geometry.ts";

/** Why a drawn mask is thrown away. Codes; stored with records. */
export type Implausibility =
  /** Nothing is left. */
  | "empty"
  /** A class of the parent is missing. */
  | "class-lost"
  /** A class covers less than `smallestArea` of what it covers in the parent. */
  | "shrunk"
  /** More than `mostOutside` of the foreground lies outside the frame. */
  | "left-frame"
  /** It reaches all four borders, and the parent does not. */
  | "touches-every-border"
  /** A class has more or fewer connected components than in the parent. */
  | "components-changed";

export interface PlausibilityRules {
  /** Share of the parent's pixels that each class keeps at least. */
  smallestArea: number;
  /** Share of the foreground that may leave the frame. */
  mostOutside: number;
  /** Each class keeps its number of components, those that meet at corners counted as one. */
  keepsComponents: boolean;
}

/** Section 8 of GenSeg's rules as we read them: nothing below 30 %, at most half outside. Components may merge at the frame's border. */
export const PLAUSIBLE: PlausibilityRules = { smallestArea: 0.3, mostOutside: 0.5, keepsComponents: false };

export type Rejections = Partial<Record<Implausibility, number>>;

/** Adds the counts of `more` to `total`. */
export function countRejections(total: Rejections, more: Rejections): void {
  for (const [reason, count] of Object.entries(more) as [Implausibility, number][]) {
    total[reason] = (total[reason] ?? 0) + count;
  }
}

/** What the rules compare with, known once for a mask. */
export interface ShapeFacts {
  /** Pixels of each of 256 values. */
  areas: Uint32Array;
  /** Ascending, without background. */
  classes: readonly number[];
  touchesEveryBorder: boolean;
  /** Components of each of `classes`. */
  components: () => number[];
}

export function shapeFacts(map: LabelMap): ShapeFacts {
  const areas = countValues(map);
  const classes = [...areas.keys()].filter((value) => value > 0 && areas[value]! > 0);
  let counted: number[] | undefined;
  return {
    areas,
    classes,
    touchesEveryBorder: touchesEveryBorder(map),
    components: () => (counted ??= countComponents(map, classes)),
  };
}

/** What a blend of two masks of the same classes is compared with: in each class the smaller of both, else the first. */
export function factsOfBoth(first: ShapeFacts, second: ShapeFacts): ShapeFacts {
  return {
    ...first,
    areas: first.areas.map((area, value) => Math.min(area, second.areas[value]!)),
    touchesEveryBorder: first.touchesEveryBorder || second.touchesEveryBorder,
  };
}

/** The first rule that `map` breaks as a picture of `parent`; null: none. A mask without foreground has nothing to lose. */
export function implausibilityOf(
  map: LabelMap,
  parent: ShapeFacts,
  rules: PlausibilityRules = PLAUSIBLE,
): Implausibility | null {
  if (parent.classes.length === 0) return null;
  const areas = countValues(map);
  if (areas[0] === map.data.length) return "empty";
  if (parent.classes.some((value) => areas[value] === 0)) return "class-lost";
  if (parent.classes.some((value) => areas[value]! < rules.smallestArea * parent.areas[value]!)) return "shrunk";
  if (!parent.touchesEveryBorder && touchesEveryBorder(map)) return "touches-every-border";
  if (!rules.keepsComponents) return null;
  const before = parent.components();
  const after = countComponents(map, parent.classes);
  return after.some((count, index) => count !== before[index]) ? "components-changed" : null;
}

/** Share of the foreground of `map` that `geometry` moves out of the frame; the elastic part, a few pixels, left aside. */
export function shareOutside(map: LabelMap, geometry: Geometry): number {
  const { width, height, data } = map;
  const { xx, xy, x0, yx, yy, y0 } = forwardMap(geometry, map);
  let [count, outside] = [0, 0];
  for (let row = 0, pixel = 0; row < height; row++) {
    for (let column = 0; column < width; column++, pixel++) {
      if (data[pixel] === 0) continue;
      count++;
      const x = xx * column + xy * row + x0;
      const y = yx * column + yy * row + y0;
      if (x < -0.5 || y < -0.5 || x > width - 0.5 || y > height - 0.5) outside++;
    }
  }
  return count === 0 ? 0 : outside / count;
}

function countComponents(map: LabelMap, classes: readonly number[]): number[] {
  return classes.map((value) => labelComponents(maskOfClass(map, value).data, [map.height, map.width], 2).sizes.length);
}

function touchesEveryBorder({ width, height, data }: LabelMap): boolean {
  const isAny = (length: number, at: (index: number) => number): boolean => {
    for (let index = 0; index < length; index++) if (data[at(index)] !== 0) return true;
    return false;
  };
  return (
    isAny(width, (x) => x) &&
    isAny(width, (x) => (height - 1) * width + x) &&
    isAny(height, (y) => y * width) &&
    isAny(height, (y) => y * width + width - 1)
  );
}
