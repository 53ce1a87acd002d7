/** @file Collects ONNX nodes while ops emit themselves; equal nodes are emitted once. */
import type { Dtype, Shape, TensorType } from "../graph.ts";
import type { AttributeValue, OnnxInitializer, OnnxNode, Origin } from "./model.ts";

/** A tensor as an op's emission sees it: its ONNX name and its type. */
export interface Value extends TensorType {
  readonly name: string;
}

export class OnnxGraph {
  readonly nodes: OnnxNode[] = [];
  readonly initializers: OnnxInitializer[] = [];
  readonly #known = new Map<string, readonly string[]>();
  readonly #constants = new Map<string, OnnxInitializer[]>();
  readonly #counts = new Map<string, number>();
  /** Where the graph will run: "cpu" unless told. Lowerings may differ. */
  readonly device: string;
  #origin: Origin | null = null;
  #precision: "float32" | "float16" = "float32";

  constructor(device = "cpu") {
    this.device = device;
  }

  /**
   * Later nodes are named after this place in the network, so that a runtime error points at a layer; `float` gives numbers
   * of the dtype that the op there computes in.
   */
  enter(origin: Origin | null, precision: "float32" | "float16" = "float32"): void {
    this.#origin = origin;
    this.#precision = precision;
  }

  /** Adds a node with one output and returns the output's name. `null` skips an optional input. */
  node(
    type: string,
    inputs: readonly (Value | string | null)[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
    domain = "",
  ): string {
    return this.nodeWithOutputs(1, type, inputs, attributes, domain)[0]!;
  }

  /** As `node`, for operators with several outputs. Trailing outputs that nobody reads are dropped at the end. */
  nodeWithOutputs(
    count: number,
    type: string,
    inputs: readonly (Value | string | null)[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
    domain = "",
  ): readonly string[] {
    const names = inputs.map((input) => (input === null ? "" : typeof input === "string" ? input : input.name));
    const key = JSON.stringify([domain, type, names, attributes, count]);
    const known = this.#known.get(key);
    if (known) return known;
    const name = this.#unique(`${this.#prefix()}/${type}`);
    const outputs = Array.from({ length: count }, (_, index) => (index === 0 ? name : `${name}:${index}`));
    const origin = this.#origin === null ? {} : { origin: this.#origin };
    this.nodes.push({ type, domain, name, inputs: names, outputs: [...outputs], attributes, ...origin });
    this.#known.set(key, outputs);
    return outputs;
  }

  /** Equal constants are one: nodes that read them can be equal only then. */
  constant(values: ArrayLike<number>, shape: Shape, dtype: Dtype): string {
    const key = `${dtype} ${shape.join()} ${fingerprint(values)}`;
    const alike = this.#constants.get(key) ?? [];
    const known = alike.find((one) => sameNumbers(one.values, values));
    if (known) return known.name;
    const made = { name: this.#unique(`constant/${dtype}`), shape, dtype, values };
    this.initializers.push(made);
    this.#constants.set(key, [...alike, made]);
    return made.name;
  }

  /** A 1-D int64 constant: axes, sizes, shapes. */
  int64s(values: readonly number[]): string {
    return this.constant(values, [values.length], "int64");
  }

  /** A constant of shape [], in the dtype that the op computes in. */
  float(value: number): string {
    return this.constant([value], [], this.#precision);
  }

  /** A float32 constant of shape [n]. */
  floats(values: readonly number[]): string {
    return this.constant(values, [values.length], "float32");
  }

  /** Drops trailing outputs that nobody reads, so that a kernel may take its cheaper path. */
  dropUnusedOutputs(kept: ReadonlySet<string>): void {
    const used = new Set(kept);
    for (const node of this.nodes) for (const input of node.inputs) used.add(input);
    for (const node of this.nodes) {
      const fewest = node.type === "TopK" ? 2 : 1; // ONNX makes neither of its outputs optional
      while (node.outputs.length > fewest && !used.has(node.outputs.at(-1)!)) node.outputs.pop();
    }
  }

  /** `net.encoder.0/convolution`, `net.encoder.0/backward/convolutionWeightGradient`. */
  #prefix(): string {
    if (this.#origin === null) return "graph";
    const { path, pass, opName } = this.#origin;
    return [path, pass === "forward" ? "" : pass, opName].filter(Boolean).join("/");
  }

  #unique(base: string): string {
    const count = this.#counts.get(base) ?? 0;
    this.#counts.set(base, count + 1);
    return count === 0 ? base : `${base}.${count}`;
  }
}

/** Equal for equal numbers. */
function fingerprint(values: ArrayLike<number>): number {
  let hash = 0;
  for (let at = 0; at < values.length; at++) hash = (Math.imul(hash, 31) + ((values[at]! * 65_537) | 0)) | 0;
  return hash;
}

/** Also of sign and NaN: 0 is not -0, which a division tells apart. */
function sameNumbers(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (!Object.is(a[at], b[at])) return false;
  return true;
}
