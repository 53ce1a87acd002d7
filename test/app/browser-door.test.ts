/** @file The browser door as a process: its address, its end, its refusals. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { openProject } from "../../src-main/project/index.ts";
import { root, temporaryFolder } from "../api/fixture.ts";

function start(folder: string, ...args: string[]): ChildProcess {
  const child = spawn(process.execPath, [join(root, "src-main/app/browser.ts"), ...args], {
    env: { ...process.env, ALIQUOT_HOME: folder },
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

async function addressOf(child: ChildProcess): Promise<URL> {
  const [line] = (await once(createInterface({ input: child.stdout! }), "line")) as [string];
  expect(line).toMatch(/^Aliquot is ready: http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]{43}$/);
  return new URL(line.slice(line.indexOf("http")));
}

test("it prints its address, serves, and closes the project when told to end", async () => {
  const folder = temporaryFolder();
  const child = start(folder, "--no-open");
  const { origin, searchParams } = await addressOf(child);
  const headers = { Authorization: `Bearer ${searchParams.get("token")}`, "Content-Type": "application/json" };
  const path = join(folder, "a.aliquot");
  const body = JSON.stringify({ path, classes: ["lesion"] });
  expect((await fetch(`${origin}/api/project/create`, { method: "POST", headers, body })).status).toBe(200);
  expect(openReadOnly(path)).toBe("It is open in another window.");
  const stream = await fetch(`${origin}/api/events`, { headers });
  child.kill("SIGTERM");
  await stream.text();
  expect(await once(child, "exit")).toEqual([0, null]);
  expect(openReadOnly(path)).toBeNull();
  expect(existsSync(join(folder, "config", "recent.json"))).toBe(true);
  expect(readdirSync(join(folder, "config", "work"))).toEqual([]);
});

test("a port in use and a wrong option end it with a sentence", async () => {
  const first = start(temporaryFolder(), "--no-open");
  const { port } = await addressOf(first);
  const second = start(temporaryFolder(), "--no-open", "--port", port);
  const words = text(second.stderr!);
  expect(await once(second, "exit")).toEqual([1, null]);
  expect(await words).toContain(`Port ${port} cannot be used`);
  expect(await once(start(temporaryFolder(), "--port", "none"), "exit")).toEqual([2, null]);
});

function openReadOnly(path: string): string | null {
  const project = openProject(path);
  const { readOnly } = project;
  project.close();
  return readOnly;
}
