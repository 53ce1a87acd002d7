/** @file Commands that train on another machine: a run leaves as a bundle, is worked on there, its result comes back. */
import { existsSync } from "node:fs";
import { basename, extname, resolve } from "node:path";
import { type Command, Option } from "commander";
import { sentenceOf } from "../problem/index.ts";
import { runBundle } from "../runs/remote.ts";
import { read } from "./client.ts";
import type { RunCommand } from "./command-line.ts";
import { figureName } from "./figure-name.ts";
import type { Installation } from "./installation.ts";
import { wholeNumber } from "./project-commands.ts";
import { devices, figure } from "./run-commands.ts";
import { forkRunProcess } from "./spawn.ts";
import { durationText } from "./terminal.ts";

/** EX_TEMPFAIL of sysexits.h: not a failure of the work, to be tried again. Batch systems are told to start the job anew on it. */
const INTERRUPTED = 75;

export function addBundleCommands(program: Command, installation: Installation, run: RunCommand): void {
  program
    .command("export-run <project> <run>")
    .description("write a paused training as a bundle, to be worked on elsewhere with `aliquot run`")
    .requiredOption("--out <file>", "the bundle to write, e.g. run-7.aliquot-run")
    .action((path: string, id: string, { out }: { out: string }) =>
      run(async (context) => {
        await context.openToChange(path);
        const report = await context.followBundle(Number(id), out);
        context.terminal.outcome(report, [
          `Run ${report.runId}: ${report.frames} images, ${(report.bytes / 2 ** 20).toFixed(1)} MiB in ${basename(out)}.`,
          `Train it with: aliquot run ${basename(out)}`,
        ]);
      }),
    );

  program
    .command("run <bundle>")
    .description("work on a run bundle; needs no project, goes on where an earlier start was ended")
    .option("--out <file>", "the result; default: beside the bundle, with the ending .aliquot-result")
    .addOption(new Option("--device <device>", "instead of the device that the run was made for").choices(devices))
    .option("--threads <count>", "cores that it may use; default: all that ONNX Runtime finds", wholeNumber(1))
    .action((bundle: string, options: { out?: string; device?: string; threads?: number }) =>
      run(async ({ terminal, interrupt }) => {
        const bundlePath = resolve(bundle);
        const resultPath = resolve(options.out ?? resultBeside(bundle));
        if (existsSync(resultPath)) terminal.say(`Going on with ${basename(resultPath)}.`);
        const figures = await runBundle({
          bundlePath,
          resultPath,
          device: options.device,
          threads: options.threads,
          spawn: () => forkRunProcess(installation.entry("run-process")),
          signal: interrupt,
          onProgress({ step, steps, secondsPerStep, metrics, judgedBy }) {
            const secondsLeft = secondsPerStep === null ? null : secondsPerStep * (steps - step);
            const latest = metrics.findLast(({ name }) => name === judgedBy.figure);
            const note = latest === undefined ? "" : `${figureName(judgedBy)} ${latest.value.toFixed(3)}`;
            terminal.progress({ label: "train", done: step, total: steps, secondsLeft, note });
          },
        });
        const { metrics: _, samples: _samples, run: origin, ...told } = figures;
        const { state, step, steps, model, secondsSpent } = figures;
        const time = durationText(secondsSpent);
        terminal.outcome({ result: resultPath, runId: origin.runId, ...told }, [
          ...figures.remarks.map(sentenceOf),
          state === "done"
            ? `Run ${origin.runId} is done: ${step} steps in ${time}; ${figureName(figures.judgedBy)} ${figure(model?.score ?? null)}.`
            : `Run ${origin.runId} stopped at step ${step} of ${steps} after ${time}. The same command goes on from there.`,
          state === "done"
            ? `Take it home with: aliquot import-run PROJECT ${basename(resultPath)}`
            : `Its checkpoint is in ${basename(resultPath)}.`,
        ]);
        return state === "done" ? 0 : INTERRUPTED;
      }),
    );

  program
    .command("import-run <project> <result>")
    .description("take over what `aliquot run` has made: figures, checkpoints, the model")
    .action((path: string, result: string) =>
      run(async (context) => {
        await context.openToChange(path);
        const row = await read(context.client.runs.results.$post({ json: { path: resolve(result) } }));
        context.terminal.outcome(row, [
          ...row.remarks.map(sentenceOf),
          row.state === "done"
            ? `Run ${row.runId} is done: model ${row.modelId}.`
            : `Run ${row.runId} is at step ${row.step} of ${row.steps}. Go on here with: aliquot resume PROJECT ${row.runId}`,
        ]);
      }),
    );
}

function resultBeside(bundle: string): string {
  return `${bundle.slice(0, bundle.length - extname(bundle).length)}.aliquot-result`;
}
