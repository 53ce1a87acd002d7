/** @file The documented ways to train elsewhere: the job files of docs/remote-runs are run as far as that goes without a cluster. */
import { execFile, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { format } from "prettier";
import { expect, onTestFinished, test } from "vitest";
import type { RunRow } from "../../src-main/api/contract.ts";
import { root, temporaryFolder, writeImages } from "../api/fixture.ts";

const slurm = join(root, "docs/remote-runs/slurm.sh");
const cli = join(root, "src-main/app/cli.ts");

interface Ended {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

/** A process with what it has said on stderr so far. */
function start(folder: string, command: string, args: string[], env: NodeJS.ProcessEnv = {}) {
  const child = spawn(command, args, {
    cwd: folder,
    env: { ...process.env, ALIQUOT_HOME: join(folder, "aliquot-home"), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (said: string) => (stderr += said));
  const stdout = text(child.stdout);
  const ended = new Promise<Ended>((resolve) => {
    child.on("close", (exitCode) => void stdout.then((out) => resolve({ exitCode, stdout: out, stderr })));
  });
  return { ended, stderr: () => stderr };
}

const run = (...given: Parameters<typeof start>): Promise<Ended> => start(...given).ended;

const aliquot = (folder: string, ...args: string[]) => run(folder, process.execPath, [cli, ...args]);

/** Resolves when there is such a file and it fits. */
async function appears(path: string, isRight: (content: string) => boolean = () => true): Promise<string> {
  for (;;) {
    const content = existsSync(path) ? readFileSync(path, "latin1") : null;
    if (content !== null && isRight(content)) return content;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function projectWithBundle(steps: number): Promise<string> {
  const folder = temporaryFolder();
  await writeImages(folder, 3);
  await aliquot(folder, "new", "p.aliquot", "--classes", "lesion");
  await aliquot(folder, "import", "p.aliquot", "images", "--masks", "masks", "--patient-from", "^(p[0-9]+)");
  await aliquot(folder, "split", "p.aliquot", "--train", "1", "--val", "1", "--test", "1", "--seed", "1");
  const small = ["size=32", "width=4", "depth=2", "batchSize=2", "validateEvery=20"].flatMap((each) => ["--set", each]);
  const args = ["--steps", String(steps), "--device", "cpu", "--bundle", "run-1.aliquot-run", "--json"];
  const made = await aliquot(folder, "train", "p.aliquot", ...small, ...args);
  expect(made).toMatchObject({ exitCode: 0 });
  expect(JSON.parse(made.stdout)).toMatchObject({ runId: 1, run: { state: "paused" } });
  return folder;
}

test(
  "the Slurm script is asked to stop, queues itself again, goes on, and its result is taken over",
  { timeout: 120_000 },
  async ({ skip }) => {
    if (process.platform === "win32") return skip("batch systems of this kind do not run on Windows");
    const { code } = await new Promise<{ code: number | null }>((resolve) => {
      execFile("bash", ["-n", slurm]).on("exit", (exit) => resolve({ code: exit }));
    });
    expect(code).toBe(0);

    const folder = await projectWithBundle(2000);
    // An installation that runs these sources, and the three commands of the batch system that matter.
    mkdirSync(join(folder, "aliquot/out/main"), { recursive: true });
    writeFileSync(join(folder, "aliquot/out/main/cli.js"), `import ${JSON.stringify(cli)};\n`);
    writeFileSync(join(folder, "aliquot/package.json"), '{ "type": "module" }');
    const bin = join(folder, "bin");
    mkdirSync(bin);
    const commands = {
      srun: 'echo $$ > "$STEP"; exec "$@"',
      scontrol: 'echo "$@" >> requeued',
      node: `exec ${JSON.stringify(process.execPath)} "$@"`,
    };
    for (const [name, line] of Object.entries(commands))
      writeFileSync(join(bin, name), `#!/bin/bash\n${line}\n`, { mode: 0o755 });
    const env = {
      PATH: `${bin}:${process.env["PATH"]}`,
      ALIQUOT: join(folder, "aliquot"),
      SLURM_JOB_ID: "42",
      SLURM_CPUS_PER_TASK: "1",
    };
    const job = (step: string) => start(folder, "bash", [slurm, "run-1.aliquot-run"], { ...env, STEP: step });
    const first = job("first-step");
    const pid = Number(await appears(join(folder, "first-step"), (content) => content.trim() !== ""));
    await expect.poll(first.stderr, { timeout: 60_000 }).toMatch(/ [1-9]\d*\/2000 /);
    process.kill(pid, "SIGTERM");
    const interrupted = await first.ended;
    expect(interrupted).toMatchObject({ exitCode: 75 });
    expect(interrupted.stdout).toMatch(
      /^Run 1 stopped at step \d+ of 2000 after .*The same command goes on from there\./,
    );
    expect(readFileSync(join(folder, "requeued"), "utf8")).toBe("requeue 42\n");

    const early = await aliquot(folder, "import-run", "p.aliquot", "run-1.aliquot-result", "--json");
    const { state, step } = JSON.parse(early.stdout) as RunRow;
    expect(state).toBe("interrupted");
    expect(step).toBeGreaterThan(0);
    const again = await job("second-step").ended;
    expect(again).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining("Going on with run-1.aliquot-result.") as string,
    });
    const home = await aliquot(folder, "import-run", "p.aliquot", "run-1.aliquot-result");
    expect(home).toMatchObject({ exitCode: 0, stdout: "Run 1 is done: model 1.\n" });
    expect((await aliquot(folder, "runs", "p.aliquot")).stdout).toMatch(/^1 +train +segment +done +2000\/2000/);
  },
);

test("the Kubernetes manifest is YAML, starts again on 75, and calls a command that the command line takes", async () => {
  const manifest = readFileSync(join(root, "docs/remote-runs/kubernetes-job.yaml"), "utf8");
  expect(await format(manifest, { parser: "yaml", printWidth: 120 })).toBe(manifest);
  expect(manifest).toMatch(
    /action: Ignore\n +onExitCodes:\n +containerName: aliquot\n +operator: In\n +values: \[75\]/,
  );
  const list = (key: string) => JSON.parse(manifest.match(new RegExp(`^ +${key}: (\\[.*\\])$`, "m"))![1]!) as string[];
  expect(list("command")).toEqual(["node", expect.stringMatching(/\/out\/main\/cli\.js$/)]);
  const args = list("args");
  // Not "wrong usage", which would be 2: the bundle of the example is not here.
  const tried = await aliquot(temporaryFolder(), ...args);
  expect(tried).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining("run-7.aliquot-run: the run bundle cannot be read.") as string,
  });
});
