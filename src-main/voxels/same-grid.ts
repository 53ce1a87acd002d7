/**
 * @file One picture on the pixels of another of the same patient: by their places where files tell them, by the size of their pixels where files tell that,
 * else as if both showed the same field.
 */
import { IDENTITY, type PlaneTransform, transformPoint } from "./alignment/transform.ts";
import { createSamples, type Frame, type PixelSpacing } from "./frame.ts";
import { type FrameGeometry, pixelToPatient } from "./geometry.ts";
import { cross, dot, subtract } from "./vector.ts";

/** What must be known of both. */
export interface Grid {
  width: number;
  height: number;
  spacing: PixelSpacing | null;
  geometry?: FrameGeometry | undefined;
  /** In which the place is told; left out where that is not known. Places in two of them cannot be compared. */
  frameOfReferenceUid?: string | null | undefined;
}

/**
 * How two grids are brought together. "same": pixel lies on pixel; "placed": by places in the patient; "spaced": by the size of pixels, centers on each
 * other; "stretched": borders on borders.
 */
export type GridRelation = "same" | "placed" | "spaced" | "stretched";

/** Planes whose normals differ by less count as parallel: cosine of about 2.5 degrees. */
const PARALLEL = 0.999;
/** Planes that are turned by more show another plane of the body: cosine of 45 degrees. */
const CROSSING = Math.SQRT1_2;
/** In pixels: corners that are nearer lie on each other. */
const NEAR = 0.05;

/** Position of a pixel of `reference`, column and row, in pixels of `grid`. */
type Position = (column: number, row: number) => [column: number, row: number];

/**
 * What the places of two planes say together. "comparable": how they lie is told; "unknown": one has no place; "apart": their frames of reference differ, and so
 * their origins; "tilted": they are not parallel; "crossing": they show another plane of the body.
 */
export type PlaceRelation = "comparable" | "unknown" | "apart" | "tilted" | "crossing";

export function placeRelation(grid: Grid, reference: Grid): PlaceRelation {
  const [own, other] = [grid.geometry, reference.geometry];
  if (own === undefined || other === undefined) return "unknown";
  const normal = cross(own.columnDirection, own.rowDirection);
  const cosine = Math.abs(dot(normal, cross(other.columnDirection, other.rowDirection)));
  // Directions are those of the patient in every frame of reference.
  if (cosine < CROSSING) return "crossing";
  if (cosine < PARALLEL) return "tilted";
  const [frame, otherFrame] = [grid.frameOfReferenceUid ?? null, reference.frameOfReferenceUid ?? null];
  return frame !== null && otherFrame !== null && frame !== otherFrame ? "apart" : "comparable";
}

export function gridRelation(grid: Grid, reference: Grid): GridRelation {
  return relationOf(grid, reference).relation;
}

/**
 * `frame` on the pixels of `reference`, bilinearly, its darkest value where it shows nothing; itself where it lies there already. `alignment`: where on the
 * reference what belongs to a pixel of it lies, from `alignmentSteps`; the pixels are read once, whatever it takes to bring them there.
 * `known`: the relation as `gridRelation` tells it, where more is known of both than a frame says: in which frame of reference it lies.
 */
export function onGridOf(
  frame: Frame,
  reference: Grid,
  alignment: PlaneTransform = IDENTITY,
  known?: GridRelation,
): Frame {
  // What is "same" by the places of a frame is so without them too.
  const isPlaced = known === undefined || known === "placed";
  const { relation, positionOf } = relationOf(isPlaced ? frame : { ...frame, geometry: undefined }, reference);
  const isAligned = alignment.every((value, index) => value === IDENTITY[index]);
  if (relation === "same" && isAligned) return frame;
  const { channels, data } = frame;
  const { width, height, spacing, geometry } = reference;
  const moved = createSamples("float32", width * height * channels);
  const darkest = darkestOf(frame);
  const at = (column: number, row: number, channel: number): number =>
    data[(row * frame.width + column) * channels + channel]!;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const [x, y] = positionOf(...transformPoint(alignment, column, row));
      const isOutside = x < -0.5 || y < -0.5 || x > frame.width - 0.5 || y > frame.height - 0.5;
      const [left, top] = [held(Math.floor(x), frame.width), held(Math.floor(y), frame.height)];
      const [right, below] = [held(Math.floor(x) + 1, frame.width), held(Math.floor(y) + 1, frame.height)];
      const [across, down] = [x - Math.floor(x), y - Math.floor(y)];
      for (let channel = 0; channel < channels; channel++) {
        const upper = at(left, top, channel) * (1 - across) + at(right, top, channel) * across;
        const lower = at(left, below, channel) * (1 - across) + at(right, below, channel) * across;
        moved[(row * width + column) * channels + channel] = isOutside ? darkest : upper * (1 - down) + lower * down;
      }
    }
  }
  const { geometry: _, ...rest } = frame;
  return { ...rest, width, height, spacing, sampleType: "float32", data: moved, ...(geometry && { geometry }) };
}

function darkestOf({ data, photometric }: Frame): number {
  const sign = photometric === "MONOCHROME1" ? -1 : 1;
  let darkest = Infinity;
  for (const value of data) if (sign * value < darkest) darkest = sign * value;
  return darkest === Infinity ? 0 : sign * darkest;
}

const held = (index: number, size: number): number => Math.min(size - 1, Math.max(0, index));

function relationOf(grid: Grid, reference: Grid): { relation: GridRelation; positionOf: Position } {
  const [relation, positionOf] = placed(grid, reference) ?? spaced(grid, reference) ?? stretched(grid, reference);
  const isSame =
    grid.width === reference.width &&
    grid.height === reference.height &&
    [0, reference.width - 1].every((column) =>
      [0, reference.height - 1].every((row) => {
        const [x, y] = positionOf(column, row);
        return Math.abs(x - column) < NEAR && Math.abs(y - row) < NEAR;
      }),
    );
  return { relation: isSame ? "same" : relation, positionOf };
}

function placed(grid: Grid, reference: Grid): ["placed", Position] | null {
  const { geometry, spacing } = grid;
  const { geometry: place, spacing: size } = reference;
  if (geometry === undefined || place === undefined || spacing === null || size === null) return null;
  if (placeRelation(grid, reference) !== "comparable") return null;
  return [
    "placed",
    (column, row) => {
      const from = subtract(pixelToPatient(place, size, { column, row }), geometry.origin);
      return [dot(from, geometry.columnDirection) / spacing.x, dot(from, geometry.rowDirection) / spacing.y];
    },
  ];
}

function spaced(grid: Grid, reference: Grid): ["spaced", Position] | null {
  const { spacing } = grid;
  const { spacing: size } = reference;
  if (spacing === null || size === null) return null;
  const along = (place: number, from: number, own: number, step: number): number =>
    (place - (from - 1) / 2) * step + (own - 1) / 2;
  return [
    "spaced",
    (column, row) => [
      along(column, reference.width, grid.width, size.x / spacing.x),
      along(row, reference.height, grid.height, size.y / spacing.y),
    ],
  ];
}

function stretched(grid: Grid, reference: Grid): ["stretched", Position] {
  const along = (place: number, from: number, own: number): number => ((place + 0.5) * own) / from - 0.5;
  return [
    "stretched",
    (column, row) => [along(column, reference.width, grid.width), along(row, reference.height, grid.height)],
  ];
}
