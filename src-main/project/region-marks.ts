/** @file Regions of proposals that a person kept or removed one by one: kept beside the proposal until it is gone, whatever is decided about it. */
import type { RegionMark } from "../api/contract.ts";
import { Problem } from "../problem/index.ts";
import { decodeLabelMap } from "../voxels/index.ts";
import type { ProjectFile } from "./file.ts";
import type { Proposals } from "./proposals.ts";

export class RegionMarks {
  readonly #file: ProjectFile;
  readonly #proposals: Proposals;

  constructor(file: ProjectFile, proposals: Proposals) {
    this.#file = file;
    this.#proposals = proposals;
  }

  /** In the order in which they were made; of a proposal without any, none. "not-found" where there is no such proposal. */
  list(proposalId: number): RegionMark[] {
    this.#proposals.get(proposalId);
    const row = this.#file.get<{ marks: string }>("SELECT marks FROM region_marks WHERE proposal_id = ?", proposalId);
    return row === undefined ? [] : (JSON.parse(row.marks) as RegionMark[]);
  }

  /** In place of those before. "conflict" unless the proposal waits; "mask-mismatch" where a region is not of the size of the image. */
  replace(proposalId: number, marks: readonly RegionMark[]): void {
    this.#file.edit("mark regions of a proposal", [], () => {
      const { frameId, state } = this.#proposals.get(proposalId);
      if (state !== "pending") {
        throw new Problem({
          code: "conflict",
          title: `The proposal was already ${state}.`,
          hint: "Take that decision back first.",
        });
      }
      const size = this.#file.get<{ width: number; height: number }>(
        "SELECT width, height FROM frame WHERE id = ?",
        frameId,
      )!;
      for (const { mask } of marks) decodeLabelMap(Buffer.from(mask, "base64"), size);
      if (marks.length === 0) {
        this.#file.run("DELETE FROM region_marks WHERE proposal_id = ?", proposalId);
        return;
      }
      this.#file.run(
        "INSERT OR REPLACE INTO region_marks (proposal_id, marks, changed_at) VALUES (?, ?, ?)",
        proposalId,
        JSON.stringify(marks),
        new Date().toISOString(),
      );
    });
  }
}
