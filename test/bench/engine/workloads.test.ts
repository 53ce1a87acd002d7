import { expect, it } from "vitest";
import { workloads } from "./workloads.ts";

// Sizes that run in a moment, no peers: what the benchmark measures must not rot between two of its runs.
it.each(workloads.map((workload) => [workload.name, workload] as const))("%s takes a step", async (_, workload) => {
  const running = await workload.start({ sizes: "tiny", device: "cpu" });
  try {
    // An op by itself has none.
    expect(running.parameters).toBeGreaterThan(workload.name === "warp" ? -1 : 0);
    const first = await running.step();
    const second = await running.step();
    for (const value of Object.values({ ...first, ...second })) expect(value).toBeTypeOf("number");
    expect(Object.values(second).every(Number.isFinite)).toBe(true);
  } finally {
    await running.stop();
  }
});
