/**
 * @file Labels that come for many images at once, to the frames of the project that they belong to: by the instance they refer to,
 * by name, by place in the patient. What is not certain is refused.
 */
import type { MaskMatch } from "../api/contract.ts";
import { type FileClass, type LabelFile, replacedUid } from "../imaging/index.ts";
import { Problem } from "../problem/index.ts";
import type { Project } from "../project/index.ts";
import {
  decodeLabelMap,
  encodeLabelMap,
  type FrameGeometry,
  type LabelMap,
  type PixelSpacing,
} from "../voxels/index.ts";
import { frameNames } from "./export-names.ts";
import type { SetFrame } from "./export-set.ts";
import { partsOf, stemWithoutMaskSuffix } from "./file-names.ts";
import { readNiftiComment } from "./nifti-comment.ts";
import type { StoredNames } from "./stored-names.ts";
import { type Volume, volumesOf } from "./volumes.ts";

/** A label map in the classes of the project, for one frame. */
export interface FoundMask {
  frameId: number;
  rle: Uint8Array;
}

export interface FoundMasks {
  masks: FoundMask[];
  match: MaskMatch;
}

/** Millimeters by which two places may differ and still be one: headers are rounded. */
const SAME_PLACE = 0.05;

/** The frames of a project as label files may mean them. Made anew for each import. */
export class LabelTargets {
  readonly #project: Project;
  readonly #frames: SetFrame[];
  readonly #volumes: Volume[];
  readonly #byInstance: Map<string, SetFrame[]>;

  readonly #stored: StoredNames;

  /** `stored` tells the pseudonyms under which images may be known. */
  constructor(project: Project, stored: StoredNames) {
    this.#project = project;
    this.#stored = stored;
    const rows = project.images.frames();
    const names = frameNames(project, rows);
    this.#frames = rows.map((row) => ({
      row,
      metadata: project.images.frame(row.frameId).metadata,
      name: names.get(row.frameId)!,
      revisionId: 0,
      provenance: null,
    }));
    this.#volumes = volumesOf(this.#frames);
    this.#byInstance = Map.groupBy(
      this.#frames.filter(({ metadata }) => metadata.instance?.sopInstanceUid),
      ({ metadata }) => metadata.instance!.sopInstanceUid!,
    );
  }

  /**
   * Which frame gets which label map. Throws `Problem` "mask-mismatch" where that is not certain or does not fit, also for
   * classes that the project does not have unless `addClasses`. nnU-Net's description: see nnunet.ts.
   */
  find(
    file: Exclude<LabelFile, { kind: "nnunet" | "table" }>,
    name: string,
    options: { addClasses: boolean; classes?: readonly FileClass[] | undefined; ignore?: number | null },
  ): FoundMasks {
    if (file.kind === "nifti") return this.#volume(file, name, options);
    const values = classMap(this.#project, file.classes, name, options.addClasses);
    const found = file.kind === "coco" ? this.#coco(file, name) : this.#segmentation(file, name);
    const notes = [
      ...(file.overlaps > 0 ? [`${file.overlaps} pixels were claimed by several classes; the last one has them`] : []),
      ...(found.leftOver.length > 0
        ? [`no image for ${found.leftOver.length}: ${found.leftOver.slice(0, 5).join(", ")}`]
        : []),
    ];
    if (found.pairs.length === 0) throw noImage(name, notes.join("; "));
    return {
      masks: found.pairs.map(({ frame, rle }) => ({ frameId: frame.row.frameId, rle: mapped(rle, values) })),
      match: matchOf(
        name,
        file.kind,
        found.pairs.map(({ frame }) => frame),
        notes,
      ),
    };
  }

  #coco(file: Extract<LabelFile, { kind: "coco" }>, name: string) {
    const byPath = Map.groupBy(this.#frames, (frame) => frame.name.toLowerCase());
    const byStem = Map.groupBy(this.#frames, ({ row, name: own }) =>
      (row.frameCount > 1 ? partsOf(own).fileName : partsOf(row.name).stem).toLowerCase(),
    );
    const leftOver: string[] = [];
    const pairs = file.images.flatMap(({ fileName, width, height, rle }) => {
      const { folders, stem } = partsOf(fileName);
      const candidates =
        byPath.get([...folders, stem].join("/").toLowerCase()) ??
        byStem.get(stem.toLowerCase()) ??
        byStem.get(this.#stored.stem(stem).toLowerCase()) ??
        [];
      if (candidates.length > 1) throw ambiguous(name, `${candidates.length} images are named ${stem}.`);
      const [frame] = candidates;
      if (frame === undefined) {
        leftOver.push(fileName);
        return [];
      }
      requireSize(name, frame, width, height);
      return [{ frame, rle }];
    });
    return { pairs, leftOver };
  }

  #segmentation(file: Extract<LabelFile, { kind: "dicom-seg" }>, name: string) {
    const leftOver: string[] = [];
    const pairs = file.slices.flatMap(({ source, geometry, spacing, rle }, index) => {
      const frame = this.#bySource(source) ?? this.#byPlace(geometry, spacing, file, name);
      if (frame === null) {
        leftOver.push(`slice ${index + 1}`);
        return [];
      }
      requireSize(name, frame, file.width, file.height);
      return [{ frame, rle }];
    });
    if (new Set(pairs.map(({ frame }) => frame)).size < pairs.length) {
      throw ambiguous(name, "Two of its slices belong to one frame.");
    }
    return { pairs, leftOver };
  }

  #bySource(source: { sopInstanceUid: string; frameNumber: number | null } | null): SetFrame | null {
    if (source === null) return null;
    const { sopInstanceUid } = source;
    // A file of this project holds replaced UIDs already, one from elsewhere those before.
    const frames =
      this.#byInstance.get(sopInstanceUid) ??
      this.#byInstance.get(replacedUid(this.#project.secret, sopInstanceUid)) ??
      [];
    const index = (source.frameNumber ?? 1) - 1;
    return frames.find(({ row }) => row.frameIndex === index) ?? null;
  }

  #byPlace(
    geometry: FrameGeometry | null,
    spacing: PixelSpacing | null,
    { width, height }: { width: number; height: number },
    name: string,
  ): SetFrame | null {
    if (geometry === null || spacing === null) return null;
    const corners = cornersOf(geometry, spacing, width, height);
    const found = this.#frames.filter(({ row, metadata }) => {
      if (
        row.width !== width ||
        row.height !== height ||
        metadata.geometry === undefined ||
        metadata.spacing === null
      ) {
        return false;
      }
      const own = cornersOf(metadata.geometry, metadata.spacing, width, height);
      return own.every((value, index) => Math.abs(value - corners[index]!) < SAME_PLACE);
    });
    if (found.length > 1) throw ambiguous(name, `${found.length} frames lie at the place of one of its slices.`);
    return found[0] ?? null;
  }

  #volume(
    file: Extract<LabelFile, { kind: "nifti" }>,
    name: string,
    options: { addClasses: boolean; classes?: readonly FileClass[] | undefined; ignore?: number | null },
  ): FoundMasks {
    const comment = readNiftiComment(file.comment);
    const present = new Set(file.values);
    present.delete(0);
    const { ignore = null } = options;
    if (ignore !== null) present.delete(ignore);
    const named = options.classes ?? comment?.classes;
    const classes = [...present].map(
      (value) => named?.find((each) => each.value === value) ?? { value, name: null, color: null },
    );
    const values = classMap(this.#project, classes, name, options.addClasses);
    const volume = this.#volumeNamed(file, name);
    const [first] = volume.slices as [SetFrame];
    const { width, height } = first.row;
    const annotated = comment?.annotated ?? null;
    const masks: FoundMask[] = [];
    for (const [slice, { row }] of volume.slices.entries()) {
      if (annotated !== null && !annotated.includes(slice)) continue;
      const read = readerOf(file, volume, slice)!;
      const map: LabelMap = { width, height, data: new Uint8Array(width * height) };
      let ignored = 0;
      for (let y = 0, at = 0; y < height; y++) {
        for (let x = 0; x < width; x++, at++) {
          const value = file.values[read.start + x * read.column + y * read.row]!;
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
    return { masks, match: matchOf(name, "nifti", volume.slices, notes) };
  }

  /** By name, and where names do not tell by place; in any case the voxels must lie on the pixels. */
  #volumeNamed(file: Extract<LabelFile, { kind: "nifti" }>, name: string): Volume {
    const stem = stemOf(name);
    const bare = stemWithoutMaskSuffix(stem) ?? stem;
    const given = [stem, bare, `${bare}_0000`];
    const wanted = new Set(
      [...given, ...given.map((each) => this.#stored.stem(each))].map((each) => each.toLowerCase()),
    );
    const isNamed = ({ name: own, slices }: Volume): boolean => {
      const image = stemOf(this.#project.images.image(slices[0]!.row.imageId).fileName).toLowerCase();
      const isAlone = slices.every(({ row }) => row.imageId === slices[0]!.row.imageId);
      const names = [own.toLowerCase(), ...(isAlone ? [image, image.replace(/_0000$/, "")] : [])];
      return names.some((each) => wanted.has(each));
    };
    const fits = (volume: Volume): boolean => volume.slices.every((_, slice) => readerOf(file, volume, slice) !== null);
    const named = this.#volumes.filter(isNamed);
    const fitting = named.filter(fits);
    if (fitting.length === 1) return fitting[0]!;
    if (named.length > 0 && fitting.length === 0) {
      const { row } = named[0]!.slices[0]!;
      throw mismatch(
        name,
        `It has ${file.size.join(" x ")} voxels; ${named[0]!.name} has ${row.width} x ${row.height} x ${named[0]!.slices.length}, or lies elsewhere.`,
      );
    }
    const placed = file.toPatient === null ? [] : this.#volumes.filter((each) => each.geometry !== null && fits(each));
    if (fitting.length + placed.length > 1 && placed.length !== 1) {
      throw ambiguous(name, `${Math.max(fitting.length, placed.length)} volumes fit its name or its place.`);
    }
    if (placed.length === 1) return placed[0]!;
    throw noImage(name, "No volume has its name or lies at its place.");
  }
}

/**
 * How to walk the voxels of a file along the pixels of a slice; null where they do not coincide. Without a place on either side
 * the axes are taken as columns, rows, slices.
 */
function readerOf(
  { size, toPatient }: { size: readonly [number, number, number]; toPatient: readonly (readonly number[])[] | null },
  { slices, geometry }: Volume,
  slice: number,
): { start: number; column: number; row: number } | null {
  const {
    row: { width, height },
    metadata,
  } = slices[slice]!;
  const strides = [1, size[0], size[0] * size[1]] as const;
  if (toPatient === null || geometry === null || metadata.geometry === undefined || metadata.spacing === null) {
    if (size[0] !== width || size[1] !== height || size[2] !== slices.length) return null;
    return { start: slice * strides[2], column: 1, row: strides[1] };
  }
  if (size[0] * size[1] * size[2] !== width * height * slices.length) return null;
  const toVoxel = inverse(toPatient);
  if (toVoxel === null) return null;
  const { origin, columnDirection, rowDirection } = metadata.geometry;
  const at = (column: number, row: number): number[] => {
    const world = (["x", "y", "z"] as const).map(
      (axis, index) =>
        origin[axis] +
        column * metadata.spacing!.x * columnDirection[axis] +
        row * metadata.spacing!.y * rowDirection[axis] -
        toPatient[index]![3]!,
    );
    return toVoxel.map((line) => line[0]! * world[0]! + line[1]! * world[1]! + line[2]! * world[2]!);
  };
  const corners = [at(0, 0), at(width - 1, 0), at(0, height - 1), at(width - 1, height - 1)];
  const rounded = corners.map((corner) => corner.map(Math.round));
  const isOnGrid = corners.every((corner, index) =>
    corner.every((value, axis) => {
      const whole = rounded[index]![axis]!;
      return Math.abs(value - whole) < 0.1 && whole >= 0 && whole < size[axis]!;
    }),
  );
  if (!isOnGrid) return null;
  const offset = (corner: readonly number[]): number =>
    corner.reduce((sum, value, axis) => sum + value * strides[axis]!, 0);
  const [start, right, below] = rounded.map(offset) as [number, number, number];
  // One step of a column is one step along one axis of the array.
  const column = width === 1 ? 0 : (right - start) / (width - 1);
  const row = height === 1 ? 0 : (below - start) / (height - 1);
  const isStep = (step: number, count: number): boolean =>
    count === 1 || strides.some((each) => Math.abs(step) === each);
  return isStep(column, width) && isStep(row, height) ? { start, column, row } : null;
}

function inverse(m: readonly (readonly number[])[]): number[][] | null {
  const [a, b, c] = m as [readonly number[], readonly number[], readonly number[]];
  const cross = (p: readonly number[], q: readonly number[]): number[] => [
    p[1]! * q[2]! - p[2]! * q[1]!,
    p[2]! * q[0]! - p[0]! * q[2]!,
    p[0]! * q[1]! - p[1]! * q[0]!,
  ];
  const columns = [cross(b, c), cross(c, a), cross(a, b)];
  const determinant = a[0]! * columns[0]![0]! + a[1]! * columns[0]![1]! + a[2]! * columns[0]![2]!;
  if (Math.abs(determinant) < 1e-12) return null;
  return [0, 1, 2].map((row) => columns.map((column) => column[row]! / determinant));
}

function cornersOf(geometry: FrameGeometry, spacing: PixelSpacing, width: number, height: number): number[] {
  const { origin, columnDirection, rowDirection } = geometry;
  return [
    [0, 0],
    [width - 1, 0],
    [0, height - 1],
  ].flatMap(([column, row]) =>
    (["x", "y", "z"] as const).map(
      (axis) => origin[axis] + column! * spacing.x * columnDirection[axis] + row! * spacing.y * rowDirection[axis],
    ),
  );
}

/** Value in the project for each value in the file. Named classes are found by name, nameless ones by value. */
export function classMap(
  project: Project,
  classes: readonly FileClass[],
  file: string,
  addClasses: boolean,
): Uint8Array {
  const own = project.classes.list();
  const values = new Uint8Array(256);
  const missing: FileClass[] = [];
  for (const each of classes) {
    const known = own.find(({ value, name }) =>
      each.name === null ? value === each.value : name.toLowerCase() === each.name.trim().toLowerCase(),
    );
    if (known === undefined) missing.push(each);
    else values[each.value] = known.value;
  }
  const nameless = missing.filter(({ name }) => name === null);
  if (missing.length > 0 && (!addClasses || nameless.length > 0)) {
    const listed = missing.map(({ name, value }) => name ?? `value ${value}`).join(", ");
    throw new Problem({
      code: "mask-mismatch",
      title: `${partsOf(file).fileName}: it has classes that the project does not have.`,
      detail: `Missing: ${listed}; the project has ${own.map(({ name }) => name).join(", ")}.`,
      hint: nameless.length > 0 ? "Add the classes to the project first." : "Add them, or import with --add-classes.",
    });
  }
  for (const { value, name, color } of missing) {
    values[value] = project.classes.add({ name: name!, ...(color === null ? {} : { color }) }).value;
  }
  return values;
}

function mapped(rle: Uint8Array, values: Uint8Array): Uint8Array {
  const { width, height, data } = decodeLabelMap(rle);
  return encodeLabelMap({ width, height, data: data.map((value) => values[value]!) });
}

function matchOf(file: string, kind: MaskMatch["kind"], frames: readonly SetFrame[], notes: string[]): MaskMatch {
  const images = [...new Set(frames.map(({ row }) => row.name))];
  return { file, kind, images, notes };
}

/** Without folders and endings, also without the second one of `.nii.gz`. */
function stemOf(name: string): string {
  return partsOf(name).fileName.replace(/(?<=.)(\.nii)?\.[A-Za-z0-9]{1,5}$/, "");
}

function requireSize(file: string, { row }: SetFrame, width: number, height: number): void {
  if (row.width === width && row.height === height) return;
  throw mismatch(file, `The mask has ${width} x ${height} pixels, ${row.name} ${row.width} x ${row.height}.`);
}

function mismatch(file: string, detail: string): Problem {
  return new Problem({
    code: "mask-mismatch",
    title: `${partsOf(file).fileName}: the labels do not fit their images.`,
    detail,
    hint: "Check that files and images belong together; export the labels in the space of the images.",
  });
}

function ambiguous(file: string, detail: string): Problem {
  return new Problem({
    code: "mask-mismatch",
    title: `${partsOf(file).fileName}: it is not certain which image is meant.`,
    detail,
    hint: "Give each image a name of its own, or import these labels into a project without the others.",
  });
}

function noImage(file: string, detail: string): Problem {
  return new Problem({
    code: "mask-mismatch",
    title: `${partsOf(file).fileName}: there is no image for it.`,
    detail,
    hint: "Import the images first, or together with their labels.",
  });
}
