/**
 * @file The WebGPU provider, for real, on a GPU in software: every op against the CPU, and a training whose state stays on the
 * device. `UPDATE_DEVICE_SUPPORT=1` writes what was found to src-main/engine/device-support.json.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { missing, runOnSwiftShader } from "./swiftshader.ts";
import type { SweepRow } from "./webgpu-sweep.ts";
import type { TrainingReport } from "./webgpu-training.ts";

const SUPPORT = join(import.meta.dirname, "../../src-main/engine/device-support.json");
const MINUTES = 60_000;

if (missing !== null) console.log(`WebGPU: skipped: ${missing}.`);

describe.skipIf(missing !== null)("webgpu", () => {
  it(
    "computes every op as the CPU does, and what it leaves to the CPU is written down",
    async () => {
      const rows = await runOnSwiftShader<SweepRow>("webgpu-sweep.ts");
      expect(rows.filter(({ error }) => error !== null)).toEqual([]);
      expect(rows.filter(({ difference }) => !(difference < 1e-3))).toEqual([]);
      const found: Record<string, string[]> = {};
      for (const { op, cpuOperators } of rows) found[op] = [...new Set([...(found[op] ?? []), ...cpuOperators])].sort();
      const onCpu = Object.entries(found).filter(([, operators]) => operators.length > 0);
      console.log(
        `WebGPU: on the CPU: ${onCpu.map(([op, operators]) => `${op} (${operators.join(", ")})`).join("; ")}`,
      );
      if (process.env["UPDATE_DEVICE_SUPPORT"]) {
        const lines = Object.entries(found).map(
          ([op, operators]) => `    "${op}": [${operators.map((one) => `"${one}"`).join(", ")}]`,
        );
        writeFileSync(SUPPORT, `{\n  "webgpu": {\n${lines.join(",\n")}\n  }\n}\n`);
      }
      const written = JSON.parse(readFileSync(SUPPORT, "utf8")) as { webgpu: Record<string, string[]> };
      expect(found).toEqual(written.webgpu);
    },
    4 * MINUTES,
  );

  it(
    "trains a U-Net with its state on the device: the CPU's losses, the same after a checkpoint, no leak",
    async () => {
      const [report] = await runOnSwiftShader<TrainingReport>("webgpu-training.ts");
      const { probe, cpu, webgpu, resumed, predictionDifference, counted, broken, growth } = report!;
      expect(probe).toBe("{device}: no GPU found (only a software device)");
      expect(cpu.at(-1)!).toBeLessThan(cpu[0]!);
      for (const [step, loss] of webgpu.entries())
        expect(Math.abs(loss - cpu[step]!), `step ${step}`).toBeLessThan(1e-3);
      expect(resumed).toEqual(webgpu.slice(-resumed.length));
      expect(predictionDifference).toBeLessThan(1e-4);
      expect(counted).toBe(1000);
      expect(broken.message).toMatch(/not finite any more\. The input learningRate holds inf/);
      expect(broken.isKept).toBe(true);
      expect(growth).toBeLessThan(8);
    },
    3 * MINUTES,
  );
});
