/**
 * @file Redaction in the project file: stored bytes take the place of others, and the others are overwritten on the disk: in the
 * file, in its write-ahead log and in the snapshots beside it.
 */
import fs from "node:fs";
import Database from "better-sqlite3";
import { sha256 } from "./blobs.ts";
import type { SqlValue } from "./file.ts";
import { KEPT_SNAPSHOTS, snapshotPath } from "./snapshot.ts";

export interface ReplacedPixels {
  imageId: number;
  /** The only frame whose file it is; null: the image's file, of all its frames. */
  frameId: number | null;
  bytes: Uint8Array;
  thumbnail: Uint8Array;
}

interface Statements {
  run(sql: string, ...values: SqlValue[]): void;
  all<Row>(sql: string, ...values: SqlValue[]): Row[];
}

/** Puts bytes and thumbnail in place, and deletes those that nothing refers to any more. Within a transaction. */
export function replacePixels(database: Statements, { imageId, frameId, bytes, thumbnail }: ReplacedPixels): void {
  const hasFrameFiles = database.all("SELECT 1 FROM pragma_table_info('frame') WHERE name = 'blob_sha256'").length > 0;
  const frames = frameId === null ? "image_id = ?" : "id = ?";
  const owner = frameId ?? imageId;
  const old = new Set<string>();
  const note = (sql: string, ...values: SqlValue[]): void => {
    for (const { sha } of database.all<{ sha: string | null }>(sql, ...values)) if (sha !== null) old.add(sha);
  };
  note("SELECT blob_sha256 AS sha FROM image WHERE id = ?", imageId);
  note(`SELECT thumbnail_sha256 AS sha FROM frame WHERE ${frames}`, owner);
  if (hasFrameFiles) note(`SELECT blob_sha256 AS sha FROM frame WHERE ${frames}`, owner);
  if (old.size === 0) return; // a snapshot from before the import
  const [stored, picture] = [bytes, thumbnail].map((content) => {
    const digest = sha256(content);
    database.run("INSERT OR IGNORE INTO blob (sha256, bytes) VALUES (?, ?)", digest, content);
    return digest;
  });
  if (frameId === null || !hasFrameFiles) {
    database.run("UPDATE image SET blob_sha256 = ? WHERE id = ?", stored!, imageId);
  } else {
    // An image whose frames are stored each by itself points to the first.
    database.run(
      "UPDATE image SET blob_sha256 = ? WHERE id = ? AND blob_sha256 = (SELECT blob_sha256 FROM frame WHERE id = ?)",
      ...[stored!, imageId, frameId],
    );
    database.run("UPDATE frame SET blob_sha256 = ? WHERE id = ?", stored!, frameId);
  }
  // One picture, of the middle frame, may stand for all frames of an image.
  const isMiddle =
    frameId !== null &&
    database.all(
      "SELECT 1 FROM frame WHERE id = ? AND frame_index = (SELECT count(*) / 2 FROM frame WHERE image_id = ?)",
      frameId,
      imageId,
    ).length > 0;
  if (isMiddle) {
    database.run(
      `UPDATE frame SET thumbnail_sha256 = ?
       WHERE image_id = ? AND thumbnail_sha256 = (SELECT thumbnail_sha256 FROM frame WHERE id = ?)`,
      ...[picture!, imageId, frameId],
    );
  } else database.run(`UPDATE frame SET thumbnail_sha256 = ? WHERE ${frames}`, picture!, owner);
  const frameFiles = hasFrameFiles ? "AND NOT EXISTS (SELECT 1 FROM frame WHERE frame.blob_sha256 = blob.sha256)" : "";
  for (const digest of old) {
    database.run(
      `DELETE FROM blob WHERE sha256 = ?
         AND NOT EXISTS (SELECT 1 FROM image WHERE image.blob_sha256 = blob.sha256)
         AND NOT EXISTS (SELECT 1 FROM frame WHERE frame.thumbnail_sha256 = blob.sha256)
         AND NOT EXISTS (SELECT 1 FROM sample WHERE sample.blob_sha256 = blob.sha256) ${frameFiles}`,
      digest,
    );
  }
}

/** The same in all snapshots of a project: a backup must not keep what was redacted. */
export function replacePixelsInSnapshots(projectPath: string, replaced: readonly ReplacedPixels[]): void {
  for (let index = 1; index <= KEPT_SNAPSHOTS; index++) {
    const file = snapshotPath(projectPath, index);
    if (!fs.existsSync(file)) continue;
    const database = new Database(file);
    try {
      database.pragma("secure_delete = ON");
      const statements: Statements = {
        run: (sql, ...values) => void database.prepare<SqlValue[]>(sql).run(...values),
        all: <Row>(sql: string, ...values: SqlValue[]) => database.prepare<SqlValue[]>(sql).all(...values) as Row[],
      };
      database
        .transaction(() => {
          for (const each of replaced) replacePixels(statements, each);
        })
        .immediate();
    } finally {
      database.close(); // the last connection empties and removes its write-ahead log
    }
  }
}
