/** @file The losses' identities, and who learns from which: specification, sections 5, 6 and 16.3 (T7 to T11). */
import { beforeAll, expect, test } from "vitest";
import {
  add,
  defineProgram,
  type Dtype,
  gradients,
  input,
  mean,
  mul,
  type Program,
  Scope,
  sizeOf,
  stopGradient,
  sumOver,
  square,
  type Tensor,
} from "../../engine/index.ts";
import { ParameterStore } from "../../engine/runtime/index.ts";
import { Random } from "../../random/index.ts";
import { denoiserDecoder, denoiserEncoder } from "../../networks/index.ts";
import { type PredictionType, scaledLinearNoise } from "../../diffusion/index.ts";
import { augmentationWeights, augmentedCount, isAugmenting } from "./augmentation-gate.ts";
import { noised, type SiameseBatch, siameseLosses, type SiameseOptions, squaredErrors } from "./losses.ts";
import { controlMaps, denoiserShape, latentShape, readHint, type SiameseShape } from "./networks.ts";

const shape: SiameseShape = {
  size: 8,
  channels: 1,
  classes: 1,
  adapter: "identity",
  denoiser: "XS",
  hint: "dense",
  outlets: "small",
};
const BATCH = 4;
const TIMES = [50, 150, 420, 900];
const { signalPower } = scaledLinearNoise();

function openBatch(augmented: number): SiameseBatch {
  const fed = (name: string, dims: readonly number[], dtype: Dtype = "float32") => input(name, { shape: dims, dtype });
  const latent = [BATCH, ...latentShape(shape)];
  const picture = [BATCH, 1, shape.size, shape.size];
  const each = [BATCH];
  return {
    clean: fed("clean", latent),
    noise: fed("noise", latent),
    time: fed("time", each),
    signal: fed("signal", each),
    noiseLevel: fed("noiseLevel", each),
    condition: fed("condition", each, "int32"),
    maskHint: fed("maskHint", picture),
    imageHint: fed("imageHint", picture),
    kept: fed("kept", each),
    imageWeight: fed("imageWeight", []),
    ...(augmented > 0 && { augmented: fed("augmented", [augmented]) }),
  };
}

function feedsOf(imageWeight: number, kept: readonly number[] = [1, 1, 1, 1], augmented = BATCH) {
  const random = new Random(4);
  const normal = (count: number) => Float32Array.from({ length: count }, () => random.normal());
  const pixels = BATCH * shape.size ** 2;
  return {
    clean: normal(BATCH * sizeOf(latentShape(shape))),
    noise: normal(BATCH * sizeOf(latentShape(shape))),
    time: Float32Array.from(TIMES),
    signal: Float32Array.from(TIMES, (t) => Math.sqrt(signalPower[t]!)),
    noiseLevel: Float32Array.from(TIMES, (t) => Math.sqrt(1 - signalPower[t]!)),
    condition: Int32Array.of(1, 0, 1, 1),
    maskHint: Float32Array.from({ length: pixels }, () => +(random.uniform() < 0.4)),
    imageHint: Float32Array.from({ length: pixels }, () => random.uniform()),
    kept: Float32Array.from(kept),
    imageWeight,
    augmented: augmentationWeights(TIMES, kept, augmented),
  };
}

const scopes = () => ({
  encoder: Scope.root("encoder"),
  decoder: Scope.root("decoder", { mode: "train" }),
  control: Scope.root("control", { mode: "train" }),
});

/** Small numbers everywhere, so that nothing is 0 by its start. Parameters of `controlB` are those of `control`, moved by `along` times a direction. */
async function run(
  outputs: Record<string, Tensor>,
  feeds: Record<string, unknown>,
  { along = 0, direction = 0 } = {},
): Promise<Record<string, number[]>> {
  const program: Program = defineProgram({ name: "check", outputs });
  const store = new ParameterStore({ device: "cpu", random: (name) => new Random(1, name) });
  const compiled = await store.compile(program);
  const state = Object.fromEntries(
    program.states.map(({ name, shape: dims }) => {
      const random = new Random(2, name.replace("controlB", "control"));
      const isNorm = name.includes(".norm.weight");
      const data = Float32Array.from({ length: sizeOf(dims) }, () => (isNorm ? 1 : 0) + 0.1 * random.normal());
      if (name.startsWith("controlB")) {
        const step = new Random(3, direction, name);
        for (let i = 0; i < data.length; i++) data[i]! += along * step.normal();
      }
      return [name, { shape: dims, data }];
    }),
  );
  await store.restore(state);
  const used = Object.fromEntries(Object.keys(program.inputs).map((name) => [name, feeds[name]]));
  const found = await compiled.run(used as Parameters<typeof compiled.run>[0]);
  await store.release();
  return Object.fromEntries(Object.entries(found).map(([name, { data }]) => [name, Array.from(data as Float32Array)]));
}

const length = (tensors: readonly Tensor[]): Tensor =>
  tensors.map((one) => sumOver(square(one))).reduce((sum, one) => add(sum, one));

const usual: SiameseOptions = { shape, predicts: "v", imageBranch: true, consistencyWeight: 1 };

function build(options: Partial<SiameseOptions> = {}, augmented = BATCH) {
  const batch = openBatch(augmented);
  const networks = scopes();
  return { batch, networks, losses: siameseLosses(networks, batch, { ...usual, ...options }) };
}

let routes: Record<string, number>;
const LOSSES = ["mask", "image", "consistency", "augmentation"] as const;

beforeAll(async () => {
  const { batch, networks, losses } = build();
  const outputs: Record<string, Tensor> = {};
  const groups = {
    decoder: networks.decoder.parameters(),
    control: networks.control.parameters(),
    encoder: networks.encoder.parameters(),
    "mask hint": [batch.maskHint],
    "image hint": [batch.imageHint],
  };
  for (const loss of LOSSES) {
    const slopes = gradients(losses[loss]!, Object.values(groups).flat());
    for (const [name, { length: count }] of Object.entries(groups)) {
      outputs[`${loss}:${name}`] = length(slopes.splice(0, count));
    }
  }
  const found = await run(outputs, feedsOf(0.4));
  routes = Object.fromEntries(Object.entries(found).map(([name, [value]]) => [name, value!]));
}, 60_000);

test.each([
  ["mask", { decoder: true, control: true, "mask hint": true, "image hint": false }],
  ["image", { decoder: false, control: true, "mask hint": false, "image hint": true }],
  ["consistency", { decoder: true, control: true, "mask hint": true, "image hint": false }],
  ["augmentation", { decoder: true, control: true, "mask hint": true, "image hint": false }],
] as const)("the %s loss teaches whom the paper's table says, and nobody else by a single bit", (loss, learns) => {
  for (const [group, doesLearn] of Object.entries(learns)) {
    const norm = routes[`${loss}:${group}`]!;
    if (doesLearn) expect(norm, group).toBeGreaterThan(0);
    else expect(norm, group).toBe(0);
  }
});

test("the image loss does not reach the encoder either, where everything learns together", () => {
  expect(routes["image:encoder"]).toBe(0);
  expect(routes["mask:encoder"]).toBeGreaterThan(0);
});

test("with no weight on the image both branches are one: no distance, one loss, no slope of the image's", async () => {
  const { networks, losses } = build({}, 0);
  const found = await run(
    {
      mask: losses.predicted.mask,
      mixed: losses.predicted.mixed!,
      maskLoss: losses.mask,
      imageLoss: losses.image!,
      consistency: losses.consistency!,
      slope: length(gradients(losses.image!, networks.control.parameters())),
    },
    feedsOf(0),
  );
  // The two copies of the decoder are fused in their own ways by ONNX Runtime: equal but for rounding.
  for (const [i, value] of found["mask"]!.entries()) expect(found["mixed"]![i]).toBeCloseTo(value, 5);
  expect(found["imageLoss"]![0]).toBeCloseTo(found["maskLoss"]![0]!, 5);
  expect(found["consistency"]![0]).toBeLessThan(1e-10);
  expect(found["slope"]).toEqual([0]);
  expect(found["maskLoss"]![0]).toBeGreaterThan(0.1);
});

test("the image loss's slope on the control is that of the image's path alone, by another program and by finite differences", async () => {
  const weight = 0.4;
  const { networks, losses } = build({ predicts: "eps" }, 0);
  const slopes = gradients(losses.image!, networks.control.parameters());
  const names = networks.control.parameters().map(({ node }) => (node.leaf as { name: string }).name);

  // The same loss with two control branches of equal numbers: one for the mask, one for the image.
  const batch = openBatch(0);
  const { encoder, decoder, control } = scopes();
  const controlB = Scope.root("controlB", { mode: "train" });
  const denoiser = denoiserShape(shape);
  const seen = { latent: noised(batch), time: batch.time, condition: batch.condition };
  const masked = controlMaps(control, seen, readHint(control, batch.maskHint, shape), shape);
  const imaged = controlMaps(controlB, seen, readHint(controlB, batch.imageHint, shape), shape);
  const maps = masked.map((map, row) => add(map, mul(imaged[row]!, batch.imageWeight)));
  const predicted = denoiserDecoder(decoder, denoiserEncoder(encoder, seen, denoiser), denoiser, maps);
  const byHand = mean(squaredErrors(predicted, batch.noise));
  const slopesB = gradients(byHand, controlB.parameters());

  const feeds = feedsOf(weight);
  const asOutputs = (tensors: readonly Tensor[]) => Object.fromEntries(tensors.map((one, i) => [`slope${i}`, one]));
  const found = await run({ loss: losses.image!, ...asOutputs(slopes) }, feeds);
  const other = await run({ loss: byHand, ...asOutputs(slopesB) }, feeds);
  expect(found["loss"]![0]).toBeCloseTo(other["loss"]![0]!, 5);
  const dots: number[] = [];
  for (const [i, name] of names.entries()) {
    const [own, theirs] = [found[`slope${i}`]!, other[`slope${i}`]!];
    const scale = Math.hypot(...theirs) + 1e-6;
    expect(Math.hypot(...own.map((value, at) => value - theirs[at]!)) / scale, name).toBeLessThan(1e-3);
  }
  for (const direction of [1, 2, 3]) {
    const dot = names.reduce((sum, name, i) => {
      const step = new Random(3, direction, name.replace("control", "controlB"));
      return sum + found[`slope${i}`]!.reduce((part, value) => part + value * step.normal(), 0);
    }, 0);
    const at = async (along: number) => (await run({ loss: byHand }, feeds, { along, direction }))["loss"]![0]!;
    const h = 1e-3;
    const difference = ((await at(h)) - (await at(-h))) / (2 * h);
    dots.push(Math.abs(dot - difference) / Math.max(Math.abs(dot), 0.05));
  }
  for (const error of dots) expect(error).toBeLessThan(2e-2);
});

test.each(["eps", "v"] as const)(
  "%s: re-noising moves a sample by n (ε - ε_mix), and a batch of it is (1 - ᾱ) of its loss",
  async (predicts: PredictionType) => {
    const { batch, losses } = build({ predicts });
    const found = await run(
      {
        seen: noised(batch),
        again: losses.predicted.renoised!,
        original: losses.predicted.reestimated!,
        mixed: losses.predicted.mixed!,
      },
      feedsOf(0.4),
    );
    const { clean, noise } = feedsOf(0.4);
    const each = clean.length / BATCH;
    for (const [place, t] of TIMES.entries()) {
      const [s, n] = [Math.sqrt(signalPower[t]!), Math.sqrt(1 - signalPower[t]!)];
      let [moved, loss] = [0, 0];
      for (let i = place * each; i < (place + 1) * each; i++) {
        const [z, mixed] = [found["seen"]![i]!, found["mixed"]![i]!];
        expect(z).toBeCloseTo(s * clean[i]! + n * noise[i]!, 5);
        const eps = predicts === "eps" ? mixed : s * mixed + n * z;
        const x = (z - n * eps) / s;
        expect(Math.abs(found["original"]![i]! - x)).toBeLessThan(1e-3 * Math.max(1, Math.abs(x)));
        expect(Math.abs(found["again"]![i]! - (z + n * (noise[i]! - eps)))).toBeLessThan(
          1e-4 * Math.max(1, Math.abs(z)),
        );
        moved += (found["again"]![i]! - z) ** 2;
        loss += (noise[i]! - eps) ** 2;
      }
      expect(moved / loss / n ** 2).toBeCloseTo(1, 3);
    }
  },
);

test("denoising and consistency together pull to the mean of noise and anchor, twice as strongly", async () => {
  const { batch, networks, losses } = build({ predicts: "eps" }, 0);
  const both = gradients(add(losses.mask, losses.consistency!), networks.decoder.parameters());
  const middle = mul(add(batch.noise, stopGradient(losses.predicted.mixed!)), 0.5);
  const one = gradients(mean(squaredErrors(losses.predicted.mask, middle)), networks.decoder.parameters());
  const found = await run(
    { both: length(both), apart: length(both.map((slope, i) => add(slope, mul(one[i]!, -2)))) },
    feedsOf(0.4),
  );
  expect(Math.sqrt(found["apart"]![0]! / found["both"]![0]!)).toBeLessThan(1e-4);
});

test("distances of v are those of ε over s²", async () => {
  const { losses } = build({}, 0);
  const [first] = TIMES;
  const found = await run(
    { v: losses.consistency!, eps: losses.noiseConsistency! },
    { ...feedsOf(0.4), signal: new Float32Array(BATCH).fill(Math.sqrt(signalPower[first!]!)) },
  );
  expect(found["eps"]![0]! / found["v"]![0]!).toBeCloseTo(signalPower[first!]!, 4);
});

test("a sample whose mask is not shown is told nothing by the other branch, and its error is that without control", async () => {
  const { batch, networks, losses } = build();
  const free = denoiserDecoder(
    networks.decoder,
    denoiserEncoder(
      networks.encoder,
      { latent: noised(batch), time: batch.time, condition: batch.condition },
      denoiserShape(shape),
    ),
    denoiserShape(shape),
  );
  const outputs = {
    mask: losses.predicted.mask,
    free,
    consistency: losses.consistency!,
    augmentation: losses.augmentation!,
  };
  const all = await run(outputs, feedsOf(0.4));
  const dropped = await run(outputs, feedsOf(0.4, [0, 0, 1, 1]));
  const half = all["mask"]!.length / 2;
  expect(dropped["mask"]!.slice(0, half)).toEqual(dropped["free"]!.slice(0, half));
  expect(dropped["mask"]!.slice(half)).toEqual(all["mask"]!.slice(half));
  expect(dropped["augmentation"]).toEqual([0]);
  expect(dropped["consistency"]![0]).toBeLessThan(all["consistency"]![0]!);
});

test("augmentation on the earliest samples alone is that on the whole batch, as long as they fit", async () => {
  const [whole, part] = [build({}, BATCH), build({}, 2)];
  const full = await run({ augmentation: whole.losses.augmentation! }, feedsOf(0.4));
  const fit = await run({ augmentation: part.losses.augmentation! }, feedsOf(0.4, [1, 1, 1, 1], 2));
  expect(fit["augmentation"]![0]).toBeCloseTo(full["augmentation"]![0]!, 6);
});

test("augmentation begins strictly after a third of the steps, at times up to 200 inclusive, and counts for those that do not fit", () => {
  expect([29, 30, 31].map((step) => isAugmenting(step, 90))).toEqual([false, false, true]);
  expect([...augmentationWeights([0, 200, 201, 999], [1, 1, 1, 1], 4)]).toEqual([1, 1, 0, 0]);
  expect([...augmentationWeights([0, 200, 201, 999], [1, 0, 1, 1], 4)]).toEqual([1, 0, 0, 0]);
  expect([...augmentationWeights([0, 10, 20, 30], [1, 1, 1, 1], 2)]).toEqual([2, 2]);
  expect([...augmentationWeights([500, 600], [1, 1], 2)]).toEqual([0, 0]);
  expect([augmentedCount(8, "earliest"), augmentedCount(8, "whole")]).toEqual([3, 8]);
});

test("without the image branch there is the mask's loss alone", async () => {
  const { losses } = build({ imageBranch: false }, 0);
  expect(losses.total).toBe(losses.mask);
  const { losses: weightless } = build({ consistencyWeight: 0 }, 0);
  const found = await run({ total: weightless.total, mask: weightless.mask, image: weightless.image! }, feedsOf(0.4));
  expect(found["total"]![0]).toBeCloseTo(found["mask"]![0]! + found["image"]![0]!, 5);
});
