/** @file Volumes from the command line: series in, a training on them, labels and figures out. */
import { join } from "node:path";
import { expect, test } from "vitest";
import type { EvaluationSummary, RunRow } from "../../src-main/api/contract.ts";
import { Reviewer } from "../../src-main/api/reviewer.ts";
import { openProject } from "../../src-main/project/index.ts";
import { decodeLabelMap, decodeScoreMap } from "../../src-main/voxels/index.ts";
import { temporaryFolder } from "../api/fixture.ts";
import { BALL_SIZE } from "../methods/balls.ts";
import { BALLS, commandLine, makeBallProject, setOf, SMALL_VOLUMES, succeeding } from "./ball-project.ts";

const [DEPTH, HEIGHT, WIDTH] = BALL_SIZE;

test("a model of volumes is trained, labels whole series slice by slice, and is judged by volume", async () => {
  const folder = temporaryFolder();
  await makeBallProject(folder, BALLS);
  const aliquot = commandLine(folder);
  const ok = succeeding(aliquot);
  const train = ["train", "balls.aliquot", "--method", "bcp", ...setOf(SMALL_VOLUMES)];
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
