/** @file Checks that the compiler's own output is legal, after each pass. A failure here is a bug of the engine. */
import { describe, sameShape, type OpDefinition, type Tensor } from "./graph.ts";
import type { OnnxModel } from "./onnx/model.ts";

/** Inputs come before users; every shape and dtype follows from its op's rule; sizes are positive. */
export function verifyTensors(order: readonly Tensor[]): void {
  const seen = new Set<Tensor>();
  for (const tensor of order) {
    const { op, leaf, inputs, attrs, path } = tensor.node;
    const where = `verify: ${op?.opName ?? leaf?.kind ?? "node"} at ${path || "the root"}`;
    if ((op === null) === (leaf === null)) throw new Error(`${where}: a node is either an op or a leaf.`);
    if (!tensor.shape.every((size) => Number.isInteger(size) && size > 0)) {
      throw new Error(`${where}: sizes must be positive integers, got ${describe(tensor)}.`);
    }
    for (const input of inputs) {
      if (!seen.has(input)) throw new Error(`${where}: uses a tensor that comes later.`);
    }
    if (op) {
      const definition = op.definition as unknown as OpDefinition<object>;
      const operands = inputs as unknown as [Tensor, Tensor, Tensor, Tensor];
      const shape = definition.shape(operands, attrs);
      const dtype = definition.dtype?.(operands, attrs) ?? inputs[0]!.dtype;
      if (!sameShape(shape, tensor.shape) || dtype !== tensor.dtype) {
        throw new Error(`${where}: expected ${describe({ shape, dtype })}, got ${describe(tensor)}.`);
      }
    }
    seen.add(tensor);
  }
}

/** One definition per name, defined before use, every declared output made. */
export function verifyOnnx(model: OnnxModel): void {
  const defined = new Set<string>();
  const define = (name: string, where: string) => {
    if (name === "" || defined.has(name))
      throw new Error(`verify: ${where} defines "${name}", which is empty or taken.`);
    defined.add(name);
  };
  for (const { name } of model.inputs) define(name, "input");
  for (const { name } of model.initializers) define(name, "initializer");
  const nodeNames = new Set<string>();
  for (const node of model.nodes) {
    if (nodeNames.has(node.name)) throw new Error(`verify: two nodes are called ${node.name}.`);
    nodeNames.add(node.name);
    for (const input of node.inputs) {
      if (input !== "" && !defined.has(input))
        throw new Error(`verify: ${node.name} uses ${input} before it is defined.`);
    }
    for (const output of node.outputs) define(output, node.name);
  }
  for (const { name } of model.outputs) {
    if (!defined.has(name)) throw new Error(`verify: output ${name} is never made.`);
  }
}
