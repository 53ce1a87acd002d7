/** @file Chromium-family browsers of this machine, which can show a page as an app of its own. */
import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

const linuxNames = [
  "google-chrome",
  "google-chrome-stable",
  "chromium",
  "chromium-browser",
  "microsoft-edge",
  "brave-browser",
];
const macNames = ["Google Chrome", "Chromium", "Microsoft Edge", "Brave Browser"];
const windowsPaths = ["Google\\Chrome\\Application\\chrome.exe", "Microsoft\\Edge\\Application\\msedge.exe"];

/** Whether a window could be seen: a screen, and no automated build. */
export function hasDisplay(environment: NodeJS.ProcessEnv): boolean {
  if (environment["CI"]) return false;
  if (process.platform !== "linux") return !environment["SSH_CONNECTION"];
  return Boolean(environment["DISPLAY"] || environment["WAYLAND_DISPLAY"]);
}

/** Path of the first installed one; null when there is none. */
export function findBrowser(environment: NodeJS.ProcessEnv): string | null {
  const candidates =
    process.platform === "darwin"
      ? macNames.map((name) => `/Applications/${name}.app/Contents/MacOS/${name}`)
      : process.platform === "win32"
        ? ["ProgramFiles", "ProgramFiles(x86)", "LOCALAPPDATA"].flatMap((variable) =>
            windowsPaths.map((path) => join(environment[variable] ?? "C:\\", path)),
          )
        : (environment["PATH"] ?? "")
            .split(delimiter)
            .filter(Boolean)
            .flatMap((folder) => linuxNames.map((name) => join(folder, name)));
  return candidates.find(isExecutable) ?? null;
}

/** Opens `url` in a window of its own; the browser lives on by itself. */
export function openAsApp(browser: string, url: string): void {
  const child = spawn(browser, [`--app=${url}`], { detached: true, stdio: "ignore" });
  child.on("error", (error) => console.error(`${browser} could not be started: ${error.message}`));
  child.unref();
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // absent, or not for this person
  }
}
