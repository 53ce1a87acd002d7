/**
 * @file The files of a backbone: found in a person's folder, their sizes looked at before anything is read, nothing outside the folder touched.
 */
import { createHash } from "node:crypto";
import { createReadStream, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, posix, relative, resolve, sep } from "node:path";
import { externalLocations } from "../../../engine/index.ts";
import { Problem } from "../../../problem/index.ts";
import type { BackbonePart, PartFile } from "./record.ts";

const DEPTH = 3;
const MOST_FILES = 2000;
/** Protobuf messages are no longer: larger models keep their numbers in other files. */
const LARGEST_MODEL = 2 ** 31 - 1;

export interface FoundFile {
  /** Within the folder, with slashes. */
  name: string;
  bytes: number;
}

/** Throws `Problem` where the folder cannot be read or holds far too much. Links are left out: they may lead anywhere. */
export function filesOf(folder: string): FoundFile[] {
  const found: FoundFile[] = [];
  const look = (path: string, depth: number): void => {
    let entries;
    try {
      entries = readdirSync(path, { withFileTypes: true });
    } catch (cause) {
      throw unreadable(folder, cause);
    }
    for (const entry of entries) {
      const full = join(path, entry.name);
      if (entry.isDirectory() && depth < DEPTH) look(full, depth + 1);
      if (!entry.isFile()) continue;
      found.push({ name: relative(folder, full).replaceAll(sep, "/"), bytes: statSync(full).size });
      if (found.length > MOST_FILES) {
        throw new Problem({
          code: "bad-request",
          title: `${basename(folder)}: the folder holds more than ${MOST_FILES} files.`,
          hint: "Give a folder with the parts of the backbone alone.",
        });
      }
    }
  };
  look(folder, 0);
  return found.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function unreadable(folder: string, cause: unknown): Problem {
  const { code = "an error" } = cause as NodeJS.ErrnoException;
  return new Problem(
    {
      code: "file-unreadable",
      title: `${basename(folder)}: the folder cannot be read.`,
      detail: `The system says ${code}.`,
      hint: "Check that it is there and that you may read it, then try again.",
    },
    { cause },
  );
}

/**
 * The files of a model: itself and those that it keeps numbers in. Throws `Problem` for one that is too large, damaged, or that names files
 * outside the folder or that are not there.
 */
export function modelFiles(folder: string, model: FoundFile, all: readonly FoundFile[]): FoundFile[] {
  const { name } = model;
  if (model.bytes > LARGEST_MODEL) {
    throw new Problem({
      code: "unsupported-file",
      title: `${name}: a model of more than 2 GiB in one file cannot be read.`,
      hint: "Export it with its weights in a file beside it (external data).",
    });
  }
  let locations: string[];
  try {
    locations = externalLocations(readFileSync(join(folder, name)));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Problem(
      {
        code: "corrupt-file",
        title: `${name}: the file is no ONNX model, or damaged.`,
        detail: reason,
        hint: "Export it again, or take it out of the folder.",
      },
      { cause },
    );
  }
  return [model, ...locations.map((location) => externalFile(folder, name, location, all))];
}

function externalFile(folder: string, model: string, location: string, all: readonly FoundFile[]): FoundFile {
  const isPlain =
    location !== "" && !location.includes("\\") && !location.includes("\0") && !posix.isAbsolute(location);
  const full = resolve(folder, dirname(model), location);
  const inside = relative(folder, full).replaceAll(sep, "/");
  if (!isPlain || /^[a-z]:/i.test(location) || inside.startsWith("..")) {
    throw new Problem({
      code: "unsupported-file",
      title: `${model}: it keeps weights in a file outside its folder.`,
      detail: "Such a model could have any file of this computer read.",
      hint: "Put the file of weights beside the model and export it again with its bare name.",
    });
  }
  const found = all.find(({ name }) => name === inside);
  if (found !== undefined) return found;
  throw new Problem({
    code: "not-found",
    title: `${model}: the file ${inside} that holds its weights is not in the folder.`,
    hint: "Put it there; links are not followed, copy the file itself.",
  });
}

export async function digested(folder: string, files: readonly FoundFile[]): Promise<PartFile[]> {
  const known: PartFile[] = [];
  for (const { name, bytes } of files) known.push({ name, bytes, sha256: await digestOf(join(folder, name)) });
  return known;
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const part of createReadStream(path, { highWaterMark: 2 ** 20 })) hash.update(part as Buffer);
  return hash.digest("hex");
}

/** Throws `Problem` where a file is not the one that was looked at. */
export async function requireUnchanged(folder: string, { files }: BackbonePart): Promise<void> {
  for (const { name, bytes, sha256 } of files) {
    const path = join(folder, name);
    const found = statSync(path, { throwIfNoEntry: false })?.size;
    if (found === bytes && (await digestOf(path)) === sha256) continue;
    throw new Problem({
      code: "conflict",
      title: `${name}: this file of the backbone ${found === undefined ? "is not in its folder any more" : "has changed"}.`,
      detail: `Expected ${bytes} bytes with SHA-256 ${sha256}${found === undefined ? "" : `; there are ${found} bytes`}.`,
      hint: "Put the file back, or add the folder again as another backbone.",
    });
  }
}
