/** @file A program that only reads parameters. */
import { defineProgram, type Program, type Shape, type Tensor } from "../engine/index.ts";
import { openInputs, openScopes, type Fed, type InputSpecs, type Scopes } from "./train-step.ts";

export interface InferStepSpec<Network extends string, Inputs extends InputSpecs> {
  /** Default "predict". */
  name?: string;
  networks: readonly Network[];
  inputs: Inputs;
  outputs(networks: Scopes<Network>, inputs: Fed<Inputs>): Record<string, Tensor>;
}

/** Prediction, validation, drawing of synthetic images. */
export interface InferStep extends Program {
  /** The same for another batch size: axis 0 of all inputs. */
  readonly withBatch: (batch: number) => InferStep;
  readonly withShapes: (inputs: Readonly<Record<string, Shape>>) => InferStep;
}

export function inferStep<Network extends string, const Inputs extends InputSpecs>(
  spec: InferStepSpec<Network, Inputs>,
): InferStep {
  const fed = openInputs(spec.inputs);
  const outputs = spec.outputs(openScopes(spec.networks) as Scopes<Network>, fed);
  const withShapes = (shapes: Readonly<Record<string, Shape>>) => {
    const inputs = Object.entries(spec.inputs).map(([name, one]) => [
      name,
      { ...one, shape: shapes[name] ?? one.shape },
    ]);
    return inferStep({ ...spec, inputs: Object.fromEntries(inputs) as Inputs });
  };
  const withBatch = (batch: number) => {
    const shapes = Object.entries(spec.inputs).map(([name, { shape }]) => {
      return [name, shape.length === 0 ? shape : [batch, ...shape.slice(1)]];
    });
    return withShapes(Object.fromEntries(shapes) as Record<string, Shape>);
  };
  const program = defineProgram({ name: spec.name ?? "predict", inputs: Object.values(fed), outputs });
  return { ...program, withBatch, withShapes };
}
