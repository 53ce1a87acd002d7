/**
 * @file Corrects a proposal by scribbles: the network's probabilities and what the scribbles say are weighed against each other, and the
 * minimum cut of a local window decides. Interactive image-specific refinement as in Wang et al., BIFSeg, IEEE TMI 2018
 * (arXiv:1710.04043), without touching the network's weights; geodesic distances to the scribbles after Wang et al., DeepIGeoS, IEEE
 * TPAMI 2019 (arXiv:1707.00652); hard constraints and edges after Boykov & Jolly, Interactive Graph Cuts, ICCV 2001.
 */
import { type Rectangle, uniteRectangles } from "./brush.ts";
import type { Frame } from "./frame.ts";
import { geodesicDistances } from "./geodesic.ts";
import { intensityOf } from "./intensity.ts";
import type { LabelMap } from "./label-map.ts";
import { type GridGraph, gridSteps, minimumCut } from "./minimum-cut.ts";
import { regionOfClass } from "./region-growing.ts";
import { BACKGROUND, boundsOf, FOREGROUND, marksOf, type Scribble } from "./scribbles.ts";

/** Pixels around a scribble, and around the shapes it touches, that a correction may change. */
const MARGIN = 24;
/** Pixels from a scribble beyond which nothing changes, however large the shape that it touches. */
const REACH = 96;
/** Probabilities are held within this of 0 and 1: a network is sure of itself also where it errs. */
const DOUBT = 0.05;
/** What stands for the network where an earlier correction overruled it, in log odds. */
const CORRECTED = 2;
/** Log odds that a scribble adds at itself; e times less at a geodesic distance of 1. */
const SAY = 5;
/** Pixels of even ground that make a geodesic distance of 1. */
const SPREAD = 8;
/** Standard deviations of intensity that make a geodesic distance of 1. */
const CLIMB = 0.6;
/** Weight of a cut between two like neighbors, in log odds. */
const SMOOTHNESS = 2;
/** In place of a capacity that no cut may cross. */
const FIRM = 1e6;

/** Probabilities of a window, background first, then the model's classes: one plane each, row by row. */
export interface WindowProbabilities {
  planes: readonly Float32Array[];
  /** Class value of each plane but the first. */
  classes: readonly number[];
}

export interface CorrectionRequest {
  frame: Frame;
  /** The proposal, earlier corrections included. */
  labels: LabelMap;
  /** All scribbles on the frame in their order; the last one is new. */
  scribbles: readonly Scribble[];
  /** What the network said of the pixels in a rectangle. */
  probabilities: (window: Rectangle) => WindowProbabilities;
}

/**
 * A fresh label map. Pixels under scribbles are as they say; pixels outside the window of the new scribble stay. Pixels that stop being of
 * its class become the likeliest other one. Throws `RangeError` when there is no scribble or the model does not know its class.
 */
export function correctByScribbles(request: CorrectionRequest): LabelMap {
  const { frame, labels, scribbles } = request;
  const corrected = { ...labels, data: labels.data.slice() };
  const scribble = scribbles.at(-1);
  if (scribble === undefined) throw new RangeError("correction: there is no scribble.");
  const window = windowOf(scribble, labels);
  if (window === null) return corrected;
  const { planes, classes } = request.probabilities(window);
  const own = classes.indexOf(scribble.value) + 1;
  if (own === 0) throw new RangeError(`correction: the model does not know class ${scribble.value}.`);
  const marks = crop(marksOf(scribbles, scribble.value, labels), window, labels.width);
  const before = crop(labels.data, window, labels.width);
  const terrain = terrainOf(frame, window);
  const odds = oddsOf({ marks, before, value: scribble.value, probability: planes[own]!, terrain });
  const isInside = minimumCut(graphOf({ odds, marks, terrain, window, labels, value: scribble.value }));
  for (let row = 0, index = 0; row < window.height; row++) {
    for (let column = 0; column < window.width; column++, index++) {
      const pixel = (window.y + row) * labels.width + window.x + column;
      if (isInside[index] === 1) corrected.data[pixel] = scribble.value;
      else if (before[index] === scribble.value) corrected.data[pixel] = likeliestOther(planes, classes, own, index);
    }
  }
  return corrected;
}

/** The scribble and the shapes of its class that it touches, with a margin. */
function windowOf(scribble: Scribble, labels: LabelMap): Rectangle | null {
  const bounds = boundsOf(scribble, labels);
  if (bounds === null) return null;
  const limit = grown(bounds, REACH, labels);
  let window: Rectangle = bounds;
  const marks = marksOf([{ ...scribble, isForeground: true }], scribble.value, labels);
  const seen = new Uint8Array(marks.length);
  for (let y = bounds.y; y < bounds.y + bounds.height; y++) {
    for (let x = bounds.x; x < bounds.x + bounds.width; x++) {
      const index = y * labels.width + x;
      if (marks[index] !== FOREGROUND || labels.data[index] !== scribble.value || seen[index] === 1) continue;
      const { data } = regionOfClass(labels, { x, y });
      for (let row = limit.y; row < limit.y + limit.height; row++) {
        for (let column = limit.x; column < limit.x + limit.width; column++) {
          if (data[row * labels.width + column] === 0) continue;
          seen[row * labels.width + column] = 1;
          window = uniteRectangles(window, { x: column, y: row, width: 1, height: 1 })!;
        }
      }
    }
  }
  return within(grown(window, MARGIN, labels), limit);
}

function grown({ x, y, width, height }: Rectangle, margin: number, image: LabelMap): Rectangle {
  const left = Math.max(0, x - margin);
  const top = Math.max(0, y - margin);
  return {
    x: left,
    y: top,
    width: Math.min(image.width, x + width + margin) - left,
    height: Math.min(image.height, y + height + margin) - top,
  };
}

function within(inner: Rectangle, outer: Rectangle): Rectangle {
  const x = Math.max(inner.x, outer.x);
  const y = Math.max(inner.y, outer.y);
  return {
    x,
    y,
    width: Math.min(inner.x + inner.width, outer.x + outer.width) - x,
    height: Math.min(inner.y + inner.height, outer.y + outer.height) - y,
  };
}

function crop(data: Uint8Array, { x, y, width, height }: Rectangle, stride: number): Uint8Array {
  const cropped = new Uint8Array(width * height);
  for (let row = 0; row < height; row++) {
    const start = (y + row) * stride + x;
    cropped.set(data.subarray(start, start + width), row * width);
  }
  return cropped;
}

interface Ground {
  width: number;
  height: number;
  /** In standard deviations of the window. */
  intensity: Float32Array;
}

/** Intensities of the window, averaged over 3 x 3 pixels, so that noise is no mountain. */
function terrainOf(frame: Frame, { x, y, width, height }: Rectangle): Ground {
  const at = intensityOf(frame);
  const intensity = new Float32Array(width * height);
  let sum = 0;
  let squares = 0;
  for (let row = 0, index = 0; row < height; row++) {
    for (let column = 0; column < width; column++, index++) {
      let mean = 0;
      let count = 0;
      for (let py = Math.max(0, y + row - 1); py <= Math.min(frame.height - 1, y + row + 1); py++) {
        for (let px = Math.max(0, x + column - 1); px <= Math.min(frame.width - 1, x + column + 1); px++) {
          const value = at(py * frame.width + px);
          if (!Number.isFinite(value)) continue;
          mean += value;
          count++;
        }
      }
      mean = count === 0 ? 0 : mean / count;
      intensity[index] = mean;
      sum += mean;
      squares += mean * mean;
    }
  }
  const mean = sum / intensity.length;
  const deviation = Math.sqrt(Math.max(0, squares / intensity.length - mean * mean));
  if (deviation > 0) intensity.forEach((value, index) => (intensity[index] = (value - mean) / deviation));
  else intensity.fill(0);
  return { width, height, intensity };
}

interface Evidence {
  marks: Uint8Array;
  before: Uint8Array;
  value: number;
  probability: Float32Array;
  terrain: Ground;
}

/** Log odds that a pixel is of the class: the network's, or what was corrected before, and what near scribbles say. */
function oddsOf({ marks, before, value, probability, terrain }: Evidence): Float32Array {
  const intensity = terrain.intensity.map((each) => each / CLIMB);
  const ground = { ...terrain, intensity, stepCost: 1 / SPREAD };
  const toForeground = geodesicDistances(ground, (index) => marks[index] === FOREGROUND);
  const toBackground = geodesicDistances(ground, (index) => marks[index] === BACKGROUND);
  return probability.map((each, index) => {
    const wasInside = before[index] === value;
    const held = Math.min(1 - DOUBT, Math.max(DOUBT, each));
    const network = Math.log(held / (1 - held));
    const prior = wasInside === network > 0 ? network : wasInside ? CORRECTED : -CORRECTED;
    return prior + SAY * (Math.exp(-toForeground[index]!) - Math.exp(-toBackground[index]!));
  });
}

interface CutRequest {
  odds: Float32Array;
  marks: Uint8Array;
  terrain: Ground;
  window: Rectangle;
  labels: LabelMap;
  value: number;
}

function graphOf({ odds, marks, terrain, window, labels, value }: CutRequest): GridGraph {
  const { width, height, intensity } = terrain;
  const count = width * height;
  const neighbors = new Int32Array(8 * count).fill(-1);
  const capacities = new Float64Array(8 * count);
  const source = new Float64Array(count);
  const sink = new Float64Array(count);
  const contrast = contrastOf(terrain);
  for (let y = 0, node = 0; y < height; y++) {
    for (let x = 0; x < width; x++, node++) {
      const own = odds[node]!;
      if (marks[node] === FOREGROUND) source[node] = FIRM;
      else if (marks[node] === BACKGROUND) sink[node] = FIRM;
      else if (own > 0) source[node] = own;
      else sink[node] = -own;
      gridSteps.forEach(([dx, dy], step) => {
        if (x + dx >= 0 && x + dx < width && y + dy >= 0 && y + dy < height) {
          const other = node + dy * width + dx;
          const difference = intensity[other]! - intensity[node]!;
          neighbors[8 * node + step] = other;
          capacities[8 * node + step] =
            (SMOOTHNESS * Math.exp(-(difference * difference) * contrast)) / Math.hypot(dx, dy);
          return;
        }
        // Beyond the window all stays: its pixels pull their neighbors to their side.
        const px = window.x + x + dx;
        const py = window.y + y + dy;
        if (px < 0 || px >= labels.width || py < 0 || py >= labels.height) return;
        const pull = SMOOTHNESS / Math.hypot(dx, dy);
        if (labels.data[py * labels.width + px] === value) source[node]! += pull;
        else sink[node]! += pull;
      });
    }
  }
  return { neighbors, capacities, source, sink };
}

/** One over twice the mean squared difference of neighbors; 0 on even ground. */
function contrastOf({ width, height, intensity }: Ground): number {
  let sum = 0;
  let count = 0;
  for (let index = 0; index < intensity.length; index++) {
    if ((index + 1) % width !== 0) {
      sum += (intensity[index + 1]! - intensity[index]!) ** 2;
      count++;
    }
    if (index < width * (height - 1)) {
      sum += (intensity[index + width]! - intensity[index]!) ** 2;
      count++;
    }
  }
  return sum === 0 ? 0 : count / (2 * sum);
}

function likeliestOther(
  planes: readonly Float32Array[],
  classes: readonly number[],
  own: number,
  index: number,
): number {
  let best = 0;
  planes.forEach((plane, number) => {
    if (number !== own && plane[index]! > planes[best]![index]!) best = number;
  });
  return best === 0 ? 0 : classes[best - 1]!;
}
