/** @file `npm run experiments -- bcp` reduced to a minute: small pictures, few steps, one seed for calibration. It claims no gain. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../api/fixture.ts";
import { readRows } from "./rows.ts";

function experiments(...args: string[]): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const main = join(import.meta.dirname, "main.ts");
    const child = execFile(process.execPath, [main, ...args], (_error, stdout, stderr) =>
      resolve({ exitCode: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

test("rows of supervised training, mean teacher and BCP on the same hearts; what is there is not computed again", async () => {
  const json = join(temporaryFolder(), "rows.json");
  const arms = ["supervised", "mean-teacher-10", "bcp"];
  const reduced = ["--calibrate", "--seeds", "1", "--arms", arms.join(","), "--json", json];
  const small = ["steps=40", "size=32", "width=4", "depth=2"].flatMap((text) => ["--set", text]);
  const first = await experiments("bcp", ...reduced, ...small, "--at-most", "2");
  expect(first).toMatchObject({ exitCode: 0 });
  expect(readRows(json).map(({ arm }) => arm)).toEqual(arms.slice(0, 2));
  const { exitCode, stdout } = await experiments("bcp", ...reduced, ...small);
  expect(exitCode).toBe(0);
  const rows = readRows(json);
  expect(rows.map(({ arm }) => arm)).toEqual(arms);
  for (const row of rows) {
    expect(row).toMatchObject({ data: "heart-phantom", seed: 0, labelled: 18, trainable: 43 * 6, device: "cpu" });
    expect(row.patients).toHaveLength(20);
    expect(row.settings).toMatchObject({ steps: 40, keep: "last" });
    expect(row.patients.map(({ patient }) => patient)).toEqual(rows[0]!.patients.map(({ patient }) => patient));
    expect(row.dice).toBeGreaterThanOrEqual(0);
    expect(row.dice).toBeLessThanOrEqual(1);
  }
  expect(stdout).toContain("| 18 | BCP |");
  expect(stdout).toContain("One seed: the interval says nothing of another split or start.");
  expect(stdout).not.toContain("Gate");

  const others = await experiments("bcp", ...reduced, ...small, "--set", "steps=50");
  expect(others).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("with other settings") as string });
  expect((await experiments("magic")).exitCode).toBe(2);
}, 120_000);
