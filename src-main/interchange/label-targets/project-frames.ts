/**
 * @file The frames of a project as label files may mean them: by name, by the instance they refer to, by place in the patient.
 */
import { replacedUid } from "../../imaging/index.ts";
import type { Project } from "../../project/index.ts";
import type { FrameGeometry, PixelSpacing } from "../../voxels/index.ts";
import { frameNames } from "../export-names.ts";
import type { SetFrame } from "../export-set.ts";
import type { StoredNames } from "../stored-names.ts";
import { type Volume, volumesOf } from "../volumes.ts";
import { ambiguous } from "./label-trouble.ts";

/** Millimeters by which two places may differ and still be one: headers are rounded. */
const SAME_PLACE = 0.05;

/** A frame as another file refers to it; frames count from 1, null: the first. */
export interface SourceReference {
  sopInstanceUid: string;
  frameNumber: number | null;
}

/** Where a slice lies, mm. */
export interface Place {
  geometry: FrameGeometry | null;
  spacing: PixelSpacing | null;
  width: number;
  height: number;
}

export class ProjectFrames {
  readonly project: Project;
  readonly names: StoredNames;
  readonly all: readonly SetFrame[];
  readonly volumes: readonly Volume[];
  readonly #byInstance: Map<string, SetFrame[]>;

  /** `names` tells the pseudonyms under which images may be known. */
  constructor(project: Project, names: StoredNames) {
    this.project = project;
    this.names = names;
    const rows = project.images.frames();
    const ownNames = frameNames(project, rows);
    this.all = rows.map((row) => ({
      row,
      metadata: project.images.metadata(row.frameId),
      name: ownNames.get(row.frameId)!,
      revisionId: 0,
      provenance: null,
    }));
    this.volumes = volumesOf(this.all);
    this.#byInstance = Map.groupBy(
      this.all.filter(({ metadata }) => metadata.instance?.sopInstanceUid),
      ({ metadata }) => metadata.instance!.sopInstanceUid!,
    );
  }

  /** The frame that is referred to; null: the project does not have it. */
  bySource(source: SourceReference | null): SetFrame | null {
    if (source === null) return null;
    const { sopInstanceUid } = source;
    // A file of this project holds replaced UIDs already, one from elsewhere those before.
    const frames =
      this.#byInstance.get(sopInstanceUid) ??
      this.#byInstance.get(replacedUid(this.project.secret, sopInstanceUid)) ??
      [];
    const index = (source.frameNumber ?? 1) - 1;
    return frames.find(({ row }) => row.frameIndex === index) ?? null;
  }

  /** The frame at a place; null: there is none. Throws `Problem` "mask-mismatch" for several; `file` is named in it. */
  byPlace({ geometry, spacing, width, height }: Place, file: string): SetFrame | null {
    if (geometry === null || spacing === null) return null;
    const corners = cornersOf(geometry, spacing, width, height);
    const found = this.all.filter(({ row, metadata }) => {
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
    if (found.length > 1) throw ambiguous(file, `${found.length} frames lie at the place of one of its slices.`);
    return found[0] ?? null;
  }
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
