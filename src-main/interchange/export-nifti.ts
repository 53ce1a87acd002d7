/**
 * @file NIfTI label maps, one `.nii.gz` per volume with the geometry of its images; also images, for nnU-Net.
 */
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { LabelClass } from "../api/contract.ts";
import { niftiComment, writeNifti } from "../imaging/index.ts";
import { createSamples, type Samples } from "../voxels/index.ts";
import { breathe } from "./breathe.ts";
import type { ExportFile } from "./export-files.ts";
import type { AnnotatedFrame, ExportSet, SetFrame } from "./export-set.ts";
import { inStoredLayout } from "./stored-layout.ts";
import { type Volume, volumesOf } from "./volumes.ts";

/** Label maps are mostly runs: the fastest level packs them as well as any. */
const packed = promisify(gzip);
const LEVEL = 1;

/** Volumes of which at least one slice is annotated. */
export function annotatedVolumes(set: ExportSet): Volume[] {
  return volumesOf(set.frames).filter(({ slices }) => slices.some(isAnnotated));
}

export function isAnnotated(slice: SetFrame): slice is AnnotatedFrame {
  return slice.provenance !== null;
}

/** Sentences for the card on series that are in several files, because their slices are not evenly spaced or parallel. */
export function cutSeriesNotes(set: ExportSet): string[] {
  const bySeries = Map.groupBy(annotatedVolumes(set), ({ slices: [first] }) => {
    const series = first!.row.frameCount > 1 ? null : first!.metadata.instance?.seriesUid;
    return series === null || series === undefined
      ? `image ${first!.row.imageId}`
      : `case ${first!.row.caseId} series ${series}`;
  });
  return [...bySeries.values()]
    .filter((parts) => parts.length > 1)
    .map(
      (parts) =>
        `Slices of one series are missing, unevenly spaced, tilted or repeated: they are in ${parts.length} files, ` +
        `${parts.map(({ name }) => name).join(", ")}, for a NIfTI file holds evenly spaced slices only.`,
    );
}

/** `<volume>.nii.gz` each. */
export function niftiFiles(set: ExportSet, signal?: AbortSignal): ExportFile[] {
  return annotatedVolumes(set).map((volume) => ({
    name: `${volume.name}.nii.gz`,
    content: () => niftiLabels(set, volume, { signal }),
  }));
}

/**
 * Slices that are not annotated are filled with `unannotated`; a comment in the header says which are. `classes` and `renumber`: other
 * values than those of the project.
 */
export async function niftiLabels(
  set: ExportSet,
  { slices, geometry }: Volume,
  {
    unannotated = 0,
    classes = set.classes,
    renumber = (values) => values,
    signal,
  }: {
    unannotated?: number;
    classes?: LabelClass[];
    renumber?: (values: Uint8Array) => Uint8Array;
    signal?: AbortSignal | undefined;
  } = {},
): Promise<Uint8Array> {
  const { width, height } = slices[0]!.row;
  const data = new Uint8Array(width * height * slices.length);
  for (const [index, slice] of slices.entries()) {
    const at = index * width * height;
    if (isAnnotated(slice)) data.set(renumber(set.labelMap(slice).data), at);
    else data.fill(unannotated, at, at + width * height);
    if (index % 16 === 0) await breathe(signal);
  }
  const annotated = slices.flatMap((slice, index) => (isAnnotated(slice) ? [index] : []));
  const { spacing } = slices[0]!.metadata;
  const bytes = writeNifti({
    ...inStoredLayout({ dims: [width, height, slices.length], data, spacing, geometry }, { slices }),
    isLabelMap: true,
    comment: niftiComment({ classes, annotated, slices: slices.length }),
  });
  return packed(bytes, { level: LEVEL });
}

/** One channel of the images, in units of the modality: samples as stored where all slices share their rescale, else float32. */
export async function niftiImage(
  set: ExportSet,
  { slices, geometry }: Volume,
  { channel, signal }: { channel: number; signal?: AbortSignal | undefined },
): Promise<Uint8Array> {
  const [first] = slices as [SetFrame];
  const { width, height, sampleType, rescaleSlope, rescaleIntercept, spacing, channels } = first.metadata;
  const isUniform = slices.every(
    ({ metadata }) =>
      metadata.sampleType === sampleType &&
      metadata.rescaleSlope === rescaleSlope &&
      metadata.rescaleIntercept === rescaleIntercept,
  );
  const plane = width * height;
  const data: Samples = createSamples(isUniform ? sampleType : "float32", plane * slices.length);
  for (const [index, slice] of slices.entries()) {
    const frame = await set.pixels(slice);
    const { rescaleSlope: slope, rescaleIntercept: intercept } = frame;
    for (let pixel = 0; pixel < plane; pixel++) {
      const sample = frame.data[pixel * channels + channel]!;
      data[index * plane + pixel] = isUniform ? sample : sample * slope + intercept;
    }
    await breathe(signal);
  }
  const bytes = writeNifti({
    ...inStoredLayout({ dims: [width, height, slices.length], data, spacing, geometry }, { slices }),
    isLabelMap: false,
    ...(isUniform ? { rescale: { slope: rescaleSlope, intercept: rescaleIntercept } } : {}),
  });
  return packed(bytes, { level: LEVEL });
}
