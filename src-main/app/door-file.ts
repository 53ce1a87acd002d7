/**
 * @file Where a browser door is open, kept while it is: a door that was killed opens again at the same address, so that its window,
 * which may hold strokes that are not stored, finds the app again. Readable by this person only, as the token is.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { isRunning } from "./installation.ts";

const address = z.object({ port: z.int().min(1).max(65_535), token: z.string().regex(/^[\w-]{43}$/) });
export type DoorAddress = z.infer<typeof address>;

const folderOf = (config: string): string => join(config, "doors");

/** Of the door that was killed last, on `port` unless that is 0; null when none was. Forgets all that were killed. */
export function takeAbandonedDoor(config: string, port: number): DoorAddress | null {
  try {
    const abandoned = readdirSync(folderOf(config))
      .filter((name) => !isRunning(Number(name)))
      .map((name) => ({ file: join(folderOf(config), name), at: statSync(join(folderOf(config), name)).mtimeMs }))
      .toSorted((a, b) => b.at - a.at);
    const addresses = abandoned.map(({ file }) => {
      const parsed = address.safeParse(parseJson(readFileSync(file, "utf8")));
      rmSync(file);
      return parsed.success && (port === 0 || parsed.data.port === port) ? parsed.data : null;
    });
    return addresses.find((each) => each !== null) ?? null;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT" && code !== "ENOTDIR") console.warn("Earlier addresses cannot be read.", error);
    return null;
  }
}

/** Returns how to forget it, at an orderly end. A folder that cannot be written is told of at start and keeps no door shut. */
export function keepDoor(config: string, door: DoorAddress): () => void {
  const file = join(folderOf(config), String(process.pid));
  let isKept = false;
  try {
    mkdirSync(folderOf(config), { recursive: true, mode: 0o700 });
    writeFileSync(file, JSON.stringify(door), { mode: 0o600 });
    isKept = true;
  } catch (error) {
    console.warn(`The address of this door cannot be kept (${(error as NodeJS.ErrnoException).code}).`);
  }
  return () => {
    if (isKept) rmSync(file, { force: true });
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // cut short by the kill
  }
}
