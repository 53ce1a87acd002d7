/** @file The app, as far as runs go: opens a project and its queue, does one training. Started by a test, which kills it. */
import { openProject } from "../../src-main/project/index.ts";
import { forkRunProcess } from "../../src-main/app/spawn.ts";
import { createRunQueue } from "../../src-main/runs/queue.ts";
import { dirname, join } from "node:path";

const [path, request] = process.argv.slice(2) as [string, string];
const project = openProject(path);
const queue = createRunQueue({
  project,
  device: "cpu",
  workFolder: dirname(path),
  spawn: () => forkRunProcess(join(import.meta.dirname, "../../src-main/app/run-process.ts")),
});
queue.on((event) => {
  if (event.type === "run") console.log(`${event.run.runId} ${event.run.state} ${event.run.step}`);
});
const { runId } = queue.submitTraining(JSON.parse(request) as Parameters<typeof queue.submitTraining>[0]);
await queue.finished(runId);
await queue.close();
project.close();
