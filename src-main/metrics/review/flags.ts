/** @file Reasons to look at a prediction whatever its score. */
import type { Size } from "../../voxels/index.ts";
import type { ClassReview, UsualClass } from "./record.ts";
import { enclosedShare } from "./shape.ts";

/**
 * Why a prediction is to be looked at whatever its score. "missing": a class that every labelled case shows is not there; "fragments": more than a
 * fifth of the class lies outside its largest piece, where labelled cases have one; "area", "place", "elongation": unlike the labelled
 * cases by so many robust deviations; "enclosure": no longer enclosed by the class that encloses it in all labelled cases.
 */
export type ReviewFlag =
  | { kind: "missing"; value: number }
  | { kind: "fragments"; value: number; removedFraction: number }
  | { kind: "area" | "place" | "elongation"; value: number; z: number }
  | { kind: "enclosure"; value: number; by: number; share: number };

/** From this share of pieces beside the largest on, and this many robust deviations, a person has to look. */
const LIMIT = { removedFraction: 0.2, z: 3.5, enclosed: 0.8 };
/** Labelled images of one piece: nine tenths of them have at most this share beside the largest. */
const ONE_PIECE = { quantile: 0.9, removedFraction: 0.05 };
/** Fewer labelled images tell nothing of what is usual. */
const FEWEST = 5;

interface Labelled {
  labels: Uint8Array;
  size: Size;
}

/** Of an image. */
export function findFlags(
  classes: readonly ClassReview[],
  usual: readonly UsualClass[],
  image: Labelled,
): ReviewFlag[] {
  return classes.flatMap((own): ReviewFlag[] => {
    const known = usual.find((each) => each.value === own.value);
    if (known === undefined || known.images < FEWEST) return [];
    const { shapes, images, enclosedBy } = known;
    if (own.area === 0) return shapes.length === images ? [{ kind: "missing", value: own.value }] : [];
    return [...fragmentFlags(own, shapes), ...deviationFlags(own), ...enclosureFlags(own, enclosedBy, image)];
  });
}

/** `usual`: shapes of the class where it is usual. */
export function fragmentFlags(
  { value, removedFraction }: Pick<ClassReview, "value" | "removedFraction">,
  usual: readonly { removedFraction: number }[],
): ReviewFlag[] {
  const pieces = usual.map((shape) => shape.removedFraction).sort((a, b) => a - b);
  const isOnePiece =
    pieces.length >= FEWEST &&
    pieces[Math.floor(ONE_PIECE.quantile * (pieces.length - 1))]! <= ONE_PIECE.removedFraction;
  return isOnePiece && removedFraction > LIMIT.removedFraction ? [{ kind: "fragments", value, removedFraction }] : [];
}

export function deviationFlags({
  value,
  areaZ,
  placeZ,
  elongationZ,
}: Pick<ClassReview, "value" | "areaZ" | "placeZ" | "elongationZ">): ReviewFlag[] {
  const deviations = [
    ["area", areaZ],
    ["place", placeZ],
    ["elongation", elongationZ],
  ] as const;
  return deviations.flatMap(([kind, z]) => (z !== null && Math.abs(z) > LIMIT.z ? [{ kind, value, z }] : []));
}

/** `by`: the class that usually encloses it. */
export function enclosureFlags(
  { value }: Pick<ClassReview, "value">,
  by: number | null,
  { labels, size }: Labelled,
): ReviewFlag[] {
  const share = by === null ? null : enclosedShare(labels, size, value, by);
  return share !== null && share < LIMIT.enclosed ? [{ kind: "enclosure", value, by: by!, share }] : [];
}
