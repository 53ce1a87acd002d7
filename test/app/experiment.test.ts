/** @file `aliquot experiment` as a person runs it. */
import { expect, test } from "vitest";
import type { ExperimentDetail } from "../../src-main/api/contract.ts";
import { temporaryFolder, writeImages } from "../api/fixture.ts";
import { BALLS, commandLine, makeBallProject, setOf, SMALL_VOLUMES, succeeding } from "./ball-project.ts";

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

test("ways of training on volumes are compared by series", async () => {
  const folder = temporaryFolder();
  await makeBallProject(folder, [...BALLS, { seed: 7, split: "train" }, { seed: 8, split: "val" }]);
  const aliquot = commandLine(folder);
  const asked = [
    "experiment",
    "balls.aliquot",
    ...setOf(SMALL_VOLUMES),
    "--seeds",
    "1",
    "--steps",
    "6",
    "--device",
    "cpu",
  ];
  const compared = await succeeding(aliquot)(...asked, "--arms", "supervised,bcp", "--labelled", "1,2", "--json");
  const detail = JSON.parse(compared) as ExperimentDetail;
  expect(detail).toMatchObject({ done: 4, total: 4, steps: 6, labelled: [1, 2], unit: "series" });
  expect(detail.report.results.map(({ mean }) => mean).every((mean) => mean !== null && mean >= 0 && mean <= 1)).toBe(
    true,
  );
  const later = await succeeding(aliquot)("experiments", "balls.aliquot", "--run", String(detail.runId));
  expect(later).toMatch(/with 2 labelled series[.:]/);

  const refused = async (...more: string[]) => (await aliquot(...asked, ...more)).stderr;
  expect(await refused("--labelled", "20")).toContain(
    "too few annotated series: 20 labelled ones are asked for, 4 are there",
  );
  expect(await refused("--arms", "supervised,augmented", "--labelled", "1")).toContain("for single images alone");
  expect(await refused("--labelled", "1", "--set", "slices=12", "--set", "depth=4")).toContain(
    "cannot take patches of 12",
  );
}, 240_000);
