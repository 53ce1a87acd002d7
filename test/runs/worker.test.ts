/** @file The process of a run by itself, as its entry starts it. */
import { fork } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { RunReport } from "../../src-main/runs/worker.ts";

const folder = mkdtempSync(join(tmpdir(), "aliquot-worker-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function start() {
  const child = fork(new URL("../../src-main/app/run-process.ts", import.meta.url), {
    serialization: "advanced",
    execArgv: [],
  });
  const report = () =>
    new Promise<RunReport>((resolve) => {
      child.once("message", (message) => resolve(message as RunReport));
    });
  return { child, report };
}

test("it ends when the app is gone", async () => {
  const { child, report } = start();
  expect(await report()).toEqual({ kind: "ready" });
  const exited = new Promise((resolve) => void child.once("exit", resolve));
  child.disconnect();
  await exited;
});

test("a file that is no bundle is reported as a problem", async () => {
  const { child, report } = start();
  await report();
  const bundlePath = join(folder, "damaged.safetensors");
  writeFileSync(bundlePath, "not a bundle at all");
  child.send({ kind: "start", bundlePath, profile: false });
  expect(await report()).toMatchObject({ kind: "problem", problem: { code: "unsupported-file" } });
  child.kill();
});
