/**
 * @file One writer per project: an empty SQLite database beside it, held by an exclusive transaction. The lock is the
 * operating system's, so it ends with its process, however that ends; within one process SQLite keeps the count.
 */
import fs from "node:fs";
import path from "node:path";
import Database from "better-sqlite3";

export interface ProjectLock {
  release(): void;
}

/** The lock, or why there is none: then the project can only be read. */
export type LockAttempt = { lock: ProjectLock } | { reason: "held" | "unwritable" };

/** Tries once, does not wait. The file `<project>-lock` stays behind, empty: removing it would race with other openers. */
export function acquireLock(projectPath: string): LockAttempt {
  if (!fs.existsSync(path.dirname(path.resolve(projectPath)))) return { reason: "unwritable" };
  // Two ways to the same file (a symbolic link, another spelling) must meet at the same lock.
  const place = fs.existsSync(projectPath) ? fs.realpathSync.native(projectPath) : path.resolve(projectPath);
  let database: Database.Database | undefined;
  try {
    database = new Database(`${place}-lock`, { timeout: 0 });
    // Nothing is ever written, so no journal is needed, nor should one be left behind by a crash.
    database.pragma("journal_mode = OFF");
    database.exec("BEGIN EXCLUSIVE");
    const held = database;
    return { lock: { release: () => held.close() } };
  } catch (error) {
    database?.close();
    const code = error instanceof Database.SqliteError ? error.code : "";
    if (code.startsWith("SQLITE_BUSY")) return { reason: "held" };
    if (code.startsWith("SQLITE_CANTOPEN") || code.startsWith("SQLITE_READONLY")) return { reason: "unwritable" };
    throw error;
  }
}
