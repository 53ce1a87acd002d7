/** @file A process ends although a call to a file never does: what a drive that is gone leaves behind. */
import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../api/fixture.ts";

const leave = join(import.meta.dirname, "../../src-main/app/leave.ts");

function endOf(script: string): Promise<{ code: number | null; signal: string | null }> {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script]);
  return new Promise((resolve) => child.once("exit", (code, signal) => resolve({ code, signal })));
}

test("with its own code where nothing hangs", async () => {
  expect(await endOf(`import { leave } from ${JSON.stringify(leave)}; await leave(3);`)).toEqual({
    code: 3,
    signal: null,
  });
});

// Windows has no such pipes in folders.
test.skipIf(process.platform === "win32")("killed where a file does not answer", async () => {
  const pipe = join(temporaryFolder(), "pipe");
  expect(spawnSync("mkfifo", [pipe]).status).toBe(0);
  const script = `
    import { open } from "node:fs/promises";
    import { leave } from ${JSON.stringify(leave)};
    void open(${JSON.stringify(pipe)}); // nobody writes: it stays open for ever
    setTimeout(() => leave(0), 200);`;
  expect(await endOf(script)).toEqual({ code: null, signal: "SIGKILL" });
});
