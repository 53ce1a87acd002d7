/**
 * @file The integrity check of a project before it is opened. It reads the whole file, which takes as long as the drive takes: in turns,
 * so that the app goes on meanwhile and the wait can be told and cancelled. SQLite's own check, which cannot be interrupted, then finds
 * the file in memory; that of a large one runs in another process all the same, which a cancel ends.
 */
import { open } from "node:fs/promises";
import path from "node:path";
import type Database from "better-sqlite3";
import { Problem, type ProblemFields, unlessAborted } from "../problem/index.ts";
import { checkHeader, damaged } from "./header.ts";

/** From here on SQLite's check takes longer than starting a process for it: a quarter of a second a gigabyte, in memory. */
const APART_BYTES = 2 ** 27;
/** Few round trips to a network drive, and some hundred words of progress a gigabyte. */
const TURN_BYTES = 2 ** 22;

export interface CheckTask {
  path: string;
}

export type CheckReply = { state: "checked" } | { state: "failed"; problem: ProblemFields };

/** A started src-main/app/check-process. */
export interface CheckProcess {
  postMessage(task: CheckTask): void;
  onMessage(listener: (reply: CheckReply) => void): void;
  /** Called once, also when the process could not be started. */
  onExit(listener: () => void): void;
  kill(): void;
}

export interface CheckOptions {
  spawn: () => CheckProcess;
  signal: AbortSignal;
  /** Bytes read, of how many; at the end SQLite judges them. */
  onProgress: (done: number, total: number) => void;
}

/**
 * Whether SQLite's check has been made: of a small file it is left to `openProject`, which the caller tells. Rejects with `Problem`
 * "corrupt-file", "not-a-project", "newer-project", "not-found" or "file-unreadable", or with what `signal` is aborted with, also while
 * the drive does not answer.
 */
export async function checkProject(filePath: string, options: CheckOptions): Promise<boolean> {
  const size = await readThrough(filePath, options);
  if (size < APART_BYTES) return false;
  await checkApart(filePath, options);
  return true;
}

/** Returns the size in bytes; 0 where the file cannot be read, which opening tells in its own words. */
async function readThrough(filePath: string, { signal, onProgress }: CheckOptions): Promise<number> {
  const opening = open(filePath, "r");
  const file = await unlessAborted(opening, signal).catch((error: unknown) => {
    // It may yet be opened, after nobody waits for it.
    if (signal.aborted) void opening.then((late) => late.close()).catch(() => undefined);
    if (signal.aborted) throw error;
    return null;
  });
  if (file === null) return 0;
  let reading: Promise<{ bytesRead: number }> | null = null;
  try {
    const { size } = await unlessAborted(file.stat(), signal);
    const buffer = Buffer.allocUnsafe(TURN_BYTES);
    for (let done = 0; done < size;) {
      reading = file.read(buffer, 0, TURN_BYTES, done);
      const { bytesRead } = await unlessAborted(reading, signal);
      if (bytesRead === 0) break;
      // Before gigabytes of what is no project are read; now that the drive has answered.
      if (done === 0) checkHeader(filePath);
      done += bytesRead;
      onProgress(done, size);
      signal.throwIfAborted();
    }
    return size;
  } catch (error) {
    if (signal.aborted || error instanceof Problem) throw error;
    return 0;
  } finally {
    // Waits for a read that was left behind.
    void Promise.resolve(reading)
      .catch(() => undefined)
      .then(() => file.close())
      .catch(() => undefined);
  }
}

async function checkApart(filePath: string, { spawn, signal }: CheckOptions): Promise<void> {
  signal.throwIfAborted();
  const child = spawn();
  const judged = new Promise<CheckReply>((resolve) => {
    child.onMessage(resolve);
    child.onExit(() => resolve({ state: "failed", problem: died(path.basename(filePath)).toJSON() }));
  });
  child.postMessage({ path: filePath });
  try {
    const reply = await unlessAborted(judged, signal);
    if (reply.state === "failed") throw new Problem(reply.problem);
  } finally {
    child.kill();
  }
}

/** SQLite's check. Throws `Problem` "corrupt-file". */
export function quickCheck(database: Database.Database, fileName: string): void {
  const finding = database.pragma("quick_check(1)", { simple: true });
  if (finding !== "ok") throw damaged(fileName, "Its integrity check failed.");
}

function died(fileName: string): Problem {
  return new Problem({
    code: "file-unreadable",
    title: `${fileName}: the project could not be checked.`,
    detail: "The process that looked through it ended before it was done. The file was not changed.",
    hint: "Try again; if it comes back, check the drive, or open the newest snapshot beside the project.",
  });
}
