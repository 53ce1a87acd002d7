/** @file The command that says from which grade on something is done. */
import type { Command } from "commander";
import type { LabelDefinition } from "../api/contract.ts";
import { Problem } from "../problem/index.ts";
import { read } from "./client.ts";
import type { RunCommand } from "./command-line.ts";
import { labelIds, listed } from "./run-commands.ts";

interface ThresholdOptions {
  label: string;
  at: string[];
  none?: boolean;
}

export function addThresholdCommand(program: Command, run: RunCommand): void {
  program
    .command("threshold <project>")
    .description(
      "say from which grade of a label on something is done, as referral; proposals on both sides of it come first in the review, and evaluate tells sensitivity and specificity there",
    )
    .requiredOption("--label <name>", "a label of grades")
    .option("--at <grade>", "this grade or a higher one; may be repeated", listed, [])
    .option("--none", "take all thresholds of the label away")
    .action((path: string, { label, at, none = false }: ThresholdOptions) =>
      run(async (context) => {
        if (none && at.length > 0) throw bothGiven();
        const isChange = none || at.length > 0;
        await (isChange ? context.openToChange(path) : context.open(path));
        const { client, terminal } = context;
        const [labelId] = (await labelIds(context, [label])) as [number];
        const definition = isChange
          ? await read(client.labels[":id"].$patch({ param: { id: String(labelId) }, json: { thresholds: at } }))
          : (await read(client.labels.$get())).find((one) => one.labelId === labelId)!;
        terminal.outcome(definition, [thresholdLine(definition)]);
      }),
    );
}

function thresholdLine({ name, options, thresholds }: LabelDefinition): string {
  const grades = options.length === 0 ? "" : ` (${options.join(" < ")})`;
  if (thresholds.length === 0) return `${name}${grades} has no threshold.`;
  return `${name}${grades}: ${thresholds.map((threshold) => `${threshold} or higher`).join("; ")}.`;
}

function bothGiven(): Problem {
  return new Problem({
    code: "bad-request",
    title: "Thresholds are either named or taken away.",
    detail: "--at and --none are both given.",
    hint: "Leave one of them out.",
  });
}
