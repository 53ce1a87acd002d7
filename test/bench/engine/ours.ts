/** @file `node ours.ts WORKLOAD STEPS DEVICE [TUNING]`: the process that takes our steps. Protocol: contestant.ts. */
import { createInterface } from "node:readline";
import type { Profile } from "../../../src-main/engine/index.ts";
import { openTuningFile, type NamedDevice } from "../../../src-main/engine/runtime/index.ts";
import type { Profiled, Ready, Round } from "./contestant.ts";
import { workloads } from "./workloads.ts";
import type { StartOptions, Workload } from "./workload.ts";

const WARM_UP = 3;
const PROFILED_STEPS = 300;

const print = (line: Ready | Round | Profiled) => console.log(JSON.stringify(line));

const [name, stepsPerRound, device, tuningFile] = process.argv.slice(2);
const workload = workloads.find((one) => one.name === name);
if (!workload) throw new Error(`ours: no workload ${name}. Workloads: ${workloads.map((one) => one.name).join(", ")}.`);
const options: StartOptions = {
  sizes: "full",
  device: device as NamedDevice,
  ...(tuningFile === undefined ? {} : { tuning: { cache: openTuningFile(tuningFile) } }),
};

/** Another copy of the program, under ONNX Runtime's profiler. */
async function takeProfile({ start }: Workload): Promise<Profiled> {
  let taken: Profile | undefined;
  const report = (profile: Profile) => (taken = profile);
  const profiled = await start({ ...options, profile: { warmUp: WARM_UP, runs: PROFILED_STEPS, report } });
  while (!taken) await profiled.step();
  await profiled.stop();
  const { runs, runMs, kernelMs, outsideMs } = taken;
  return { runs, runMs, kernelMs, outsideMs };
}

const running = await workload.start(options);
for (let run = 0; run < WARM_UP; run++) await running.step();
print({ name: "Aliquot", parameters: running.parameters });
for await (const question of createInterface({ input: process.stdin })) {
  if (question === "profile") {
    print(await takeProfile(workload));
    continue;
  }
  const times: number[] = [];
  const before = process.cpuUsage();
  for (let run = 0; run < Number(stepsPerRound); run++) {
    const start = performance.now();
    await running.step();
    times.push(performance.now() - start);
  }
  const { user, system } = process.cpuUsage(before);
  print({ times, memory: process.resourceUsage().maxRSS / 1024, cpu: (user + system) / 1000 });
}
await running.stop();
