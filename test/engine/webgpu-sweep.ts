/**
 * @file The sweep on the WebGPU provider: every op, every case, value and first gradients, beside the CPU. A program of its
 * own, because the Vulkan driver must be named before the process starts (webgpu.test.ts). One line of JSON per case.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Tensor as OrtTensor } from "onnxruntime-node";
import {
  defineProgram,
  emitProgram,
  gradients,
  input,
  mul,
  ops,
  sumOver,
  type Program,
  type Tensor,
} from "../../src-main/engine/index.ts";
import type { OpDefinition } from "../../src-main/engine/graph.ts";
import type { Feeds, TensorData } from "../../src-main/engine/runtime/index.ts";
import { fromOrtTensor, openSession, toOrtTensor } from "../../src-main/engine/runtime/session.ts";
import { Random } from "../../src-main/random/index.ts";
import { openCase } from "./cases.ts";

export interface SweepRow {
  op: string;
  case: number;
  /** What the provider said when it could not; null: it ran. */
  error: string | null;
  /** Largest difference from the CPU's numbers, relative to the largest of these (or 1). */
  difference: number;
  /** ONNX operators that ran on the CPU all the same. */
  cpuOperators: string[];
}

const folder = mkdtempSync(join(tmpdir(), "webgpu-sweep-"));
const only = process.argv.slice(2);

for (const op of ops) {
  if (only.length > 0 && !only.includes(op.opName)) continue;
  const { cases, gradient } = op.definition as unknown as OpDefinition<object>;
  for (const [index, one] of cases.entries()) {
    const { tensors, feeds } = openCase(one);
    const y = (op as unknown as (...call: unknown[]) => Tensor)(tensors, one.attrs);
    const outputs: Record<string, Tensor> = { value: y };
    const inputs = [...tensors];
    const isHalf = [y, ...tensors].some(({ dtype }) => dtype === "float16");
    if (isHalf) continue; // no software device has float16
    const isDifferentiable = typeof gradient === "function" && y.dtype === "float32" && !one.gradientUnchecked;
    if (isDifferentiable) {
      const cotangent = input("cotangent", { shape: y.shape });
      const random = new Random(3, "cotangent");
      const size = y.shape.reduce((product, dim) => product * dim, 1);
      feeds["cotangent"] = Float32Array.from({ length: size }, () => random.between(-1, 1));
      inputs.push(cotangent);
      const wrt = tensors.filter(({ dtype }) => dtype === "float32");
      for (const [at, slope] of gradients(sumOver(mul(y, cotangent)), wrt).entries()) outputs[`slope${at}`] = slope;
    }
    const program = defineProgram({ name: "case", inputs, outputs });
    const row: SweepRow = { op: op.opName, case: index, error: null, difference: 0, cpuOperators: [] };
    try {
      const expected = await run(program, feeds, "cpu");
      const found = await run(program, feeds, "webgpu");
      row.difference = Math.max(...Object.keys(outputs).map((name) => difference(found[name]!, expected[name]!)));
      row.cpuOperators = readCpuOperators();
    } catch (error) {
      row.error = error instanceof Error ? error.message : String(error);
    }
    for (const file of readdirSync(folder)) rmSync(join(folder, file));
    console.log(JSON.stringify(row));
  }
}
rmSync(folder, { recursive: true });

async function run(program: Program, feeds: Feeds, device: "cpu" | "webgpu") {
  const session = await openSession(emitProgram(program, { device }), {
    device,
    ...(device === "webgpu" ? { profilePrefix: join(folder, device) } : {}),
  });
  try {
    const given = Object.entries(program.inputs).map(([name, type]) => [name, toOrtTensor(name, feeds[name]!, type)]);
    const results = await session.run(Object.fromEntries(given) as Record<string, OrtTensor>);
    return Object.fromEntries(
      Object.entries(results).map(([name, tensor]) => [name, fromOrtTensor(tensor as OrtTensor)]),
    );
  } finally {
    if (device === "webgpu") session.endProfiling();
    await session.release();
  }
}

/** From ONNX Runtime's profile: the provider of each node that ran. */
function readCpuOperators(): string[] {
  const file = readdirSync(folder).find((name) => name.startsWith("webgpu"))!;
  const events = JSON.parse(readFileSync(join(folder, file), "utf8")) as {
    cat: string;
    name: string;
    args?: { provider?: string; op_name?: string };
  }[];
  const operators = events.flatMap(({ cat, name, args }) =>
    cat === "Node" && name.endsWith("_kernel_time") && args?.provider === "CPUExecutionProvider" ? [args.op_name!] : [],
  );
  return [...new Set(operators)].sort();
}

function difference(found: TensorData, expected: TensorData): number {
  const [a, b] = [Array.from(found.data, Number), Array.from(expected.data, Number)];
  const scale = Math.max(1, ...b.map(Math.abs));
  return Math.max(0, ...b.map((value, at) => (Object.is(a[at], value) ? 0 : Math.abs(a[at]! - value) / scale)));
}
