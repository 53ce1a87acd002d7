/** @file What every peer in JavaScript does: the protocol of rounds.py. */
import { createInterface } from "node:readline";

// The libraries were loaded before this line: they are installed.
if (process.argv.includes("--installed")) process.exit(0);

/** What stands on the command line after the number of steps and the device, as integers. */
export const parameters = process.argv.slice(4).map(Number);

/** `step` does one step; `count` numbers are trained. Warming up is the caller's. */
export async function takeRounds({ name, count, step }) {
  console.log(JSON.stringify({ name, parameters: count }));
  for await (const question of createInterface({ input: process.stdin })) {
    if (question !== "round") throw new Error(`peer: expected "round", got ${question}.`);
    const times = [];
    const before = process.cpuUsage();
    for (let run = 0; run < Number(process.argv[2]); run++) {
      const start = performance.now();
      await step();
      times.push(performance.now() - start);
    }
    const { user, system } = process.cpuUsage(before);
    const memory = process.resourceUsage().maxRSS / 1024;
    console.log(JSON.stringify({ times, memory, cpu: (user + system) / 1000 }));
  }
}
