/**
 * @file Parts of a proposal that are decided one by one: places where the model is in doubt, and the connected pixels of each class. Pure
 * arrays; what is seen and done with them is in Regions.svelte.ts.
 */
import {
  createMask,
  growMask,
  labelComponents,
  type LabelMap,
  type Mask,
  openMask,
  type Point,
  presentClasses,
  type Rectangle,
} from "../../../src-main/voxels/index.ts";

/** "doubt": the model is in doubt over more than the width of an outline. "part": connected pixels of one class. */
export type RegionKind = "doubt" | "part";

export interface Region {
  kind: RegionKind;
  /** The class of most of its pixels that have one; 0 where none has. */
  value: number;
  /** The smallest rectangle that holds it. */
  bounds: Rectangle;
  pixels: number;
  /** Mean of 1 - confidence over its pixels, 0–1. */
  doubt: number;
  has(x: number, y: number): boolean;
}

/** Confidence byte below which a model is in doubt: three to one for the class it chose. */
const SURE_FROM = 0.75 * 255;

/** Half the width of an outline, on which every model is in doubt: 1.5 pixels, or in parts of the shorter side of a larger image. */
const OUTLINE_RADIUS = { pixels: 1.5, ofSide: 1.5 / 256 };

/** More would be no help to anybody. */
const MAX_DOUBTFUL = 20;

/** Doubtful places by all the doubt in them, then the parts by their mean doubt; the worst first. */
export function regionsOf(labels: LabelMap, confidence: Uint8Array): Region[] {
  return [...doubtfulRegions(labels, confidence), ...partsOf(labels, confidence)];
}

/** At a point of the image, whatever is there: a doubtful place before the part that it lies in, unless `parts` alone are asked for. */
export function regionAt(regions: readonly Region[], { x, y }: Point, only: RegionKind | "any" = "any"): Region | null {
  const [column, row] = [Math.floor(x), Math.floor(y)];
  return regions.find((region) => (only === "any" || region.kind === only) && region.has(column, row)) ?? null;
}

function doubtfulRegions(labels: LabelMap, confidence: Uint8Array): Region[] {
  const { width, height } = labels;
  const doubtful = createMask(width, height);
  confidence.forEach((byte, index) => (doubtful.data[index] = byte < SURE_FROM ? 1 : 0));
  const radius = Math.max(OUTLINE_RADIUS.pixels, OUTLINE_RADIUS.ofSide * Math.min(width, height));
  // Grown back to what the opening rounded off: a place that is removed leaves no specks.
  const thick = growMask(openMask(doubtful, radius), radius);
  thick.data.forEach((each, index) => (thick.data[index] = each & doubtful.data[index]!));
  // All of it as thin as an outline: then the outlines are what there is to look at.
  const shown = thick.data.includes(1) ? thick : doubtful;
  return componentsOf(shown, labels, confidence, "doubt")
    .toSorted((one, other) => other.doubt * other.pixels - one.doubt * one.pixels)
    .slice(0, MAX_DOUBTFUL);
}

function partsOf(labels: LabelMap, confidence: Uint8Array): Region[] {
  const { width, height, data } = labels;
  return presentClasses(labels)
    .flatMap((value) => {
      const mask = createMask(width, height);
      data.forEach((each, index) => (mask.data[index] = each === value ? 1 : 0));
      return componentsOf(mask, labels, confidence, "part");
    })
    .toSorted((one, other) => other.doubt - one.doubt);
}

/** Pixels that touch by an edge, as the tools take them. */
function componentsOf(mask: Mask, labels: LabelMap, confidence: Uint8Array, kind: RegionKind): Region[] {
  const { width, height } = mask;
  const { labels: places, sizes } = labelComponents(mask.data, [height, width], 1);
  const measured = sizes.map(() => ({ left: width, top: height, right: -1, bottom: -1, doubt: 0, of: [] as number[] }));
  places.forEach((label, index) => {
    if (label === 0) return;
    const each = measured[label - 1]!;
    const [x, y] = [index % width, Math.floor(index / width)];
    each.left = Math.min(each.left, x);
    each.right = Math.max(each.right, x);
    each.top = Math.min(each.top, y);
    each.bottom = Math.max(each.bottom, y);
    each.doubt += 1 - confidence[index]! / 255;
    const value = labels.data[index]!;
    if (value !== 0) each.of[value] = (each.of[value] ?? 0) + 1;
  });
  return measured.map(({ left, top, right, bottom, doubt, of }, index) => ({
    kind,
    value: of.reduce((most, count, value) => (count > (of[most] ?? 0) ? value : most), 0),
    bounds: { x: left, y: top, width: right - left + 1, height: bottom - top + 1 },
    pixels: sizes[index]!,
    doubt: doubt / sizes[index]!,
    has: (x, y) => x >= left && x <= right && y >= top && y <= bottom && places[y * width + x] === index + 1,
  }));
}
