/** @file Volumes from the command line: series in, a training on them, labels and figures out. */
import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { EvaluationSummary, RunRow } from "../../src-main/api/contract.ts";
import { Reviewer } from "../../src-main/api/reviewer.ts";
import { openProject } from "../../src-main/project/index.ts";
import { decodeLabelMap, decodeScoreMap } from "../../src-main/voxels/index.ts";
import { root, temporaryFolder } from "../api/fixture.ts";
import { writeNifti } from "../imaging/nifti-writer.ts";
import { ball, BALL_SIZE } from "../methods/balls.ts";

const [DEPTH, HEIGHT, WIDTH] = BALL_SIZE;

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

/** Slices as one NIfTI file of 1 × 1 × 2 mm. */
function niftiOf(planes: readonly { data: ArrayLike<number> }[], datatype: number): Buffer {
  const values = planes.flatMap(({ data }) => Array.from(data));
  const sform = [
    [-1, 0, 0, 0],
    [0, -1, 0, 0],
    [0, 0, 2, 0],
  ];
  return writeNifti({ size: [WIDTH, HEIGHT, DEPTH], datatype, values, pixdim: [1, 1, 1, 2], units: 2, sform });
}

test("a model of volumes is trained, labels whole series slice by slice, and is judged by volume", async () => {
  const folder = temporaryFolder();
  const aliquot = commandLine(folder);
  const ok = async (...args: string[]) => {
    const ended = await aliquot(...args);
    expect(ended, args.join(" ")).toMatchObject({ exitCode: 0 });
    return ended.stdout;
  };
  await ok("new", "balls.aliquot", "--classes", "ball");
  const splits = { train: [0, 1], val: [2], test: [3], unlabelled: [4, 5, 6] } as const;
  for (const [split, seeds] of Object.entries(splits)) {
    const [images, masks] = [join(folder, split, "images"), join(folder, split, "masks")];
    for (const path of [images, masks]) mkdirSync(path, { recursive: true });
    for (const seed of seeds) {
      const { frames, labelMaps } = ball(seed);
      writeFileSync(join(images, `p${seed}.nii`), niftiOf(frames, 4));
      if (split !== "unlabelled") writeFileSync(join(masks, `p${seed}.nii`), niftiOf(labelMaps, 2));
    }
    const withMasks = split === "unlabelled" ? [] : ["--masks", masks];
    await ok("import", "balls.aliquot", images, ...withMasks, "--split", split, "--patient-from", "^(p[0-9]+)");
  }

  const small = { dimensions: 3, size: 16, slices: 8, width: 4, depth: 3, learningRate: 0.01, validateEvery: 40 };
  const set = Object.entries(small).flatMap(([key, value]) => ["--set", `${key}=${value}`]);
  const train = ["train", "balls.aliquot", "--method", "bcp", ...set];
  const refused = await aliquot(...train, "--set", "slices=12", "--set", "depth=4");
  expect(refused).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/cannot take patches of 12 slices/) as string,
  });
  const { run } = JSON.parse(await ok(...train, "--steps", "80", "--seed", "3", "--json")) as { run: RunRow };
  expect(run).toMatchObject({ state: "done", step: 80, remarks: [] });
  const model = String(run.modelId);

  await ok("label", "balls.aliquot", "--model", model);
  const evaluated = await ok("evaluate", "balls.aliquot", "--model", model, "--split", "test", "--json");
  const { volumes, rows } = JSON.parse(evaluated) as EvaluationSummary;
  expect(rows).toHaveLength(DEPTH);
  expect(volumes.rows).toHaveLength(1);
  expect(volumes.rows[0]).toMatchObject({ slices: DEPTH, unit: "mm" });
  expect(volumes.rows[0]!.dice).toBeGreaterThan(0.6);

  const project = openProject(join(folder, "balls.aliquot"));
  const proposals = project.proposals.list({ state: "pending" });
  expect(proposals).toHaveLength(3 * DEPTH);
  for (const { proposalId, frameId } of proposals) {
    const map = decodeLabelMap(project.proposals.mask(proposalId));
    const { width, height } = project.images.frame(frameId).row;
    expect([map.width, map.height]).toEqual([width, height]);
    const record = project.reviews.record(proposalId);
    expect(record).toMatchObject({
      views: 4,
      series: { slices: DEPTH, labelled: 2, leftOut: ["elongation"] },
      classes: [{ value: 1, expectedDice: expect.any(Number) as number, elongationZ: null }],
    });
    // Where nothing is outlined there is no band to compare them in.
    expect(record.disagreement === null).toBe(record.classes[0]!.area === 0);
    for (const bytes of [project.reviews.uncertainty(proposalId), project.reviews.difference(proposalId)]) {
      const map = decodeScoreMap(bytes);
      expect([map.width, map.height, map.data.length]).toEqual([WIDTH, HEIGHT, WIDTH * HEIGHT]);
    }
  }
  // The series of the validation split, judged with the same views.
  const evidence = project.reviews.evidence(Number(model));
  expect(evidence.map(({ source }) => source)).toEqual(Array.from({ length: DEPTH }, () => "validation"));
  expect(
    evidence.filter((each) => each.source === "validation" && each.record.classes[0]!.area > 0).length,
  ).toBeGreaterThan(2);
  const queue = new Reviewer(project).queue();
  expect(queue.items).toHaveLength(3 * DEPTH);
  expect(queue.condition).toMatchObject({ isMet: false, reason: "uncalibrated", evidence: { cases: 1 } });
  project.close();
}, 240_000);
