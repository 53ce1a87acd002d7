/**
 * @file Brings one image onto another of the same patient, of whatever contrast: a rigid or affine map within the plane that makes them tell most of each other.
 * From coarse to fine: a grid of maps on small images, then a pattern search (Hooke and Jeeves 1961, doi:10.1145/321062.321069) on larger and larger ones.
 */
import { resizeArea } from "../resample.ts";
import { type Plane, type PlanePair, type Similarity, similarityOf } from "./mutual-information.ts";
import { IDENTITY, type PlaneFrame, type PlaneTransform, rimOf, transformOf } from "./transform.ts";

export type AlignmentModel = "rigid" | "affine";

export interface AlignmentResult {
  transform: PlaneTransform;
  /** Normalized mutual information as the images lay, and as they lie now. */
  before: number;
  after: number;
}

/** Longest side at each level, pixels. */
const LEVELS = [32, 64, 128, 256];
/** Points that are compared at each level. */
const SAMPLES = 8000;
/** Maps that are tried first: shifts as shares of the sides, turns in radians. */
const SHIFTS = [-0.2, -0.1, 0, 0.1, 0.2];
const TURNS = [-30, -20, -10, 0, 10, 20, 30].map((degrees) => (degrees * Math.PI) / 180);
/** Starts of the search that the grid gives, beside the images as they lie. */
const STARTS = 3;
/** Steps of the search, in pixels of its level. */
const FIRST_STEP = 1.5;
const LAST_STEP = { coarse: 0.2, fine: 0.02 };
/** A gain below it is noise of the samples: then the images stay as they lie. */
const LEAST_GAIN = 1e-4;

/**
 * One map for all pairs, which are of one size: slices of a series, or one pair of images. A generator, so that whoever computes it can do other things between
 * (it yields after each look at the images); `alignPlanes` does it at once. Null where an image is of one value.
 */
export function* alignmentSteps(
  pairs: readonly PlanePair[],
  model: AlignmentModel,
  spacing: PlaneFrame["spacing"],
): Generator<void, AlignmentResult | null> {
  const { width, height } = pairs[0]!.reference;
  const frame: PlaneFrame = { width, height, spacing };
  const longest = Math.max(width, height);
  const sides = LEVELS.filter((side, level) => level === 0 || side < 1.5 * longest);
  let best: number[] = [0, 0, 0];
  let finest: Similarity | null = null;
  for (const [level, side] of sides.entries()) {
    const scale = Math.min(1, side / longest);
    const similarity = similarityOf(
      pairs.map((pair) => shrunk(pair, scale)),
      SAMPLES,
    );
    if (similarity === null) return null;
    finest = similarity;
    const size = { width: Math.round(width * scale), height: Math.round(height * scale) };
    const score = (parameters: readonly number[]): number =>
      similarity(atLevel(transformOf(parameters, frame), frame, size));
    // Of a pixel of this level, in the unit of the parameters.
    const pixel = (2 * rimOf(frame)) / ((size.width + size.height) / 2);
    const isLast = level === sides.length - 1;
    const limits = { first: FIRST_STEP * pixel, last: (isLast ? LAST_STEP.fine : LAST_STEP.coarse) * pixel };
    if (level === 0) {
      const starts = yield* coarseStarts(score, frame);
      const ends: { at: number[]; value: number }[] = [];
      for (const start of starts) ends.push(yield* search(score, start, limits));
      best = ends.reduce((first, second) => (second.value > first.value ? second : first)).at;
      continue;
    }
    // Growth and shear come when the images lie about right: before, they would make up for what is a shift.
    if (model === "affine" && best.length === 3 && (level === sides.length - 2 || isLast)) best = [...best, 0, 0, 0];
    best = (yield* search(score, best, limits)).at;
  }
  const fullest = sides.at(-1)!;
  const size = sizeAt({ width, height }, Math.min(1, fullest / longest));
  const valueOf = (transform: PlaneTransform): number => finest!(atLevel(transform, frame, size));
  const found = transformOf(best, frame);
  const [before, after] = [valueOf(IDENTITY), valueOf(found)];
  return after - before < LEAST_GAIN
    ? { transform: IDENTITY, before, after: before }
    : { transform: found, before, after };
}

/** As `alignmentSteps`, at once. */
export function alignPlanes(
  pairs: readonly PlanePair[],
  model: AlignmentModel,
  spacing: PlaneFrame["spacing"] = null,
): AlignmentResult | null {
  const steps = alignmentSteps(pairs, model, spacing);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/** How much the images tell of each other with this map, looked at with a longest side of `side` pixels; null where an image is of one value. */
export function informationOf(
  pairs: readonly PlanePair[],
  transforms: readonly PlaneTransform[],
  side: number,
): number[] | null {
  const { width, height } = pairs[0]!.reference;
  const scale = Math.min(1, side / Math.max(width, height));
  const similarity = similarityOf(
    pairs.map((pair) => shrunk(pair, scale)),
    SAMPLES,
  );
  if (similarity === null) return null;
  const frame = { width, height, spacing: null };
  return transforms.map((transform) => similarity(atLevel(transform, frame, sizeAt(frame, scale))));
}

const sizeAt = ({ width, height }: { width: number; height: number }, scale: number) => ({
  width: Math.round(width * scale),
  height: Math.round(height * scale),
});

function shrunk({ reference, moving }: PlanePair, scale: number): PlanePair {
  if (scale === 1) return { reference, moving };
  const small = (plane: Plane): Plane => {
    const size = sizeAt(plane, scale);
    return { ...size, data: resizeArea(plane.data, plane, size) };
  };
  return { reference: small(reference), moving: small(moving) };
}

/** The same map between images of another size, whose borders are the same: half-pixel convention. */
function atLevel(
  [a, b, c, d, e, f]: PlaneTransform,
  from: PlaneFrame,
  to: { width: number; height: number },
): PlaneTransform {
  const [right, down] = [to.width / from.width, to.height / from.height];
  // Pixel x of the level is pixel (x + 0.5) / right - 0.5 of the full size.
  const [left, top] = [0.5 / right - 0.5, 0.5 / down - 0.5];
  return [
    a,
    (b * right) / down,
    (a * left + b * top + c + 0.5) * right - 0.5,
    (d * down) / right,
    e,
    (d * left + e * top + f + 0.5) * down - 0.5,
  ];
}

type Score = (parameters: readonly number[]) => number;

/** As the images lie, and the best maps of the grid that are not beside each other. */
function* coarseStarts(score: Score, frame: PlaneFrame): Generator<void, number[][]> {
  const { x: sx, y: sy } = frame.spacing ?? { x: 1, y: 1 };
  const rim = rimOf(frame);
  const tried: { at: number[]; value: number }[] = [];
  for (const turn of TURNS) {
    for (const right of SHIFTS) {
      for (const down of SHIFTS) {
        const at = [right * frame.width * sx, down * frame.height * sy, turn * rim];
        tried.push({ at, value: score(at) });
        yield;
      }
    }
  }
  const ranked = tried.toSorted((first, second) => second.value - first.value);
  return [[0, 0, 0], ...ranked.slice(0, STARTS).map(({ at }) => at)];
}

/** Steps along each parameter, then once more the way that all of them went; shorter steps where none of them helps. */
function* search(
  score: Score,
  start: readonly number[],
  { first, last }: { first: number; last: number },
): Generator<void, { at: number[]; value: number }> {
  let at = [...start];
  let value = score(at);
  for (let step = first; step >= last;) {
    const before = at;
    const probed = yield* probe(score, { at, value }, step);
    if (probed.value <= value) {
      step /= 2;
      continue;
    }
    ({ at, value } = probed);
    const onward = at.map((each, index) => 2 * each - before[index]!);
    const further = yield* probe(score, { at: onward, value: score(onward) }, step);
    if (further.value > value) ({ at, value } = further);
  }
  return { at, value };
}

function* probe(
  score: Score,
  { at, value }: { at: number[]; value: number },
  step: number,
): Generator<void, { at: number[]; value: number }> {
  let best = { at, value };
  for (const index of at.keys()) {
    for (const by of [step, -step]) {
      const moved = best.at.with(index, best.at[index]! + by);
      const reached = score(moved);
      yield;
      if (reached > best.value) {
        best = { at: moved, value: reached };
        break;
      }
    }
  }
  return best;
}
