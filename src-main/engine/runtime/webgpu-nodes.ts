/**
 * @file Nodes that the WebGPU provider of ONNX Runtime 1.30 accepts but fails on, or computes wrongly: they are sent to the CPU by
 * name. Found by the sweep (test/engine/webgpu.test.ts), which fails when one is missing here.
 */
import type { OnnxModel, OnnxNode } from "../onnx/model.ts";
import type { Shape } from "../graph.ts";

/** Names of the nodes of `model` that must not run on WebGPU. */
export function cpuNodes(model: OnnxModel): string[] {
  const shapes = new Map<string, readonly (number | string)[]>();
  for (const { name, shape } of [...model.inputs, ...model.initializers]) shapes.set(name, shape);
  return model.nodes
    .filter((node) => isBroken(node, shapes.get(node.inputs[1] ?? "") as Shape))
    .map(({ name }) => name);
}

function isBroken({ type, domain, outputs, attributes }: OnnxNode, weight: Shape | undefined): boolean {
  if (domain !== "") return false;
  const spatialAxes = (attributes["kernel_shape"] as Shape | undefined)?.length ?? (weight?.length ?? 4) - 2;
  const groups = (attributes["group"] as number | undefined) ?? 1;
  switch (type) {
    case "MaxPool":
      // "The Indices output is not supported yet."
      return outputs.length > 1 || spatialAxes > 2;
    case "ConvTranspose":
      // "Only Conv2d or Conv1d are supported." From four channels into a group on, it mixes groups.
      return spatialAxes > 2 || (groups > 1 && (weight === undefined || weight[0]! / groups >= 4));
    case "Conv": {
      if (groups === 1) return false;
      // "Conv3D does not support grouped convolution."
      if (spatialAxes > 2 || weight === undefined) return true;
      // It computes 4, or 2, channels at once where the total can be divided so, and mixes groups that cannot.
      const perGroup = weight[0]! / groups;
      const atOnce = weight[0]! % 4 === 0 ? 4 : weight[0]! % 2 === 0 ? 2 : 1;
      return perGroup >= 4 && perGroup % atOnce !== 0;
    }
    default:
      return false;
  }
}
