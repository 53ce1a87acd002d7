/** @file The command that says what a way of training is worth on the images of a project. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { reportLines } from "../experiments/index.ts";
import type { ExperimentDetail } from "../api/contract.ts";
import { read } from "./client.ts";
import type { RunCommand } from "./command-line.ts";
import { wholeNumber } from "./project-commands.ts";
import { devices, labelIds } from "./run-commands.ts";
import { setting } from "./set-option.ts";

interface Options {
  arms?: string[];
  label?: string;
  pairing?: number;
  labelled: number[];
  seeds: number;
  folds: number;
  steps?: number;
  set: Record<string, string>;
  device: (typeof devices)[number];
}

export function addExperimentCommand(program: Command, run: RunCommand): void {
  program
    .command("experiment <project>")
    .description("compare ways of training on the annotated cases of train and validation, by patient")
    .option(
      "--arms <ids>",
      "ways of training, the one to compare with first (default: all but those with synthetic images: real, moved, separate, genseg, genseg-moved, siamese, siamese-unlabelled; and, once two modalities are paired, sources and translated). Of a label of whole images: classify, diffmic and, with synthetic images of each class, classify-synthetic; on an ONNX trunk of the project (the newest, or --set network=ID), classify-trunk",
      names,
    )
    .option("--label <name>", "compare ways of telling the classes of this label of whole images apart")
    .option("--pairing <n>", "of sources and translated: number of a pairing (default: the newest)", wholeNumber(1))
    .option(
      "--labelled <n,…>",
      "images (with dimensions=3 series) whose labels are seen; several make a learning curve",
      wholeNumbers,
      [10],
    )
    .option("--seeds <n>", "how many splits and starts", wholeNumber(1), 3)
    .option("--folds <k>", "1: a quarter of the patients judges; more: each patient judges once", wholeNumber(1), 1)
    .option("--steps <n>", "updates of each training", wholeNumber(1))
    .option(
      "--set <key=value>",
      "a setting of all arms that have it; may be repeated. painter.KEY, translator.KEY: of what an arm paints or translates with",
      setting,
      {},
    )
    .addOption(new Option("--device <device>", "where to compute").choices(devices).default("auto"))
    .action((path: string, options: Options) =>
      run(async (context) => {
        await context.openToChange(path);
        const { client, terminal } = context;
        const { labelled, folds, device, steps, set, pairing } = options;
        const isOfVolumes = set["dimensions"] === "3";
        const known = await read(client.experiments.arms.$get());
        const label = options.label === undefined ? undefined : (await labelIds(context, [options.label]))[0]!;
        const learned = label === undefined ? "masks" : "grades";
        const offered = known.filter(({ learns, isOfImages }) => learns === learned && !(isOfVolumes && isOfImages));
        const arms = options.arms ?? offered.filter(({ isUsual }) => isUsual).map(({ id }) => id);
        // Of these arms alone: another method may have a choice of the name.
        const compared = new Set(known.filter(({ id }) => arms.includes(id)).map(({ method }) => method));
        const methods = (await read(client.methods.$get({ query: {} }))).filter(({ id }) => compared.has(id));
        const fields = methods.flatMap((method) => method.settings);
        const isText = (key: string): boolean => fields.some((field) => field.key === key && field.kind === "choice");
        const seeds = Array.from({ length: options.seeds }, (_, index) => index + 1);
        const settings = {
          ...Object.fromEntries(Object.entries(set).map(([key, text]) => [key, isText(key) ? text : typed(text)])),
          ...(steps === undefined ? {} : { steps }),
        };
        const chosen = { ...(label !== undefined && { label }), ...(pairing !== undefined && { pairing }) };
        const json = { arms, labelled, seeds, folds, settings, device, ...chosen };
        const { runId } = await context.followRun(() => read(client.experiments.$post({ json })));
        const detail = await read(client.experiments[":id"].$get({ param: { id: String(runId) } }));
        terminal.outcome(detail, [
          `Experiment ${runId}${ofLabel(detail)}: ${detail.total} trainings of ${detail.steps} steps.`,
          "",
          ...reportLines(detail.report),
        ]);
      }),
    );

  program
    .command("experiments <project>")
    .description("list experiments, or show what one of them said")
    .option("--run <run>", "the number of its run", wholeNumber(1))
    .action((path: string, options: { run?: number }) =>
      run(async (context) => {
        await context.open(path);
        const { client, terminal } = context;
        if (options.run !== undefined) {
          const detail = await read(client.experiments[":id"].$get({ param: { id: String(options.run) } }));
          terminal.outcome(detail, [
            `Experiment ${detail.runId}${ofLabel(detail)}: ${detail.done} of ${detail.total} trainings done.`,
            "",
            ...reportLines(detail.report),
          ]);
          return undefined;
        }
        const rows = await read(client.experiments.$get());
        const lines = rows.map(
          ({ runId, createdAt, arms, done, total }) =>
            `${runId}  ${createdAt.slice(0, 10)}  ${done}/${total} trainings  ${arms.map(({ id }) => id).join(", ")}`,
        );
        terminal.outcome(rows, lines.length === 0 ? ["No experiments yet."] : lines);
        return undefined;
      }),
    );
}

const ofLabel = ({ label }: Pick<ExperimentDetail, "label">): string => (label === null ? "" : ` on ${label.name}`);

/** What a setting is of is known only to the methods: they check it. */
function typed(text: string): string | number | boolean {
  if (text === "true" || text === "false") return text === "true";
  return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
}

const names = (text: string): string[] => text.split(",").map((name) => name.trim());

function wholeNumbers(text: string): number[] {
  const numbers = text.split(",").map((part) => Number(part));
  if (numbers.every((number) => Number.isSafeInteger(number) && number > 0)) return numbers;
  throw new InvalidArgumentError("Expected whole numbers above 0, as 5,10.");
}
