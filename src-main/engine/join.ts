/** @file Several programs as one that does all of them at once: what they compute alike is computed once. */
import { input, state, type Tensor, topologicalOrder } from "./graph.ts";
import { defineProgram, type Program } from "./program.ts";
import { substitute } from "./rewrite.ts";

export interface JoinedPart {
  readonly program: Program;
  /** For an input of the part: another name, or what it is computed from in place of being fed. Default: its own name. */
  readonly inputs?: Readonly<Record<string, string | Tensor>>;
  /** New names of outputs. Default: their own. */
  readonly outputs?: Readonly<Record<string, string>>;
}

/**
 * One program with the outputs and updates of all parts. Inputs and states of one name are the same ones, and every part reads states as they
 * were before the run, also where another updates them. Throws as `defineProgram` where two parts update one state, and where two outputs have
 * one name.
 */
export function joinPrograms(name: string, parts: readonly JoinedPart[]): Program {
  const leaves = new Map<string, Tensor>();
  const shared = (tensor: Tensor): Tensor => {
    const leaf = tensor.node.leaf as { kind: string; name: string };
    const key = `${leaf.kind} ${leaf.name}`;
    if (!leaves.has(key)) leaves.set(key, tensor);
    return leaves.get(key)!;
  };
  const outputs: Record<string, Tensor> = {};
  const updates: { state: Tensor; value: Tensor }[] = [];
  for (const part of parts) {
    const { program, inputs = {}, outputs: names = {} } = part;
    const given = Object.values(inputs).filter((one) => typeof one !== "string");
    const unified = unify([...Object.values(program.outputs), ...program.updates.values(), ...given], (tensor) => {
      const { leaf } = tensor.node;
      if (leaf?.kind === "state") return shared(tensor);
      if (leaf?.kind !== "input") return null;
      const own = inputs[leaf.name];
      if (own === undefined) return shared(tensor);
      return typeof own === "string" ? shared(input(own, tensor)) : own;
    });
    for (const [output, tensor] of Object.entries(program.outputs)) {
      const called = names[output] ?? output;
      if (called in outputs) throw new Error(`${name}: two parts have an output ${called}. Rename one.`);
      outputs[called] = unified(tensor);
    }
    for (const [updated, value] of program.updates) {
      const spec = program.states.find((one) => one.name === updated)!;
      updates.push({ state: shared(state(updated, spec)), value: unified(value) });
    }
  }
  return defineProgram({ name, outputs, updates });
}

/** `roots` with other leaves, by the tensors they were. What replaces a leaf may have leaves of its own that are replaced too. */
function unify(roots: readonly Tensor[], replace: (leaf: Tensor) => Tensor | null): (tensor: Tensor) => Tensor {
  const replacements = new Map<Tensor, Tensor>();
  for (const tensor of topologicalOrder(roots)) {
    const other = replace(tensor);
    if (other !== null && other !== tensor) replacements.set(tensor, other);
  }
  for (const [from, to] of replacements) replacements.set(from, substitute([to], replacements)[0]!);
  const found = new Map(substitute(roots, replacements).map((tensor, index) => [roots[index]!, tensor]));
  return (tensor) => found.get(tensor)!;
}
