/**
 * @file How much two images tell of each other, whatever their contrasts: normalized mutual information, Studholme et al. 1999,
 * doi:10.1016/S0031-3203(98)00091-0.
 */
import { Random } from "../../random/index.ts";
import type { PlaneTransform } from "./transform.ts";

/** One plane of numbers, `[height, width]`. */
export interface Plane {
  width: number;
  height: number;
  data: Float32Array;
}

export interface PlanePair {
  reference: Plane;
  /** On the pixels of the reference. */
  moving: Plane;
}

/** Intensities of each image; more need more samples to fill them. */
const BINS = 32;
/** Of the samples so many must meet the other image, or the map says nothing. */
const LEAST_OVERLAP = 0.4;
/** Single hot pixels must not set the bins. */
const KEPT = 0.995;

/** Of maps from reference to moving, of all pairs together; between 1 and 2, -Infinity where the images hardly meet. */
export type Similarity = (transform: PlaneTransform) => number;

/**
 * `samples`: points of all references together. They lie between pixels, by a fixed seed: on pixels themselves, interpolation would favor maps that meet pixels.
 * Null where an image is of one value.
 */
export function similarityOf(pairs: readonly PlanePair[], samples: number): Similarity | null {
  const each = Math.max(64, Math.floor(samples / pairs.length));
  const prepared = pairs.flatMap(({ reference, moving }, index) => {
    const [own, other] = [toBins(reference.data), toBins(moving.data)];
    return own === null || other === null
      ? []
      : [{ points: samplePoints({ ...reference, data: own }, each, index), moving: { ...moving, data: other } }];
  });
  if (prepared.length === 0) return null;
  const total = prepared.reduce((sum, { points }) => sum + points.values.length, 0);
  const joint = new Float64Array(BINS * BINS);
  return ([a, b, c, d, e, f]) => {
    joint.fill(0);
    let met = 0;
    for (const { points, moving } of prepared) {
      const { width, height, data } = moving;
      const { columns, rows, values } = points;
      for (let at = 0; at < values.length; at++) {
        const x = a * columns[at]! + b * rows[at]! + c;
        const y = d * columns[at]! + e * rows[at]! + f;
        if (!(x >= 0 && y >= 0 && x <= width - 1 && y <= height - 1)) continue;
        const [left, top] = [Math.min(width - 2, Math.floor(x)), Math.min(height - 2, Math.floor(y))];
        const [across, along] = [x - left, y - top];
        const corner = top * width + left;
        const upper = data[corner]! * (1 - across) + data[corner + 1]! * across;
        const lower = data[corner + width]! * (1 - across) + data[corner + width + 1]! * across;
        count(joint, values[at]!, upper * (1 - along) + lower * along);
        met++;
      }
    }
    return met < LEAST_OVERLAP * total ? -Infinity : normalized(joint, met);
  };
}

/** Shared between the neighboring bins of both, so that the measure has no steps. */
function count(joint: Float64Array, own: number, other: number): void {
  const [row, column] = [Math.min(BINS - 2, Math.floor(own)), Math.min(BINS - 2, Math.floor(other))];
  const [p, q] = [own - row, other - column];
  const at = row * BINS + column;
  joint[at]! += (1 - p) * (1 - q);
  joint[at + 1]! += (1 - p) * q;
  joint[at + BINS]! += p * (1 - q);
  joint[at + BINS + 1]! += p * q;
}

/** (H(reference) + H(moving)) / H(both). */
function normalized(joint: Float64Array, total: number): number {
  const [own, other] = [new Float64Array(BINS), new Float64Array(BINS)];
  let both = 0;
  for (let row = 0; row < BINS; row++) {
    for (let column = 0; column < BINS; column++) {
      const share = joint[row * BINS + column]! / total;
      own[row]! += share;
      other[column]! += share;
      both += entropy(share);
    }
  }
  if (both === 0) return -Infinity;
  return (
    (own.reduce((sum, share) => sum + entropy(share), 0) + other.reduce((sum, share) => sum + entropy(share), 0)) / both
  );
}

const entropy = (share: number): number => (share > 0 ? -share * Math.log(share) : 0);

/** Values from 0 to `BINS - 1`; null where all are one. */
function toBins(data: Float32Array): Float32Array | null {
  const sorted = data.filter(Number.isFinite).sort();
  if (sorted.length === 0) return null;
  const low = sorted[0]!;
  // Of what is above the lowest, which is often most of the image.
  const first = sorted.findIndex((value) => value > low);
  if (first < 0) return null;
  const high = sorted[first + Math.ceil(KEPT * (sorted.length - 1 - first))]!;
  const scale = (BINS - 1) / (high - low);
  return data.map((value) => (Number.isFinite(value) ? Math.min(BINS - 1, (value - low) * scale) : 0));
}

interface SamplePoints {
  columns: Float32Array;
  rows: Float32Array;
  values: Float32Array;
}

function samplePoints({ width, height, data }: Plane, wanted: number, key: number): SamplePoints {
  const random = new Random(1, "alignment", key);
  const step = Math.max(1, Math.sqrt((width * height) / wanted));
  const [columns, rows, values]: [number[], number[], number[]] = [[], [], []];
  for (let row = 0; row + step <= height; row += step) {
    for (let column = 0; column + step <= width; column += step) {
      const x = Math.min(width - 1.001, column + step * random.uniform());
      const y = Math.min(height - 1.001, row + step * random.uniform());
      const [left, top] = [Math.floor(x), Math.floor(y)];
      const at = top * width + left;
      const upper = data[at]! * (1 - x + left) + data[at + 1]! * (x - left);
      const lower = data[at + width]! * (1 - x + left) + data[at + width + 1]! * (x - left);
      columns.push(x);
      rows.push(y);
      values.push(upper * (1 - y + top) + lower * (y - top));
    }
  }
  return { columns: new Float32Array(columns), rows: new Float32Array(rows), values: new Float32Array(values) };
}
