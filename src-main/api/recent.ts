/**
 * @file The list of projects opened lately: a small JSON file in the user's config folder. Losing it loses nothing.
 */
import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import { writeSettingsFile } from "./settings-file.ts";

const MAX_RECENT = 12;
const schema = z.array(z.object({ name: z.string(), path: z.string() }));

export type RecentProject = z.infer<typeof schema>[number];

/** Latest first; projects that were moved or deleted are left out. */
export class RecentProjects {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  list(): RecentProject[] {
    if (!existsSync(this.#file)) return [];
    try {
      return schema.parse(JSON.parse(readFileSync(this.#file, "utf8"))).filter(({ path }) => existsSync(path));
    } catch (error) {
      console.warn("The list of recent projects cannot be read and starts anew.", error);
      return [];
    }
  }

  /** Puts a project first. A failure is logged only: it must not keep a project from opening. */
  remember(project: RecentProject): void {
    const list = [project, ...this.list().filter(({ path }) => path !== project.path)].slice(0, MAX_RECENT);
    try {
      writeSettingsFile(this.#file, list);
    } catch (error) {
      console.warn("The list of recent projects cannot be written.", error);
    }
  }
}
