/** @file Levels II and III as one program do what they do one after the other. */
import { expect, it } from "vitest";
import { emitProgram } from "../../engine/index.ts";
import { type CompiledProgram, ParameterStore, scalars, type State } from "../../engine/runtime/index.ts";
import { Random } from "../../random/index.ts";
import { drawNoise } from "../../training/index.ts";
import { type ArchitectureOptions, architectureStep, segmenterStep, sharesProgram } from "./programs.ts";
import { searchStep } from "./search-step.ts";

const SIZE = 16;
const BATCH = 2;
const options: ArchitectureOptions = {
  shape: {
    size: SIZE,
    channels: 1,
    classes: 1,
    batchSize: BATCH,
    generator: { width: 4, widest: 8, search: "up" },
    discriminator: { width: 4, halvings: 2, between: 0 },
    segmenter: { width: 4, depth: 1 },
  },
  range: { low: -2, high: 3 },
  second: "synthetic",
  gamma: 0.5,
  weightDecay: 1e-4,
  direction: { way: "exact", route: "direct", length: 1e-3 },
  validationBatch: 2,
  architectureDecay: 1e-3,
};
const [RATE, ARCHITECTURE_RATE] = [0.01, 0.02];

function feedsOf(
  { program }: CompiledProgram,
  shares: Float32Array,
): Record<string, Float32Array | Uint8Array | number> {
  const random = new Random(3, "pairs");
  const image = () => Float32Array.from({ length: BATCH * SIZE * SIZE }, () => random.normal());
  const labelMap = () => Uint8Array.from({ length: BATCH * SIZE * SIZE }, () => +(random.uniform() > 0.6));
  const all = {
    image: image(),
    labelMap: labelMap(),
    secondLabelMap: labelMap(),
    validationImage: image(),
    validationLabelMap: labelMap(),
    shares,
    segmenterRate: 0.3,
    generatorRate: 0.02,
    learningRate: program.name === "train.architecture" ? ARCHITECTURE_RATE : RATE,
    architectureRate: ARCHITECTURE_RATE,
    ...drawNoise(program, new Random(3, "noise")),
  } as Record<string, Float32Array | Uint8Array | number>;
  return Object.fromEntries(Object.keys(program.inputs).map((name) => [name, all[name]!]));
}

it.each(["exact", "differences"] as const)("%s: same losses, same weights, same moments", async (way) => {
  const chosen: ArchitectureOptions = { ...options, direction: { way, route: "direct", length: 1e-3 } };
  const stores = [0, 1].map(() => new ParameterStore({ device: "cpu", random: (name) => new Random(5, name) }));
  const [apart, together] = stores as [ParameterStore, ParameterStore];
  const search = await apart.compile(architectureStep(chosen));
  const learn = await apart.compile(segmenterStep(chosen));
  const shares = (await (await apart.compile(sharesProgram(chosen.shape))).run({})).shares!.data as Float32Array;
  const joined = await together.compile(searchStep(chosen));
  const searched = scalars(await search.run(feedsOf(search, shares)));
  const learned = scalars(await learn.run(feedsOf(learn, shares)));
  const both = scalars(await joined.run(feedsOf(joined, shares)));

  expect(both["lookaheadLoss"]).toBeCloseTo(searched["total"]!, 6);
  expect(both["architectureSlope"]).toBeCloseTo(searched["slope"]!, 6);
  for (const term of ["total", "real", "second"]) expect(both[term]).toBeCloseTo(learned[term]!, 6);
  const [expected, found]: State[] = [await apart.state(), await together.state()];
  expect(Object.keys(found!).toSorted()).toEqual(Object.keys(expected!).toSorted());
  for (const [name, { data }] of Object.entries(expected!)) {
    const distance = Math.max(...data.map((value, at) => Math.abs(value - found![name]!.data[at]!)));
    expect(distance, name).toBeLessThan(1e-5);
  }
  for (const store of stores) await store.release();
});

it("the segmenter's step adds its optimizer alone to the search: no convolution", () => {
  const convolutions = (program: Parameters<typeof emitProgram>[0]): number =>
    emitProgram(program).nodes.filter(({ type }) => type.startsWith("Conv")).length;
  expect(convolutions(searchStep(options))).toBe(convolutions(architectureStep(options)));
});
