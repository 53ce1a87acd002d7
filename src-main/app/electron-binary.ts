/**
 * @file Electron's binary, which npm does not carry: it comes from elsewhere and may be missing for good.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Seconds to wait for the download. An offline machine fails at once; a blocked one must not hang. */
const DOWNLOAD_SECONDS = 60;
/** Seconds. An end with an error before this is a failed start, e.g. a sandbox that the system forbids. */
const START_SECONDS = 5;

/** Path of the binary, tried to be downloaded once by Electron's own script; null when it cannot be had. */
export async function findElectron(root: string): Promise<string | null> {
  const folder = join(root, "node_modules", "electron");
  const install = join(folder, "install.js");
  const installed = binaryIn(folder);
  if (installed !== null || !existsSync(install)) return installed;
  console.error("Fetching Electron for its own window (once; Ctrl+C ends)…");
  const child = spawn(process.execPath, [install], { stdio: "ignore", timeout: DOWNLOAD_SECONDS * 1000 });
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) console.error("Electron is not to be had here; your browser takes its place.");
  return binaryIn(folder);
}

function binaryIn(folder: string): string | null {
  const pathFile = join(folder, "path.txt");
  if (!existsSync(pathFile)) return null;
  const binary = join(folder, "dist", readFileSync(pathFile, "utf8"));
  return existsSync(binary) ? binary : null;
}

/** Runs the desktop window until it is closed; false if it could not start. */
export async function runElectron(binary: string, root: string): Promise<boolean> {
  const { ELECTRON_RUN_AS_NODE: _asNode, ...env } = process.env;
  const startedAt = performance.now();
  const child = spawn(binary, [root], { stdio: "inherit", env });
  const code = await new Promise<number | null>((resolve) => {
    child.on("exit", resolve);
    child.on("error", () => resolve(1));
  });
  const hasFailed = code !== 0 && performance.now() - startedAt < START_SECONDS * 1000;
  if (hasFailed) console.error("Electron's window could not be opened; your browser takes its place.");
  return !hasFailed;
}
