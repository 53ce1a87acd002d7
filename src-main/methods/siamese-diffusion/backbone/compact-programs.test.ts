/** @file The losses on a backbone's maps: who learns from which, and what they are equal to. Specification, sections 5, 6 and 16.3 (T6 to T8, T10). */
import { afterAll, beforeAll, expect, test } from "vitest";
import { defineProgram, gradients, type Shape, sizeOf, square, sumOver, type Tensor } from "../../../engine/index.ts";
import { type CompiledProgram, ParameterStore, type State } from "../../../engine/runtime/index.ts";
import { Random } from "../../../random/index.ts";
import {
  AGAIN,
  type BackboneShape,
  branchesProgram,
  compactLookProgram,
  compactStep,
  LIVE,
} from "./compact-programs.ts";

const BATCH = 2;
const shape: BackboneShape = {
  size: 64,
  classes: 1,
  denoiser: "XS",
  hint: "dense",
  outlets: "small",
  rowWidths: [4, 4, 4, 4, 6, 6, 6, 8, 8, 8, 8, 8, 8],
  hasBase: true,
};
const LOSSES = ["maskBranch", "imageBranch", "consistency", "augmentation"] as const;
/** The last layers of either network: what reaches the network at all reaches these. */
const LAST = { decoder: "decoder.head.conv.weight", control: "control.outlet.0.weight" };

type Feeds = Parameters<CompiledProgram["run"]>[0];
type Values = Record<string, number[]>;

let store: ParameterStore;
let training: CompiledProgram;
let branches: CompiledProgram;
let free: CompiledProgram;

/** All states that a tensor hangs on, by name. */
function statesOf(tensor: Tensor): Map<string, Tensor> {
  const [states, seen, pending] = [new Map<string, Tensor>(), new Set<Tensor>(), [tensor]];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    if (next.node.leaf?.kind === "state") states.set(next.node.leaf.name, next);
    pending.push(...next.node.inputs);
  }
  return states;
}

/** Small numbers everywhere, so that nothing is 0 by its start. */
function moved(states: State): State {
  return Object.fromEntries(
    Object.entries(states).map(([name, { shape: dims }]) => {
      const random = new Random(2, name);
      const isGain = name.endsWith(".weight") && dims.length === 1;
      const data = Float32Array.from({ length: sizeOf(dims) }, () => (isGain ? 1 : 0) + 0.1 * random.normal());
      return [name, { shape: dims, data }];
    }),
  );
}

/** Drawn by name: the same for every program. What a second look sees is what the first has seen, unless it is given. */
function feedsOf({ program }: CompiledProgram, given: Feeds = {}): Feeds {
  const drawn = ([name, { shape: dims }]: [string, { shape: Shape }]): [string, Feeds[string]] => {
    const random = new Random(4, name.replace(AGAIN, ""));
    const values = (next: () => number) => Float32Array.from({ length: sizeOf(dims) }, next);
    if (name in given) return [name, given[name]!];
    if (name === "time") return [name, Float32Array.of(50, 150)];
    if (name === "condition") return [name, Int32Array.of(1, 0)];
    if (name === "kept" || name === "augmented") return [name, Float32Array.of(1, 1)];
    if (name === "imageWeight") return [name, 0.4];
    if (name === "labelMap") return [name, Uint8Array.from({ length: sizeOf(dims) }, () => +(random.uniform() < 0.4))];
    return [name, values(name === "image" ? () => random.uniform() : () => random.normal())];
  };
  return Object.fromEntries(Object.entries(program.inputs).map(drawn));
}

async function run(compiled: CompiledProgram, given: Feeds = {}): Promise<Values> {
  const found = await compiled.run(feedsOf(compiled, given));
  return Object.fromEntries(Object.entries(found).map(([name, { data }]) => [name, [...(data as Float32Array)]]));
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const distance = (one: readonly number[], other: readonly number[]): number =>
  mean(one.map((value, at) => (value - other[at]!) ** 2));
const norm = (values: readonly number[]): number => Math.hypot(...values);

beforeAll(async () => {
  store = new ParameterStore({ device: "cpu", random: (name) => new Random(1, name), threads: 1 });
  const { outputs } = compactStep({
    ...{ shape, batchSize: BATCH, emaDecay: 0.5 },
    ...{ imageBranch: true, consistencyWeight: 1, augmented: BATCH },
  });
  const states = statesOf(outputs["total"]!);
  const wanted: Record<string, Tensor> = {};
  for (const name of [...LOSSES, "total"] as const) wanted[name] = outputs[name]!;
  for (const loss of LOSSES) {
    for (const [network, parameter] of Object.entries(LAST)) {
      const [slope] = gradients(outputs[loss]!, [states.get(parameter)!]);
      wanted[`${loss}:${network}`] = loss === "augmentation" ? sumOver(square(slope!)) : slope!;
    }
  }
  training = await store.compile(defineProgram({ name: "losses", outputs: wanted }));
  branches = await store.compile(branchesProgram(shape, { batch: BATCH, weights: LIVE, imageBranch: true }));
  free = await store.compile(compactLookProgram(shape, { batch: BATCH, steered: false, free: true }));
  await store.restore(moved(await store.state()));
}, 60_000);
afterAll(() => store.release());

test.each([
  ["maskBranch", { decoder: true, control: true }],
  ["imageBranch", { decoder: false, control: true }],
  ["consistency", { decoder: true, control: true }],
  ["augmentation", { decoder: true, control: true }],
] as const)(
  "the %s loss teaches whom the paper's table says, and nobody else by a single bit",
  async (loss, learns) => {
    const found = await run(training);
    for (const [network, doesLearn] of Object.entries(learns)) {
      const slope = norm(found[`${loss}:${network}`]!);
      if (doesLearn) expect(slope, network).toBeGreaterThan(0);
      else expect(slope, network).toBe(0);
    }
  },
);

test("the image is seen by the mixed branch alone", async () => {
  const size = BATCH * 3 * shape.size ** 2;
  const [one, other] = [await run(training), await run(training, { image: new Float32Array(size).fill(0.5) })];
  expect(other["imageBranch"]).not.toEqual(one["imageBranch"]);
  for (const same of ["maskBranch", "augmentation", "maskBranch:control"]) expect(other[same], same).toEqual(one[same]);
});

test("with no weight on the image both branches are one: no distance, one loss, no slope of the image's", async () => {
  const found = await run(training, { imageWeight: 0 });
  expect(found["imageBranch"]![0]).toBeCloseTo(found["maskBranch"]![0]!, 5);
  expect(found["consistency"]![0]).toBeLessThan(1e-10);
  expect(norm(found["imageBranch:control"]!)).toBe(0);
  expect(found["maskBranch"]![0]).toBeGreaterThan(0.1);
});

test("the losses are the distances of both branches from the noise and from each other; the same look again is the same loss", async () => {
  const found = await run(training);
  const { mask, mixed } = (await run(branches)) as Record<"mask" | "mixed", number[]>;
  const noise = [...(feedsOf(training)["noise"] as Float32Array)];
  expect(found["maskBranch"]![0]).toBeCloseTo(distance(mask, noise), 4);
  expect(found["imageBranch"]![0]).toBeCloseTo(distance(mixed, noise), 4);
  expect(found["consistency"]![0]! / distance(mask, mixed)).toBeCloseTo(1, 4);
  expect(found["augmentation"]![0]).toBeCloseTo(found["maskBranch"]![0]!, 4);
  const sum = LOSSES.reduce((total, loss) => total + found[loss]![0]!, 0);
  expect(found["total"]![0]).toBeCloseTo(sum, 4);
  // Weighed sample by sample, over the whole batch.
  const half = noise.length / 2;
  const first = distance(mask.slice(0, half), noise.slice(0, half));
  const weighed = await run(training, { augmented: Float32Array.of(2, 0) });
  expect(weighed["augmentation"]![0]).toBeCloseTo(first, 4);
});

test("a sample whose mask is not shown is predicted without control, and told nothing by the other branch", async () => {
  const found = await run(training, { kept: Float32Array.of(0, 1) });
  const { mask, mixed } = (await run(branches)) as Record<"mask" | "mixed", number[]>;
  const plain = (await run(free))["free"]!;
  const noise = [...(feedsOf(training)["noise"] as Float32Array)];
  const half = noise.length / 2;
  const shown = [...plain.slice(0, half), ...mask.slice(half)];
  expect(found["maskBranch"]![0]).toBeCloseTo(distance(shown, noise), 4);
  expect(found["consistency"]![0]! / (distance(mask.slice(half), mixed.slice(half)) / 2)).toBeCloseTo(1, 4);
});

test("denoising and consistency together pull to the mean of noise and anchor, twice as strongly", async () => {
  const found = await run(training);
  const { mixed } = (await run(branches)) as Record<"mixed", number[]>;
  const noise = feedsOf(training)["noise"] as Float32Array;
  const blended = await run(training, { noise: noise.map((value, at) => (value + mixed[at]!) / 2) });
  for (const network of Object.keys(LAST)) {
    const [mask, consistency] = [found[`maskBranch:${network}`]!, found[`consistency:${network}`]!];
    const both = mask.map((value, at) => value + consistency[at]!);
    const apart = both.map((value, at) => value - 2 * blended[`maskBranch:${network}`]![at]!);
    expect(norm(apart) / norm(both), network).toBeLessThan(1e-3);
  }
});

test("with its outlets at 0 the control changes no bit, whatever its hint", async () => {
  const own = new ParameterStore({ device: "cpu", random: (name) => new Random(1, name), threads: 1 });
  const silent: BackboneShape = { ...shape, outlets: "zero" };
  const both = await own.compile(compactLookProgram(silent, { batch: BATCH, steered: true, free: true }));
  const states = Object.entries(moved(await own.state())).filter(([name]) => !name.startsWith("control.outlet."));
  await own.restore(Object.fromEntries(states));
  const found = await run(both);
  expect(found["steered"]).toEqual(found["free"]);
  expect(norm(found["free"]!)).toBeGreaterThan(0.1);
  await own.release();
});
