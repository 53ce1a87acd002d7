/**
 * @file The command line: a client of the API like the windows, so nothing is written twice.
 * Exit codes: 0 done, 1 failed, 2 wrong usage; of `run` also 75: interrupted, start it again.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Command, CommanderError } from "commander";
import { Problem } from "../problem/index.ts";
import { addBackboneCommands } from "./backbone-commands.ts";
import { addBundleCommands } from "./bundle-commands.ts";
import { CommandContext } from "./command-context.ts";
import { addDemoCommand } from "./demo.ts";
import { addEvaluateCommand } from "./evaluate-command.ts";
import { addExperimentCommand } from "./experiment-command.ts";
import { addSynthesisCommand } from "./synthesis-command.ts";
import { addExportCommands } from "./export-commands.ts";
import { addGradesCommand } from "./grades-command.ts";
import { addImportCommands } from "./import-commands.ts";
import type { Installation } from "./installation.ts";
import { addProjectCommands } from "./project-commands.ts";
import { addRedactCommand } from "./redact-command.ts";
import { addRunCommands } from "./run-commands.ts";
import { startSession } from "./session.ts";
import { Terminal } from "./terminal.ts";
import { addThresholdCommand } from "./threshold-command.ts";
import { addTranslationCommands } from "./translation-commands.ts";
import { addTrunkCommands } from "./trunk-commands.ts";

/** Runs a command's work in a session of its own; a number is the exit code, undefined is 0. */
export type RunCommand = (work: (context: CommandContext) => Promise<number | undefined>) => Promise<void>;

/** Runs one command; returns the exit code. */
export async function runCommandLine(installation: Installation, args: string[]): Promise<number> {
  const terminal = new Terminal();
  const state = { exitCode: 0 };
  const run: RunCommand = async (work) => {
    const { session, end } = startSession(installation);
    const interrupt = new AbortController();
    const stop = () => {
      // The second Ctrl+C does not wait; the file is safe, a run shows as interrupted.
      if (interrupt.signal.aborted) process.exit(1);
      interrupt.abort();
    };
    process.on("SIGINT", stop);
    process.on("SIGTERM", stop);
    process.on("SIGHUP", stop);
    try {
      state.exitCode = (await work(new CommandContext(session, terminal, interrupt.signal))) ?? 0;
    } finally {
      await end();
      process.off("SIGINT", stop);
      process.off("SIGTERM", stop);
      process.off("SIGHUP", stop);
    }
  };
  const program = createProgram(installation, terminal, run, state);
  try {
    await program.parseAsync(args, { from: "user" });
    return state.exitCode;
  } catch (error) {
    // Commander has printed its own words by now.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    terminal.failure(error);
    return 1;
  }
}

function createProgram(
  installation: Installation,
  terminal: Terminal,
  run: RunCommand,
  state: { exitCode: number },
): Command {
  const program = new Command("aliquot")
    .description("Annotate a few medical images, train on this computer, review every proposal. Offline.")
    .version(installation.version)
    .exitOverride()
    .showHelpAfterError("(aliquot COMMAND --help shows how)")
    .configureHelp({ showGlobalOptions: true });
  addProjectCommands(program, run);
  addImportCommands(program, run);
  addExportCommands(program, run);
  addRedactCommand(program, run);
  addRunCommands(program, run);
  addThresholdCommand(program, run);
  addGradesCommand(program, run);
  addEvaluateCommand(program, run);
  addExperimentCommand(program, run);
  addSynthesisCommand(program, run);
  addTranslationCommands(program, run);
  addBundleCommands(program, installation, run);
  addBackboneCommands(program, run);
  addTrunkCommands(program, run);
  addDemoCommand(program, installation, run);
  for (const command of program.commands.flatMap((one) => (one.commands.length > 0 ? [...one.commands] : [one])))
    command.option("--json", "print one JSON document");
  program.hook("preAction", (_program, command) => {
    terminal.isJson = command.opts()["json"] === true;
  });
  program
    .command("bench")
    .description("measure this machine; see bench --help")
    .argument("[args...]")
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments()
    .action(async (args: string[]) => {
      const bench = join(installation.root, "test/bench/main.ts");
      if (!existsSync(bench)) {
        const title = "The benchmarks are not part of this installation.";
        throw new Problem({ code: "not-found", title, hint: "Run them in a copy of the source." });
      }
      const child = spawn(process.execPath, [bench, ...args], { stdio: "inherit" });
      const [code] = (await once(child, "exit")) as [number | null];
      state.exitCode = code ?? 1;
    });
  return program;
}
