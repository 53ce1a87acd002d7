/**
 * @file Moves the border of a rough mask to the edge of what it was drawn around. Boykov & Jolly, Interactive Graph Cuts, ICCV 2001, in a narrow band:
 * the cut runs where intensities differ between neighbors, and pixels go to the side whose intensities they resemble.
 */
import { squaredDistances } from "./distance-transform.ts";
import type { Frame } from "./frame.ts";
import { intensityOf } from "./intensity.ts";
import { createMask, type Mask } from "./mask.ts";
import { type GridGraph, gridSteps, minimumCut } from "./minimum-cut.ts";

const BINS = 32;
/** How much likeness to inside or outside counts beside edges: little, so that a clear edge wins. */
const LIKENESS = 0.15;
/** In place of a capacity that no cut may cross. */
const FIRM = 1e6;

/**
 * A fresh mask whose border lies on the strongest edge within `reach` pixels of the old border. Pixels farther inside and outside
 * stay. A mask without pixels, without a background or thinner than the band on all sides keeps its innermost pixels as the inside. Of equally
 * good borders it is the one that holds fewest pixels. A pixel without a value (NaN, infinite) resembles neither side; between it and others lies an edge.
 */
export function snapToEdge(frame: Frame, mask: Mask, reach: number): Mask {
  if (!(reach > 0)) throw new RangeError(`snap to edge: reach ${reach} is no distance.`);
  const band = bandOf(mask, reach);
  if (band === null) return { ...mask, data: mask.data.slice() };
  const graph = graphOf(frame, mask, band);
  const isSource = minimumCut(graph);
  const snapped = createMask(mask.width, mask.height);
  snapped.data.set(mask.data);
  band.pixels.forEach((pixel, node) => (snapped.data[pixel] = isSource[node]!));
  return snapped;
}

interface Band {
  /** Row-major positions of the nodes. */
  pixels: Int32Array;
  /** Node of each pixel, -1 outside the band. */
  nodes: Int32Array;
}

/** The pixels within `reach` of the border, but for those deepest inside; null when there is no border. */
function bandOf(mask: Mask, reach: number): Band | null {
  const toInside = squaredDistances(mask);
  const toOutside = squaredDistances({ ...mask, data: mask.data.map((each) => 1 - each) });
  let deepest = 0;
  for (const squared of toOutside) if (squared < Infinity && squared > deepest) deepest = squared;
  if (deepest === 0 || toInside[0] === Infinity) return null;
  const limit = reach * reach;
  const nodes = new Int32Array(mask.data.length).fill(-1);
  const pixels: number[] = [];
  mask.data.forEach((isInside, pixel) => {
    const isNear = isInside ? toOutside[pixel]! <= limit && toOutside[pixel]! < deepest : toInside[pixel]! <= limit;
    if (!isNear) return;
    nodes[pixel] = pixels.length;
    pixels.push(pixel);
  });
  return { pixels: Int32Array.from(pixels), nodes };
}

function graphOf(frame: Frame, mask: Mask, { pixels, nodes }: Band): GridGraph {
  const { width, height } = mask;
  const at = intensityOf(frame);
  const neighbors = new Int32Array(8 * pixels.length).fill(-1);
  const capacities = new Float64Array(8 * pixels.length);
  const source = new Float64Array(pixels.length);
  const sink = new Float64Array(pixels.length);
  const likeness = likenessOf(mask, pixels, at);
  const contrast = contrastOf(pixels, { width, height }, at);
  pixels.forEach((pixel, node) => {
    const x = pixel % width;
    const y = Math.floor(pixel / width);
    const own = at(pixel);
    const leaning = likeness(own);
    if (leaning > 0) source[node] = LIKENESS * leaning;
    else sink[node] = -LIKENESS * leaning;
    gridSteps.forEach(([dx, dy], step) => {
      if (x + dx < 0 || x + dx >= width || y + dy < 0 || y + dy >= height) return;
      const other = pixel + dy * width + dx;
      const capacity = resemblance(own, at(other), contrast) / Math.hypot(dx, dy);
      if (nodes[other]! >= 0) {
        neighbors[8 * node + step] = nodes[other]!;
        capacities[8 * node + step] = capacity;
      } else if (mask.data[other]) source[node] = FIRM;
      else sink[node] = FIRM;
    });
  });
  return { neighbors, capacities, source, sink };
}

/** From 1 for equal intensities to 0; two pixels without a value are alike. */
function resemblance(a: number, b: number, contrast: number): number {
  if (Number.isFinite(a) && Number.isFinite(b)) return Math.exp(-((b - a) ** 2) * contrast);
  return Number.isFinite(a) || Number.isFinite(b) ? 0 : 1;
}

/** One over twice the mean squared difference of neighbors to the right and below; 0 in a band without any. */
function contrastOf(
  pixels: Int32Array,
  { width, height }: { width: number; height: number },
  at: (index: number) => number,
): number {
  let sum = 0;
  let count = 0;
  const add = (difference: number): void => {
    if (!Number.isFinite(difference)) return;
    sum += difference ** 2;
    count++;
  };
  for (const pixel of pixels) {
    if (pixel % width < width - 1) add(at(pixel + 1) - at(pixel));
    if (pixel < width * (height - 1)) add(at(pixel + width) - at(pixel));
  }
  return sum === 0 ? 0 : count / (2 * sum);
}

/**
 * Log of how much likelier an intensity is inside than outside, judged by histograms of both sides of the band; within [-3, 3], 0 for what is no
 * intensity. The bins are of one width, from the least intensity in the band to the greatest.
 */
function likenessOf(mask: Mask, pixels: Int32Array, at: (index: number) => number): (intensity: number) => number {
  let low = Infinity;
  let high = -Infinity;
  const known = pixels.filter((pixel) => Number.isFinite(at(pixel)));
  for (const pixel of known) {
    low = Math.min(low, at(pixel));
    high = Math.max(high, at(pixel));
  }
  const binOf = (intensity: number): number =>
    high === low ? 0 : Math.min(BINS - 1, Math.floor(((intensity - low) / (high - low)) * BINS));
  const inside = new Float64Array(BINS).fill(1); // one of each: an intensity not seen is not impossible
  const outside = new Float64Array(BINS).fill(1);
  for (const pixel of known) (mask.data[pixel] ? inside : outside)[binOf(at(pixel))]!++;
  const insideSum = inside.reduce((sum, each) => sum + each);
  const outsideSum = outside.reduce((sum, each) => sum + each);
  const leanings = inside.map((each, bin) => {
    const leaning = Math.log(each / insideSum / (outside[bin]! / outsideSum));
    return Math.max(-3, Math.min(3, leaning));
  });
  return (intensity) => (Number.isFinite(intensity) ? leanings[binOf(intensity)]! : 0);
}
