/** @file `node ours.ts WORKLOAD STEPS DEVICE [TUNING]`: the process that takes our steps. Protocol: contestant.ts. */
import { createInterface } from "node:readline";
import { openTuningFile, type NamedDevice } from "../../../src-main/engine/runtime/index.ts";
import type { Ready, Round } from "./contestant.ts";
import { workloads } from "./workloads.ts";
import type { Running, StartOptions } from "./workload.ts";

const WARM_UP = 3;
const TINY_STEPS = 1000;

const print = (line: Ready | Round) => console.log(JSON.stringify(line));

const [name, stepsPerRound, device, tuningFile] = process.argv.slice(2);
const workload = workloads.find((one) => one.name === name);
if (!workload) throw new Error(`ours: no workload ${name}. Workloads: ${workloads.map((one) => one.name).join(", ")}.`);
const options: StartOptions = {
  sizes: "full",
  device: device as NamedDevice,
  ...(tuningFile === undefined ? {} : { tuning: { cache: openTuningFile(tuningFile) } }),
};

async function takeSteps(running: Running, count: number): Promise<Round> {
  const times: number[] = [];
  const before = process.cpuUsage();
  for (let run = 0; run < count; run++) {
    const start = performance.now();
    await running.step();
    times.push(performance.now() - start);
  }
  const { user, system } = process.cpuUsage(before);
  return { times, memory: process.resourceUsage().maxRSS / 1024, cpu: (user + system) / 1000 };
}

async function takeTinySteps(): Promise<Round> {
  const tiny = await workload!.start({ ...options, sizes: "tiny" });
  await takeSteps(tiny, TINY_STEPS / 10);
  const round = await takeSteps(tiny, TINY_STEPS);
  await tiny.stop();
  return round;
}

const running = await workload.start(options);
for (let run = 0; run < WARM_UP; run++) await running.step();
print({ name: "Aliquot", parameters: running.parameters });
for await (const question of createInterface({ input: process.stdin })) {
  print(question === "tiny" ? await takeTinySteps() : await takeSteps(running, Number(stepsPerRound)));
}
await running.stop();
