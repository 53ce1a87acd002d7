/**
 * @file Writing in the pixels: what was found at import, what a person said after looking, what was redacted. Kept with each frame, so
 * that a warning stays until somebody has looked.
 */
import type { BurnedInDetail, BurnedInState, FrameScope } from "../api/contract.ts";
import type { Rectangle } from "../voxels/index.ts";
import type { ProjectFile } from "./file.ts";
import { found } from "./trouble.ts";

/** What a search of a frame gave. */
export interface Finding {
  isSearched: boolean;
  reasons: string[];
  regions: Rectangle[];
}

/** SQL: the state of a frame, of its row in burned_in or of none. */
export const burnedInState = `
  CASE WHEN burned_in.frame_id IS NULL THEN 'not-searched'
    WHEN burned_in.reviewed_at IS NOT NULL THEN iif(burned_in.redacted_rectangles > 0, 'redacted', 'clean')
    WHEN burned_in.reasons <> '[]' THEN 'likely'
    WHEN burned_in.redacted_rectangles > 0 THEN 'redacted'
    WHEN burned_in.is_searched THEN 'none-found'
    ELSE 'not-searched' END`;

interface BurnedInRow {
  state: BurnedInState;
  reasons: string | null;
  regions: string | null;
  redactedRectangles: number | null;
  redactedAt: string | null;
  reviewedAt: string | null;
}

export class BurnedIn {
  readonly #file: ProjectFile;

  constructor(file: ProjectFile) {
    this.#file = file;
  }

  /** All that is known of a frame, and how many frames each scope of a redaction would take. */
  detail(frameId: number): BurnedInDetail {
    const row = found(
      this.#file.get<BurnedInRow>(
        `SELECT ${burnedInState} AS state, reasons, regions, redacted_rectangles AS redactedRectangles,
           redacted_at AS redactedAt, reviewed_at AS reviewedAt
         FROM frame LEFT JOIN burned_in ON burned_in.frame_id = frame.id WHERE frame.id = ?`,
        frameId,
      ),
      "frame",
      frameId,
    );
    return {
      frameId,
      state: row.state,
      reasons: JSON.parse(row.reasons ?? "[]") as string[],
      regions: JSON.parse(row.regions ?? "[]") as Rectangle[],
      redactedRectangles: row.redactedRectangles ?? 0,
      redactedAt: row.redactedAt,
      reviewedAt: row.reviewedAt,
      frames: { image: this.framesOf(frameId, "image").length, series: this.framesOf(frameId, "series").length },
    };
  }

  /**
   * The frames of a scope. A series is what shares case, size and, for DICOM, the series UID: devices write at the same place in each.
   */
  framesOf(frameId: number, scope: FrameScope): number[] {
    const ids = this.#file.all<{ id: number }>(
      {
        frame: "SELECT id FROM frame WHERE id = ?",
        image: `SELECT frame.id FROM frame JOIN frame AS chosen ON chosen.image_id = frame.image_id
          WHERE chosen.id = ? ORDER BY frame.frame_index`,
        series: `SELECT frame.id FROM frame JOIN image ON image.id = frame.image_id,
            (SELECT image.case_id, frame.width, frame.height,
               json_extract(frame.metadata, '$.instance.seriesUid') AS series_uid
             FROM frame JOIN image ON image.id = frame.image_id WHERE frame.id = ?) AS chosen
          WHERE image.removed_by IS NULL AND image.case_id = chosen.case_id AND frame.width = chosen.width AND frame.height = chosen.height
            AND json_extract(frame.metadata, '$.instance.seriesUid') IS chosen.series_uid
          ORDER BY image.id, frame.frame_index`,
      }[scope],
      frameId,
    );
    return ids.map(({ id }) => id);
  }

  /** Notes what a search found in a frame. Within an edit. */
  note(frameId: number, { isSearched, reasons, regions }: Finding): void {
    this.#file.run(
      `INSERT INTO burned_in (frame_id, is_searched, reasons, regions) VALUES (?, ?, ?, ?)
       ON CONFLICT (frame_id) DO UPDATE SET is_searched = excluded.is_searched, reasons = excluded.reasons,
         regions = excluded.regions`,
      frameId,
      Number(isSearched),
      JSON.stringify(reasons),
      JSON.stringify(regions),
    );
  }

  /** Notes a redaction of a frame, what a search finds now, and whether a person looked at it. Within an edit. */
  noteRedaction(frameId: number, redacted: { rectangles: number; finding: Finding; isReviewed: boolean }): void {
    this.note(frameId, redacted.finding);
    const now = new Date().toISOString();
    this.#file.run(
      `UPDATE burned_in SET redacted_rectangles = redacted_rectangles + ?, redacted_at = ?, reviewed_at = ?
       WHERE frame_id = ?`,
      redacted.rectangles,
      now,
      redacted.isReviewed ? now : null,
      frameId,
    );
  }

  /** A person looked at the frames and found no writing (any more); or takes that back. */
  review(frameIds: readonly number[], isReviewed: boolean): void {
    this.#file.edit("look for writing", ["frames", "project"], () => {
      for (const frameId of frameIds) {
        this.#file.run(
          `INSERT INTO burned_in (frame_id, is_searched, reasons, regions, reviewed_at) VALUES (?, 0, '[]', '[]', ?)
           ON CONFLICT (frame_id) DO UPDATE SET reviewed_at = excluded.reviewed_at`,
          frameId,
          isReviewed ? new Date().toISOString() : null,
        );
      }
    });
  }

  counts(): Record<BurnedInState, number> {
    const counts = { "not-searched": 0, "none-found": 0, likely: 0, clean: 0, redacted: 0 };
    const rows = this.#file.all<{ state: BurnedInState; frames: number }>(
      `SELECT ${burnedInState} AS state, count(*) AS frames
       FROM frame JOIN image ON image.id = frame.image_id LEFT JOIN burned_in ON burned_in.frame_id = frame.id
       WHERE image.removed_by IS NULL GROUP BY 1`,
    );
    for (const { state, frames } of rows) counts[state] = frames;
    return counts;
  }
}
