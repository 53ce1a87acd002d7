/**
 * @file Looks whether the machine really has a device, without risk: a provider that is compiled in says nothing about the
 * machine, drivers can hang or crash, and a software GPU (SwiftShader, llvmpipe, WARP) is slower than the processor. The
 * device is tried in a process of its own, with a time limit.
 */
import { execFile } from "node:child_process";
import type * as NodeFs from "node:fs";
import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type * as OnnxRuntime from "onnxruntime-node";
import { gradients } from "../gradient.ts";
import { input } from "../graph.ts";
import { encodeModel } from "../onnx/model.ts";
import { relu } from "../ops/activations.ts";
import { convolution } from "../ops/convolution.ts";
import { square } from "../ops/elementwise.ts";
import { sumOver } from "../ops/reductions.ts";
import { defineProgram, emitProgram } from "../program.ts";

export type ProbedDevice = "cuda" | "dml" | "coreml" | "webgpu";

/** In English words, with `{name}` where a value goes: so they can be said in another language. */
export interface DeviceFinding {
  readonly text: string;
  readonly values: Readonly<Record<string, string | number>>;
}

export interface Probe {
  readonly isUsable: boolean;
  readonly finding: DeviceFinding;
}

/** First use of a driver builds shaders or loads libraries of a gigabyte. */
const LIMIT_MS = 60_000;

/** What rules the device out at a glance, so that no process need be started; null: nothing does. */
export function findObstacle(device: ProbedDevice): DeviceFinding | null {
  if (process.platform !== "linux") return null;
  if (gpuFiles(readdirSync("/dev")).length === 0) return { text: "{device}: no GPU found", values: { device } };
  if (device !== "cuda") return null;
  if (!existsSync("/proc/driver/nvidia/version") && !existsSync("/dev/dxg"))
    return { text: "{device}: no NVIDIA driver found", values: { device } };
  const folder = join(dirname(resolveRuntime()), "../bin/napi-v6", process.platform, process.arch);
  if (existsSync(join(folder, "libonnxruntime_providers_cuda.so"))) return null;
  return { text: "{device}: the CUDA files of ONNX Runtime are not installed", values: { device } };
}

/** Tries the device on a small training step, beside the CPU. Never throws. */
export async function probeDevice(device: ProbedDevice, { limitMs = LIMIT_MS } = {}): Promise<Probe> {
  const unusable = (finding: DeviceFinding): Probe => ({ isUsable: false, finding });
  const answer = await runProbe(device, limitMs);
  if ("problem" in answer) return unusable(answer.problem);
  if (!answer.isHardware)
    return unusable({ text: "{device}: no GPU found (only a software device)", values: { device } });
  const values = { device, here: answer.deviceMs.toFixed(1), there: answer.cpuMs.toFixed(1) };
  if (answer.deviceMs >= answer.cpuMs) {
    return unusable({
      text: "{device}: slower than the processor ({here} ms against {there} ms for a test step)",
      values,
    });
  }
  const finding = {
    text: "{device}: faster than the processor ({here} ms against {there} ms for a test step)",
    values,
  };
  return { isUsable: true, finding };
}

type Answer = { readonly isHardware: boolean; readonly deviceMs: number; readonly cpuMs: number };

function runProbe(device: ProbedDevice, limitMs: number): Promise<Answer | { problem: DeviceFinding }> {
  const source = `(${probe.toString()})(require, process)`;
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ["-e", source, resolveRuntime(), device],
      {
        // Under Electron the executable is Electron itself.
        env: { ...process.env, ELECTRON_RUN_AS_NODE: "1" },
        timeout: limitMs,
        killSignal: "SIGKILL",
        maxBuffer: 64 * 1024 * 1024,
        windowsHide: true,
      },
      (error, stdout, stderr) => {
        const line = stdout.split("\n").find((one) => one.startsWith("{"));
        if (line !== undefined) {
          const { files, deviceMs, cpuMs } = JSON.parse(line) as { files: string[] } & Answer;
          resolve({ isHardware: files.length > 0 || hasHardwareGpu(stderr), deviceMs, cpuMs });
        } else if (error?.killed) {
          const values = { device, seconds: limitMs / 1000 };
          resolve({ problem: { text: "{device}: did not answer within {seconds} s", values } });
        } else if (error?.signal) {
          const values = { device, signal: error.signal };
          resolve({ problem: { text: "{device}: its driver crashed ({signal})", values } });
        } else resolve({ problem: troubleIn(stderr, device) });
      },
    );
    child.stdin!.on("error", () => undefined); // a child that ended early answers above
    child.stdin!.end(testStep());
  });
}

/**
 * Runs in the child: model from standard input, one line of JSON to standard output. It may use nothing of this file.
 * `files`: on Linux, the device files that are open once the session is open; drivers of hardware hold theirs open, software
 * devices have none.
 */
async function probe(load: NodeJS.Require, self: NodeJS.Process): Promise<void> {
  const fs = load("node:fs") as typeof NodeFs;
  const [runtime, device] = self.argv.slice(1);
  const ort = load(runtime!) as typeof OnnxRuntime;
  ort.env.logLevel = "verbose"; // names the devices it finds
  const model = fs.readFileSync(0);
  const open = (executionProviders: string[]) =>
    ort.InferenceSession.create(model, { executionProviders, logSeverityLevel: 3 });
  const time = async (session: Awaited<ReturnType<typeof open>>): Promise<number> => {
    const feeds = Object.fromEntries(
      session.inputMetadata.map((port) => {
        const shape = (port as { shape: readonly number[] }).shape;
        const size = shape.reduce((product, dim) => product * dim, 1);
        const data = Float32Array.from({ length: size }, (_, index) => Math.sin(index));
        return [port.name, new ort.Tensor("float32", data, shape)];
      }),
    );
    let best = Infinity;
    for (let run = 0; run < 4; run++) {
      const start = performance.now();
      await session.run(feeds);
      if (run > 0) best = Math.min(best, performance.now() - start);
    }
    return best;
  };
  const answer = { files: [] as string[], deviceMs: 0, cpuMs: 0 };
  const onDevice = await open([device!, "cpu"]);
  if (self.platform === "linux") {
    for (const descriptor of fs.readdirSync("/proc/self/fd")) {
      try {
        const file = fs.readlinkSync(`/proc/self/fd/${descriptor}`);
        if (/^\/dev\/(nvidia|dri\/|dxg|kfd|kgsl|mali|pvr)/.test(file)) answer.files.push(file);
      } catch {
        // the descriptor of the folder itself is closed again
      }
    }
  }
  // No need to time a software device: it takes seconds.
  if (self.platform !== "linux" || answer.files.length > 0) {
    answer.deviceMs = await time(onDevice);
    answer.cpuMs = await time(await open(["cpu"]));
  }
  fs.writeSync(1, `\n${JSON.stringify(answer)}\n`);
  self.exit(0);
}

/** Names among those of /dev that a GPU's driver makes. */
function gpuFiles(names: readonly string[]): string[] {
  return names.filter((name) => /^(nvidia\d|dri$|dxg|kfd|kgsl|mali|pvr)/.test(name));
}

/**
 * ONNX Runtime logs each device it finds: `Discovered OrtHardwareDevice {vendor_id:0x10de, …, type:1, …}`, 1 for a GPU. Vendor
 * 0x1414 is Microsoft: its GPUs are drawn by the processor. On Linux it lists PCI devices, which says nothing about drivers.
 */
function hasHardwareGpu(log: string): boolean {
  if (process.platform === "linux") return false;
  const found = log.matchAll(/Discovered OrtHardwareDevice \{vendor_id:0x([0-9a-f]+)[^}]*?type:(\d)/gi);
  return [...found].some(([, vendor, type]) => type === "1" && parseInt(vendor!, 16) !== 0x1414);
}

/** The last line that says what went wrong. */
function troubleIn(log: string, device: ProbedDevice): DeviceFinding {
  if (/Failed to get a WebGPU adapter/.test(log)) return { text: "{device}: no GPU found", values: { device } };
  const line = log.split("\n").findLast((each) => /error/i.test(each));
  if (line === undefined) return { text: "{device}: could not be started", values: { device } };
  return { text: "{device}: {error}", values: { device, error: line.trim().slice(0, 200) } };
}

function resolveRuntime(): string {
  return createRequire(import.meta.url).resolve("onnxruntime-node");
}

/** Two convolutions and their weight gradients: 3.6 GFLOP, a few tens of milliseconds on a processor. */
function testStep(): Uint8Array {
  const image = input("image", { shape: [4, 32, 64, 64] });
  const weights = ["first", "second"].map((name) => input(name, { shape: [32, 32, 3, 3] }));
  const attrs = { stride: [1, 1], padding: [1, 1], dilation: [1, 1], groups: 1 };
  const hidden = relu(convolution([image, weights[0]!], attrs));
  const loss = sumOver(square(convolution([hidden, weights[1]!], attrs)));
  const [first, second] = gradients(loss, weights);
  const outputs = { loss, firstSlope: first!, secondSlope: second! };
  return encodeModel(emitProgram(defineProgram({ name: "probe", outputs })));
}
