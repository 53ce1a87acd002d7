/**
 * @file Finds where a run's first value that is not finite (NaN, ±inf) came from: an input, a state, or the first op that made
 * one from finite numbers. The run is repeated with outputs that tell, for each intermediate value, whether all of it is finite.
 */
import { describe, sizeOf, topologicalOrder, type Tensor } from "../graph.ts";
import { add, mul } from "../ops/elementwise.ts";
import { sumOver } from "../ops/reductions.ts";
import { defineProgram, nextName, originsIn, type Program } from "../program.ts";
import type { Feeds, TensorData, TypedArray } from "./session.ts";

/** What was found in a tensor that is not all finite. */
export interface NonFiniteValue {
  value: "NaN" | "inf" | "-inf";
  /** Place of the first one: an index per axis. */
  at: number[];
  count: number;
  /** Numbers in the tensor. */
  of: number;
}

export type NonFiniteOrigin =
  /** It was fed. */
  | { kind: "input"; name: string; found: NonFiniteValue }
  /** The state held it before the run. */
  | { kind: "state"; name: string; found: NonFiniteValue }
  /** The first op in order of execution that made it from finite operands. */
  | {
      kind: "op";
      opName: string;
      /** Layer; "" where it belongs to none. */
      path: string;
      pass: "forward" | "backward" | "update";
      found: NonFiniteValue;
      /** Type and range of each, e.g. "float32[8, 2] from -3.2 to 4". */
      operands: string[];
    }
  /** Repeating the run value by value gave finite results: ONNX Runtime computes fused operators in another order. */
  | { kind: "unknown" };

/** What of a run is not finite: losses, or, where these are, weights that it would have written. */
export interface BrokenResults {
  kind: "loss" | "weight";
  names: readonly string[];
}

/** A run gave a loss, or would have given a weight, that is not finite. The states are those from before the run. */
export class NonFiniteError extends Error {
  override readonly name = "NonFiniteError";
  readonly broken: BrokenResults;
  readonly origin: NonFiniteOrigin;

  constructor(program: string, broken: BrokenResults, origin: NonFiniteOrigin) {
    const { names } = broken;
    const more = names.length > 3 ? ` and ${names.length - 3} more` : "";
    super(`${program}: ${names.slice(0, 3).join(", ")}${more}: not finite any more. ${describeOrigin(origin)}`);
    this.broken = broken;
    this.origin = origin;
  }
}

/** One or two sentences for a person. */
export function describeOrigin(origin: NonFiniteOrigin): string {
  switch (origin.kind) {
    case "input":
      return `The input ${origin.name} holds ${describeFound(origin.found)}.`;
    case "state":
      return `${origin.name} held ${describeFound(origin.found)} before this step.`;
    case "op": {
      const { opName, path, pass, found, operands } = origin;
      const where = path === "" ? "" : ` at ${path}`;
      return (
        `The first operation that made a value that is not finite: ${opName}${where} (${pass}): ${describeFound(found)}. ` +
        `It was computed from ${operands.join(" and ")}.`
      );
    }
    case "unknown":
      return "Repeating the step value by value gave finite numbers, so the operation cannot be named.";
  }
}

function describeFound({ value, at, count, of }: NonFiniteValue): string {
  const where = of === 1 ? "" : ` at [${at.join(", ")}], ${count} of ${of} values not finite`;
  return `${value}${where}`;
}

/** Whether no number is NaN or infinite: x · 0 is 0 for all others. Eight sums, because one would wait for itself. */
export function isAllFinite(data: TypedArray): boolean {
  if (!(data instanceof Float32Array)) return true;
  const whole = data.length - (data.length % 8);
  let [a, b, c, d, e, f, g, h] = [0, 0, 0, 0, 0, 0, 0, 0];
  for (let at = 0; at < whole; at += 8) {
    a += data[at]! * 0;
    b += data[at + 1]! * 0;
    c += data[at + 2]! * 0;
    d += data[at + 3]! * 0;
    e += data[at + 4]! * 0;
    f += data[at + 5]! * 0;
    g += data[at + 6]! * 0;
    h += data[at + 7]! * 0;
  }
  for (let at = whole; at < data.length; at++) a += data[at]! * 0;
  return a + b + c + d + e + f + g + h === 0;
}

/** The updated states that the outputs depend on: weights, whose next value is worth checking. Moments follow from the same gradient. */
export function watchedStates({ outputs, updates }: Program): string[] {
  return topologicalOrder(Object.values(outputs)).flatMap(({ node }) =>
    node.leaf?.kind === "state" && updates.has(node.leaf.name) ? [node.leaf.name] : [],
  );
}

/** Output that is NaN when a watched state's next value is not all finite: for values that stay on a device, where nobody looks. */
export const FINITE_PROBE = "finite:updates";

/** The program with the probe among its outputs; without watched states as it is. 0 · x is 0 for every finite x, else NaN. */
export function withFiniteProbe(program: Program, watched: readonly string[]): Program {
  const sums = watched.map((name) => sumOver(mul(program.updates.get(name)!, 0)));
  if (sums.length === 0) return program;
  const probe = sums.reduce((total, sum) => add(total, sum));
  return { ...program, outputs: { ...program.outputs, [FINITE_PROBE]: probe } };
}

/** Runs a program without updates once, on the states as they were before the failed run. Gets only the feeds that it knows. */
export type Evaluate = (program: Program, feeds: Feeds) => Promise<Record<string, TensorData>>;

/** Values whose finiteness is asked for in one go may all be in memory at once. */
const CHUNK_BYTES = 256 * 2 ** 20;
const CHUNK_TENSORS = 256;

/**
 * Why `results` (names of outputs, or of states whose next value is meant) of `program` are not finite for these feeds.
 * Looks only at what they depend on, so that an infinity that is meant (a mask before softmax) is not blamed for another.
 */
export async function findNonFinite(
  program: Program,
  results: readonly string[],
  feeds: Feeds,
  evaluate: Evaluate,
): Promise<NonFiniteOrigin> {
  const roots = results.flatMap((name) => program.outputs[name] ?? program.updates.get(name) ?? []);
  const candidates = topologicalOrder(roots).filter(
    ({ dtype, node }) => dtype === "float32" && node.leaf?.kind !== "constant",
  );
  const broken = new Set<Tensor>();
  for (const chunk of chunksOf(candidates)) {
    const flags = chunk.map((tensor, index) => [`finite:${index}`, sumOver(mul(tensor, 0))] as const);
    const part = defineProgram({ name: `${program.name}, checked`, outputs: Object.fromEntries(flags) });
    const sums = await evaluate(part, known(part, feeds));
    for (const [index, tensor] of chunk.entries()) {
      if (!isAllFinite(sums[`finite:${index}`]!.data)) broken.add(tensor);
    }
  }
  // From the results back through broken values only; the first of them in order has nothing broken before it.
  const blamed = new Set<Tensor>();
  const pending = roots.filter((tensor) => broken.has(tensor));
  for (let tensor = pending.pop(); tensor; tensor = pending.pop()) {
    if (blamed.has(tensor)) continue;
    blamed.add(tensor);
    pending.push(...tensor.node.inputs.filter((input) => broken.has(input)));
  }
  const first = candidates.find((tensor) => blamed.has(tensor));
  return first === undefined ? { kind: "unknown" } : lookAt(program, first, feeds, evaluate);
}

async function lookAt(program: Program, tensor: Tensor, feeds: Feeds, evaluate: Evaluate): Promise<NonFiniteOrigin> {
  const { node } = tensor;
  const operands = node.inputs.map((operand, index) => [`operand:${index}`, operand] as const);
  const part = defineProgram({
    name: `${program.name}, looked at`,
    outputs: { "result:": tensor, ...Object.fromEntries(operands) },
  });
  const values = await evaluate(part, known(part, feeds));
  const found = foundIn(values["result:"]!);
  if (found === null) return { kind: "unknown" };
  if (node.leaf?.kind === "input") return { kind: "input", name: node.leaf.name, found };
  if (node.leaf?.kind === "state") return { kind: "state", name: node.leaf.name, found };
  const { opName, path, pass } = originsIn(program)(tensor);
  return {
    kind: "op",
    opName,
    path,
    pass,
    found,
    operands: operands.map(([name, operand]) => describeOperand(operand, values[name]!)),
  };
}

function describeOperand(operand: Tensor, { data }: TensorData): string {
  let [low, high] = [Infinity, -Infinity];
  for (const element of data) {
    low = Math.min(low, Number(element));
    high = Math.max(high, Number(element));
  }
  const short = (value: number) => String(Number(value.toPrecision(4)));
  const named = operand.node.leaf?.kind === "state" ? ` ${operand.node.leaf.name}` : "";
  const range = low === high ? ` = ${short(low)}` : ` from ${short(low)} to ${short(high)}`;
  return `${describe(operand)}${named}${range}`;
}

/** null: all finite. */
function foundIn({ shape, data }: TensorData): NonFiniteValue | null {
  let [first, count] = [-1, 0];
  for (let at = 0; at < data.length; at++) {
    if (Number.isFinite(Number(data[at]))) continue;
    if (first < 0) first = at;
    count++;
  }
  if (first < 0) return null;
  const value = Number(data[first]);
  const at: number[] = [];
  for (let rest = first, axis = shape.length - 1; axis >= 0; axis--) {
    at.unshift(rest % shape[axis]!);
    rest = Math.floor(rest / shape[axis]!);
  }
  return { value: Number.isNaN(value) ? "NaN" : value > 0 ? "inf" : "-inf", at, count, of: data.length };
}

function chunksOf(tensors: readonly Tensor[]): Tensor[][] {
  const chunks: Tensor[][] = [];
  let bytes = Infinity;
  for (const tensor of tensors) {
    const own = 4 * sizeOf(tensor.shape);
    if (bytes + own > CHUNK_BYTES || chunks.at(-1)!.length === CHUNK_TENSORS) {
      chunks.push([]);
      bytes = 0;
    }
    chunks.at(-1)!.push(tensor);
    bytes += own;
  }
  return chunks;
}

function known(part: Program, feeds: Feeds): Feeds {
  return Object.fromEntries(Object.keys(part.inputs).map((name) => [name, feeds[name]!]));
}

/** What of a run is not finite: scalar outputs (losses), and the next values of the watched states that are on the host. */
export function brokenResults(
  program: Program,
  watched: readonly string[],
  results: Readonly<Record<string, { dims: readonly number[]; location: string; data: unknown }>>,
): BrokenResults | null {
  const isBroken = (name: string) => {
    const result = results[name]!; // reading `data` of a tensor on the device throws
    return result.location === "cpu" && !isAllFinite(result.data as TypedArray);
  };
  const losses = Object.keys(program.outputs).filter(
    (name) => name !== FINITE_PROBE && results[name]!.dims.length === 0 && isBroken(name),
  );
  if (losses.length > 0) return { kind: "loss", names: losses };
  if (FINITE_PROBE in results && isBroken(FINITE_PROBE)) return { kind: "weight", names: watched };
  const weights = watched.filter((name) => isBroken(nextName(name)));
  return weights.length > 0 ? { kind: "weight", names: weights } : null;
}
