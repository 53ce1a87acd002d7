/**
 * @file Volumes: where the slices of a series lie, and its intensities as a network takes them. Normalization is part of a
 * stored model: never change it, add another name.
 */
import { Problem } from "../problem/index.ts";
import { cross, dot, type Frame, subtract } from "../voxels/index.ts";

/** One number per axis: planes, rows, columns. */
export type PerVolumeAxis = readonly [z: number, y: number, x: number];

/** Slices closer than this lie at one place, mm. */
const SAME_PLACE = 0.001;
/** Distances of slices may differ by this share and still count as even: positions are written with few digits. */
const UNEVEN = 0.02;

/** Where slices lie, or why they are not those of one volume. */
export type VolumePlaces = { kind: "volume"; spacing: PerVolumeAxis | null } | { kind: "no-volume"; reason: string };

/**
 * Distances between the voxel centers of slices in their order, mm; null where the files do not say, or the slices do not lie
 * evenly. No volume: slices of different sizes, or several at one place (times, echoes).
 */
export function volumeSpacing(
  slices: readonly Pick<Frame, "width" | "height" | "spacing" | "geometry">[],
): VolumePlaces {
  const [first] = slices;
  if (first === undefined) throw new Error("volume: no slices.");
  const { width, height, spacing: inPlane, geometry } = first;
  const odd = slices.find((slice) => slice.width !== width || slice.height !== height);
  if (odd !== undefined) {
    const reason = `Its slices are ${width} × ${height} and ${odd.width} × ${odd.height} pixels.`;
    return { kind: "no-volume", reason };
  }
  const origins = slices.flatMap((slice) => (slice.geometry === undefined ? [] : [slice.geometry.origin]));
  if (geometry === undefined || origins.length < slices.length || slices.length < 2) {
    return { kind: "volume", spacing: null };
  }
  const normal = cross(geometry.columnDirection, geometry.rowDirection);
  const steps = origins.slice(1).map((origin, index) => Math.abs(dot(normal, subtract(origin, origins[index]!))));
  if (steps.some((step) => step < SAME_PLACE)) {
    return { kind: "no-volume", reason: "Several of its slices lie at one place: times or echoes, not a volume." };
  }
  const mean = steps.reduce((sum, step) => sum + step, 0) / steps.length;
  const isEven = steps.every((step) => Math.abs(step - mean) <= UNEVEN * mean);
  return { kind: "volume", spacing: isEven && inPlane !== null ? [mean, inPlane.y, inPlane.x] : null };
}

/** `detail`: why. */
export function notOneVolume(detail: string): Problem {
  return new Problem({
    code: "unsupported-file",
    title: "A series of images is no volume.",
    detail,
    hint: "Take it out of this training, or train slice by slice in two dimensions.",
  });
}

/**
 * How intensities are brought to the network's range: "z-score" of the whole volume (MR), or a "window" in units of the modality,
 * clipped and brought to 0–1 (CT).
 */
export type VolumeIntensity = { kind: "z-score" } | { kind: "window"; low: number; high: number };

/** Keeps a volume of one value finite, in its units. */
const SMALLEST_DEVIATION = 1e-6;

/** A fresh array. Throws `RangeError` for an empty window. */
export function normalizeVolume(values: Float32Array, intensity: VolumeIntensity): Float32Array<ArrayBuffer> {
  if (intensity.kind === "window") {
    const { low, high } = intensity;
    if (!(low < high)) throw new RangeError(`volume: the window from ${low} to ${high} is empty.`);
    return Float32Array.from(values, (value) => (Math.min(high, Math.max(low, value)) - low) / (high - low));
  }
  let sum = 0;
  for (const value of values) sum += value;
  const mean = sum / values.length;
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  const deviation = Math.max(Math.sqrt(squares / values.length), SMALLEST_DEVIATION);
  return Float32Array.from(values, (value) => (value - mean) / deviation);
}
