/**
 * @file An expected trouble, told to a person: what happened, to which file, what to do next.
 * A ground folder: every other folder may import it, it imports nothing.
 */

/** Stable codes; the interface and scripts may rely on them. Add, never rename. */
export type ProblemCode =
  | "bad-request"
  | "busy"
  | "cancelled"
  | "corrupt-file"
  | "disk-full"
  | "file-unreadable"
  | "forbidden"
  | "image-too-large"
  | "mask-mismatch"
  | "newer-project"
  | "not-a-project"
  | "not-enough-data"
  | "not-enough-memory"
  | "not-found"
  | "project-closed"
  | "project-exists"
  | "project-gone"
  | "project-locked"
  | "read-only"
  | "run-failed"
  | "time-limit"
  | "unsupported-file"
  | "conflict";

export interface ProblemFields {
  code: ProblemCode;
  /** What happened, in one line, without patient data: file names yes, header values no. */
  title: string;
  /** Where, what was expected, what came. */
  detail?: string;
  /** What the person can do next. */
  hint?: string;
  /** Of a run that could not start: settings that would do, in place of those of the same name. */
  settings?: Readonly<Record<string, number | boolean | string>>;
}

/**
 * Thrown for trouble that the user can act on (bad file, disk full). A bug throws a plain `Error` instead.
 * Rendered once, in api/problem.ts, as RFC 9457 problem+json; the command line prints `message`.
 */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly title: string;
  readonly detail: string | undefined;
  readonly hint: string | undefined;
  readonly settings: ProblemFields["settings"];

  constructor({ code, title, detail, hint, settings }: ProblemFields, options?: ErrorOptions) {
    super([title, detail, hint].filter(Boolean).join(" "), options);
    this.name = "Problem";
    this.code = code;
    this.title = title;
    this.detail = detail;
    this.hint = hint;
    this.settings = settings;
  }

  /** Plain fields, to cross a process or HTTP border. `new Problem(fields)` restores it. */
  toJSON(): ProblemFields {
    return {
      code: this.code,
      title: this.title,
      ...(this.detail === undefined ? {} : { detail: this.detail }),
      ...(this.hint === undefined ? {} : { hint: this.hint }),
      ...(this.settings === undefined ? {} : { settings: this.settings }),
    };
  }
}

/** Full disk, whatever layer reports it (errno, or SQLite's SQLITE_FULL); null if `error` is something else. */
export function diskFullProblem(error: unknown, fileName: string): Problem | null {
  const code = (error as { code?: unknown } | null)?.code;
  if (code !== "ENOSPC" && code !== "SQLITE_FULL" && code !== "EDQUOT") return null;
  return new Problem(
    {
      code: "disk-full",
      title: `${fileName}: the disk is full.`,
      detail: "Nothing was lost: the last change was not written, everything before it is safe.",
      hint: "Free some space, then try again.",
    },
    { cause: error },
  );
}

export { unlessAborted } from "./unless-aborted.ts";
export { sentenceOf, type Statement } from "./statement.ts";
