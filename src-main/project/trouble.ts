/**
 * @file The troubles that come from asking a project for what it does not hold, and those of its file, each in one wording.
 */
import Database from "better-sqlite3";
import { diskFullProblem, Problem, type ProblemFields } from "../problem/index.ts";
import { damaged } from "./header.ts";

export type Noun =
  | "frame"
  | "image"
  | "case"
  | "class"
  | "label"
  | "run"
  | "model"
  | "proposal"
  | "revision"
  | "sample"
  | "window"
  | "synthesis"
  | "synthetic pair"
  | "pairing"
  | "translation"
  | "import report";

/** `row`, or `Problem` "not-found" when there is none. */
export function found<Row>(row: Row | undefined, noun: Noun, id: number): Row {
  if (row !== undefined) return row;
  throw new Problem({
    code: "not-found",
    title: `There is no ${noun} ${id} in this project.`,
    hint: "It may belong to another project; reload the list.",
  });
}

export function badRequest(title: string, detail?: string, hint?: string): Problem {
  return new Problem({
    code: "bad-request",
    title,
    ...(detail === undefined ? {} : { detail }),
    ...(hint === undefined ? {} : { hint }),
  });
}

const safeBefore = "Everything stored before is safe.";

/** By the start of SQLite's code: https://www.sqlite.org/rescode.html */
const fileTroubles: { start: string; fields: (fileName: string, code: string) => ProblemFields }[] = [
  {
    start: "SQLITE_BUSY",
    fields: (fileName) => ({
      code: "busy",
      title: `${fileName}: another program is using the project file.`,
      detail: `It holds the file locked. ${safeBefore}`,
      hint: "Close the file in the other program (a database viewer, a backup or synchronization tool), then try again.",
    }),
  },
  {
    start: "SQLITE_READONLY",
    fields: (fileName) => ({
      code: "read-only",
      title: `${fileName}: the project file may not be written to any more.`,
      detail: `Its rights were changed, or its drive is read-only. ${safeBefore}`,
      hint: "Allow writing to the file and its folder and try again, or save a copy elsewhere.",
    }),
  },
  {
    start: "SQLITE_",
    fields: (fileName, code) => ({
      code: "file-unreadable",
      title: `${fileName}: the project file could not be read or written.`,
      detail: `The system says ${code}. A change under way was not stored. ${safeBefore}`,
      hint: "Check that the drive is connected and has space, then try again; or save a copy elsewhere.",
    }),
  },
];

/** Codes of faults in statements: bugs of the app, not troubles of the file. */
const bugs = /^SQLITE_(ERROR|CONSTRAINT|MISUSE|RANGE|MISMATCH|TOOBIG|SCHEMA)/;

/** A trouble of the file as `Problem`; anything else as it is. */
export function explainedFileTrouble(error: unknown, fileName: string): unknown {
  const full = diskFullProblem(error, fileName);
  if (full !== null) return full;
  if (!(error instanceof Database.SqliteError) || bugs.test(error.code)) return error;
  if (error.code.startsWith("SQLITE_CORRUPT") || error.code === "SQLITE_NOTADB") {
    return damaged(fileName, `SQLite says ${error.code}.`, error);
  }
  const trouble = fileTroubles.find(({ start }) => error.code.startsWith(start));
  return trouble === undefined ? error : new Problem(trouble.fields(fileName, error.code), { cause: error });
}
