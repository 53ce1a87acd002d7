/**
 * @file Label maps of NIfTI, NRRD and TIFF: one array for a whole volume.
 */
import type { VolumeLabels } from "../../imaging/index.ts";
import { encodeLabelMap, type LabelMap } from "../../voxels/index.ts";
import type { SetFrame } from "../export-set.ts";
import { partsOf, stemWithoutMaskSuffix } from "../file-names.ts";
import type { Volume } from "../volumes.ts";
import { classMap } from "./class-map.ts";
import { type FoundMask, type FoundMasks, type LabelRequest, matchOf } from "./found-masks.ts";
import { ambiguous, mismatch, noImage } from "./label-trouble.ts";
import type { ProjectFrames } from "./project-frames.ts";
import { voxelWalk } from "./voxel-walk.ts";

/** Reads the file along each slice of its volume; slices that are marked as not annotated get nothing. */
export function findVolume(file: VolumeLabels, frames: ProjectFrames, request: LabelRequest): FoundMasks {
  const { name, addClasses, ignore = null } = request;
  const { comment } = file;
  const present = new Set(file.values);
  present.delete(0);
  if (ignore !== null) present.delete(ignore);
  const named = request.classes ?? comment?.classes;
  const classes = [...present].map(
    (value) => named?.find((each) => each.value === value) ?? { value, name: null, color: null },
  );
  const values = classMap(frames.project, classes, name, addClasses);
  const volume = volumeOf(file, frames, request);
  const [first] = volume.slices as [SetFrame];
  const { width, height } = first.row;
  const annotated = comment?.annotated ?? null;
  const masks: FoundMask[] = [];
  for (const [slice, { row }] of volume.slices.entries()) {
    if (annotated !== null && !annotated.includes(slice)) continue;
    const walk = voxelWalk(file, volume, slice)!;
    const map: LabelMap = { width, height, data: new Uint8Array(width * height) };
    let ignored = 0;
    for (let y = 0, at = 0; y < height; y++) {
      for (let x = 0; x < width; x++, at++) {
        const value = file.values[walk.start + x * walk.column + y * walk.row]!;
        if (value === ignore) ignored++;
        else map.data[at] = values[value]!;
      }
    }
    if (ignored === map.data.length) continue;
    if (ignored > 0) {
      throw mismatch(name, `Slice ${slice + 1} is annotated in part (label "ignore"); only whole slices are read.`);
    }
    masks.push({ frameId: row.frameId, rle: encodeLabelMap(map) });
  }
  const left = volume.slices.length - masks.length;
  const notes = left > 0 ? [`${left} slices are marked as not annotated`] : [];
  return { masks, match: matchOf(name, file.format, volume.slices, notes) };
}

/** By name, and where names do not tell by place; in any case the voxels must lie on the pixels. */
function volumeOf(
  file: VolumeLabels,
  { project, names: stored, volumes }: ProjectFrames,
  { name, imageStem }: LabelRequest,
): Volume {
  const stem = stemOf(name);
  const bare = stemWithoutMaskSuffix(stem) ?? stem;
  const given = imageStem === undefined ? [stem, bare, `${bare}_0000`] : [imageStem, stem];
  const wanted = new Set([...given, ...given.map((each) => stored.stem(each))].map((each) => each.toLowerCase()));
  const isNamed = ({ name: own, slices }: Volume): boolean => {
    const image = stemOf(project.images.image(slices[0]!.row.imageId).fileName).toLowerCase();
    const isAlone = slices.every(({ row }) => row.imageId === slices[0]!.row.imageId);
    const names = [own.toLowerCase(), ...(isAlone ? [image, image.replace(/_0000$/, "")] : [])];
    return names.some((each) => wanted.has(each));
  };
  const fits = (volume: Volume): boolean => volume.slices.every((_, slice) => voxelWalk(file, volume, slice) !== null);
  const named = volumes.filter(isNamed);
  const fitting = named.filter(fits);
  if (fitting.length === 1) return fitting[0]!;
  if (named.length > 0 && fitting.length === 0) {
    const { row } = named[0]!.slices[0]!;
    throw mismatch(
      name,
      `It has ${file.size.join(" x ")} voxels; ${named[0]!.name} has ${row.width} x ${row.height} x ${named[0]!.slices.length}, or lies elsewhere.`,
    );
  }
  const placed = file.toPatient === null ? [] : volumes.filter((each) => each.geometry !== null && fits(each));
  if (fitting.length + placed.length > 1 && placed.length !== 1) {
    throw ambiguous(name, `${Math.max(fitting.length, placed.length)} volumes fit its name or its place.`);
  }
  if (placed.length === 1) return placed[0]!;
  throw noImage(name, "No volume has its name or lies at its place.");
}

/** Without folders and endings, also without the second one of `.nii.gz`. */
function stemOf(name: string): string {
  return partsOf(name).fileName.replace(/(?<=.)(\.nii)?\.[A-Za-z0-9]{1,5}$/, "");
}
