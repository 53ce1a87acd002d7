/** @file Grades and numbers of whole images by the command line: train, label, review, evaluate, with files and processes of their own. */
import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { ExperimentDetail, LabelReadOut } from "../../src-main/api/contract.ts";
import { openProject } from "../../src-main/project/index.ts";
import { tinyTrunk } from "../methods/tiny-trunk.ts";
import { drawDisc, grayPng, root, temporaryFolder } from "../api/fixture.ts";

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

/** Small and large discs, with a table that says which and how wide; none of the last four. */
async function writeDiscs(folder: string, count: number): Promise<void> {
  mkdirSync(join(folder, "images"));
  const lines = ["image,stage:grade(early<late),width"];
  for (let at = 0; at < count; at++) {
    const isLarge = at % 2 === 1;
    const radius = (isLarge ? 11 : 4) + (at % 3);
    const disc = drawDisc(32, 13 + (at % 5), 14 + (at % 4), radius);
    writeFileSync(
      join(folder, "images", `p${at}.png`),
      await grayPng(disc.map((inside, pixel) => (inside ? 200 : 40) + ((pixel * 7 + at) % 13))),
    );
    if (at < count - 4) lines.push(`p${at}.png,${isLarge ? "late" : "early"},${2 * radius}`);
  }
  writeFileSync(join(folder, "labels.csv"), lines.join("\n"));
}

test("a table of labels becomes a model, proposals, decisions and figures", { timeout: 300_000 }, async () => {
  const folder = temporaryFolder();
  const aliquot = commandLine(folder);
  await writeDiscs(folder, 28);
  await aliquot("new", "study.aliquot", "--classes", "lesion");
  await aliquot("import", "study.aliquot", "images", "--labels", "labels.csv", "--patient-from", "^(p[0-9]+)");
  const project = openProject(join(folder, "study.aliquot"));
  for (const { caseId } of project.cases.list()) {
    // The last four have no label.
    const place = project.cases.list().findIndex((each) => each.caseId === caseId);
    const name = Number(project.cases.list()[place]!.name.slice(1));
    // Small and large ones in each split.
    const pair = (name >> 1) % 4;
    project.cases.setSplit(caseId, name >= 24 ? "unlabelled" : pair === 3 ? "val" : pair === 2 ? "test" : "train");
  }
  project.close();

  const quick = [
    "--set",
    "size=32",
    "--set",
    "width=4",
    "--set",
    "batchSize=8",
    "--set",
    "validateEvery=30",
    "--seed",
    "2",
  ];
  const unknown = await aliquot("train", "study.aliquot", "--method", "classify", "--label", "stages", ...quick);
  expect(unknown).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining("There is no label stages.") as string,
  });
  const trained = await aliquot(
    "train",
    "study.aliquot",
    "--method",
    "classify",
    "--label",
    "stage",
    "--steps",
    "60",
    ...quick,
  );
  expect(trained.stderr + trained.stdout).toContain("validation Balanced Accuracy");
  expect(trained.exitCode).toBe(0);

  const labelled = await aliquot("label", "study.aliquot", "--samples", "3", "--json");
  const { labelProposals, modelId } = JSON.parse(labelled.stdout) as {
    labelProposals: LabelReadOut[];
    modelId: number;
  };
  expect(labelProposals).toHaveLength(4);
  const listed = await aliquot("grades", "study.aliquot", "--label", "stage", "--count", "1", "--json");
  const [worst] = JSON.parse(listed.stdout) as LabelReadOut[];
  expect(worst).toMatchObject({
    label: "stage",
    options: ["early", "late"],
    samples: 3,
    fileName: labelProposals[0]!.fileName,
  });
  const { spread } = worst!.answer;
  expect(spread!.means.reduce((sum, mean) => sum + mean, 0)).toBeCloseTo(1, 5);
  expect(spread!.test.p).toBeGreaterThanOrEqual(0);
  const inWords = await aliquot("grades", "study.aliquot", "--count", "1");
  for (const words of [
    "3 samples",
    "mean",
    "sd",
    "entropy of votes",
    "apart",
    "how settled the model is",
    "3 further ones",
  ])
    expect(inWords.stdout).toContain(words);
  const accepted = await aliquot(
    "review",
    "study.aliquot",
    "--accept-above",
    "0",
    "--without-evidence",
    "--of",
    "grades",
    "--json",
  );
  const outcome = JSON.parse(accepted.stdout) as { accepted: number; flagged: number; pending: number };
  expect(outcome.accepted + outcome.flagged).toBe(4);
  expect(outcome.pending).toBe(outcome.flagged);

  const lowest = await aliquot("threshold", "study.aliquot", "--label", "stage", "--at", "early");
  expect(lowest).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("so it is no threshold") as string });
  const set = await aliquot("threshold", "study.aliquot", "--label", "stage", "--at", "late");
  expect(set.stdout).toContain("stage (early < late): late or higher.");
  const told = await aliquot("evaluate", "study.aliquot", "--model", String(modelId), "--split", "test");
  for (const words of [
    "accuracy",
    "macro F1",
    "sensitivity",
    "ECE",
    "Truth in rows",
    "late or higher (3 of 6)",
    "MAE 0.",
    "6 images of 6 cases (test)",
  ])
    expect(told.stdout).toContain(words);
  const noNumbers = ["--model", String(modelId), "--zeros", "strict"];
  expect((await aliquot("evaluate", "study.aliquot", ...noNumbers)).stderr).toContain("says no numbers");
  // Small and large discs are told apart by any network that learned anything.
  expect(Number(/accuracy ([\d.]+)/.exec(told.stdout)![1])).toBeGreaterThan(0.8);

  writeFileSync(join(folder, "trunk.onnx"), await tinyTrunk());
  const added = await aliquot("trunk", "add", "study.aliquot", "trunk.onnx");
  expect(added.stdout).toMatch(/^[0-9a-f]{16} trunk, .*: gray images of any size .* 16 features of each place/);
  const id = added.stdout.slice(0, 16);
  expect((await aliquot("trunk", "list", "study.aliquot")).stdout).toContain(id);
  const onTrunk = await aliquot(
    ...["train", "study.aliquot", "--method", "classify", "--steps", "2", "--set", `network=${id}`, ...quick],
  );
  expect(onTrunk.stdout + onTrunk.stderr).toContain("Batch normalization of trunk keeps the statistics");
  expect(onTrunk.exitCode).toBe(0);
  const refused = await aliquot("trunk", "add", "study.aliquot", "labels.csv");
  expect(refused).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining("labels.csv: the file is no ONNX model, or damaged.") as string,
  });
  expect((await aliquot("trunk", "remove", "study.aliquot", id)).exitCode).toBe(0);
  expect((await aliquot("trunk", "list", "study.aliquot")).stdout).toContain("No trunks yet.");
  const fast = ["--steps", "10", "--seeds", "1", "--labelled", "10", ...quick.slice(0, -2), "--json"];
  const compared = await aliquot("experiment", "study.aliquot", "--label", "stage", ...fast);
  expect(compared.stderr).not.toContain("Problem");
  const experiment = JSON.parse(compared.stdout) as ExperimentDetail;
  expect(experiment).toMatchObject({ label: { name: "stage" }, total: 2, done: 2, steps: 10 });
  expect(experiment.arms.map(({ id }) => id)).toEqual(["classify", "diffmic"]);
  const read = await aliquot("experiments", "study.aliquot", "--run", String(experiment.runId));
  expect(read.stdout).toContain("on stage: 2 of 2 trainings done");
  expect(read.stdout).toContain("| labelled | arm | seed 1 | balanced accuracy (interval) |");
  expect(read.stdout).toMatch(/points of balanced accuracy \(95 % interval [\d.−]+ to [\d.−]+\)/);

  const measured = await aliquot("train", "study.aliquot", "--method", "regress", "--steps", "20", ...quick);
  expect(measured.exitCode).toBe(0);
  const report = ["--report", "numbers.html", "--zeros", "floor:2"];
  const numbers = await aliquot("evaluate", "study.aliquot", "--split", "test", ...report);
  expect(numbers.stdout).toContain("divided by no less than 2");
  const page = readFileSync(join(folder, "numbers.html"), "utf8");
  for (const words of ["width on the test split", "Median relative error", "Model over person", "p4.png"])
    expect(page).toContain(words);
  const wrong = await aliquot("evaluate", "study.aliquot", "--zeros", "floor:0");
  expect(wrong).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining("floor: and a number above 0") as string,
  });
  for (const words of ["RMSE", "MAE", "R²", "Pearson", "Bland–Altman", "median relative error"])
    expect(numbers.stdout).toContain(words);
});
