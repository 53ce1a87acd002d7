/** @file The training step of this method, small, written with the library as it is: it must not need a change of the engine. */
import { describe, expect, it } from "vitest";
import {
  add,
  concat,
  defineProgram,
  div,
  gradients,
  mean,
  mul,
  reshape,
  silu,
  slice,
  square,
  stopGradient,
  sub,
  sumOver,
  transposed,
  upsampleNearest,
  type Scope,
  type Tensor,
} from "../../../src-main/engine/index.ts";
import { scalars } from "../../../src-main/engine/runtime/index.ts";
import {
  averagePool2d,
  conv2d,
  groupNorm,
  imageAttention,
  layerNorm,
  linear,
  normal,
} from "../../../src-main/networks/index.ts";
import { adamW, meanSquaredError, trainStep } from "../../../src-main/training/index.ts";
import { SIDE, discs, ends, newStore, normals, repeat, statesOf } from "./sketches.ts";

describe("Siamese-Diffusion: two branches share a network, one pulls the other, no gradient where none belongs", () => {
  const BATCH = 2;
  const shape = [BATCH, 1, SIDE, SIDE] as const;
  const column = { shape: [BATCH, 1, 1, 1] } as const;

  /** Sinusoids of t: [N, 1] -> [N, 8]. */
  const timeEmbedding = (scope: Scope, t: Tensor) =>
    linear(scope.at("time"), silu(linear(scope.at("in"), t, { features: 8 })), { features: 8 });
  const block = (scope: Scope, x: Tensor, time: Tensor) => {
    const first = conv2d(scope.at("0"), silu(groupNorm(scope.at("norm.0"), x, { groups: 2 })), {
      channels: 8,
      kernel: 3,
    });
    const timed = add(first, reshape(linear(scope.at("time"), silu(time), { features: 8 }), { to: [BATCH, 8, 1, 1] }));
    return conv2d(scope.at("1"), silu(groupNorm(scope.at("norm.1"), timed, { groups: 2 })), { channels: 8, kernel: 3 });
  };
  /** Patch merging: the four phases joined, normalized, halved. */
  const merge = (scope: Scope, x: Tensor) => {
    const phases = [0, 1]
      .flatMap((row) => [0, 1].map((column) => [row, column] as const))
      .map(([row, column]) => slice(x, { axes: [2, 3], starts: [row, column], ends: [SIDE, SIDE], steps: [2, 2] }));
    const tokens = reshape(concat(phases, { axis: 1 }), { to: [BATCH, 4 * x.shape[1]!, 64] });
    const merged = linear(scope.at("reduce"), layerNorm(scope.at("norm"), transposed(tokens)), { features: 8 });
    return reshape(transposed(merged), { to: [BATCH, 8, SIDE / 2, SIDE / 2] });
  };
  const control = (scope: Scope, noisy: Tensor, hint: Tensor, time: Tensor) => {
    const dense = merge(scope.at("hint"), conv2d(scope.at("stem"), hint, { channels: 4, kernel: 3 }));
    const seen = add(conv2d(scope.at("in"), averagePool2d(noisy, 2), { channels: 8, kernel: 3 }), dense);
    return conv2d(scope.at("outlet"), block(scope.at("block"), seen, time), {
      channels: 8,
      kernel: 1,
      init: normal(0.02),
    });
  };
  const encoder = (scope: Scope, noisy: Tensor, time: Tensor) => {
    const x = block(
      scope.at("block"),
      conv2d(scope.at("in"), averagePool2d(noisy, 2), { channels: 8, kernel: 3 }),
      time,
    );
    return add(x, imageAttention(scope.at("attention"), groupNorm(scope.at("norm"), x, { groups: 2 }), { heads: 2 }));
  };
  const decoder = (scope: Scope, features: Tensor, residual: Tensor, time: Tensor) => {
    const up = upsampleNearest(block(scope.at("block"), add(features, residual), time), { factor: [2, 2] });
    return conv2d(scope.at("head"), silu(up), { channels: 1, kernel: 3 });
  };

  const step = trainStep({
    networks: ["encoder", "control", "decoder", "time"],
    trained: ["control", "decoder"],
    inputs: {
      image: { shape },
      mask: { shape },
      noise: { shape },
      signal: column,
      deviation: column,
      t: { shape: [BATCH, 1] },
      imageWeight: { shape: [] },
      isAugmented: column,
    },
    loss(scopes, { image, mask, noise, signal, deviation, t, imageWeight, isAugmented }) {
      const time = timeEmbedding(scopes.time, t);
      const noisy = add(mul(image, signal), mul(noise, deviation));
      const features = encoder(scopes.encoder.frozen(), noisy, time);
      const fromMask = control(scopes.control, noisy, mask, time);
      const fromImage = control(scopes.control, noisy, image, time);
      const predicted = decoder(scopes.decoder, features, fromMask, time);
      const mixed = add(stopGradient(fromMask), mul(fromImage, imageWeight));
      const informed = decoder(scopes.decoder.frozen(), features, mixed, time);
      const denoised = div(sub(noisy, mul(stopGradient(informed), deviation)), signal);
      const again = add(mul(denoised, signal), mul(noise, deviation));
      const againPredicted = decoder(
        scopes.decoder,
        encoder(scopes.encoder.frozen(), again, time),
        control(scopes.control, again, mask, time),
        time,
      );
      const maskLoss = meanSquaredError(predicted, noise);
      const imageLoss = meanSquaredError(informed, noise);
      const consistency = meanSquaredError(predicted, stopGradient(informed));
      const augmented = mean(mul(square(sub(againPredicted, noise)), isAugmented));
      const total = add(add(maskLoss, imageLoss), add(consistency, augmented));
      return { total, maskLoss, imageLoss, consistency, augmented };
    },
    optimizer: adamW(),
  });

  it("learns; gradients take the paths of the specification", async () => {
    const store = newStore();
    const { image, mask } = discs(BATCH);
    const feeds = {
      image,
      mask,
      noise: normals(image.length),
      signal: Float32Array.of(0.8, 0.6),
      deviation: Float32Array.of(0.6, 0.8),
      t: Float32Array.of(0.2, 0.4),
      imageWeight: 0.5,
      isAugmented: Float32Array.of(1, 0),
      learningRate: 5e-3,
    };
    const [first, last] = ends(await repeat(store, step, feeds, 25), "total");
    expect(last).toBeLessThan(0.8 * first);

    // The image branch's loss trains the control network through the image only, and never the decoder.
    const states = statesOf(step.outputs["total"]!);
    const [head, stem] = [states.get("decoder.head.weight")!, states.get("control.stem.weight")!];
    const { imageLoss, consistency } = step.outputs;
    const [toDecoder, toControl] = gradients(imageLoss!, [head, stem]) as [Tensor, Tensor];
    const [pulled] = gradients(consistency!, [head]) as [Tensor];
    const length = (slope: Tensor) => sumOver(square(slope));
    const outputs = { toDecoder: length(toDecoder), toControl: length(toControl), pulled: length(pulled) };
    const routes = await store.compile(defineProgram({ name: "routes", outputs }));
    const { learningRate: _, ...rest } = feeds;
    const known = Object.fromEntries(Object.entries(rest).filter(([name]) => name in routes.program.inputs));
    const { toDecoder: none, ...some } = scalars(await routes.run(known));
    expect(none).toBe(0);
    for (const value of Object.values(some)) expect(value).toBeGreaterThan(0);
    await store.release();
  });
});
