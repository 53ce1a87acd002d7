/** @file A real training of 200 updates: two runs give the same bits, and so does one that is killed on the way. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, expect, it } from "vitest";
import { decodeTrainState, stepCount } from "../../src-main/training/index.ts";

const folder = mkdtempSync(join(tmpdir(), "aliquot-resume-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Trains in a process of its own until the end, or until SIGKILL when it says that update `killAt` is done. */
async function train(file: string, killAt?: number): Promise<{ lines: string[]; signal: string | null }> {
  const script = join(import.meta.dirname, "unet-training-child.ts");
  const child = spawn(process.execPath, [script, file], { stdio: ["ignore", "pipe", "inherit"] });
  const lines: string[] = [];
  const ended = new Promise<string | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      if (signal || code === 0) resolve(signal);
      else reject(new Error(`the training ended with code ${code}`));
    });
  });
  const reading = (async () => {
    for await (const line of createInterface({ input: child.stdout })) {
      lines.push(line);
      if (killAt !== undefined && line.startsWith(`update ${killAt} `)) child.kill("SIGKILL");
    }
  })();
  const signal = await ended;
  await reading;
  return { lines, signal };
}

it("repeats to the bit, and resumes to the bit after a kill at update 90", { timeout: 120_000 }, async () => {
  const [once, again, killed] = ["once", "again", "killed"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  const first = await train(once);
  const losses = first.lines.map((line) => Number(line.split(" ")[2]));
  expect(losses).toHaveLength(200);
  expect(losses.at(-1)!).toBeLessThan(0.5 * losses[0]!);
  expect((await train(again)).lines).toEqual(first.lines);

  const interrupted = await train(killed, 90);
  expect(interrupted.signal).toBe("SIGKILL");
  const left = stepCount(decodeTrainState(readFileSync(killed)));
  expect(left).toBeGreaterThanOrEqual(80);
  expect(left).toBeLessThan(200);
  const { lines } = await train(killed);
  expect(lines[0]).toBe(`resumed ${left}`);
  expect(lines.slice(1)).toEqual(first.lines.slice(left));

  const [a, b, c] = [once, again, killed].map((file) => decodeTrainState(readFileSync(file)).states);
  expect(b).toEqual(a);
  expect(Object.keys(c!).sort()).toEqual(Object.keys(a!).sort()); // in another order after a restore
  for (const [name, { data }] of Object.entries(a!)) {
    expect(Buffer.from(c![name]!.data.buffer).equals(Buffer.from(data.buffer)), name).toBe(true);
  }
});
