/**
 * @file Rolling snapshots: the last three states at opening, each a whole project beside the project. Taken page by page
 * in the background, from a second connection, while work goes on.
 */
import fs from "node:fs";
import path from "node:path";
import Database from "better-sqlite3";
import { diskFullProblem, Problem } from "../problem/index.ts";

export const KEPT_SNAPSHOTS = 3;
/** About 1 MB between two turns of the event loop. */
const PAGES_A_TURN = 128;
/** Bytes that stay free beside a snapshot: a snapshot must not be what fills the disk. */
const RESERVE = 64 * 2 ** 20;

export type SnapshotOutcome =
  | { state: "taken" }
  /** Nothing was edited since the last one. */
  | { state: "unchanged" }
  /** The project was closed or is read-only. */
  | { state: "cancelled" }
  | { state: "failed"; problem: Problem };

/** `index` 1 is the newest. */
export function snapshotPath(projectPath: string, index: number): string {
  return `${projectPath}-backup-${index}`;
}

/**
 * Takes a snapshot if the project was edited since the last one; `note` is told how many edits it holds. Never rejects.
 */
export async function takeSnapshot(
  projectPath: string,
  signal: AbortSignal,
  note: (edits: number) => void,
): Promise<SnapshotOutcome> {
  const unfinished = `${projectPath}-backup-new`;
  let source: Database.Database | undefined;
  try {
    source = new Database(projectPath, { readonly: true, fileMustExist: true });
    // One read transaction: edits made meanwhile neither enter the snapshot nor restart it.
    source.exec("BEGIN");
    const { edits, snapshotEdits } = source
      .prepare<[], { edits: number; snapshotEdits: number }>(
        "SELECT edits, snapshot_edits AS snapshotEdits FROM project",
      )
      .get()!;
    if (edits === snapshotEdits && fs.existsSync(snapshotPath(projectPath, 1))) return { state: "unchanged" };
    checkSpace(projectPath, source);
    fs.rmSync(unfinished, { force: true });
    await source.backup(unfinished, {
      progress: () => {
        signal.throwIfAborted();
        return PAGES_A_TURN;
      },
    });
    signal.throwIfAborted();
    for (let index = KEPT_SNAPSHOTS - 1; index >= 1; index--) {
      const present = snapshotPath(projectPath, index);
      if (fs.existsSync(present)) fs.renameSync(present, snapshotPath(projectPath, index + 1));
    }
    fs.renameSync(unfinished, snapshotPath(projectPath, 1));
    note(edits);
    return { state: "taken" };
  } catch (error) {
    // What cannot be removed now is in the way next time, and told then; the first failure is what counts here.
    await fs.promises.rm(unfinished, { force: true }).catch(() => undefined);
    if (signal.aborted) return { state: "cancelled" };
    return { state: "failed", problem: explained(error, projectPath) };
  } finally {
    source?.close();
  }
}

function checkSpace(projectPath: string, source: Database.Database): void {
  const needed =
    (source.pragma("page_count", { simple: true }) as number) *
    (source.pragma("page_size", { simple: true }) as number);
  const { bavail, bsize } = fs.statfsSync(path.dirname(projectPath));
  if (bavail * bsize >= needed + RESERVE) return;
  throw new Problem({
    code: "disk-full",
    title: `${path.basename(projectPath)}: there is no space for a snapshot.`,
    detail: `It needs ${Math.ceil(needed / 2 ** 20)} MB and leaves 64 MB free. The project itself is not affected.`,
    hint: "Free some space; the next opening takes the snapshot.",
  });
}

function explained(error: unknown, projectPath: string): Problem {
  const fileName = path.basename(projectPath);
  if (error instanceof Problem) return error;
  const full = diskFullProblem(error, `${fileName}-backup-1`);
  if (full !== null) return full;
  return new Problem(
    {
      code: "file-unreadable",
      title: `${fileName}: no snapshot could be taken.`,
      detail: `The system says ${(error as { code?: string }).code ?? "nothing more"}. The project itself is not affected.`,
      hint: "Check that its folder can be written to.",
    },
    { cause: error },
  );
}
