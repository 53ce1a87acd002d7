/** @file What runs were told to say of whole images: the label as it was then. Snapshots never change, so each is read once. */
import type { LabelTarget } from "../api/contract.ts";
import type { ProjectFile } from "./file.ts";

export class AskedTargets {
  readonly #file: ProjectFile;
  readonly #known = new Map<number, readonly LabelTarget[]>();

  constructor(file: ProjectFile) {
    this.#file = file;
  }

  /** Undefined for a run that was told of no such label. */
  of(runId: number, labelId: number): LabelTarget | undefined {
    let targets = this.#known.get(runId);
    if (targets === undefined) {
      const row = this.#file.get<{ targets: string | null }>(
        "SELECT json_extract(snapshot, '$.targets') AS targets FROM run WHERE id = ?",
        runId,
      );
      targets = JSON.parse(row?.targets ?? "[]") as LabelTarget[];
      this.#known.set(runId, targets);
    }
    return targets.find((target) => target.labelId === labelId);
  }
}
