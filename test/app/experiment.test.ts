/** @file `aliquot experiment` as a person runs it. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { ExperimentDetail } from "../../src-main/api/contract.ts";
import { root, temporaryFolder, writeImages } from "../api/fixture.ts";

function commandLine(folder: string) {
  return (...args: string[]): Promise<{ exitCode: number; stdout: string; stderr: string }> =>
    new Promise((resolve) => {
      const env = { ...process.env, ALIQUOT_HOME: join(folder, "aliquot-home"), TMPDIR: folder };
      const cli = join(root, "src-main/app/cli.ts");
      const child = execFile(process.execPath, [cli, ...args], { cwd: folder, env }, (_error, stdout, stderr) =>
        resolve({ exitCode: child.exitCode ?? -1, stdout, stderr }),
      );
    });
}

test("experiment prints every seed and a plain sentence, and can be read again later", async () => {
  const folder = temporaryFolder();
  const aliquot = commandLine(folder);
  await writeImages(folder, 7);
  await aliquot("new", "a.aliquot", "--classes", "lesion");
  await aliquot("import", "a.aliquot", "images", "--masks", "masks", "--patient-from", "^(p[0-9]+)");
  await aliquot("split", "a.aliquot", "--train", "5", "--val", "1", "--test", "0", "--seed", "1");
  const small = ["size=32", "width=4", "depth=2", "halfBatch=1"].flatMap((text) => ["--set", text]);
  const asked = ["--arms", "supervised,augmented", "--labelled", "2,4", "--seeds", "2", "--steps", "4", ...small];
  const done = await aliquot("experiment", "a.aliquot", ...asked, "--device", "cpu", "--json");
  expect(done).toMatchObject({ exitCode: 0 });
  const detail = JSON.parse(done.stdout) as ExperimentDetail;
  expect(detail).toMatchObject({ done: 8, total: 8, steps: 4, seeds: [1, 2], labelled: [2, 4], folds: 1 });
  expect(detail.report.results).toHaveLength(4);
  expect(detail.report.comparisons.map(({ labelled }) => labelled)).toEqual([2, 4]);

  const { stdout } = await aliquot("experiments", "a.aliquot", "--run", String(detail.runId));
  expect(stdout).toContain("8 of 8 trainings done");
  expect(stdout).toContain("| labelled | arm | seed 1 | seed 2 | mean (interval) |");
  // So short a training may gain, lose or do nothing: each has its sentence.
  expect(stdout).toMatch(/with 4 labelled images[.:]/);
  expect(stdout).toMatch(/points of Dice \(95 % interval [\d.−]+ to [\d.−]+\)/);
  expect(stdout).toContain("2 seeds: the interval is somewhat too narrow.");
  expect((await aliquot("experiments", "a.aliquot")).stdout).toMatch(/8\/8 trainings {2}supervised, augmented\n$/);

  const few = await aliquot("experiment", "a.aliquot", ...asked, "--labelled", "40");
  expect(few).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining("40 labelled ones are asked for") as string,
  });
  const typo = await aliquot("experiment", "a.aliquot", ...asked, "--set", "stepz=4");
  expect(typo).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("No arm has a setting stepz") as string });
  expect(await aliquot("experiment", "a.aliquot", "--labelled", "some")).toMatchObject({ exitCode: 2 });
});
