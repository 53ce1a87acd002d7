/** @file A training step and an inference step as programs: what a method declares, what the runtime compiles. */
import {
  add,
  defineProgram,
  gradients,
  input,
  mul,
  Scope,
  state,
  sub,
  type Dtype,
  type Program,
  type Shape,
  type Tensor,
} from "../engine/index.ts";
import type { Average } from "./ema.ts";
import { clipByGlobalNorm, learningRateInput, type Optimizer, type StateUpdate } from "./optimizers.ts";

/** Fed on every run. dtype default float32. */
export interface InputSpec {
  readonly shape: Shape;
  readonly dtype?: Dtype;
}

export type InputSpecs = Readonly<Record<string, InputSpec>>;
type Fed<Inputs extends InputSpecs> = { readonly [Name in keyof Inputs]: Tensor };
type Scopes<Network extends string> = { readonly [Name in Network]: Scope };

export interface TrainStepSpec<Network extends string, Inputs extends InputSpecs> {
  /** Default "train". Names the step counter and the moments; two steps on one store need two names. */
  name?: string;
  /** Networks that the loss uses: first part of their parameters' names. */
  networks: readonly Network[];
  /** Those that the optimizer changes. */
  trained: Network | readonly Network[];
  inputs: Inputs;
  /** `total` is minimized; every term, a scalar each, becomes an output. */
  loss(networks: Scopes<Network>, inputs: Fed<Inputs>): { total: Tensor } & Record<string, Tensor>;
  optimizer: Optimizer;
  /** Largest joint norm of the gradients; default: no limit. */
  clipNorm?: number;
  /** Averages, updated after the optimizer. */
  after?: readonly Average[];
}

/**
 * One update as one program: forward pass, gradients, optimizer, averages. Its inputs are `inputs` and the scalar
 * `learningRate`; its outputs the loss terms; its states parameters, moments, averages and `<name>.step`.
 */
export function trainStep<Network extends string, const Inputs extends InputSpecs>(
  spec: TrainStepSpec<Network, Inputs>,
): Program {
  const { name = "train", networks, optimizer, clipNorm, after = [] } = spec;
  const scopes = openScopes(networks, after);
  const fed = openInputs(spec.inputs);
  const terms = spec.loss(scopes as Scopes<Network>, fed);

  const trainedNetworks = typeof spec.trained === "string" ? [spec.trained] : spec.trained;
  const parameters = trainedNetworks.flatMap((network) => scopes[network]!.parameters());
  if (parameters.length === 0) {
    throw new Error(`${name}: ${trainedNetworks.join(", ")} made no parameters: the loss does not call the network.`);
  }
  const slopes = gradients(terms.total, parameters);
  const limited = clipNorm === undefined ? slopes : clipByGlobalNorm(slopes, clipNorm);

  const counter = state(`${name}.step`, { shape: [], init: () => Float32Array.of(0) });
  const step = add(counter, 1);
  const trained = parameters.map((parameter, index) => ({
    name: parameterName(parameter),
    parameter,
    gradient: limited[index]!,
  }));
  const updates = optimizer(trained, { prefix: name, learningRate: learningRateInput(), step });
  const averaged = after.flatMap((average) => averageUpdates(average, scopes, updates));
  return defineProgram({
    name,
    inputs: Object.values(fed),
    outputs: terms,
    updates: [...updates, ...averaged, { state: counter, value: step }],
  });
}

export interface InferStepSpec<Network extends string, Inputs extends InputSpecs> {
  /** Default "predict". */
  name?: string;
  networks: readonly Network[];
  inputs: Inputs;
  outputs(networks: Scopes<Network>, inputs: Fed<Inputs>): Record<string, Tensor>;
}

/** A program that only reads parameters: prediction, validation. `withBatch` gives the same for another batch size. */
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

function openScopes(networks: readonly string[], after: readonly Average[]): Record<string, Scope> {
  const names = new Set([...networks, ...after.flatMap(({ from, to }) => [from, to])]);
  return Object.fromEntries(
    [...names].map((name) => [name, Scope.root(name, { copyOf: after.find(({ to }) => to === name)?.from })]),
  );
}

function openInputs<Inputs extends InputSpecs>(specs: Inputs): Fed<Inputs> {
  return Object.fromEntries(Object.entries(specs).map(([name, spec]) => [name, input(name, spec)])) as Fed<Inputs>;
}

function parameterName(parameter: Tensor): string {
  const { leaf } = parameter.node;
  if (leaf?.kind !== "state") throw new Error("trainStep: only states can be trained.");
  return leaf.name;
}

/** to ← to + (1 - decay)(from - to), with the value that `from` has after this step. */
function averageUpdates(
  { from, to, decay }: Average,
  scopes: Record<string, Scope>,
  updates: readonly StateUpdate[],
): StateUpdate[] {
  return scopes[from]!.parameters().map((source) => {
    const current = updates.find((update) => update.state === source)?.value ?? source;
    const { shape } = source;
    const name = parameterName(source).slice(from.length + 1);
    const average = scopes[to]!.parameter(name, { shape, init: { copyOf: parameterName(source) } });
    return { state: average, value: add(average, mul(sub(current, average), 1 - decay)) };
  });
}
