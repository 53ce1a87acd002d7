/** @file The command that judges a model on a split. */
import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import type {
  EvaluationSummary,
  LabelEvaluation,
  Split,
  TranslationEvaluation,
  VolumeEvaluationMean,
} from "../api/contract.ts";
import { deserializeFrame } from "../voxels/index.ts";
import { Problem } from "../problem/index.ts";
import { encodePng } from "../imaging/index.ts";
import { read } from "./client.ts";
import type { CommandContext } from "./command-context.ts";
import type { RunCommand } from "./command-line.ts";
import { labelEvaluationLines } from "./grading-text.ts";
import { renderLabelReport } from "./label-report.ts";
import { modelText, splitOption } from "./project-commands.ts";
import { figure, labelIds } from "./run-commands.ts";
import { counted } from "./terminal.ts";
import { renderTranslationReport, type TranslationPicture } from "./translation-report.ts";
import { translationLines } from "./translation-text.ts";

interface EvaluateOptions {
  model: string;
  split: Split;
  report?: string;
  zeros?: string;
  relativeAnyway?: boolean;
  label?: string;
}

export function addEvaluateCommand(program: Command, run: RunCommand): void {
  program
    .command("evaluate <project>")
    .description(
      "compare a model's masks, grades or numbers with what a person said of a split, or its translations with real images",
    )
    .option("--model <model>", 'model number or "latest"', modelText, "latest")
    .addOption(splitOption("cases to judge on").default("test"))
    .option(
      "--report <file>",
      "of a model of grades or numbers, or one that translates: write its figures and images as one HTML file",
    )
    .option(
      "--zeros <policy>",
      "of numbers, relative errors where the truth is 0: strict (none at all), exclude (without these images), floor:EPS (divided by no less than EPS, in the unit of the label) (default: exclude)",
      zeroPolicy,
    )
    .option("--relative-anyway", "of numbers: relative errors also where numbers may lie below 0 or have no fixed zero")
    .option("--label <name>", "of several numbers the one that --zeros and --relative-anyway are for")
    .action((path: string, { model, split, report, zeros, relativeAnyway = false, label }: EvaluateOptions) =>
      run(async (context) => {
        await context.openToChange(path);
        const { client, terminal } = context;
        const modelId = await context.modelId(model, "masks", "grades", "numbers", "translations");
        const makes = await outputsOf(context, modelId);
        const isOfLabels = makes?.some((one) => one === "grades" || one === "numbers") === true;
        if (report !== undefined && makes?.includes("translations") === false && !isOfLabels)
          throw reportsNothing(modelId);
        const isOfNumbers = zeros !== undefined || relativeAnyway || label !== undefined;
        if (isOfNumbers && makes?.includes("numbers") === false) throw saysNoNumbers(modelId);
        const [labelId] = label === undefined ? [] : (await labelIds(context, [label])).map(String);
        await context.followRun(() => read(client.evaluations.$post({ json: { modelId, split } })));
        const query = { modelId: String(modelId), split };
        if (makes?.includes("translations") === true) {
          const evaluation = (await read(client.evaluations.translations.$get({ query })))!;
          const written = report === undefined ? null : await writePairs(context, evaluation, resolve(report));
          terminal.outcome({ ...evaluation, ...(written !== null && { report: written }) }, [
            ...translationLines(evaluation),
            ...(written === null ? [] : [`Report: ${written}`]),
          ]);
        } else if (isOfLabels) {
          const relative = relativeAnyway ? ("anyway" as const) : undefined;
          const labels = await read(client.evaluations.labels.$get({ query: { ...query, zeros, relative, labelId } }));
          const written = report === undefined ? null : await writeLabels(context, modelId, labels, resolve(report));
          terminal.outcome({ modelId, split, labels, ...(written !== null && { report: written }) }, [
            ...labels.flatMap(labelEvaluationLines),
            ...(written === null ? [] : [`Report: ${written}`]),
          ]);
        } else {
          const summary = await read(client.evaluations.$get({ query }));
          terminal.outcome(summary, maskLines(summary));
        }
      }),
    );
}

/** As it is sent; parsed only to refuse it where it is typed. */
function zeroPolicy(text: string): string {
  const floor = /^floor:(.+)$/.exec(text)?.[1];
  if (text === "strict" || text === "exclude") return text;
  if (floor !== undefined && Number.isFinite(Number(floor)) && Number(floor) > 0) return text;
  throw new InvalidArgumentError("Expected strict, exclude, or floor: and a number above 0, as floor:0.5.");
}

/** undefined: there is no such model. */
async function outputsOf({ client }: CommandContext, modelId: number) {
  return (await read(client.models.$get())).find((each) => each.modelId === modelId)?.makes;
}

function maskLines({ modelId, split, frames, cases, mean, volumes }: EvaluationSummary): string[] {
  return [
    `Model ${modelId} on ${counted(frames, "frame")} of ${counted(cases, "case")} (${split}):`,
    ...mean.map(
      ({ className, dice, iou, hd95, hd95Unit }) =>
        `  ${className}: Dice ${figure(dice)}, IoU ${figure(iou)}, HD95 ${figure(hd95, 1)} ${hd95Unit}`,
    ),
    ...volumes.mean.map(volumeLine),
  ];
}

/** Says how many volumes have figures that are the rule's: nothing of the class in one of the masks. */
function volumeLine({ className, volumes, dice, jaccard, hd95, asd, assd, unit, empty }: VolumeEvaluationMean): string {
  const unmeasured = empty.prediction + empty.reference + empty.both;
  const note = unmeasured === 0 ? "" : ` (${unmeasured} with an empty mask)`;
  return (
    `  ${className} in ${volumes} volumes${note}: Dice ${figure(dice)}, Jaccard ${figure(jaccard)}, HD95 ${figure(hd95, 1)}, ` +
    `ASD ${figure(asd, 2)}, ASSD ${figure(assd, 2)} ${unit}`
  );
}

/** Returns where it lies. */
async function writeLabels(
  { client }: CommandContext,
  modelId: number,
  evaluations: readonly LabelEvaluation[],
  path: string,
): Promise<string> {
  const model = (await read(client.models.$get())).find((each) => each.modelId === modelId)!;
  await writeFile(path, renderLabelReport({ evaluations, model }));
  return path;
}

/** Returns where it lies. */
async function writePairs(
  { client }: CommandContext,
  evaluation: TranslationEvaluation,
  path: string,
): Promise<string> {
  const models = await read(client.models.$get());
  const { runId, rows } = evaluation;
  const pictures = await Promise.all(
    evaluation.pictures.map(async ({ frameId }): Promise<TranslationPicture> => {
      const param = { id: String(runId), step: "0", frameId: String(frameId) };
      const answer = await client.runs[":id"].samples[":step"][":frameId"].$get({ param });
      const { width, height, data } = deserializeFrame(new Uint8Array(await answer.arrayBuffer()));
      const png = await encodePng(data as Uint8Array, width, height, 3);
      const row = rows.find((each) => each.frameId === frameId)!;
      return { row, source: `data:image/png;base64,${Buffer.from(png).toString("base64")}` };
    }),
  );
  const model = models.find(({ modelId }) => modelId === evaluation.modelId)!;
  await writeFile(path, renderTranslationReport({ evaluation, model, pictures }));
  return path;
}

function saysNoNumbers(modelId: number): Problem {
  return new Problem({
    code: "bad-request",
    title: `Model ${modelId} says no numbers.`,
    detail: "--zeros, --relative-anyway and --label are about relative errors of numbers.",
    hint: "Leave them out, or choose a model of numbers.",
  });
}

function reportsNothing(modelId: number): Problem {
  return new Problem({
    code: "bad-request",
    title: `Model ${modelId} has no report to write.`,
    detail: "A report shows grades, numbers, or pairs of translated and real images.",
    hint: "Leave --report out, or choose a model of these.",
  });
}
