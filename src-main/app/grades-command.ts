/** @file The command that lists what models say of whole images. */
import { type Command, Option } from "commander";
import type { LabelProposalState } from "../api/contract.ts";
import { read } from "./client.ts";
import type { RunCommand } from "./command-line.ts";
import { waitingLines } from "./grading-text.ts";
import { wholeNumber } from "./project-commands.ts";
import { readOutLines, SPREAD_CAVEAT } from "./read-out-text.ts";
import { labelIds } from "./run-commands.ts";
import { counted } from "./terminal.ts";

const states = ["pending", "accepted", "changed", "rejected", "all"] as const;

interface GradesOptions {
  label?: string;
  state: (typeof states)[number];
  count?: number;
}

export function addGradesCommand(program: Command, run: RunCommand): void {
  program
    .command("grades <project>")
    .description("list what models say of whole images, worst first, with all that repeated samples tell")
    .option("--label <name>", "of this label alone")
    .addOption(new Option("--state <state>", "which proposals").choices(states).default("pending"))
    .option("--count <n>", "so many at most (default: all)", wholeNumber(1))
    .action((path: string, { label, state, count }: GradesOptions) =>
      run(async (context) => {
        await context.open(path);
        const { client, terminal } = context;
        const labelId = label === undefined ? undefined : String((await labelIds(context, [label]))[0]!);
        const wanted: LabelProposalState | undefined = state === "all" ? undefined : state;
        const all = await read(client["label-proposals"]["read-outs"].$get({ query: { state: wanted, labelId } }));
        const shown = all.slice(0, count);
        const isSampled = shown.some(({ answer }) => (answer.spread ?? null) !== null || answer.interval !== null);
        terminal.outcome(shown, [
          ...readOutLines(shown),
          ...(isSampled ? [SPREAD_CAVEAT] : []),
          ...(shown.length < all.length ? [`${counted(all.length - shown.length, "further one")} not listed.`] : []),
          ...(state === "pending" ? waitingLines(all) : all.length === 0 ? ["None."] : []),
        ]);
      }),
    );
}
