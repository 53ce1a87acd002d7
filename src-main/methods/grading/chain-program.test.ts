import { afterEach, expect, it } from "vitest";
import { ParameterStore } from "../../engine/runtime/index.ts";
import { Random } from "../../random/index.ts";
import { chainProgram } from "./chain-program.ts";
import { compileChain, compileGuide, sampleImages } from "./diffusion-grader.ts";
import { stacked } from "./looks.ts";
import type { LabelChain } from "./model-file.ts";
import type { GraderShape } from "./networks.ts";
import { cutRegions } from "./regions.ts";

const shape: GraderShape = {
  size: 32,
  channels: 1,
  classes: 3,
  trunk: { kind: "narrow", width: 4 },
  regions: { count: 2, side: 8 },
  topShare: 1,
  hidden: 16,
  times: 25,
};
let store: ParameterStore;
afterEach(() => store.release());

it.each<LabelChain>([
  { variant: "code", isCentred: true, sampler: { ddim: 10 }, image: "features" },
  { variant: "paper", isCentred: false, sampler: { ddim: 10 }, image: "trained" },
  { variant: "paper", isCentred: true, isSummed: true, sampler: { ddim: 10 }, image: "features", clip: [-0.2, 1.2] },
  { variant: "code", isCentred: true, isBlind: true, sampler: { ddim: 10 }, image: "features", clip: [-3, 4] },
])("the exported graph comes to the label that sampling comes to: %j", async (chain) => {
  store = new ParameterStore({ device: "cpu", threads: 1, random: (name) => new Random(5, name) });
  const compile = store.compile.bind(store);
  const guide = await compileGuide(compile, shape, 1);
  const programs = { guide, ...(await compileChain(compile, shape, 1, chain)) };
  const whole = await compile(chainProgram(shape, chain));
  const random = new Random("square");
  const image = Float32Array.from({ length: 32 * 32 }, () => random.normal());
  const { sampled } = await sampleImages(programs, [image], [9], { shape, chain, samples: 1, seed: 4 });
  const { look, labels, guesses } = sampled[0]!;
  const draws = new Random(4, "chain", 9, 0);
  const noise = Float32Array.from({ length: 3 }, () => draws.normal());
  const regions = stacked([cutRegions(image, { size: 32, side: 8, channels: 1 }, look.regions)], 1);
  const said = await whole.run({ image, regions, noise });
  const [guess, label] = ["guess", "label"].map((name) => Array.from(said[name]!.data as Float32Array)) as [
    number[],
    number[],
  ];
  for (const at of [0, 1, 2]) {
    expect(guess[at]).toBeCloseTo(guesses.both[at]!, 5);
    expect(label[at]).toBeCloseTo(labels[0]![at]!, 3); // float32 through ten steps
  }
  expect(new Set(label.map((value) => value.toFixed(3))).size).toBeGreaterThan(1); // not all clipped
});

it("without close looks the exported graph takes none, and comes to the same label", async () => {
  const chain: LabelChain = { variant: "code", isCentred: true, sampler: { ddim: 10 }, image: "features" };
  const own = { ...shape, regions: { count: 0, side: 8 } };
  store = new ParameterStore({ device: "cpu", threads: 1, random: (name) => new Random(5, name) });
  const compile = store.compile.bind(store);
  const guide = await compileGuide(compile, own, 1);
  const programs = { guide, ...(await compileChain(compile, own, 1, chain)) };
  const whole = await compile(chainProgram(own, chain));
  const random = new Random("square");
  const image = Float32Array.from({ length: 32 * 32 }, () => random.normal());
  const { sampled } = await sampleImages(programs, [image], [9], { shape: own, chain, samples: 1, seed: 4 });
  const draws = new Random(4, "chain", 9, 0);
  const said = await whole.run({ image, noise: Float32Array.from({ length: 3 }, () => draws.normal()) });
  (said["label"]!.data as Float32Array).forEach((value, at) =>
    expect(value).toBeCloseTo(sampled[0]!.labels[0]![at]!, 3),
  );
  expect(Object.keys(await store.state()).some((name) => name.startsWith("local."))).toBe(false);
});
