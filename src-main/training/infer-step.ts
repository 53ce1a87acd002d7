/** @file A program that only reads parameters. */
import { defineProgram, type Program, type Tensor } from "../engine/index.ts";
import { openInputs, openScopes, type Fed, type InputSpecs, type Scopes } from "./train-step.ts";

export interface InferStepSpec<Network extends string, Inputs extends InputSpecs> {
  /** Default "predict". */
  name?: string;
  networks: readonly Network[];
  inputs: Inputs;
  outputs(networks: Scopes<Network>, inputs: Fed<Inputs>): Record<string, Tensor>;
}

/** Prediction, validation, drawing of synthetic images. `withBatch` gives the same for another batch size. */
export interface InferStep extends Program {
  readonly withBatch: (batch: number) => InferStep;
}

export function inferStep<Network extends string, const Inputs extends InputSpecs>(
  spec: InferStepSpec<Network, Inputs>,
): InferStep {
  const fed = openInputs(spec.inputs);
  const outputs = spec.outputs(openScopes(spec.networks, []) as Scopes<Network>, fed);
  const withBatch = (batch: number) => {
    const inputs = Object.fromEntries(
      Object.entries(spec.inputs).map(([name, { shape, ...rest }]) => [
        name,
        { ...rest, shape: shape.length === 0 ? shape : [batch, ...shape.slice(1)] },
      ]),
    ) as unknown as Inputs;
    return inferStep({ ...spec, inputs });
  };
  return { ...defineProgram({ name: spec.name ?? "predict", inputs: Object.values(fed), outputs }), withBatch };
}
