/**
 * @file Series to what a network of volumes takes, and back: slices reduced in their plane, one array of normalized intensities, and each
 * voxel's class at the size of its slice again. What is done here is part of a stored model: never change it, add another name.
 */
import { Problem } from "../problem/index.ts";
import { type Frame, type LabelMap, resizeArea, resizeLabelMap, type Size } from "../voxels/index.ts";
import { planesOf } from "./preprocess.ts";
import { type Prediction, restorePrediction } from "./restore.ts";
import { normalizeVolume, notOneVolume, type PerVolumeAxis, type VolumeIntensity, volumeSpacing } from "./volume.ts";

/** How intensities are brought to the network, by the names that stand in models. */
export const VOLUME_INTENSITIES = {
  /** Mean 0 and deviation 1 over the volume (MR). */
  "z-score": { kind: "z-score" },
  /** Hounsfield units of the abdomen, to 0–1 (CT). */
  abdomen: { kind: "window", low: -125, high: 275 },
} as const satisfies Record<string, VolumeIntensity>;

export type VolumeIntensityName = keyof typeof VOLUME_INTENSITIES;

/** The slices of a volume in their order, decoded when asked for. */
export interface VolumeSlices {
  count: number;
  slice(index: number): Promise<Frame>;
}

export interface GridOptions {
  /** Longer side of a slice at most, pixels: larger ones are reduced, smaller ones stay. */
  side: number;
  intensity: VolumeIntensityName;
}

export interface GridVolume {
  size: PerVolumeAxis;
  /** `[..size]`, normalized. */
  values: Float32Array<ArrayBuffer>;
  /** Size of the slices. */
  original: Size;
}

/** Size of slices on the grid, aspect ratio kept. */
export function gridSize({ width, height }: Size, side: number): Size {
  const scale = Math.min(1, side / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/**
 * One slice in memory at a time beside the volume. Color counts as its luminance. `onSize`: told the size before the memory is taken; may
 * throw. Throws `Problem` "unsupported-file" when the slices are not those of one volume.
 */
export async function readVolume(
  slices: VolumeSlices,
  { side, intensity, onSize }: GridOptions & { onSize?: (grid: PerVolumeAxis, original: Size) => void },
): Promise<GridVolume> {
  const first = await slices.slice(0);
  const original = { width: first.width, height: first.height };
  const grid = gridSize(original, side);
  const size = [slices.count, grid.height, grid.width] as const;
  onSize?.(size, original);
  const area = grid.width * grid.height;
  const values = new Float32Array(slices.count * area);
  const places: Pick<Frame, "width" | "height" | "spacing" | "geometry">[] = [];
  for (let index = 0; index < slices.count; index++) {
    const frame = index === 0 ? first : await slices.slice(index);
    const { width, height, spacing, geometry } = frame;
    places.push({ width, height, spacing, ...(geometry === undefined ? {} : { geometry }) });
    expectVolume(places.length > 1 ? [places[0]!, places.at(-1)!] : places); // before its pixels are taken for those of this size
    values.set(resizeArea(planesOf(frame, 1)[0]!, original, grid), index * area);
  }
  expectVolume(places);
  return { size, original, values: normalizeVolume(values, VOLUME_INTENSITIES[intensity]) };
}

function expectVolume(places: Parameters<typeof volumeSpacing>[0]): void {
  const spaced = volumeSpacing(places);
  if (spaced.kind === "no-volume") throw notOneVolume(spaced.reason);
}

/** Class numbers `[..size]`: 0 = background, k + 1 = `classes[k]`; values not listed are background. One map in memory at a time. */
export async function readVolumeLabels(
  { size: [count, height, width], original }: Pick<GridVolume, "size" | "original">,
  labelMap: (index: number) => Promise<LabelMap>,
  classes: readonly number[],
): Promise<Uint8Array<ArrayBuffer>> {
  const classNumber = new Uint8Array(256);
  classes.forEach((value, index) => (classNumber[value] = index + 1));
  const labels = new Uint8Array(count * height * width);
  for (let index = 0; index < count; index++) {
    const map = await labelMap(index);
    if (map.width !== original.width || map.height !== original.height) throw otherSize(map, original);
    const plane = labels.subarray(index * height * width);
    resizeLabelMap(map, { width, height }).data.forEach((value, pixel) => (plane[pixel] = classNumber[value]!));
  }
  return labels;
}

/** Probabilities `[1 + classes, ..size]` as predictions of the slices, in their order, one at a time. */
export function* restoreSlices(
  probabilities: Float32Array,
  { size: [count, height, width], original }: Pick<GridVolume, "size" | "original">,
  classes: readonly number[],
): Generator<Prediction> {
  const area = width * height;
  const planes = 1 + classes.length;
  const own = new Float32Array(planes * area);
  const placement = { left: 0, top: 0, width, height };
  for (let index = 0; index < count; index++) {
    for (let plane = 0; plane < planes; plane++) {
      const start = (plane * count + index) * area;
      own.set(probabilities.subarray(start, start + area), plane * area);
    }
    yield restorePrediction(own, { placement, original }, { size: { width, height }, classes });
  }
}

function otherSize(map: Size, slice: Size): Problem {
  return new Problem({
    code: "mask-mismatch",
    title: "A mask of a series has another size than its slice.",
    detail: `The mask is ${map.width} × ${map.height} pixels, the slice ${slice.width} × ${slice.height}.`,
    hint: "Import a mask of the same size, or draw it again, then start the run anew.",
  });
}
