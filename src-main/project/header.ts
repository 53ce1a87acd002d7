/**
 * @file What kind of file this is, read from its first 100 bytes without SQLite, so that a file that is not ours is not
 * even locked. Offsets: https://www.sqlite.org/fileformat2.html, section 1.3.
 */
import fs from "node:fs";
import path from "node:path";
import { Problem } from "../problem/index.ts";
import { migrations } from "./migrations/index.ts";

/** "ALQT" as a big-endian integer: marks an SQLite file as a project. Stored in every project: never change. */
export const APPLICATION_ID = 0x414c5154;

const MAGIC = Buffer.from("SQLite format 3\0", "latin1");
const HEADER_BYTES = 100;

/** Throws `Problem` unless `file` is a whole project of a version that this app knows. Only reads. */
export function checkHeader(file: string): void {
  const fileName = path.basename(file);
  const { header, size } = readHeader(file, fileName);
  if (size === 0) throw damaged(fileName, "It is empty: 0 bytes.");
  const known = Math.min(header.length, MAGIC.length);
  if (header.compare(MAGIC, 0, known, 0, known) !== 0) throw notAProject(fileName);
  if (header.length < HEADER_BYTES) throw damaged(fileName, `It ends after ${size} bytes.`);
  if (header.readUInt32BE(68) !== APPLICATION_ID) throw notAProject(fileName);
  checkVersion(header.readUInt32BE(60), fileName);

  const storedPageSize = header.readUInt16BE(16);
  const expected = header.readUInt32BE(28) * (storedPageSize === 1 ? 65_536 : storedPageSize);
  // A crash can leave pages in the write-ahead log that the file itself does not hold yet; then SQLite must judge.
  const hasLog = fs.existsSync(`${file}-wal`) && fs.statSync(`${file}-wal`).size > 0;
  if (size < expected && !hasLog) {
    throw damaged(fileName, `It is cut short: ${expected} bytes expected, ${size} found.`);
  }
}

/** Throws `Problem` "newer-project" for a version this app does not know yet. */
export function checkVersion(version: number, fileName: string): void {
  if (version <= migrations.length) return;
  throw new Problem({
    code: "newer-project",
    title: `${fileName}: the project was made by a newer version of the app.`,
    detail: `Its format is version ${version}; this app knows versions up to ${migrations.length}. The file was not changed.`,
    hint: "Update the app, then open it again.",
  });
}

/** The file starts as a project but is not whole. */
export function damaged(fileName: string, detail: string, cause?: unknown): Problem {
  return new Problem(
    {
      code: "corrupt-file",
      title: `${fileName}: the project file is damaged.`,
      detail: `${detail} The file was not changed.`,
      hint: `Copy it again from its source, or open the newest snapshot beside it: copy ${fileName}-backup-1 to a new name that ends in .aliquot.`,
    },
    { cause },
  );
}

function notAProject(fileName: string): Problem {
  return new Problem({
    code: "not-a-project",
    title: `${fileName}: this is not a project.`,
    detail: "It does not start as a project file does. The file was not changed.",
    hint: "Choose a file that ends in .aliquot, or create a new project and import images into it.",
  });
}

function readHeader(file: string, fileName: string): { header: Buffer; size: number } {
  try {
    const descriptor = fs.openSync(file, "r");
    try {
      const header = Buffer.alloc(HEADER_BYTES);
      const length = fs.readSync(descriptor, header, 0, HEADER_BYTES, 0);
      return { header: header.subarray(0, length), size: fs.fstatSync(descriptor).size };
    } finally {
      fs.closeSync(descriptor);
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const isMissing = code === "ENOENT" || code === "ENOTDIR";
    throw new Problem(
      {
        code: isMissing ? "not-found" : "file-unreadable",
        title: isMissing ? `${fileName}: there is no such project.` : `${fileName}: the file cannot be read.`,
        detail: `The system says ${code ?? "nothing more"}.`,
        hint: isMissing ? "It may have been moved or renamed." : "Check that it is a file and that you may read it.",
      },
      { cause: error },
    );
  }
}
