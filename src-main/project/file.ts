/**
 * @file The open database of a project: statements, transactions, change notices. What is stored is for the nouns
 * beside this file to know.
 */
import path from "node:path";
import type Database from "better-sqlite3";
import type { EventMap } from "../api/contract.ts";
import { Problem } from "../problem/index.ts";
import { FilePlace } from "./place.ts";
import { explainedFileTrouble } from "./trouble.ts";

/** A list of the project that an edit changes. */
export type ChangedPart = EventMap["changed"]["what"][number];
/** `frameIds`: the only frames of which rows changed; undefined when others may have, or the list itself. */
export type ChangeListener = (what: ChangedPart[], frameIds: number[] | undefined) => void;
/** A list, or only one of its rows. */
export type Change = ChangedPart | { frameId: number };
export type SqlValue = number | string | null | Uint8Array;

/** Beyond, the list is as soon read anew. */
const MAX_ROWS_TOLD = 100;

/** About 1 MB between two turns of the event loop. */
const PAGES_A_TURN = 128;

/** By id, which is indexed; within each table times rise with it. */
const LAST_STEP = `SELECT max(at) AS at FROM (
  SELECT (SELECT created_at FROM mask_revision ORDER BY id DESC LIMIT 1) AS at
  UNION ALL SELECT (SELECT created_at FROM proposal ORDER BY id DESC LIMIT 1)
  UNION ALL SELECT (SELECT decided_at FROM review_decision ORDER BY id DESC LIMIT 1))`;

export interface CopyOptions {
  signal?: AbortSignal | undefined;
  onProgress?: ((done: number, total: number) => void) | undefined;
}

/** Why nothing can be written. */
export interface ReadOnlyReason {
  code: "project-locked" | "read-only";
  text: string;
}

/**
 * When an edit must have reached the disk: "now", before it counts as done, as a stroke must; or "soon", by `settle` or the next edit
 * that is "now". A crash of the app loses neither, a power cut what is not settled.
 */
export type Durability = "now" | "soon";

export class ProjectFile {
  readonly path: string;
  /** File name without folder and ending. */
  readonly name: string;
  readonly readOnly: ReadOnlyReason | null;
  readonly #database: Database.Database;
  /** null where nothing is written. */
  readonly #place: FilePlace | null;
  readonly #statements = new Map<string, Database.Statement<SqlValue[]>>();
  readonly #listeners = new Set<ChangeListener>();
  readonly #changed = new Set<ChangedPart>();
  /** Of the edit under way: frames of which only the row changed. */
  readonly #changedFrames = new Set<number>();
  readonly #rollbackListeners = new Set<() => void>();
  #isSettled = true;
  #isHeld = false;
  #edits: number;
  /** Milliseconds since 1970; null until the first is asked for. */
  #lastStepAt: number | null = null;

  constructor(database: Database.Database, filePath: string, readOnly: ReadOnlyReason | null) {
    this.#database = database;
    this.path = filePath;
    this.name = path.basename(filePath, ".aliquot");
    this.readOnly = readOnly;
    this.#place = readOnly === null ? new FilePlace(filePath) : null;
    this.#edits = this.get<{ edits: number }>("SELECT edits FROM project")!.edits;
  }

  /**
   * The time of a step that can be undone, ISO 8601: always after that of the one before, also when the clock of the computer was set
   * back, since steps are undone in the order of their times.
   */
  now(): string {
    this.#lastStepAt ??= Date.parse(this.get<{ at: string | null }>(LAST_STEP)!.at ?? "") || 0;
    this.#lastStepAt = Math.max(Date.now(), this.#lastStepAt + 1);
    return new Date(this.#lastStepAt).toISOString();
  }

  /** Edits that the file holds, as far as this connection knows. */
  get edits(): number {
    return this.#edits;
  }

  /** All rows, their columns named as in `Row`. */
  all<Row>(sql: string, ...values: SqlValue[]): Row[] {
    return this.#guarded(() => this.#statement(sql).all(...values) as Row[]);
  }

  /** All rows as lists of their columns' values: many rows in little time. */
  raw<Row extends unknown[]>(sql: string, ...values: SqlValue[]): Row[] {
    return this.#guarded(
      () =>
        this.#database
          .prepare<SqlValue[]>(sql)
          .raw()
          .all(...values) as Row[],
    );
  }

  /** Calls `take` with each row as a list of its columns' values: many rows in little time and memory. Not to be written meanwhile. */
  each<Row extends unknown[]>(sql: string, take: (row: Row) => void): void {
    this.#guarded(() => {
      for (const row of this.#database.prepare(sql).raw().iterate()) take(row as Row);
    });
  }

  get<Row>(sql: string, ...values: SqlValue[]): Row | undefined {
    return this.#guarded(() => this.#statement(sql).get(...values) as Row | undefined);
  }

  /** Writes; only within `edit`. Returns the row id of an insert and the number of rows changed. */
  run(sql: string, ...values: SqlValue[]): { id: number; changes: number } {
    if (!this.#database.inTransaction) throw new Error(`project: a write outside of edit: ${sql}`);
    const { lastInsertRowid, changes } = this.#statement(sql).run(...values);
    return { id: Number(lastInsertRowid), changes };
  }

  /**
   * One transaction: all of `work` is stored, durably, or nothing. Edits within edits belong to the outermost, `durability` too.
   * Listeners hear of `parts` once, after the outermost edit was stored. Throws `Problem` when the project is read-only, its file
   * is gone from its place, another program holds it, or the disk is full.
   */
  edit<T>(what: string, parts: Change[], work: () => T, durability: Durability = "now"): T {
    if (this.readOnly !== null) {
      throw new Problem({
        code: this.readOnly.code,
        title: `${this.name}: "${what}" was not done, for the project can only be read.`,
        detail: this.readOnly.text,
        hint:
          this.readOnly.code === "project-locked"
            ? "Close it in the other window, then open it here again."
            : "Copy the project to a folder that you may write to and open the copy.",
      });
    }
    const isOutermost = !this.#database.inTransaction;
    if (isOutermost) {
      if (this.#isHeld) throw beingCopied(path.basename(this.path));
      this.#changed.clear();
      this.#changedFrames.clear();
    }
    const isSoon = isOutermost && durability === "soon";
    let result: T;
    try {
      // In a write-ahead log a commit that is not synced keeps its place before later ones: https://sqlite.org/pragma.html#pragma_synchronous
      if (isSoon) this.#database.pragma("synchronous = NORMAL");
      result = this.#database
        .transaction(() => {
          if (isOutermost) this.run("UPDATE project SET edits = edits + 1");
          const done = work();
          // Last, so that what is told as stored is in a file that can be found again.
          if (isOutermost) this.#place?.check();
          return done;
        })
        .immediate();
    } catch (error) {
      if (isOutermost) for (const listener of this.#rollbackListeners) listener();
      throw explainedFileTrouble(error, path.basename(this.path));
    } finally {
      if (isSoon) this.#database.pragma("synchronous = FULL");
    }
    if (isOutermost) {
      this.#isSettled = !isSoon;
      this.#edits++;
    }
    for (const part of parts) {
      if (typeof part === "string") this.#changed.add(part);
      else this.#changedFrames.add(part.frameId);
    }
    if (isOutermost) this.#tell();
    return result;
  }

  /** Waits until all edits have reached the disk. */
  settle(): void {
    if (!this.#isSettled) this.edit("settle", [], () => undefined);
  }

  #tell(): void {
    const frameIds = [...this.#changedFrames];
    const isRowsOnly = frameIds.length > 0 && frameIds.length <= MAX_ROWS_TOLD && !this.#changed.has("frames");
    if (frameIds.length > 0) this.#changed.add("frames");
    if (this.#changed.size === 0) return;
    const changed = [...this.#changed];
    for (const listener of this.#listeners) listener(changed, isRowsOnly ? frameIds : undefined);
  }

  /**
   * Moves the write-ahead log into the file and empties it, so that it holds nothing that was overwritten. False while another
   * connection (a snapshot under way) reads from it.
   */
  emptyLog(): boolean {
    const [outcome] = this.#database.pragma("wal_checkpoint(TRUNCATE)") as { busy: number }[];
    return outcome?.busy === 0;
  }

  /**
   * Writes the whole project, as it is now, to a new file: from the open file, so also when that is gone from its place. Edits are
   * refused ("busy") until `release`. Told of pages copied; aborted by `signal`, which leaves nothing behind.
   */
  async copyTo(target: string, { signal, onProgress }: CopyOptions = {}): Promise<{ release: () => void }> {
    const release = (): void => void (this.#isHeld = false);
    this.#isHeld = true;
    try {
      await this.#database.backup(target, {
        progress: ({ totalPages, remainingPages }) => {
          signal?.throwIfAborted();
          onProgress?.(totalPages - remainingPages, totalPages);
          return PAGES_A_TURN;
        },
      });
      signal?.throwIfAborted();
      return { release };
    } catch (error) {
      release();
      throw explainedFileTrouble(error, path.basename(target));
    }
  }

  /** Notes that a snapshot holds everything up to this count of edits. Not an edit itself. */
  markSnapshot(edits: number): void {
    this.#statement("UPDATE project SET snapshot_edits = ?").run(edits);
  }

  /** Returns a function that ends the listening. */
  onChange(listener: ChangeListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Called after an edit of which nothing was stored: its row ids will be given again, to other rows. */
  onRollback(listener: () => void): void {
    this.#rollbackListeners.add(listener);
  }

  close(): void {
    this.#listeners.clear();
    this.#rollbackListeners.clear();
    this.#statements.clear();
    this.#database.close();
  }

  #statement(sql: string): Database.Statement<SqlValue[]> {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare<SqlValue[]>(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  #guarded<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw explainedFileTrouble(error, path.basename(this.path));
    }
  }
}

function beingCopied(fileName: string): Problem {
  return new Problem({
    code: "busy",
    title: `${fileName}: the project is being copied.`,
    detail: "The change was not stored yet.",
    hint: "It is tried again by itself once the copy is there.",
  });
}
