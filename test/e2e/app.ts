/** @file The built app as a user starts it: a real process of the browser door that a test can kill. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import type { Page } from "playwright-core";

const root = resolve(import.meta.dirname, "../..");
const output = join(root, "test/output");

export interface RunningApp {
  /** Address with its token, as printed. */
  url: string;
  pid: number;
  /** Ends the process without a chance to clean up, as a power cut does. */
  killHard(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts `out/main/start.js` without a screen; settings and new projects go below `home`. */
export async function startApp(home: string, port = 0): Promise<RunningApp> {
  const child: ChildProcess = spawn(
    process.execPath,
    [join(root, "out/main/start.js"), "--no-open", "--port", String(port)],
    {
      env: { ...process.env, ALIQUOT_HOME: home, DISPLAY: "", WAYLAND_DISPLAY: "" },
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const exited = once(child, "exit");
  let url: string | null = null;
  for await (const line of createInterface({ input: child.stdout! })) {
    url = /http:\/\/127\.0\.0\.1:\d+\/\S*/.exec(line)?.[0] ?? null;
    if (url !== null) break;
  }
  if (url === null) throw new Error("The app ended before it printed its address.");
  child.stdout!.resume();
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await exited;
  };
  return { url, pid: child.pid!, killHard: () => end("SIGKILL"), stop: () => end("SIGTERM") };
}

/** Keeps a picture of the page in test/output, to be looked at. */
export async function screenshot(page: Page, name: string): Promise<void> {
  mkdirSync(output, { recursive: true });
  await page.screenshot({ path: join(output, `${name}.png`) });
}
