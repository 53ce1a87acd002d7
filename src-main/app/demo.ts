/**
 * @file The main job on the bundled images without a screen: import, train, propose, evaluate, export, report.
 */
import { existsSync, mkdirSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type Command, Option } from "commander";
import { z } from "zod";
import type { EvaluationSummary, ModelRow } from "../api/contract.ts";
import { read } from "./client.ts";
import type { CommandContext } from "./command-context.ts";
import type { RunCommand } from "./command-line.ts";
import { type PicturedFrame, renderDemoReport } from "./demo-report.ts";
import { type Installation, personFolders } from "./installation.ts";
import { describeMachine } from "./machine.ts";
import { pictureFrame } from "./pictures.ts";
import { wholeNumber } from "./project-commands.ts";
import { figure } from "./run-commands.ts";
import { durationText } from "./terminal.ts";

/** Test frames shown in the report, from worst to best at equal steps. */
const PICTURED = 8;

const plan = z.object({
  name: z.string(),
  seed: z.number().int().default(1),
  train: z.object({
    method: z.string(),
    settings: z.record(z.string(), z.union([z.number(), z.boolean(), z.string()])),
    steps: z.number().int().positive().optional(),
  }),
});

export interface DemoOptions {
  device: "auto" | "cpu" | "webgpu" | "cuda" | "dml" | "coreml";
  seed?: number;
  steps?: number;
}

export interface DemoOutcome {
  dir: string;
  project: string;
  report: string;
  /** Mean over the frames of the test split, which was used neither for training nor for choosing the model. */
  testDice: number | null;
  model: ModelRow;
  evaluation: EvaluationSummary;
  exports: string[];
  seconds: number;
}

export function addDemoCommand(program: Command, installation: Installation, run: RunCommand): void {
  program
    .command("demo [dir]")
    .description("do the whole job on bundled images and write a report")
    .addOption(
      new Option("--device <device>", "where to compute")
        .choices(["auto", "cpu", "webgpu", "cuda", "dml", "coreml"])
        .default("auto"),
    )
    .option("--seed <n>", "seed of all randomness (default: of the demo)", wholeNumber())
    .option("--steps <n>", "number of updates (default: of the demo)", wholeNumber(1))
    .action((dir: string | undefined, options: DemoOptions) =>
      run(async (context) => {
        const folder = dir === undefined ? freeFolder(join(personFolders(process.env).home, "demo")) : resolve(dir);
        const outcome = await runDemo(context, installation, folder, options);
        context.terminal.outcome(outcome, [
          `Mean test Dice: ${figure(outcome.testDice)} (${outcome.evaluation.frames} images of ${outcome.evaluation.cases} cases never used before)`,
          `Project: ${outcome.project}`,
          `Report:  ${outcome.report}`,
          `Took ${durationText(outcome.seconds)}.`,
        ]);
      }),
    );
}

/** All steps in a folder, which is made; throws `Problem` when it holds a demo already. */
export async function runDemo(
  context: CommandContext,
  installation: Installation,
  dir: string,
  options: DemoOptions,
): Promise<DemoOutcome> {
  const { client, terminal } = context;
  const startedAt = performance.now();
  const demo = plan.parse(JSON.parse(await readFile(join(installation.demoFolder, "demo.json"), "utf8")));
  mkdirSync(dir, { recursive: true });
  terminal.say(`Demo in ${dir}`);
  const { path: project, counts } = await read(
    client.project.demo.$post({ json: { path: join(dir, "demo.aliquot") } }),
  );
  terminal.say(`Imported ${counts.frames} images of ${counts.cases} cases, ${counts.annotated} with masks.`);

  const { method, settings } = demo.train;
  const json = {
    method,
    settings,
    seed: options.seed ?? demo.seed,
    device: options.device,
    steps: options.steps ?? demo.train.steps,
  };
  const training = await context.followRun(() => read(client.runs.$post({ json })));
  const models = await read(client.models.$get());
  const model = models.find(({ modelId }) => modelId === training.modelId);
  if (model === undefined) throw new Error(`demo: run ${training.runId} left no model.`);
  const { modelId } = model;
  terminal.say(`Trained ${training.steps} steps; validation Dice ${figure(model.validationDice)}.`);

  await context.followRun(() => read(client.proposals.$post({ json: { modelId, split: "unlabelled" } })));
  const proposals = await read(client.proposals.$get({ query: { state: "pending" } }));
  terminal.say(`${proposals.length} proposals wait for review in the project.`);

  await context.followRun(() => read(client.evaluations.$post({ json: { modelId, split: "test" } })));
  const evaluation = await read(client.evaluations.$get({ query: { modelId: String(modelId), split: "test" } }));
  const pictures = await pictureTestFrames(context, modelId, evaluation);

  const exports: string[] = [];
  for (const format of ["png", "onnx", "csv"] as const) {
    const folder = join(dir, format === "png" ? "masks" : format);
    const split = format === "csv" ? ("test" as const) : undefined;
    const report = await read(
      client.exports.$post({ json: { format, dir: folder, modelId: format === "png" ? undefined : modelId, split } }),
    );
    exports.push(report.dir);
  }

  const seconds = (performance.now() - startedAt) / 1000;
  const report = join(dir, "report.html");
  const html = renderDemoReport({
    title: demo.name,
    counts,
    training,
    model,
    evaluation,
    proposals,
    pictures,
    seconds,
    machine: describeMachine(installation),
    licence: await readFile(join(installation.demoFolder, "LICENSE.md"), "utf8"),
  });
  await writeFile(report, html);
  const testDice = evaluation.mean[0]?.dice ?? null;
  return { dir, project, report, testDice, model, evaluation, exports, seconds };
}

/** Image, ground truth and prediction of some test frames, from the worst to the best. */
async function pictureTestFrames(
  context: CommandContext,
  modelId: number,
  evaluation: EvaluationSummary,
): Promise<PicturedFrame[]> {
  const { client } = context;
  const ranked = evaluation.rows
    .filter((row): row is typeof row & { dice: number } => row.dice !== null)
    .sort((a, b) => a.dice - b.dice);
  const count = Math.min(PICTURED, ranked.length);
  const chosen = Array.from(
    { length: count },
    (_, index) => ranked[Math.round((index * (ranked.length - 1)) / Math.max(count - 1, 1))]!,
  );
  if (chosen.length === 0) return [];
  const classes = await read(client.classes.$get());
  const bytesOf = async (answer: Promise<Response>) => new Uint8Array(await (await answer).arrayBuffer());
  const frames = [...new Set(chosen.map(({ frameId }) => frameId))].map((frameId) => ({ id: String(frameId) }));
  const pictures: PicturedFrame[] = [];
  const frameIds = frames.map(({ id }) => Number(id));
  await context.followRun(() => read(client.proposals.$post({ json: { modelId, frameIds } })));
  for (const { frameId, frameName, caseName, dice } of chosen) {
    const param = { id: String(frameId) };
    const { proposalId } = await read(client.frames[":id"].proposal.$get({ param }));
    const proposalParam = { id: String(proposalId) };
    const drawn = await pictureFrame({
      pixels: await bytesOf(client.frames[":id"].pixels.$get({ param })),
      truth: await bytesOf(client.frames[":id"].mask.$get({ param })),
      prediction: await bytesOf(client.proposals[":id"].mask.$get({ param: proposalParam })),
      classes,
    });
    // The ground truth stays: what was predicted for the picture is not to be reviewed.
    await client.proposals[":id"].reject.$post({ param: proposalParam });
    pictures.push({ frameName, caseName, dice, ...drawn });
  }
  return pictures;
}

function freeFolder(path: string): string {
  for (let count = 1; ; count++) {
    const candidate = count === 1 ? path : `${path}-${count}`;
    if (!existsSync(candidate)) return candidate;
  }
}
