/** @file ONNX networks of a person's own that classifiers are trained on. What a record holds is known to the methods. */
import { Problem } from "../problem/index.ts";
import { plainBytes, storeBlob } from "./blobs.ts";
import type { ProjectFile } from "./file.ts";

export interface StoredTrunk {
  id: string;
  sha256: string;
  name: string;
}

/** Runs that may go on reading a trunk. */
const UNDER_WAY = "('queued', 'running', 'paused', 'interrupted')";

export class Trunks {
  readonly #file: ProjectFile;

  constructor(file: ProjectFile) {
    this.#file = file;
  }

  /** The same file again is the same trunk: it takes the newer name. */
  add(record: StoredTrunk, bytes: Uint8Array): void {
    this.#file.edit("add a trunk", ["models"], () => {
      this.#file.run(
        "INSERT OR REPLACE INTO trunk (id, added_at, record, sha256) VALUES (?, ?, ?, ?)",
        record.id,
        new Date().toISOString(),
        JSON.stringify(record),
        storeBlob(this.#file, bytes),
      );
    });
  }

  /** Newest first. */
  list(): StoredTrunk[] {
    return this.#file
      .all<{ record: string }>("SELECT record FROM trunk ORDER BY added_at DESC, id")
      .map(({ record }) => JSON.parse(record) as StoredTrunk);
  }

  find(id: string): StoredTrunk | undefined {
    return this.list().find((trunk) => trunk.id === id);
  }

  /** Throws `Problem` where it is not there. */
  bytes(id: string): Uint8Array<ArrayBuffer> {
    const row = this.#file.get<{ bytes: Uint8Array }>(
      "SELECT blob.bytes FROM trunk JOIN blob ON blob.sha256 = trunk.sha256 WHERE trunk.id = ?",
      id,
    );
    if (row === undefined) throw missing(id);
    return plainBytes(row.bytes);
  }

  /** Models that were trained on it stay as they are. Throws `Problem` while a run may still read it. */
  remove(id: string): void {
    this.#file.edit("remove a trunk", ["models"], () => {
      const { runs } = this.#file.get<{ runs: string | null }>(
        `SELECT group_concat(id, ', ') AS runs FROM run WHERE state IN ${UNDER_WAY} AND json_extract(snapshot, '$.trunk.id') = ?`,
        id,
      )!;
      if (runs !== null) {
        throw new Problem({
          code: "conflict",
          title: `The trunk ${id} is still learned with, in run ${runs}.`,
          hint: "Wait until it is done, or cancel it.",
        });
      }
      const trunk = this.#file.get<{ sha256: string }>("SELECT sha256 FROM trunk WHERE id = ?", id);
      if (trunk === undefined) throw missing(id);
      this.#file.run("DELETE FROM trunk WHERE id = ?", id);
      // A model of this project that came back as a trunk has the same bytes.
      this.#file.run(
        "DELETE FROM blob WHERE sha256 = ? AND sha256 NOT IN (SELECT onnx_sha256 FROM model)",
        trunk.sha256,
      );
    });
  }
}

function missing(id: string): Problem {
  return new Problem({
    code: "not-found",
    title: `There is no trunk ${id} in this project.`,
    hint: "Add its file: aliquot trunk add PROJECT FILE. The same file has the same id.",
  });
}
