/**
 * @file The slices around a frame, in order: what is copied from a neighbor or filled in between two.
 */
import { decodeLabelMap, dot, cross, type FrameGeometry, presentClasses, sortSeries } from "../voxels/index.ts";
import type { SliceRow } from "../api/contract.ts";
import type { Annotations } from "./annotations.ts";
import type { ProjectFile } from "./file.ts";
import { found } from "./trouble.ts";

/** An RLE label map of one run is no longer; longer ones hold something. */
const ONE_RUN_BYTES = 20;

interface SliceRecord {
  frameId: number;
  geometry: string | null;
  number: number | null;
}

export class Slices {
  readonly #file: ProjectFile;
  readonly #annotations: Annotations;

  constructor(file: ProjectFile, annotations: Annotations) {
    this.#file = file;
    this.#annotations = annotations;
  }

  /**
   * All slices that a frame stands among, itself included, of one size: its DICOM series; else the frames of its file, if those are
   * several; else the single pictures of its case, by name.
   */
  around(frameId: number): SliceRow[] {
    found(this.#file.get("SELECT 1 FROM frame WHERE id = ?", frameId), "frame", frameId);
    const records = this.#file.all<SliceRecord>(
      `WITH placed AS (
         SELECT frame.id, frame.image_id, image.case_id, frame.width, frame.height, frame.frame_index, image.file_name,
           json_extract(frame.metadata, '$.geometry') AS geometry,
           json_extract(frame.metadata, '$.instance.number') AS number,
           json_extract(frame.metadata, '$.instance.seriesUid') AS series,
           (SELECT count(*) FROM frame AS other WHERE other.image_id = frame.image_id) > 1 AS is_stack
         FROM frame JOIN image ON image.id = frame.image_id
         WHERE image.case_id = (SELECT image.case_id FROM frame JOIN image ON image.id = frame.image_id WHERE frame.id = ?)
           AND image.removed_by IS NULL
       ), chosen AS (SELECT * FROM placed WHERE id = ?)
       SELECT placed.id AS frameId, placed.geometry, placed.number FROM placed, chosen
       WHERE placed.width = chosen.width AND placed.height = chosen.height AND placed.series IS chosen.series
         AND (chosen.series IS NOT NULL OR placed.image_id = chosen.image_id OR (NOT chosen.is_stack AND NOT placed.is_stack))
       ORDER BY placed.file_name, placed.image_id, placed.frame_index`,
      frameId,
      frameId,
    );
    const members = records.map(({ frameId: id, geometry, number }) => ({
      frameId: id,
      number,
      geometry: geometry === null ? undefined : (JSON.parse(geometry) as FrameGeometry),
    }));
    const first = members[0]!.geometry;
    const normal = first === undefined ? null : cross(first.columnDirection, first.rowDirection);
    return sortSeries(members).map(({ frameId: id, geometry }) => ({
      frameId: id,
      position: normal === null || geometry === undefined ? null : dot(normal, geometry.origin),
      revisionId: this.#annotations.head(id),
      isEmpty: this.#isEmpty(id),
    }));
  }

  /**
   * The volume of every frame that is a slice of one: a DICOM series, or the frames of a file, of one size. `id`: the lowest of its
   * frames; `slices`: how many it has.
   */
  volumes(): Map<number, { id: number; slices: number }> {
    const rows = this.#file.all<{ frameId: number; id: number; slices: number }>(
      `WITH placed AS (
         SELECT frame.id AS frameId, frame.width, frame.height, image.case_id,
           json_extract(frame.metadata, '$.instance.seriesUid') AS series,
           iif(json_extract(frame.metadata, '$.instance.seriesUid') IS NULL, image.id, NULL) AS file
         FROM frame JOIN image ON image.id = frame.image_id WHERE image.removed_by IS NULL
       )
       SELECT frameId, min(frameId) OVER volume AS id, count(*) OVER volume AS slices
       FROM placed WINDOW volume AS (PARTITION BY case_id, series, file, width, height)`,
    );
    const slicesOnly = rows.filter(({ slices }) => slices > 1);
    return new Map(slicesOnly.map(({ frameId, id, slices }) => [frameId, { id, slices }]));
  }

  #isEmpty(frameId: number): boolean {
    const rle = this.#annotations.mask(frameId);
    return rle === null || (rle.length < ONE_RUN_BYTES && presentClasses(decodeLabelMap(rle)).length === 0);
  }
}
