/**
 * @file Where the parts of this installation lie, and where the person's files go.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { ProblemFields } from "../problem/index.ts";

export interface Installation {
  version: string;
  /** Folder of package.json. */
  root: string;
  /** Built interface. */
  rendererFolder: string;
  preload: string;
  demoFolder: string;
  /** Path of an entry beside the running one, e.g. "run-process". */
  entry(name: string): string;
}

/**
 * Seen from an entry: `import.meta.url` of a file in out/main or src-main/app. Both lie two folders below the root; other
 * files must not ask, since the build moves them.
 */
export function installationOf(entryUrl: string): Installation {
  const file = fileURLToPath(entryUrl);
  const root = resolve(file, "../../..");
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  return {
    version,
    root,
    rendererFolder: join(root, "out", "renderer"),
    preload: join(root, "out", "preload", "index.cjs"),
    demoFolder: join(root, "resources", "demo"),
    entry: (name) => join(file, "..", name + extname(file)),
  };
}

export interface PersonFolders {
  /** Small files of the app itself. */
  config: string;
  /** Where new projects are offered. */
  home: string;
}

/** The system's usual places; with `ALIQUOT_HOME` all within that folder (tests, portable installations). */
export function personFolders(environment: NodeJS.ProcessEnv): PersonFolders {
  const own = environment["ALIQUOT_HOME"];
  if (own) return { config: resolve(own, "config"), home: resolve(own, "projects") };
  const documents = join(homedir(), "Documents");
  const home = join(existsSync(documents) ? documents : homedir(), "Aliquot");
  if (process.platform === "win32") {
    return { config: join(environment["APPDATA"] ?? join(homedir(), "AppData", "Roaming"), "Aliquot"), home };
  }
  if (process.platform === "darwin") return { config: join(homedir(), "Library/Application Support/Aliquot"), home };
  return { config: join(environment["XDG_CONFIG_HOME"] ?? join(homedir(), ".config"), "aliquot"), home };
}

export interface WorkFolder {
  path: string;
  /** Why it does not lie in the config folder. */
  problem: ProblemFields | null;
}

/**
 * A private folder for this process's run bundles, which hold images: readable by this person only. Folders of
 * processes that were killed are removed. Where the config folder cannot be written it lies among the system's temporary files.
 */
export function claimWorkFolder(config: string): WorkFolder {
  try {
    const all = join(config, "work");
    mkdirSync(all, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(all)) {
      if (!isRunning(Number(name))) rmSync(join(all, name), { recursive: true, force: true });
    }
    const own = join(all, String(process.pid));
    mkdirSync(own, { recursive: true, mode: 0o700 });
    return { path: own, problem: null };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    const problem: ProblemFields = {
      code: "read-only",
      title: "Aliquot's settings folder cannot be written to.",
      detail: `The system says ${code}. Projects are not affected; settings and the list of recent projects will not be kept.`,
      hint: "Check the free space and the rights of your home folder, then start Aliquot again.",
    };
    return { path: mkdtempSync(join(tmpdir(), "aliquot-work-")), problem };
  }
}

/** Whether a process of this number runs, of whatever program. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
