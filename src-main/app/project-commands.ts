/** @file Commands on a project itself: new, info, redact, split. */
import { resolve } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { ProjectSummary, Redaction, Split } from "../api/contract.ts";
import { read } from "./client.ts";
import type { RunCommand } from "./command-line.ts";

export const splits: readonly Split[] = ["train", "val", "test", "unlabelled"];

export const splitOption = (description: string) =>
  new Option("--split <split>", description).choices([...splits]) as Option;

/** Parses a whole number of at least `min`. */
export const wholeNumber =
  (min = 0) =>
  (text: string): number => {
    const value = Number(text);
    if (/^[0-9]+$/.test(text) && Number.isSafeInteger(value) && value >= min) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${min}.`);
  };

/** Parses `latest` or a model's number. */
export function modelText(text: string): string {
  if (/^(latest|[1-9][0-9]{0,14})$/.test(text)) return text;
  throw new InvalidArgumentError('Expected a model number or "latest".');
}

export function addProjectCommands(program: Command, run: RunCommand): void {
  program
    .command("new <project>")
    .description("create a project file")
    .requiredOption("--classes <names>", "names of the label classes, separated by commas", classNames)
    .action((path: string, { classes }: { classes: string[] }) =>
      run(async ({ client, terminal }) => {
        const summary = await read(client.project.create.$post({ json: { path: resolve(path), classes } }));
        terminal.outcome(summary, [`Created ${summary.path}.`, ...describe(summary)]);
      }),
    );

  program
    .command("info <project>")
    .description("show what a project holds")
    .action((path: string) =>
      run(async (context) => {
        const summary = await context.open(path);
        context.terminal.outcome(summary, [summary.path, ...describe(summary)]);
      }),
    );

  program
    .command("redact <project>")
    .description("set rectangles of an image's pixels to black for good, e.g. over burned-in names")
    .requiredOption("--frame <id>", "frame, by its number in the project", wholeNumber(1))
    .requiredOption("--rect <x,y,w,h...>", "rectangles in pixels from the top left", rectangle)
    .option("--all-frames", "in all frames of the image")
    .action((path: string, options: { frame: number; rect: Rectangle[]; allFrames?: boolean }) =>
      run(async (context) => {
        await context.openToChange(path);
        const param = { id: String(options.frame) };
        const json = { rectangles: options.rect, scope: options.allFrames ? ("image" as const) : ("frame" as const) };
        const { frame: row } = await read(context.client.frames[":id"].redactions.$post({ param, json }));
        context.terminal.outcome(row, [
          `Redacted ${row.name}; the pixels are gone from the project and its snapshots.`,
        ]);
      }),
    );

  program
    .command("split <project>")
    .description("deal cases (patients) to splits at random")
    .requiredOption("--train <n>", "cases to train on", wholeNumber())
    .requiredOption("--val <n>", "cases to choose the best checkpoint by", wholeNumber())
    .requiredOption("--test <n>", "cases held out for the evaluation", wholeNumber())
    .addOption(new Option("--unlabelled <rest>", "all other cases").choices(["rest"]).default("rest"))
    .option("--seed <n>", "seed of the random deal", wholeNumber(), 1)
    .action((path: string, { train, val, test, seed }: Record<"train" | "val" | "test" | "seed", number>) =>
      run(async (context) => {
        await context.openToChange(path);
        const summary = await read(context.client.split.$post({ json: { train, val, test, seed } }));
        context.terminal.outcome(summary, describe(summary));
      }),
    );
}

type Rectangle = Redaction["rectangles"][number];

/** Parses "x,y,w,h"; called for each, with those before. */
function rectangle(text: string, before: Rectangle[] = []): Rectangle[] {
  const match = /^(\d{1,5}),(\d{1,5}),(\d{1,5}),(\d{1,5})$/.exec(text);
  if (match === null) throw new InvalidArgumentError("Expected x,y,w,h in whole pixels.");
  const [x, y, width, height] = match.slice(1).map(Number) as [number, number, number, number];
  return [...before, { x, y, width, height }];
}

function describe({ classes, counts, readOnly }: ProjectSummary): string[] {
  const groups = [...splits, "unassigned" as const].filter((split) => counts.bySplit[split].cases > 0);
  return [
    `Classes: ${classes.map(({ value, name }) => `${value} ${name}`).join(", ")}`,
    `${counts.cases} cases, ${counts.frames} frames, ${counts.annotated} annotated, ${counts.proposals} to review`,
    ...groups.map((split) => {
      const { cases, frames, annotated } = counts.bySplit[split];
      return `  ${split.padEnd(10)} ${cases} cases, ${frames} frames, ${annotated} annotated`;
    }),
    ...(readOnly === null ? [] : [`Read only: ${readOnly}`]),
  ];
}

function classNames(text: string): string[] {
  const names = text.split(",").map((name) => name.trim());
  if (names.every(Boolean)) return names;
  throw new InvalidArgumentError("Expected names separated by commas.");
}
