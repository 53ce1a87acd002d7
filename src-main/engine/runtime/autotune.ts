/**
 * @file Chooses among lowerings by timing each on this device with the program's own shapes. A choice is kept, because another
 * one computes the same only up to rounding: a training that should repeat to the bit needs the same choices.
 */
import { cpus } from "node:os";
import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { env } from "onnxruntime-node";
import { sizeOf, type Lowering, type TensorType } from "../graph.ts";
import { choosables, type Choosable, type LoweringChoice } from "../lowering.ts";
import { OnnxGraph, type Value } from "../onnx/graph-builder.ts";
import type { OnnxModel } from "../onnx/model.ts";
import type { Program } from "../program.ts";
import type { NamedDevice } from "./device.ts";
import { openSession, toOrtTensor } from "./session.ts";

/** Where choices are kept between runs, by kind of machine. `openTuningFile` keeps them in a file. */
export interface TuningCache {
  get(machine: string): LoweringChoice;
  set(machine: string, choice: LoweringChoice): void;
}

export interface TuneOptions {
  device: NamedDevice;
  threads?: number | undefined;
  cache: TuningCache;
  /** Choices that come before the cache. */
  given?: LoweringChoice;
  /** Called before each measurement: how many are done, of how many. */
  onProgress?: (done: number, total: number) => void;
}

/** Runs of each lowering, taking turns so that a busy moment hits all. The fastest counts: noise only ever adds. */
const ROUNDS = 8;
/** A way that takes this many times the best one's time after so many rounds is not timed again. */
const HOPELESS = 1.5;
const TRIAL_ROUNDS = 2;
/** The op's own rule is kept unless another way takes less than this share of its time: near ties must not flip with noise. */
const CLEARLY_FASTER = 0.92;

/** What choices depend on besides shapes. */
export function machineName({ device, threads }: Pick<TuneOptions, "device" | "threads">): string {
  const cpu = cpus()[0]?.model.trim() ?? process.arch;
  return `${device}, ${cpu}, ${threads ?? "default"} threads, onnxruntime ${env.versions.node ?? "unknown"}`;
}

/** Measures what the cache does not know yet and returns the choices for this program. */
export async function tune(program: Program, options: TuneOptions): Promise<LoweringChoice> {
  const { device, threads, cache, given = {}, onProgress } = options;
  const machine = machineName({ device, threads });
  const known = { ...cache.get(machine), ...given };
  const all = choosables([...Object.values(program.outputs), ...program.updates.values()]);
  const missing = all.filter(({ key }) => !(key in known));
  const measured: Record<string, string> = {};
  for (const [done, place] of missing.entries()) {
    onProgress?.(done, missing.length);
    measured[place.key] = await fastest(place, { device, threads });
  }
  const choice = { ...known, ...measured };
  if (missing.length > 0) cache.set(machine, { ...cache.get(machine), ...measured });
  return Object.fromEntries(all.map(({ key }) => [key, choice[key]!]));
}

/** Name of the fastest way; the op's own rule unless one is clearly faster. */
async function fastest(
  place: Choosable,
  options: { device: NamedDevice; threads: number | undefined },
): Promise<string> {
  const feeds = Object.fromEntries(place.inputs.map((input, index) => [`x${index}`, ones(place.key, input)]));
  const candidates: { name: string; session: InferenceSession; best: number }[] = [];
  const ruledOf = (all: typeof candidates) => all.find(({ name }) => name === place.ruled.name)!;
  try {
    for (const way of place.ways) {
      candidates.push({
        name: way.name,
        session: await openSession(soleNode(place, way, options.device), options),
        best: Infinity,
      });
    }
    const ruled = ruledOf(candidates);
    let running = candidates;
    for (let round = 0; round <= ROUNDS; round++) {
      if (round > TRIAL_ROUNDS) {
        const limit = HOPELESS * Math.min(...running.map(({ best }) => best));
        // The rule's own way is never dropped: on a busy machine its first runs may all have been unlucky.
        running = running.filter((candidate) => candidate === ruled || candidate.best <= limit);
      }
      for (const candidate of running) {
        const start = performance.now();
        await candidate.session.run(feeds);
        if (round > 0) candidate.best = Math.min(candidate.best, performance.now() - start); // the first run warms up
      }
    }
  } finally {
    for (const { session } of candidates) await session.release();
  }
  const ruled = ruledOf(candidates);
  const winner = candidates.reduce((best, candidate) => (candidate.best < best.best ? candidate : best));
  return winner.best < CLEARLY_FASTER * ruled.best ? winner.name : ruled.name;
}

/** A model of one application of an op, written in one way. */
function soleNode({ inputs, attrs, output }: Choosable, way: Lowering<object>, device: NamedDevice): OnnxModel {
  const onnx = new OnnxGraph(device);
  const values = inputs.map(({ shape, dtype }, index) => ({ name: `x${index}`, shape, dtype }));
  const result = way.emit(onnx, values as unknown as [Value, Value, Value, Value], attrs);
  onnx.nodes.push({ type: "Identity", domain: "", name: "y", inputs: [result], outputs: ["y"], attributes: {} });
  return {
    name: way.name,
    nodes: onnx.nodes,
    initializers: onnx.initializers,
    inputs: values,
    outputs: [{ name: "y", shape: output.shape, dtype: output.dtype }],
    metadata: {},
  };
}

/** Ones: no denormal numbers, which would cost time that a training does not. */
function ones(place: string, type: TensorType): OrtTensor {
  return toOrtTensor(`autotune ${place}`, new Float32Array(sizeOf(type.shape)).fill(1), type);
}
