/** @file What a person made of pairs, action by action: how each stands, and the latest action taken back. */
import type { PairAlignment, PairMark } from "../api/contract.ts";
import { Problem } from "../problem/index.ts";
import type { ProjectFile } from "./file.ts";

export interface PairStanding {
  mark: PairMark;
  alignment: PairAlignment | null;
}

export const pairKey = ({ source, target }: { source: number | null; target: number | null }): string =>
  `${source} ${target}`;

export class PairChanges {
  readonly #file: ProjectFile;

  constructor(file: ProjectFile) {
    this.#file = file;
  }

  /** By place; what is not in it is as it was found. */
  latest(pairingId: number): Map<number, PairStanding> {
    const rows = this.#file.all<{ place: number; mark: PairMark; alignment: string | null }>(
      "SELECT place, mark, alignment FROM pair_change WHERE pairing_id = ? ORDER BY id",
      pairingId,
    );
    return new Map(
      rows.map(({ place, mark, alignment }) => [
        place,
        { mark, alignment: alignment === null ? null : (JSON.parse(alignment) as PairAlignment) },
      ]),
    );
  }

  /** What was made last of these two images, in whatever pairing: by `pairKey`. What is as it was found is not in it. */
  ofImages(): Map<string, PairStanding> {
    const rows = this.#file.all<{ source: number; target: number; mark: PairMark; alignment: string | null }>(
      `SELECT source_frame_id AS source, target_frame_id AS target, mark, alignment FROM pair_change JOIN paired_frame USING (pairing_id, place)
       ORDER BY pair_change.id`,
    );
    const latest = new Map(rows.map((row) => [pairKey(row), row]));
    return new Map(
      [...latest].flatMap(([key, { mark, alignment }]) =>
        mark === "kept" && alignment === null
          ? []
          : [[key, { mark, alignment: alignment === null ? null : (JSON.parse(alignment) as PairAlignment) }] as const],
      ),
    );
  }

  /** null: nothing was done. */
  latestAction(pairingId: number): number | null {
    return this.#file.get<{ action: number | null }>(
      "SELECT max(action) AS action FROM pair_change WHERE pairing_id = ?",
      pairingId,
    )!.action;
  }

  /** Stores how pairs stand now: as a part of `action`, else as an action of its own. Returns the action. */
  add(
    what: string,
    pairingId: number,
    changes: readonly (PairStanding & { place: number })[],
    action?: number,
  ): number {
    const file = this.#file;
    return file.edit(what, ["pairings"], () => {
      const number =
        action ?? 1 + (file.get<{ last: number | null }>("SELECT max(action) AS last FROM pair_change")!.last ?? 0);
      for (const { place, mark, alignment } of changes) {
        file.run(
          "INSERT INTO pair_change (action, pairing_id, place, changed_at, mark, alignment) VALUES (?, ?, ?, ?, ?, ?)",
          number,
          pairingId,
          place,
          new Date().toISOString(),
          mark,
          alignment === null ? null : JSON.stringify(alignment),
        );
      }
      return number;
    });
  }

  undo(pairingId: number): void {
    const action = this.latestAction(pairingId);
    if (action === null) {
      throw new Problem({
        code: "conflict",
        title: "There is nothing to take back.",
        detail: "All pairs are as they were found.",
        hint: "Pair again to find others.",
      });
    }
    this.#file.edit("take back a change of pairs", ["pairings"], () => {
      this.#file.run("DELETE FROM pair_change WHERE pairing_id = ? AND action = ?", pairingId, action);
    });
  }
}
