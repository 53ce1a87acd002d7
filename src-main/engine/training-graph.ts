/**
 * @file A training step as a document: one ONNX model that any runtime with inference alone can train with, and the states it
 * starts from. How to run it: docs/training-graph.md.
 */
import { describe, type Shape } from "./graph.ts";
import type { LoweringChoice } from "./lowering.ts";
import { encodeModel } from "./onnx/model.ts";
import { emitProgram, nextName, type Program } from "./program.ts";
import { encodeSafetensors } from "./safetensors.ts";

export interface TrainingGraph {
  /** Inputs: what is fed, and every state by name. Outputs: the losses, and `next:<state>` for every state that changes. */
  readonly onnx: Uint8Array<ArrayBuffer>;
  /** The states to start from, as safetensors. */
  readonly states: Uint8Array<ArrayBuffer>;
}

export interface TrainingGraphOptions {
  /** Kept beside what the graph says of itself: `kind`, `feeds`, `losses`, `states`, `fixedStates`. */
  metadata?: Readonly<Record<string, string>>;
  lowerings?: LoweringChoice;
}

/** Throws if the program updates nothing, or a state has no value of its shape. */
export function trainingGraph(
  program: Program,
  values: Readonly<Record<string, { readonly shape: Shape; readonly data: Float32Array<ArrayBuffer> }>>,
  { metadata = {}, lowerings = {} }: TrainingGraphOptions = {},
): TrainingGraph {
  const { name, updates, states } = program;
  if (updates.size === 0) throw new Error(`${name}: updates no state, so it is no training step. Use exportOnnx.`);
  const tensors = states.map((state) => {
    const value = values[state.name];
    if (value?.shape.join() !== state.shape.join()) {
      const got = value === undefined ? "nothing" : describe({ shape: value.shape, dtype: "float32" });
      throw new Error(`${name}: state ${state.name} must be ${describe({ ...state, dtype: "float32" })}, got ${got}.`);
    }
    return [state.name, value] as const;
  });
  const own = {
    kind: "training-step",
    feeds: JSON.stringify(program.inputs),
    losses: JSON.stringify(Object.keys(program.outputs)),
    states: JSON.stringify(Object.fromEntries([...updates.keys()].map((state) => [state, nextName(state)]))),
    fixedStates: JSON.stringify(states.map((state) => state.name).filter((state) => !updates.has(state))),
  };
  return {
    onnx: encodeModel(emitProgram(program, { lowerings, metadata: { ...metadata, ...own } })),
    states: encodeSafetensors({ tensors: Object.fromEntries(tensors), metadata: { program: name } }),
  };
}
