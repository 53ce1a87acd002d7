/**
 * @file What is known of a prediction without a truth to compare it with: one record an image, from the probabilities of a network, of its student
 * and of its turned and mirrored views. Meaning of the figures: docs/review.md.
 */
import type { Size } from "../../voxels/index.ts";
import { dice } from "../overlap.ts";
import { meanOfDefined } from "../evaluate.ts";
import { findFlags, type ReviewFlag } from "./flags.ts";
import { type PixelDisagreement, scoreDisagreement, scorePixels } from "./pixel-scores.ts";
import { dilate, meanWithin, nearContours } from "./regions.ts";
import { enclosedShare, type Shape, shapeOf, shapeZ } from "./shape.ts";

/** Fainter probabilities are left out of the expected Dice, as in that of the whole proposal: spread over the background they would outweigh all. */
const FAINT = 0.1;
/** Pixels around the foreground that belong to it when it is judged, and around its contour. */
const BAND = 3;
const BORDER = 2;

export interface Judged {
  /** Of the grid that the network computes on. */
  size: Size;
  /** `[1 + classes, height, width]`, background first: mean over the views. */
  teacher: Float32Array;
  student: Float32Array | null;
  /** Index of the likeliest plane at each pixel, one map for each view. */
  views: readonly Uint8Array[];
  /** Class values, in the order of the planes. */
  classes: readonly number[];
  /** Pixels of the frame to one of the grid. */
  scale: number;
}

/** Figures of one class of a prediction. null: not defined for it (class absent, one view only, a model without a teacher). */
export interface ClassReview {
  value: number;
  /** Pixels of the frame. */
  area: number;
  /** Means over its pixels: probability, and entropy from 0 to 1. */
  meanConfidence: number | null;
  meanEntropy: number | null;
  /** Dice that the probabilities let expect. */
  expectedDice: number | null;
  /** Dice between teacher and student, of probabilities and of label maps. */
  softDice: number | null;
  hardDice: number | null;
  /** Mean Dice between the turned and mirrored views. */
  viewDice: number | null;
  /** Share outside the largest piece. */
  removedFraction: number;
  components: number;
  /** Robust deviations from the labelled cases. */
  areaZ: number | null;
  placeZ: number | null;
  elongationZ: number | null;
}

/** How a class shows on labelled images. */
export interface UsualClass {
  value: number;
  /** Labelled images that were looked at, and the shapes on those that show the class. */
  images: number;
  shapes: Shape[];
  /** The class that encloses this one wherever it shows. */
  enclosedBy: number | null;
}

/** What is known of a prediction without a person: docs/review.md. "Band": the predicted foreground and 3 pixels of the network around it. */
export interface ReviewRecord {
  /** How many turned and mirrored views the prediction is the mean of. */
  views: 1 | 4 | 8;
  classes: ClassReview[];
  /** Means over the band; null when nothing is predicted. */
  foregroundEntropy: number | null;
  margin: number | null;
  /** Mean entropy within 2 pixels of the contour. */
  borderEntropy: number | null;
  /** Jensen-Shannon divergence of teacher and student over the band, 0 to 1, and the share of its pixels where they name another class. */
  disagreement: number | null;
  hardDisagreement: number | null;
  flags: ReviewFlag[];
  /** Of a slice that was looked at with its whole series, as a volume; else left out. */
  series?: SeriesReview;
}

/**
 * Pieces are those of the whole series, and area and place are compared as those of the whole series with labelled series; all other figures are of
 * the slice.
 */
export interface SeriesReview {
  slices: number;
  /** Labelled series that it was compared with. */
  labelled: number;
  /** What has no meaning in a volume here. "elongation": the distance of slices is not always known, so axes cannot be compared. */
  leftOut: readonly "elongation"[];
}

/** The record, and what can be drawn of it: entropy and disagreement at every pixel of the grid. */
export function judgePrediction(
  { size, teacher, student, views, classes, scale }: Judged,
  usual: readonly UsualClass[],
): { figures: ReviewRecord; entropy: Float32Array; disagreement: PixelDisagreement | null } {
  const planes = 1 + classes.length;
  const scores = scorePixels(teacher, planes);
  const { winner } = scores;
  const disagreement = student === null ? null : scoreDisagreement(teacher, student, planes);
  const studentWinner = student === null ? null : scorePixels(student, planes).winner;
  const band = dilate(winner, size, BAND);
  const pixels = size.width * size.height;
  const shapes: (Shape | null)[] = [];
  const figures = classes.map((value, index): ClassReview => {
    const plane = index + 1;
    const mask = maskOf(winner, plane);
    const shape = shapeOf(mask, size);
    shapes.push(shape);
    const probability = teacher.subarray(plane * pixels, (plane + 1) * pixels);
    const known = usual.find((each) => each.value === value);
    const isUnusual = shape === null || known === undefined;
    return {
      value,
      area: shape === null ? 0 : Math.round(shape.area * pixels * scale),
      meanConfidence: meanWithin(probability, mask),
      meanEntropy: meanWithin(scores.entropy, mask),
      expectedDice: expectedDice(probability, mask),
      softDice: student === null ? null : softDice(probability, student.subarray(plane * pixels, (plane + 1) * pixels)),
      hardDice: studentWinner === null ? null : dice(mask, maskOf(studentWinner, plane)),
      viewDice: pairwiseDice(views, plane),
      removedFraction: shape?.removedFraction ?? 0,
      components: shape?.components ?? 0,
      ...(isUnusual ? { areaZ: null, placeZ: null, elongationZ: null } : shapeZ(shape, known.shapes)),
    };
  });
  const record: ReviewRecord = {
    views: views.length as 1 | 4 | 8,
    classes: figures,
    foregroundEntropy: meanWithin(scores.entropy, band),
    margin: meanWithin(scores.margin, band),
    borderEntropy: meanWithin(scores.entropy, nearContours(winner, size, BORDER)),
    disagreement: disagreement === null ? null : meanWithin(disagreement.divergence, band),
    hardDisagreement: disagreement === null ? null : meanWithin(disagreement.isOther, band),
    flags: [],
  };
  const labels = winner.map((plane) => (plane === 0 ? 0 : classes[plane - 1]!));
  record.flags = findFlags(record.classes, usual, { labels, size });
  return { figures: record, entropy: scores.entropy, disagreement };
}

/** Fewer labelled images tell nothing of what is usual. */
const FEWEST = 5;
/** Share of a class's border from which another one encloses it. */
export const ENCLOSED = 0.95;

/** How classes show on labelled images, from their label maps. */
export function usualClasses(
  maps: readonly { labels: Uint8Array; size: Size }[],
  classes: readonly number[],
): UsualClass[] {
  return classes.map((value) => {
    const shapes: Shape[] = [];
    const enclosing = new Map(classes.filter((other) => other !== value).map((other) => [other, 0]));
    for (const { labels, size } of maps) {
      const shape = shapeOf(maskOf(labels, value), size);
      if (shape === null) continue;
      shapes.push(shape);
      for (const [other, count] of enclosing) {
        if (enclosedShare(labels, size, value, other)! >= ENCLOSED) enclosing.set(other, count + 1);
      }
    }
    const always = [...enclosing].find(([, count]) => shapes.length >= FEWEST && count === shapes.length);
    return { value, images: maps.length, shapes, enclosedBy: always?.[0] ?? null };
  });
}

/**
 * 2 Σ p m / (Σ p + Σ m), m the mask, p where it is at least `FAINT`: what the probabilities let expect. Of an empty mask 1 - the largest p, so that
 * an overlooked structure does not pass for a sure background.
 */
function expectedDice(probability: Float32Array, mask: Uint8Array): number {
  let overlap = 0;
  let sum = 0;
  let area = 0;
  let largest = 0;
  for (let pixel = 0; pixel < mask.length; pixel++) {
    const p = probability[pixel]!;
    if (p > largest) largest = p;
    if (p >= FAINT) sum += p;
    if (mask[pixel] === 0) continue;
    area++;
    overlap += p;
  }
  return Math.min(1, Math.max(0, area === 0 ? 1 - largest : (2 * overlap) / (sum + area)));
}

/** 2 <p, q> / (|p|² + |q|²); null where both together weigh less than a pixel. */
function softDice(p: Float32Array, q: Float32Array): number | null {
  let product = 0;
  let squares = 0;
  for (let pixel = 0; pixel < p.length; pixel++) {
    product += p[pixel]! * q[pixel]!;
    squares += p[pixel]! ** 2 + q[pixel]! ** 2;
  }
  return squares < 1 ? null : (2 * product) / squares;
}

/** Mean Dice of one plane between all pairs of views; null with one view, or where no view shows it. */
function pairwiseDice(views: readonly Uint8Array[], plane: number): number | null {
  const masks = views.map((view) => maskOf(view, plane));
  const sums = masks.map((mask) => mask.reduce((sum, inside) => sum + inside, 0));
  const scores: (number | null)[] = [];
  for (let a = 0; a < masks.length; a++) {
    for (let b = a + 1; b < masks.length; b++) {
      const total = sums[a]! + sums[b]!;
      let both = 0;
      const [one, other] = [masks[a]!, masks[b]!];
      if (total > 0) for (let pixel = 0; pixel < one.length; pixel++) both += one[pixel]! & other[pixel]!;
      scores.push(total === 0 ? null : (2 * both) / total);
    }
  }
  return meanOfDefined(scores).mean;
}

export function maskOf(map: Uint8Array, value: number): Uint8Array {
  return map.map((each) => (each === value ? 1 : 0));
}
