/** @file The backbones that were added to this computer: a small JSON file in the app's settings folder. The only place that knows where they lie. */
import { existsSync, readFileSync } from "node:fs";
import type { BackboneShelf } from "../../start-request.ts";
import type { BackboneRecord } from "./record.ts";

export interface ShelvedBackbone {
  record: BackboneRecord;
  folder: string;
}

/** A file that is not there or cannot be read holds none; the latter is told of in the log. */
export function readShelf(file: string): ShelvedBackbone[] {
  if (!existsSync(file)) return [];
  try {
    return (JSON.parse(readFileSync(file, "utf8")) as { backbones: ShelvedBackbone[] }).backbones;
  } catch (error) {
    console.warn("The list of backbones cannot be read; it counts as empty.", error);
    return [];
  }
}

/** Read anew at each question: another window may have added one. */
export function openShelf(file: string): BackboneShelf {
  return { find: (id) => readShelf(file).find(({ record }) => record.id === id) ?? null };
}
