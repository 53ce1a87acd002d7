/** @file Measured lowerings in a JSON file, so that the next training on this machine starts at once and computes the same bits. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { LoweringChoice } from "../lowering.ts";
import type { TuningCache } from "./autotune.ts";

const VERSION = 1;

/** A cache kept at `path`. A file that is missing or cannot be read as one of ours counts as empty and is written anew. */
export function openTuningFile(path: string): TuningCache {
  return {
    get: (machine) => read(path)[machine] ?? {},
    set: (machine, choice) => {
      mkdirSync(dirname(path), { recursive: true });
      // Written beside and renamed: a kill never leaves half a file.
      const written = `${path}.${process.pid}`;
      const machines = { ...read(path), [machine]: choice };
      writeFileSync(written, JSON.stringify({ version: VERSION, machines }, null, 1));
      renameSync(written, path);
    },
  };
}

function read(path: string): Record<string, LoweringChoice> {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw error;
  }
  try {
    const file = JSON.parse(text) as { version?: unknown; machines?: unknown };
    return file.version === VERSION && isChoices(file.machines) ? file.machines : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {}; // only measurements are lost, and they are made again
    throw error;
  }
}

function isChoices(value: unknown): value is Record<string, LoweringChoice> {
  const isObject = (one: unknown): one is object => typeof one === "object" && one !== null && !Array.isArray(one);
  return (
    isObject(value) &&
    Object.values(value).every(
      (choice) => isObject(choice) && Object.values(choice).every((name) => typeof name === "string"),
    )
  );
}
