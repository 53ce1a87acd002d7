/** @file A training step as a program: what a method declares, what the runtime compiles. */
import {
  add,
  broadcastTo,
  defineProgram,
  div,
  gradients,
  input,
  inHalfPrecision,
  mul,
  scalar,
  Scope,
  sizeOf,
  sqrt,
  square,
  state,
  sub,
  sumOver,
  type Dtype,
  type Program,
  type Shape,
  type Tensor,
} from "../engine/index.ts";
import type { Average } from "./ema.ts";
import { unlessOverflown, withLossScale, type LossScale } from "./loss-scale.ts";
import { clipByGlobalNorm, LEARNING_RATE, moment, type Optimizer, type StateUpdate } from "./optimizers.ts";

/** Fed on every run. dtype default float32. */
export interface InputSpec {
  readonly shape: Shape;
  readonly dtype?: Dtype;
}

export type InputSpecs = Readonly<Record<string, InputSpec>>;
export type Fed<Inputs extends InputSpecs> = { readonly [Name in keyof Inputs]: Tensor };
export type Scopes<Network extends string> = { readonly [Name in Network]: Scope };

/** Parameters that are trained in their own way. */
export interface ParameterGroup {
  /** By full name, such as "network.encoder.0.conv.0.weight". The first group that matches a parameter takes it. */
  readonly match: (name: string) => boolean;
  /** Name of the scalar input with the group's learning rate. Default: "learningRate", that of all others. */
  readonly learningRate?: string;
  /** Default: that of the step. Another instance to leave out weight decay, say. */
  readonly optimizer?: Optimizer;
}

export interface TrainStepSpec<Network extends string, Inputs extends InputSpecs> {
  /** Default "train". Names the step counter and the moments; two steps on one store need two names. */
  name?: string;
  /** Networks that the loss uses: first part of their parameters' names. */
  networks: readonly Network[];
  /** Those that the optimizer changes. Their layers are in the mode "train", those of the others in "predict"; see `Scope.in`. */
  trained: Network | readonly Network[];
  /** Parameters of those networks that stay as they are, by full name. No gradient is computed for them. */
  frozen?: (name: string) => boolean;
  inputs: Inputs;
  /** `total` is minimized; every term, a scalar each, becomes an output. */
  loss(networks: Scopes<Network>, inputs: Fed<Inputs>): { total: Tensor } & Record<string, Tensor>;
  optimizer: Optimizer;
  /** Parameters with another learning rate or optimizer. */
  groups?: readonly ParameterGroup[];
  /** Largest joint norm of the gradients; default: no limit. */
  clipNorm?: number;
  /** Averages, updated after the optimizer. */
  after?: readonly Average[];
  /** Runs whose gradients are averaged into one update. Default 1. Run such a step by `compileStep`. */
  accumulate?: number;
  /**
   * "float16": the network computes in half precision where that is safe, losses, sums and norms in float32; parameters and
   * moments stay float32, and the loss is scaled. Default "float32".
   */
  precision?: "float32" | "float16";
  /** For float16. */
  lossScale?: LossScale;
}

/** One update as one program, or with `accumulate` as two, which `compileStep` runs as one. */
export interface TrainStep extends Program {
  /** A run of this program adds its gradients to states and its place, from 1, to the outputs as `micro`; after `count` runs `apply` updates. */
  readonly accumulation?: { readonly count: number; readonly apply: Program };
  /** Of a step in float16: the same step for devices that have none. */
  readonly inFloat32?: () => TrainStep;
}

/**
 * Forward pass, gradients, optimizer, averages. Inputs: `inputs`, the scalar `learningRate`, those of groups and averages.
 * Outputs: the loss terms. States: parameters, moments, averages, `<name>.step`. Throws if the loss reaches nothing to train.
 */
export function trainStep<Network extends string, const Inputs extends InputSpecs>(
  spec: TrainStepSpec<Network, Inputs>,
): TrainStep {
  const { name = "train", networks, after = [], accumulate = 1, precision = "float32", lossScale = {} } = spec;
  if (!Number.isInteger(accumulate) || accumulate < 1) {
    throw new Error(`${name}: accumulate must be a positive integer, got ${accumulate}.`);
  }
  if (spec.clipNorm !== undefined && !(spec.clipNorm > 0)) {
    throw new Error(`${name}: clipNorm must be above 0, got ${spec.clipNorm}. Leave it out for no limit.`);
  }
  expectKnown(name, "trained", namesOf(spec.trained), networks);
  expectKnown(
    name,
    "after",
    after.map(({ from }) => from),
    networks,
  );
  const scopes = openScopes(networks, { after, trained: namesOf(spec.trained) });
  const fed = openInputs(spec.inputs);
  const written = spec.loss(scopes as Scopes<Network>, fed);
  const { terms, buffers } = computedIn(precision, written, changedBuffers(scopes));
  expectTerms(name, written, [...(accumulate > 1 ? ["micro"] : []), ...(precision === "float16" ? ["lossScale"] : [])]);
  const parameters = trainedParameters(name, scopes, spec);
  const scaling = precision === "float32" ? null : withLossScale(name, lossScale);
  const slopes = gradients(scaling ? mul(terms.total, scaling.scale) : terms.total, parameters);

  const update = (sums: readonly Tensor[], count: number): StateUpdate[] => {
    const factor = scaling ? div(1 / count, scaling.scale) : count === 1 ? null : scalar(1 / count);
    const means = factor ? sums.map((sum) => mul(sum, factor)) : sums;
    const moved = count === 1 ? buffers : [];
    const updates = [...updatesOf(name, parameters, means, scopes, { ...spec, moved }), ...moved];
    return scaling ? [...unlessOverflown(updates, means), ...scaling.updates(means)] : updates;
  };
  const other = scaling ? { inFloat32: () => trainStep({ ...spec, precision: "float32" }) } : {};
  if (accumulate === 1) {
    const inputs = Object.values(fed);
    const outputs = scaling ? { ...terms, lossScale: scaling.scale } : terms;
    return { ...defineProgram({ name, inputs, outputs, updates: update(slopes, 1) }), ...other };
  }

  const sums = parameters.map((parameter) => moment(`${name}.gradient.${parameterName(parameter)}`, parameter));
  const counter = state(`${name}.micro`, { shape: [], init: () => Float32Array.of(0) });
  const micro = add(counter, 1);
  const added = sums.map((sum, index) => ({ state: sum, value: add(sum, slopes[index]!) }));
  const emptied = [...sums, counter].map((sum) => ({ state: sum, value: broadcastTo(scalar(0), { to: sum.shape }) }));
  return {
    ...defineProgram({
      name,
      inputs: Object.values(fed),
      outputs: { ...terms, micro },
      updates: [...added, ...buffers, { state: counter, value: micro }],
    }),
    accumulation: {
      count: accumulate,
      apply: defineProgram({
        name: `${name}.apply`,
        outputs: scaling ? { lossScale: scaling.scale } : { gradientNorm: normOf(sums, accumulate) },
        updates: [...update(sums, accumulate), ...emptied],
      }),
    },
    ...other,
  };
}

function expectKnown(name: string, option: string, asked: readonly string[], networks: readonly string[]): void {
  const unknown = asked.find((one) => !networks.includes(one));
  if (unknown === undefined) return;
  throw new Error(`${name}: ${option}: no network is called ${unknown}; networks: ${networks.join(", ") || "none"}.`);
}

/** Every term is one number, and none takes the name of an output that the step adds itself. */
function expectTerms(name: string, terms: Readonly<Record<string, Tensor>>, reserved: readonly string[]): void {
  for (const [term, { shape }] of Object.entries(terms)) {
    if (reserved.includes(term))
      throw new Error(`${name}: the step has an output ${term} of its own: rename the term.`);
    if (sizeOf(shape) === 1) continue;
    throw new Error(`${name}: term ${term} must be one number, got [${shape.join(", ")}]. Sum or average it first.`);
  }
}

/** Joint length of the mean gradients. Not finite where one is not, by which a run is known to be broken. */
function normOf(sums: readonly Tensor[], count: number): Tensor {
  return mul(sqrt(sums.map((sum) => sumOver(square(sum))).reduce((total, part) => add(total, part))), 1 / count);
}

type Plan = Pick<
  TrainStepSpec<string, InputSpecs>,
  "trained" | "frozen" | "optimizer" | "groups" | "clipNorm" | "after"
>;

const namesOf = (networks: string | readonly string[]): readonly string[] =>
  typeof networks === "string" ? [networks] : networks;

/** Buffers of all networks that got a new value while the loss was built. */
function changedBuffers(scopes: Record<string, Scope>): StateUpdate[] {
  return Object.values(scopes)
    .flatMap((scope) => scope.buffers())
    .filter(({ state: before, value }) => value !== before);
}

/** Loss terms and buffers rewritten together, so that they go on sharing what they have in common. */
function computedIn<Terms extends Record<string, Tensor>>(
  precision: "float32" | "float16",
  terms: Terms,
  buffers: readonly StateUpdate[],
): { terms: Terms; buffers: readonly StateUpdate[] } {
  if (precision === "float32") return { terms, buffers };
  const values = Object.fromEntries(buffers.map(({ value }, index) => [`buffer ${index}`, value]));
  const rewritten = inHalfPrecision<Record<string, Tensor>>({ ...terms, ...values });
  return {
    terms: Object.fromEntries(Object.keys(terms).map((term) => [term, rewritten[term]!])) as Terms,
    buffers: buffers.map((buffer, index) => ({ ...buffer, value: rewritten[`buffer ${index}`]! })),
  };
}

function trainedParameters(name: string, scopes: Record<string, Scope>, { trained, frozen }: Plan): Tensor[] {
  const networks = namesOf(trained);
  const made = networks.flatMap((network) => scopes[network]!.parameters());
  if (made.length === 0) {
    throw new Error(`${name}: ${networks.join(", ")} made no parameters: the loss does not call the network.`);
  }
  const parameters = made.filter((parameter) => !frozen?.(parameterName(parameter)));
  if (parameters.length === 0) throw new Error(`${name}: all ${made.length} parameters are frozen: nothing to train.`);
  return parameters;
}

/** What the optimizers and averages make of the gradients, and the step counter. */
function updatesOf(
  name: string,
  parameters: readonly Tensor[],
  slopes: readonly Tensor[],
  scopes: Record<string, Scope>,
  { optimizer, groups = [], clipNorm, after = [], moved }: Plan & { moved: readonly StateUpdate[] },
): StateUpdate[] {
  const limited = clipNorm === undefined ? slopes : clipByGlobalNorm(slopes, clipNorm);
  const counter = state(`${name}.step`, { shape: [], init: () => Float32Array.of(0) });
  const step = add(counter, 1);
  const scalars = new Map<string, Tensor>();
  const scalarInput = (inputName: string) => {
    if (!scalars.has(inputName)) scalars.set(inputName, input(inputName, { shape: [] }));
    return scalars.get(inputName)!;
  };

  const rest: ParameterGroup = { match: () => true };
  const all = [...groups, rest];
  const trained = parameters.map((parameter, index) => ({
    name: parameterName(parameter),
    parameter,
    gradient: limited[index]!,
  }));
  const updates = all.flatMap((group) => {
    const members = trained.filter((one) => all.find(({ match }) => match(one.name)) === group);
    if (members.length === 0) {
      if (group === rest) return [];
      throw new Error(`${name}: group ${groups.indexOf(group)} matches no parameter that is left. Check its names.`);
    }
    const learningRate = scalarInput(group.learningRate ?? LEARNING_RATE);
    return (group.optimizer ?? optimizer)(members, { prefix: name, learningRate, step });
  });
  const averaged = after.flatMap((average) => averageUpdates(average, scopes, updates, scalarInput));
  const copied = after.flatMap((average) => followingBuffers(average, scopes, moved, scalarInput));
  return [...updates, ...averaged, ...copied, { state: counter, value: step }];
}

export function openScopes(
  networks: readonly string[],
  { after = [], trained = [] }: { after?: readonly Average[]; trained?: readonly string[] } = {},
): Record<string, Scope> {
  const names = new Set([...networks, ...after.flatMap(({ from, to }) => [from, to])]);
  return Object.fromEntries(
    [...names].map((name) => {
      const copyOf = after.find(({ to }) => to === name)?.from;
      return [name, Scope.root(name, { copyOf, mode: trained.includes(name) ? "train" : "predict" })];
    }),
  );
}

export function openInputs<Inputs extends InputSpecs>(specs: Inputs): Fed<Inputs> {
  return Object.fromEntries(Object.entries(specs).map(([name, spec]) => [name, input(name, spec)])) as Fed<Inputs>;
}

function parameterName(parameter: Tensor): string {
  const { leaf } = parameter.node;
  if (leaf?.kind !== "state") throw new Error("trainStep: only states can be trained.");
  return leaf.name;
}

/** The mean of a follower's value and of the one it follows. */
function averageOf(
  follower: Tensor,
  followed: Tensor,
  decay: Average["decay"],
  scalarInput: (name: string) => Tensor,
): Tensor {
  const kept = typeof decay === "number" ? scalar(decay) : scalarInput(decay);
  const taken = typeof decay === "number" ? scalar(1 - decay) : sub(1, kept);
  return add(mul(follower, kept), mul(followed, taken));
}

/** to ← decay · to + (1 - decay) · from, with the value that `from` has after this step. */
function averageUpdates(
  { from, to, decay }: Average,
  scopes: Record<string, Scope>,
  updates: readonly StateUpdate[],
  scalarInput: (name: string) => Tensor,
): StateUpdate[] {
  return scopes[from]!.parameters().map((source) => {
    const current = updates.find((update) => update.state === source)?.value ?? source;
    const { shape } = source;
    const name = parameterName(source).slice(from.length + 1);
    const average = scopes[to]!.parameter(name, { shape, init: { copyOf: parameterName(source) } });
    return { state: average, value: averageOf(average, current, decay, scalarInput) };
  });
}

/** The follower's buffers after the step: see `Average.buffers`. */
function followingBuffers(
  { from, to, decay, buffers = "copy" }: Average,
  scopes: Record<string, Scope>,
  moved: readonly StateUpdate[],
  scalarInput: (name: string) => Tensor,
): StateUpdate[] {
  return scopes[from]!.buffers().flatMap(({ state: source }) => {
    const { shape } = source;
    const name = parameterName(source).slice(from.length + 1);
    scopes[to]!.buffer(name, { shape, init: { copyOf: parameterName(source) } });
    const follower = scopes[to]!.buffers().find((one) => parameterName(one.state) === `${to}.${name}`)!;
    if (follower.value !== follower.state || buffers === "own") return [];
    const followed = moved.find((update) => update.state === source)?.value ?? source;
    const value = buffers === "copy" ? followed : averageOf(follower.state, followed, decay, scalarInput);
    return [{ state: follower.state, value }];
  });
}
