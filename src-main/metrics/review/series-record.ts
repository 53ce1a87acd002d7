/**
 * @file The review record of a series that a network looked at as a volume: one record for each of its slices, since slices are what a person decides
 * on. Whatever needs a structure as a whole (its pieces, its size, its place) is that of the volume. Meaning of the figures: docs/review.md.
 */
import { labelComponents, likeliestPlanes } from "../../voxels/index.ts";
import { deviationFlags, enclosureFlags, fragmentFlags, type ReviewFlag } from "./flags.ts";
import type { PixelDisagreement } from "./pixel-scores.ts";
import { type ClassReview, ENCLOSED, type Judged, judgePrediction, maskOf, type ReviewRecord } from "./record.ts";
import { enclosedShare, placedZ } from "./shape.ts";

/** Sizes `[slices, rows, columns]`. */
type SeriesSize = readonly [number, number, number];

/** As `Judged`, of all slices: `[1 + classes, ..size]`, views `[..size]`. */
export interface JudgedSeries extends Omit<Judged, "size" | "student"> {
  size: SeriesSize;
  student: Float32Array;
}

/** A class in a whole series. */
export interface SeriesShape {
  /** The areas of its slices together, in whole slices: empty slices at the ends change nothing. */
  area: number;
  /** Centroid in the plane, as shares of width and height; a series begins anywhere, so there is none across. */
  x: number;
  y: number;
  /** Share outside the largest piece; corners join. */
  removedFraction: number;
}

/** How a class shows on one labelled series. */
export interface SeriesClass {
  value: number;
  /** null: on no slice. */
  shape: SeriesShape | null;
  /** Slices that show it, and classes that enclose it on each of them. */
  slices: number;
  enclosedBy: number[];
}

/** How a class shows on labelled series. */
export interface UsualSeriesClass {
  value: number;
  series: number;
  shapes: SeriesShape[];
  /** The class that encloses this one on every slice that shows it. */
  enclosedBy: number | null;
}

/** Fewer labelled series or slices tell nothing of what is usual. */
const FEWEST = 5;

/** `labels`: class values `[..size]`. */
export function describeSeries(labels: Uint8Array, size: SeriesSize, classes: readonly number[]): SeriesClass[] {
  const [count, height, width] = size;
  return classes.map((value) => {
    const pieces = piecesOf(maskOf(labels, value), size);
    let enclosedBy = classes.filter((other) => other !== value);
    let slices = 0;
    for (let index = 0; index < count; index++) {
      const plane = labels.subarray(index * height * width, (index + 1) * height * width);
      if (!plane.includes(value)) continue;
      slices++;
      enclosedBy = enclosedBy.filter((by) => enclosedShare(plane, { width, height }, value, by)! >= ENCLOSED);
    }
    return { value, shape: pieces.shape, slices, enclosedBy };
  });
}

/** `described`: one list for each labelled series. */
export function usualSeries(
  described: readonly (readonly SeriesClass[])[],
  classes: readonly number[],
): UsualSeriesClass[] {
  return classes.map((value) => {
    const own = described.map((series) => series.find((each) => each.value === value)!);
    const shown = own.filter(({ shape }) => shape !== null);
    const slices = shown.reduce((sum, each) => sum + each.slices, 0);
    const always = classes.filter((by) => shown.every(({ enclosedBy }) => enclosedBy.includes(by)));
    return {
      value,
      series: described.length,
      shapes: shown.map(({ shape }) => shape!),
      enclosedBy: slices >= FEWEST ? (always[0] ?? null) : null,
    };
  });
}

export interface SliceJudgement {
  figures: ReviewRecord;
  entropy: Float32Array;
  disagreement: PixelDisagreement | null;
}

/** The judgements of its slices, in their order, one at a time. */
export function* judgeSeries(judged: JudgedSeries, usual: readonly UsualSeriesClass[]): Generator<SliceJudgement> {
  const { classes, scale } = judged;
  const [count, height, width] = judged.size;
  const area = width * height;
  const planes = 1 + classes.length;
  const size = { width, height };
  const winner = likeliestPlanes(judged.teacher, planes);
  const pieces = classes.map((_, index) => piecesOf(maskOf(winner, index + 1), judged.size));
  const deviations = classes.map((value, index) => {
    const { shape } = pieces[index]!;
    const known = usual.find((each) => each.value === value);
    return shape === null || known === undefined ? { areaZ: null, placeZ: null } : placedZ(shape, known.shapes);
  });
  const labelled = usual[0]?.series ?? 0;
  for (let index = 0; index < count; index++) {
    const cut = (probabilities: Float32Array): Float32Array => {
      const slice = new Float32Array(planes * area);
      for (let plane = 0; plane < planes; plane++) {
        const start = (plane * count + index) * area;
        slice.set(probabilities.subarray(start, start + area), plane * area);
      }
      return slice;
    };
    const plane = (map: Uint8Array): Uint8Array => map.subarray(index * area, (index + 1) * area);
    const { figures, entropy, disagreement } = judgePrediction(
      {
        size,
        teacher: cut(judged.teacher),
        student: cut(judged.student),
        views: judged.views.map(plane),
        classes,
        scale,
      },
      [],
    );
    const own = figures.classes.map((one, place): ClassReview => {
      const seen = { ...one, ...pieces[place]!.slice(index) };
      return one.area === 0 ? seen : { ...seen, ...deviations[place]! };
    });
    const labels = plane(winner).map((number) => (number === 0 ? 0 : classes[number - 1]!));
    const flags = own.flatMap((one, place): ReviewFlag[] => {
      const known = usual.find(({ value }) => value === one.value);
      if (known === undefined) return [];
      const isMissing = pieces[place]!.shape === null && known.series >= FEWEST && known.shapes.length === known.series;
      if (one.area === 0) return isMissing ? [{ kind: "missing", value: one.value }] : [];
      return [
        ...fragmentFlags(one, known.shapes),
        ...deviationFlags(one),
        ...enclosureFlags(one, known.enclosedBy, { labels, size }),
      ];
    });
    const series = { slices: count, labelled, leftOut: ["elongation"] as const };
    yield { figures: { ...figures, classes: own, flags, series }, entropy, disagreement };
  }
}

interface Pieces {
  shape: SeriesShape | null;
  /** Of a slice: the share of the class there that lies outside the largest piece of the series, and pieces of it that show. */
  slice(index: number): Pick<ClassReview, "removedFraction" | "components">;
}

function piecesOf(mask: Uint8Array, size: SeriesSize): Pieces {
  const [count, height, width] = size;
  const area = height * width;
  const { labels, sizes } = labelComponents(mask, size, 3);
  const largest = sizes.reduce((best, pixels, index) => (pixels > sizes[best]! ? index : best), 0) + 1;
  const slices = Array.from({ length: count }, () => ({ pixels: 0, outside: 0, shown: new Set<number>() }));
  let [sumX, sumY, total] = [0, 0, 0];
  for (let index = 0, voxel = 0; index < count; index++) {
    const slice = slices[index]!;
    for (let pixel = 0; pixel < area; pixel++, voxel++) {
      const piece = labels[voxel]!;
      if (piece === 0) continue;
      slice.pixels++;
      if (piece !== largest) slice.outside++;
      slice.shown.add(piece);
      sumX += pixel % width;
      sumY += Math.floor(pixel / width);
      total++;
    }
  }
  return {
    shape:
      total === 0
        ? null
        : {
            area: total / area,
            x: (sumX / total + 0.5) / width,
            y: (sumY / total + 0.5) / height,
            removedFraction: 1 - sizes[largest - 1]! / total,
          },
    slice(index) {
      const { pixels, outside, shown } = slices[index]!;
      return { removedFraction: pixels === 0 ? 0 : outside / pixels, components: shown.size };
    },
  };
}
