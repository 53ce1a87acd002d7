/** @file Latent images and back, in which order a control begins to learn, and painting on one thread or several: specification, 16.3 (T3, T6, T15). */
import { expect, test } from "vitest";
import {
  add,
  defineProgram,
  gradients,
  input,
  Scope,
  sizeOf,
  square,
  sumOver,
  type Tensor,
} from "../../engine/index.ts";
import { ParameterStore, scalars, type State } from "../../engine/runtime/index.ts";
import { sampleLatent } from "../../diffusion/index.ts";
import { Random } from "../../random/index.ts";
import { adamW, type InputSpecs, trainStep } from "../../training/index.ts";
import { guided } from "./guidance.ts";
import { type SiameseBatch, siameseLosses } from "./losses.ts";
import { latentShape, type LatentScale, pictureOf, rawLatent, scaledLatent, type SiameseShape } from "./networks.ts";
import { NOISE_SCHEDULE } from "./paint-settings.ts";
import { denoiseProgram, hintProgram, pictureProgram } from "./programs.ts";

const shape: SiameseShape = {
  size: 8,
  channels: 1,
  classes: 1,
  adapter: "identity",
  denoiser: "XS",
  hint: "dense",
  outlets: "zero",
};

const openStore = (threads = 1) =>
  new ParameterStore({ device: "cpu", random: (name) => new Random(1, name), threads });
const normals = (random: Random, count: number) => Float32Array.from({ length: count }, () => random.normal());

/** Small numbers in networks, as of a training that went on for a while: nothing is 0 by its start. */
function trained(states: State, networks: readonly string[]): State {
  const moved = Object.entries(states).filter(([name]) => networks.some((network) => name.startsWith(`${network}.`)));
  return Object.fromEntries(
    moved.map(([name, { shape: dims }]) => {
      const random = new Random(2, name);
      const isGain = name.endsWith(".weight") && dims.length === 1;
      const data = Float32Array.from({ length: sizeOf(dims) }, () => (isGain ? 1 : 0) + 0.1 * random.normal());
      return [name, { shape: dims, data }];
    }),
  );
}

test.each([
  ["identity", 1],
  ["spaceToDepth2", 3],
  ["spaceToDepth4", 1],
] as const)(
  "an image becomes a latent one by %s and comes back: as it was, also from another scale",
  async (adapter, channels) => {
    const own = { ...shape, adapter, channels };
    const codec = Scope.root("codec");
    const image = input("image", { shape: [2, channels, 8, 8] });
    const planes = latentShape(own)[0]!;
    const unscaled: LatentScale = { mean: Array.from({ length: planes }, () => 0), factor: 1 };
    const scale: LatentScale = { mean: Array.from({ length: planes }, (_, plane) => 0.1 * plane - 0.3), factor: 4.6 };
    const raw = rawLatent(codec, image, own);
    const there = (by: LatentScale) => scaledLatent(raw, by);
    const store = openStore();
    const program = await store.compile(
      defineProgram({
        name: "there and back",
        outputs: {
          plain: pictureOf(codec, there(unscaled), own, unscaled),
          scaled: pictureOf(codec, there(scale), own, scale),
          latent: there(scale),
        },
      }),
    );
    const random = new Random(5, adapter);
    // As bytes are: no rounding hides what is lost on the way.
    const values = Float32Array.from({ length: 2 * channels * 64 }, () => Math.round(256 * random.uniform()) / 256);
    const { plain, scaled, latent } = await program.run({ image: values });
    expect(plain!.data).toEqual(values);
    for (const [i, value] of (scaled!.data as Float32Array).entries())
      expect(Math.abs(value - values[i]!)).toBeLessThan(1e-6);
    // The scale did something: (2 x - 1 - mean) · factor.
    const first = (2 * values[0]! - 1 - scale.mean[0]!) * scale.factor;
    expect((latent!.data as Float32Array)[0]).toBeCloseTo(first, 5);
    await store.release();
  },
);

test("from outlets at 0 a control wakes up from its end to its beginning, a step each", async () => {
  const latent = { shape: [2, ...latentShape(shape)] };
  const picture = { shape: [2, 1, 8, 8] };
  const each = { shape: [2] };
  const inputs: InputSpecs = {
    clean: latent,
    noise: latent,
    time: each,
    signal: each,
    noiseLevel: each,
    condition: { ...each, dtype: "int32" },
    maskHint: picture,
    kept: each,
  };
  const groups: Record<string, (name: string) => boolean> = {
    outlets: (name) => name.startsWith("control.outlet."),
    body: (name) => name.startsWith("control.encoder."),
    closing: (name) => name.startsWith("control.hint.out."),
    trunk: (name) => name.startsWith("control.hint.") && !name.startsWith("control.hint.out."),
  };
  const step = trainStep({
    name: "wake",
    networks: ["encoder", "decoder", "control"],
    trained: ["decoder", "control"],
    inputs,
    loss(scopes: Readonly<Record<string, Scope>>, fed) {
      const { encoder, decoder, control } = scopes as Record<"encoder" | "decoder" | "control", Scope>;
      const batch = fed as unknown as SiameseBatch;
      const options = { shape, predicts: "v", imageBranch: false, consistencyWeight: 0 } as const;
      const { total } = siameseLosses({ encoder, decoder, control }, batch, options);
      const parameters = control.parameters();
      const slopes = gradients(total, parameters);
      const norm = (isOf: (name: string) => boolean): Tensor =>
        parameters
          .flatMap(({ node }, i) => (isOf((node.leaf as { name: string }).name) ? [sumOver(square(slopes[i]!))] : []))
          .reduce((sum, one) => add(sum, one));
      return { total, ...Object.fromEntries(Object.entries(groups).map(([name, isOf]) => [name, norm(isOf)])) };
    },
    optimizer: adamW(),
  });
  const store = openStore();
  const learn = await store.compile(step);
  // The base knows something already, and the control's encoder is a copy of it.
  await store.restore(trained(await store.state(), ["encoder", "decoder", "control.encoder"]));
  const random = new Random(4);
  const values = 2 * sizeOf(latentShape(shape));
  const feeds = {
    clean: normals(random, values),
    noise: normals(random, values),
    time: Float32Array.of(150, 600),
    signal: Float32Array.of(0.8, 0.6),
    noiseLevel: Float32Array.of(0.6, 0.8),
    condition: Int32Array.of(1, 1),
    maskHint: Float32Array.from({ length: 2 * 64 }, () => +(random.uniform() < 0.4)),
    kept: Float32Array.of(1, 1),
    learningRate: 0.01,
  };
  const awake: string[][] = [];
  for (let k = 0; k < 3; k++) {
    const norms = scalars(await learn.run(feeds));
    awake.push(Object.keys(groups).filter((name) => norms[name] !== 0));
  }
  expect(awake).toEqual([["outlets"], ["outlets", "body", "closing"], ["outlets", "body", "closing", "trunk"]]);
  await store.release();
});

test("what is painted is the same on one thread and on several, and beside other pictures", async () => {
  const own: SiameseShape = { ...shape, size: 16, adapter: "spaceToDepth2", outlets: "small" };
  const scale: LatentScale = { mean: [0, 0, 0, 0], factor: 2 };
  const latentSize = sizeOf(latentShape(own));
  const start = normals(new Random(6, "start"), 2 * latentSize);
  const masks = Uint8Array.from({ length: 2 * 256 }, (_, i) => +(Math.hypot((i % 16) - 6, ((i >> 4) % 16) - 8) < 4));
  const painted = async (threads: number, batch: number): Promise<Float32Array> => {
    const store = openStore(threads);
    const passes = { free: true, masked: false };
    const look = await store.compile(denoiseProgram({ shape: own, batch, passes, hasReference: false }));
    const read = await store.compile(hintProgram(own, batch, "mask"));
    const picture = await store.compile(pictureProgram(own, scale, batch));
    await store.restore(trained(await store.state(), ["encoder", "decoder", "control"]));
    const hint = (await read.run({ picture: masks.slice(0, batch * 256) }))["hint"]!.data as Float32Array;
    const latent = await sampleLatent(
      start.slice(0, batch * latentSize),
      async (seen, time) => {
        const outputs = await look.run({ latent: seen, time: new Float32Array(batch).fill(time), hint });
        const [full, free] = [outputs["full"]!.data, outputs["free"]!.data] as [Float32Array, Float32Array];
        return guided({ full, free }, { mask: 1.5, condition: 1.5 });
      },
      { schedule: NOISE_SCHEDULE, solver: "dpm-solver++", steps: 3, predicts: "v", final: "one" },
    );
    const { image } = await picture.run({ latent });
    await store.release();
    return image!.data as Float32Array;
  };
  const alone = await painted(1, 1);
  expect(new Set(alone).size).toBeGreaterThan(20);
  expect(await painted(1, 1)).toEqual(alone);
  // Sums are taken in other orders: not the same to the bit.
  for (const other of [await painted(2, 1), (await painted(2, 2)).slice(0, 256)]) {
    for (const [i, value] of other.entries()) expect(Math.abs(value - alone[i]!)).toBeLessThan(1e-5);
  }
});
