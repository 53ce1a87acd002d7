/**
 * @file Whether a project file is still where it was opened. An open file can be deleted, renamed, or lose its drive: writing to it
 * may go on without an error, into a file that nobody will find again.
 */
import fs from "node:fs";
import path from "node:path";
import { Problem } from "../problem/index.ts";

export class FilePlace {
  readonly #path: string;
  readonly #opened: fs.BigIntStats;

  /** The file must exist. */
  constructor(filePath: string) {
    this.#path = filePath;
    this.#opened = fs.statSync(filePath, { bigint: true });
  }

  /** Throws `Problem` "project-gone" when another file, or none, is in its place now. */
  check(): void {
    let code: string | undefined;
    try {
      const present = fs.statSync(this.#path, { bigint: true });
      const { dev, ino, birthtimeNs } = this.#opened;
      if (present.dev === dev && present.ino === ino) return;
      // Some network drives number their files anew; the time of creation stays.
      if (birthtimeNs > 0n && present.birthtimeNs === birthtimeNs) return;
    } catch (error) {
      ({ code } = error as NodeJS.ErrnoException);
    }
    const fileName = path.basename(this.#path);
    throw new Problem({
      code: "project-gone",
      title: `${fileName}: the project file is no longer in its place.`,
      detail:
        code === undefined
          ? "Another file has taken its place. The change was not stored."
          : `Its folder or drive was removed or renamed (${code}). The change was not stored.`,
      hint: "Bring the folder or drive back to the same place and try again, or save a copy elsewhere.",
    });
  }
}
