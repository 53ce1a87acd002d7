/** @file `node ours.ts WORKLOAD STEPS`: the process that takes our steps. Protocol: contestant.ts. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { median } from "../rows.ts";
import type { Kernels, Ready, Round } from "./contestant.ts";
import { kernelTimes } from "./kernel-times.ts";
import { workloads } from "./workloads.ts";
import type { Workload } from "./workload.ts";

const WARM_UP = 3;
const PROFILED_STEPS = 100;

/** A second copy of the program, under ONNX Runtime's profiler. */
async function measureKernels(workload: Workload): Promise<Kernels> {
  const folder = await mkdtemp(join(tmpdir(), "aliquot-bench-profile-"));
  try {
    const profiled = await workload.start({ sizes: "full", profilePrefix: join(folder, "profile") });
    for (let run = 0; run < PROFILED_STEPS; run++) await profiled.step();
    await profiled.stop();
    const steps = await kernelTimes(folder);
    return { time: median(steps.slice(WARM_UP)) };
  } finally {
    await rm(folder, { recursive: true });
  }
}

const print = (line: Ready | Round | Kernels) => console.log(JSON.stringify(line));

const [name, stepsPerRound] = process.argv.slice(2);
const workload = workloads.find((one) => one.name === name);
if (!workload) throw new Error(`ours: no workload ${name}. Workloads: ${workloads.map((one) => one.name).join(", ")}.`);
const running = await workload.start({ sizes: "full" });
for (let run = 0; run < WARM_UP; run++) await running.step();
print({ name: "Aliquot", parameters: running.parameters });
for await (const question of createInterface({ input: process.stdin })) {
  if (question === "kernels") {
    print(await measureKernels(workload));
    continue;
  }
  const times: number[] = [];
  for (let run = 0; run < Number(stepsPerRound); run++) {
    const start = performance.now();
    await running.step();
    times.push(performance.now() - start);
  }
  print({ times, memory: process.resourceUsage().maxRSS / 1024 });
}
await running.stop();
