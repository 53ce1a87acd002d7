/**
 * @file Parts of a proposal that are decided one by one: places where the model is in doubt, and the connected pixels of each class. Pure
 * arrays; what is seen and done with them is in Regions.svelte.ts.
 */
import type { RegionMark } from "../../../src-main/api/contract.ts";
import {
  createMask,
  decodeLabelMap,
  encodeLabelMap,
  growMask,
  labelComponents,
  type LabelMap,
  openMask,
  type Point,
  type Rectangle,
  type Size,
} from "../../../src-main/voxels/index.ts";
import { fromBase64, toBase64 } from "../../api/base64.ts";

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

/** Doubtful places of larger images are found on a grid with as many cells along the shorter side. */
const GRID_SIDE = 512;

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

/** Of the same pixels, as far as their number and the rectangle around them tell. */
export function isSameRegion(one: Region, other: Region): boolean {
  const [a, b] = [one.bounds, other.bounds];
  const isSamePlace = a.x === b.x && a.y === b.y && a.width === b.width && a.height === b.height;
  return isSamePlace && one.kind === other.kind && one.pixels === other.pixels && one.value === other.value;
}

/** `size`: of the image. */
export function toMark(
  { kind, value, doubt, bounds, has }: Region,
  verdict: RegionMark["verdict"],
  { width, height }: Size,
): RegionMark {
  const data = new Uint8Array(width * height);
  for (let y = bounds.y; y < bounds.y + bounds.height; y++) {
    for (let x = bounds.x; x < bounds.x + bounds.width; x++) if (has(x, y)) data[y * width + x] = 1;
  }
  return { verdict, kind, value, doubt, mask: toBase64(encodeLabelMap({ width, height, data })) };
}

/** The region again, also where regions would be found otherwise today. `size`: of the image. */
export function regionOfMark({ kind, value, doubt, mask }: RegionMark, size: Size): Region {
  const { width, height, data } = decodeLabelMap(fromBase64(mask), size);
  let [left, top, right, bottom, pixels] = [width, height, -1, -1, 0];
  for (let y = 0, index = 0; y < height; y++) {
    for (let x = 0; x < width; x++, index++) {
      if (data[index] === 0) continue;
      [left, right] = [Math.min(left, x), Math.max(right, x)];
      [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
      pixels++;
    }
  }
  const bounds = { x: left, y: top, width: Math.max(0, right - left + 1), height: Math.max(0, bottom - top + 1) };
  const has = (x: number, y: number): boolean =>
    x >= left && x <= right && y >= top && y <= bottom && data[y * width + x] !== 0;
  return { kind, value, doubt, pixels, bounds, has };
}

function doubtfulRegions(labels: LabelMap, confidence: Uint8Array): Region[] {
  const { width, height } = labels;
  const step = Math.max(1, Math.floor(Math.min(width, height) / GRID_SIDE));
  const grid = { width: Math.ceil(width / step), height: Math.ceil(height / step) };
  const doubtful = createMask(grid.width, grid.height);
  for (let row = 0, cell = 0; row < grid.height; row++) {
    for (let column = 0; column < grid.width; column++, cell++) {
      doubtful.data[cell] = confidence[row * step * width + column * step]! < SURE_FROM ? 1 : 0;
    }
  }
  if (!doubtful.data.includes(1)) return [];
  const radius = Math.max(OUTLINE_RADIUS.pixels, OUTLINE_RADIUS.ofSide * Math.min(grid.width, grid.height));
  // Grown back to what the opening rounded off: a place that is removed leaves no specks.
  const thick = growMask(openMask(doubtful, radius), radius);
  for (let cell = 0; cell < thick.data.length; cell++) thick.data[cell]! &= doubtful.data[cell]!;
  // All of it as thin as an outline: then the outlines are what there is to look at.
  const shown = thick.data.includes(1) ? thick : doubtful;
  const { labels: cells } = labelComponents(shown.data, [grid.height, grid.width], 1);
  const places = new Int32Array(width * height);
  for (let y = 0, index = 0; y < height; y++) {
    const start = Math.floor(y / step) * grid.width;
    for (let x = 0; x < width; x++, index++) {
      if (confidence[index]! < SURE_FROM) places[index] = cells[start + Math.floor(x / step)]!;
    }
  }
  return measured(places, labels, confidence, "doubt")
    .toSorted((one, other) => other.doubt * other.pixels - one.doubt * one.pixels)
    .slice(0, MAX_DOUBTFUL);
}

function partsOf(labels: LabelMap, confidence: Uint8Array): Region[] {
  return measured(componentsOfClasses(labels), labels, confidence, "part").toSorted(
    (one, other) => other.doubt - one.doubt,
  );
}

/** For each pixel of a class the number, from 1, of the pixels of its class that it is joined to by edges, as the tools take them; else 0. */
function componentsOfClasses({ width, height, data }: LabelMap): Int32Array {
  const places = new Int32Array(data.length);
  const open: number[] = [];
  let count = 0;
  for (let seed = 0; seed < data.length; seed++) {
    const value = data[seed]!;
    if (value === 0 || places[seed] !== 0) continue;
    const place = ++count;
    const reach = (index: number): void => {
      if (data[index] !== value || places[index] !== 0) return;
      places[index] = place;
      open.push(index);
    };
    reach(seed);
    for (let index = open.pop(); index !== undefined; index = open.pop()) {
      const x = index % width;
      if (x > 0) reach(index - 1);
      if (x < width - 1) reach(index + 1);
      if (index >= width) reach(index - width);
      if (index < width * (height - 1)) reach(index + width);
    }
  }
  return places;
}

interface Measures {
  left: number;
  top: number;
  right: number;
  bottom: number;
  pixels: number;
  doubt: number;
  /** Pixels by class. */
  of: number[];
}

/** The regions of pixels of one number; 0 is none. */
function measured(places: Int32Array, labels: LabelMap, confidence: Uint8Array, kind: RegionKind): Region[] {
  const { width, height, data } = labels;
  const found: (Measures | undefined)[] = [];
  for (let y = 0, index = 0; y < height; y++) {
    for (let x = 0; x < width; x++, index++) {
      const place = places[index]!;
      if (place === 0) continue;
      const each = (found[place] ??= { left: x, top: y, right: x, bottom: y, pixels: 0, doubt: 0, of: [] });
      if (x < each.left) each.left = x;
      if (x > each.right) each.right = x;
      each.bottom = y;
      each.pixels++;
      each.doubt += 255 - confidence[index]!;
      const value = data[index]!;
      if (value !== 0) each.of[value] = (each.of[value] ?? 0) + 1;
    }
  }
  return found.flatMap((each, place): Region[] => {
    if (each === undefined) return [];
    const { left, top, right, bottom, pixels, doubt, of } = each;
    return [
      {
        kind,
        value: of.reduce((most, count, value) => (count > (of[most] ?? 0) ? value : most), 0),
        bounds: { x: left, y: top, width: right - left + 1, height: bottom - top + 1 },
        pixels,
        doubt: doubt / (255 * pixels),
        has: (x, y) => x >= left && x <= right && y >= top && y <= bottom && places[y * width + x] === place,
      },
    ];
  });
}
