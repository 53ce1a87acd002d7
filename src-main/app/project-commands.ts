/** @file Commands on a project itself: new, info, split. */
import { resolve } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { ProjectSummary, Split } from "../api/contract.ts";
import { read } from "./client.ts";
import type { RunCommand } from "./command-line.ts";
import { counted } from "./terminal.ts";

export const splits: readonly Split[] = ["train", "val", "test", "unlabelled"];

export const splitOption = (description: string) =>
  new Option("--split <split>", description).choices([...splits]) as Option;

/** Parses a whole number of at least `min`. */
export const wholeNumber =
  (min = 0, max = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const value = Number(text);
    if (/^[0-9]+$/.test(text) && Number.isSafeInteger(value) && value >= min && value <= max) return value;
    const end = max === Number.MAX_SAFE_INTEGER ? "" : ` to ${max}`;
    throw new InvalidArgumentError(`Expected a whole number from ${min}${end}.`);
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

function describe({ classes, counts, readOnly }: ProjectSummary): string[] {
  const { burnedIn, synthetic } = counts;
  const groups = [...splits, "unassigned" as const].filter((split) => counts.bySplit[split].cases > 0);
  return [
    `Classes: ${classes.map(({ value, name }) => `${value} ${name}`).join(", ")}`,
    `${counted(counts.cases, "case")}, ${counted(counts.frames, "frame")}, ${counts.annotated} annotated, ${counts.proposals} to review`,
    ...(Object.values(burnedIn).some((frames) => frames > 0)
      ? [
          `Writing in pixels: likely ${burnedIn.likely}, none found ${burnedIn["none-found"]}, ` +
            `looked at ${burnedIn.clean}, redacted ${burnedIn.redacted}, not searched ${burnedIn["not-searched"]}`,
        ]
      : []),
    ...(synthetic.accepted + synthetic.undecided > 0
      ? [`Synthetic: ${synthetic.accepted} of the frames; ${synthetic.undecided} pairs wait for a decision`]
      : []),
    ...groups.map((split) => {
      const { cases, frames, annotated } = counts.bySplit[split];
      return `  ${split.padEnd(10)} ${counted(cases, "case")}, ${counted(frames, "frame")}, ${annotated} annotated`;
    }),
    ...(readOnly === null ? [] : [`Read only: ${readOnly}`]),
  ];
}

function classNames(text: string): string[] {
  const names = text.split(",").map((name) => name.trim());
  if (names.every(Boolean)) return names;
  throw new InvalidArgumentError("Expected names separated by commas.");
}
