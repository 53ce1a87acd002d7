/** @file `GET /folders`: the browser door's answer to a native file dialog. */
import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Hono } from "hono";
import { z } from "zod";
import { Problem } from "../problem/index.ts";
import type { FolderListing } from "./contract.ts";
import type { Session } from "./session.ts";
import { absolutePath, validate } from "./validate.ts";

export const folders = (session: Session) =>
  new Hono().get(
    "/",
    validate("query", z.object({ path: absolutePath.optional(), files: z.literal("all").optional() })),
    async (c) => {
      const { path = session.homeFolder(), files } = c.req.valid("query");
      const listing = await listFolder(path);
      return c.json(files === undefined ? { ...listing, files: [] } : listing);
    },
  );

/** What stands beside an open project: its lock and SQLite's own files. */
const BESIDE_A_PROJECT = /\.aliquot-(lock|lock-journal|journal|shm|wal)$/;

async function listFolder(path: string): Promise<FolderListing> {
  const folders: string[] = [];
  const projects: string[] = [];
  const files: string[] = [];
  try {
    for (const entry of await readdir(path, { withFileTypes: true })) {
      if (entry.name.startsWith(".") || BESIDE_A_PROJECT.test(entry.name)) continue;
      if (entry.isDirectory() || entry.isSymbolicLink()) folders.push(join(path, entry.name));
      else if (entry.name.endsWith(".aliquot")) projects.push(join(path, entry.name));
      else files.push(join(path, entry.name));
    }
  } catch (error) {
    throw new Problem(
      {
        code: "file-unreadable",
        title: `${path}: the folder cannot be read.`,
        detail: `Reason: ${(error as NodeJS.ErrnoException).code ?? "unknown"}.`,
        hint: "Check that it exists and that you may open it.",
      },
      { cause: error },
    );
  }
  const parent = dirname(path);
  return {
    path,
    parent: parent === path ? null : parent,
    folders: folders.sort(),
    projects: projects.sort(),
    files: files.sort(),
  };
}
