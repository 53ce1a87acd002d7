/**
 * @file Creating and opening projects: is it ours, whole, of a known version, free to write?
 */
import fs from "node:fs";
import path from "node:path";
import Database from "better-sqlite3";
import { Problem } from "../problem/index.ts";
import { type CheckReply, type CheckTask, quickCheck } from "./check.ts";
import { ProjectFile, type ReadOnlyReason } from "./file.ts";
import { APPLICATION_ID, checkHeader, checkVersion, damaged } from "./header.ts";
import { acquireLock, type LockAttempt, type ProjectLock } from "./lock.ts";
import { migrate, migrations } from "./migrations/index.ts";
import { Project } from "./project.ts";
import { type SnapshotOutcome, takeSnapshot } from "./snapshot.ts";
import { explainedFileTrouble } from "./trouble.ts";

/** Source files and masks are large values: bigger pages than SQLite's 4096 mean shorter chains. */
const PAGE_SIZE = 8192;
/** Milliseconds to wait for a reader's checkpoint, or for another program: the whole app waits with it. */
const BUSY_TIMEOUT_MS = 1000;
/** Bytes of a project that is read into memory where its folder lets SQLite make no files beside it. */
const MAX_BYTES_IN_MEMORY = 2 ** 30;

export interface CreateOptions {
  /** Names of the label classes. */
  classes: readonly string[];
  /** What pseudonyms are made with; default: random. Given for a preview, which must know what its project knows. */
  secret?: Uint8Array;
}

export interface OpenOptions {
  /** Only read, and leave the writing to others. */
  readOnly?: boolean;
  /** `checkProject` has looked through it just before: that is not done again. */
  isChecked?: boolean;
  /** Told when the snapshot of this opening failed; also in `project.snapshot`. */
  onSnapshotProblem?: (problem: Problem) => void;
}

/** Makes a new project file. Throws `Problem` "project-exists" rather than touch a file that is there. */
export function createProject(filePath: string, { classes, secret }: CreateOptions): Project {
  const resolved = path.resolve(filePath);
  const fileName = path.basename(resolved);
  const unfinished = `${resolved}-new`;
  let lock: ProjectLock | null = null;
  let database: Database.Database | undefined;
  try {
    checkFree(resolved, fileName);
    lock = writeLock(resolved, fileName);
    fs.rmSync(unfinished, { force: true });
    database = new Database(unfinished);
    database.pragma(`page_size = ${PAGE_SIZE}`);
    database.pragma(`application_id = ${APPLICATION_ID}`);
    migrate(database);
    database.prepare("INSERT INTO project (id, created_at) VALUES (1, ?)").run(new Date().toISOString());
    if (secret !== undefined) database.prepare("UPDATE project SET patient_salt = ?").run(secret);
    database.pragma("journal_mode = WAL");
    database.close();
    checkFree(resolved, fileName);
    fs.renameSync(unfinished, resolved);
    const file = new ProjectFile(connect(resolved, false), resolved, null);
    const project = new Project({ file, lock, snapshot: () => Promise.resolve({ state: "unchanged" }) });
    try {
      project.edit("add classes", () => classes.forEach((name) => project.classes.add({ name })));
    } catch (error) {
      project.close();
      fs.rmSync(resolved, { force: true });
      throw error;
    }
    return project;
  } catch (error) {
    database?.close();
    // Only the holder of the lock made it.
    if (lock !== null) for (const ending of ["", "-journal", "-wal"]) fs.rmSync(unfinished + ending, { force: true });
    lock?.release();
    throw explained(error, fileName);
  }
}

/**
 * Opens a project; brings an older one to the present version. If another window has it open, it can only be read:
 * see `readOnly`. Throws `Problem` "not-found", "not-a-project", "corrupt-file" or "newer-project" and then has not
 * changed the file.
 */
export function openProject(
  filePath: string,
  { readOnly = false, isChecked = false, onSnapshotProblem }: OpenOptions = {},
): Project {
  const resolved = path.resolve(filePath);
  const fileName = path.basename(resolved);
  checkHeader(resolved);
  const attempt = readOnly ? null : isWritable(resolved) ? acquireLock(resolved) : unwritable;
  const lock = attempt !== null && "lock" in attempt ? attempt.lock : null;
  const reason =
    lock !== null ? null : readOnlyReason(attempt === null ? "asked" : (attempt as { reason: "held" }).reason);
  let database: Database.Database | undefined;
  try {
    database = reason === null ? connect(resolved, false) : connectToRead(resolved);
    if (!isChecked) quickCheck(database, fileName);
    checkVersions(database, fileName, reason !== null);
    if (reason === null) {
      migrate(database);
      // Everything into the file itself, so that its header alone tells the version.
      database.pragma("wal_checkpoint(TRUNCATE)");
    }
    const file = new ProjectFile(database, resolved, reason);
    const project = new Project({
      file,
      lock,
      snapshot: (signal) => (reason === null ? snapshot(file, signal, onSnapshotProblem) : notTaken()),
    });
    if (reason === null) project.runs.markInterrupted();
    return project;
  } catch (error) {
    database?.close();
    lock?.release();
    throw explained(error, fileName);
  }
}

const unwritable: LockAttempt = { reason: "unwritable" };

/** SQLite would open a file that may not be written without a word, and fail at the first edit. */
function isWritable(filePath: string): boolean {
  try {
    fs.accessSync(filePath, fs.constants.W_OK);
    return true;
  } catch {
    return false; // whatever the reason: told as "cannot be written to"
  }
}

/**
 * Reading too needs a file beside the project, for its write-ahead log. In a folder that may not be written (a disc, an archive) a
 * project that was closed properly is read into memory instead.
 */
function connectToRead(filePath: string): Database.Database {
  try {
    const database = connect(filePath, true);
    database.pragma("user_version"); // the first read makes the file
    return database;
  } catch (error) {
    const code = error instanceof Database.SqliteError ? error.code : "";
    const isFolder = code === "SQLITE_READONLY_DIRECTORY" || code.startsWith("SQLITE_CANTOPEN");
    const hasLog = fs.existsSync(`${filePath}-wal`) && fs.statSync(`${filePath}-wal`).size > 0;
    if (!isFolder || hasLog || fs.statSync(filePath).size > MAX_BYTES_IN_MEMORY) throw error;
    const bytes = fs.readFileSync(filePath);
    bytes.fill(1, 18, 20); // no log in memory: https://www.sqlite.org/fileformat2.html section 1.3.3
    return prepared(new Database(bytes, { readonly: true }));
  }
}

function connect(filePath: string, readonly: boolean): Database.Database {
  return prepared(new Database(filePath, { readonly, fileMustExist: true, timeout: BUSY_TIMEOUT_MS }));
}

function prepared(database: Database.Database): Database.Database {
  database.pragma("foreign_keys = ON");
  database.pragma("trusted_schema = OFF");
  // What is deleted is overwritten, so that redacted pixels and removed files are not left in free pages.
  database.pragma("secure_delete = ON");
  // A stroke that was acknowledged must survive a power cut, not only a crash of the app.
  database.pragma("synchronous = FULL");
  return database;
}

/** Serves `checkProject` in a process of its own: the whole file is read once, nothing is written. */
export function serveCheck(parent: {
  postMessage(reply: CheckReply): void;
  onMessage(listener: (task: CheckTask) => void): void;
}): void {
  parent.onMessage(({ path: filePath }) => {
    const fileName = path.basename(filePath);
    try {
      const database = connectToRead(filePath);
      try {
        quickCheck(database, fileName);
      } finally {
        database.close();
      }
      parent.postMessage({ state: "checked" });
    } catch (error) {
      const problem = explained(error, fileName);
      if (!(problem instanceof Problem)) throw problem;
      parent.postMessage({ state: "failed", problem: problem.toJSON() });
    }
  });
}

/** Throws `Problem` before anything was written. */
function checkVersions(database: Database.Database, fileName: string, isReadOnly: boolean): void {
  const version = database.pragma("user_version", { simple: true }) as number;
  checkVersion(version, fileName);
  if (version < 1) throw damaged(fileName, "It was never finished.");
  if (isReadOnly && version < migrations.length) {
    throw new Problem({
      code: "read-only",
      title: `${fileName}: the project is of an older version and must be converted first.`,
      hint: "Open it once where it can be written to.",
    });
  }
}

async function snapshot(
  file: ProjectFile,
  signal: AbortSignal,
  onProblem: OpenOptions["onSnapshotProblem"],
): Promise<SnapshotOutcome> {
  // After opening: the first picture must not wait for it.
  await new Promise((resolve) => setImmediate(resolve));
  if (signal.aborted) return { state: "cancelled" };
  const outcome = await takeSnapshot(file.path, signal, (edits) => file.markSnapshot(edits));
  if (outcome.state === "failed") onProblem?.(outcome.problem);
  return outcome;
}

function notTaken(): Promise<SnapshotOutcome> {
  return Promise.resolve({ state: "cancelled" });
}

function readOnlyReason(reason: "asked" | "held" | "unwritable"): ReadOnlyReason {
  if (reason === "held") return { code: "project-locked", text: "It is open in another window." };
  if (reason === "unwritable") return { code: "read-only", text: "Its folder or file cannot be written to." };
  return { code: "read-only", text: "It was opened only to be read." };
}

function writeLock(filePath: string, fileName: string): ProjectLock {
  const attempt = acquireLock(filePath);
  if ("lock" in attempt) return attempt.lock;
  if (attempt.reason === "held") {
    throw new Problem({
      code: "project-locked",
      title: `${fileName}: another window is using a project of this name.`,
      hint: "Choose another name, or close the other window.",
    });
  }
  throw new Problem({
    code: "file-unreadable",
    title: `${fileName}: the project cannot be created there.`,
    detail: "The folder does not exist or cannot be written to.",
    hint: "Choose another folder.",
  });
}

function checkFree(filePath: string, fileName: string): void {
  if (!fs.existsSync(filePath)) return;
  throw new Problem({
    code: "project-exists",
    title: `${fileName}: there is already a file of this name.`,
    hint: "Open it, or choose another name.",
  });
}

function explained(error: unknown, fileName: string): unknown {
  if (error instanceof Problem) return error;
  const explained = explainedFileTrouble(error, fileName);
  if (explained instanceof Problem || !(error instanceof Database.SqliteError)) return explained;
  return new Problem(
    {
      code: "file-unreadable",
      title: `${fileName}: the project cannot be opened.`,
      detail: `SQLite says ${error.code}.`,
      hint: "Check that the file and its folder can be read and written; copy the project to another folder if not.",
    },
    { cause: error },
  );
}
