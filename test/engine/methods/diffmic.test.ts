/** @file The training step of this method, small, written with the library as it is: it must not need a change of the engine. */
import { describe, expect, it } from "vitest";
import {
  add,
  concat,
  mean,
  mul,
  oneHot,
  relu,
  reshape,
  sigmoid,
  softmax,
  softplus,
  sub,
  sumOver,
  tanh,
  topKMean,
  type Scope,
  type Tensor,
} from "../../../src-main/engine/index.ts";
import { averagePool2d, batchNorm, conv2d, embedding, linear } from "../../../src-main/networks/index.ts";
import { adam, crossEntropy, ema, meanSquaredError, mmdRbf, trainStep } from "../../../src-main/training/index.ts";
import { SIDE, discs, ends, newStore, normals, repeat } from "./sketches.ts";

describe("DiffMIC: label diffusion with three streams, time tables, batch norm, MMD and top-k pooling", () => {
  const [BATCH, CLASSES, HIDDEN, STEPS] = [8, 3, 16, 10];

  it("the classifier with its attention over crops and the denoiser both learn", async () => {
    const guide = trainStep({
      name: "guide",
      networks: ["guide"],
      trained: "guide",
      inputs: {
        image: { shape: [BATCH, 1, SIDE, SIDE] },
        crops: { shape: [BATCH * 2, 1, 8, 8] },
        grade: { shape: [BATCH], dtype: "uint8" },
      },
      loss({ guide: scope }, { image, crops, grade }) {
        const trunk = (place: Scope, x: Tensor) =>
          relu(batchNorm(place.at("norm"), conv2d(place.at("conv"), x, { channels: 8, kernel: 3, stride: 2 })));
        const saliency = conv2d(scope.at("saliency"), trunk(scope.at("global"), image), {
          channels: CLASSES,
          kernel: 1,
          bias: false,
        });
        const global = topKMean(reshape(saliency, { to: [BATCH, CLASSES, 64] }), { k: 16, axis: 2 });
        const pooled = reshape(mean(trunk(scope.at("local"), crops), { axes: [2, 3] }), { to: [BATCH, 2, 8] });
        const gate = mul(
          tanh(linear(scope.at("v"), pooled, { features: 8, bias: false })),
          sigmoid(linear(scope.at("u"), pooled, { features: 8, bias: false })),
        );
        const weights = softmax(linear(scope.at("w"), gate, { features: 1, bias: false }), { axis: 1 });
        const local = linear(scope.at("local.head"), sumOver(mul(weights, pooled), { axes: [1] }), {
          features: CLASSES,
        });
        const pooledGlobal = reshape(global, { to: [BATCH, CLASSES] });
        const fused = mul(add(pooledGlobal, local), 0.5);
        const terms = [fused, pooledGlobal, local].map((logits) => crossEntropy(logits, grade));
        return { total: add(add(terms[0]!, terms[1]!), terms[2]!) };
      },
      optimizer: adam({ amsgrad: true }),
    });

    const denoiser = (scope: Scope, features: Tensor, noisy: Tensor, prior: Tensor, t: Tensor) => {
      const layer = (place: Scope, x: Tensor) => {
        const scale = embedding(place.at("time"), t, { count: STEPS + 1, features: HIDDEN });
        return softplus(batchNorm(place.at("norm"), mul(scale, linear(place.at("linear"), x, { features: HIDDEN }))));
      };
      const first = mul(features, layer(scope.at("0"), concat([noisy, prior], { axis: 1 })));
      return linear(scope.at("head"), layer(scope.at("1"), first), { features: CLASSES });
    };
    const stream = { shape: [BATCH, CLASSES] } as const;
    const diffuse = trainStep({
      name: "diffuse",
      networks: ["image", "denoiser"],
      trained: ["image", "denoiser"],
      inputs: {
        image: { shape: [BATCH, 1, SIDE, SIDE] },
        grade: { shape: [BATCH], dtype: "uint8" },
        t: { shape: [BATCH], dtype: "int64" },
        signal: { shape: [BATCH, 1] },
        deviation: { shape: [BATCH, 1] },
        noise: stream,
        fused: stream,
        global: stream,
        local: stream,
      },
      loss(scopes, { image, grade, t, signal, deviation, noise, ...priors }) {
        const pooled = reshape(
          averagePool2d(conv2d(scopes.image.at("conv"), image, { channels: 4, kernel: 3 }), SIDE),
          {
            to: [BATCH, 4],
          },
        );
        const features = batchNorm(
          scopes.image.at("norm"),
          linear(scopes.image.at("out"), pooled, { features: HIDDEN }),
        );
        const truth = oneHot(grade, { classes: CLASSES, axis: 1 });
        const predict = (prior: Tensor) => {
          const moved = add(add(mul(truth, signal), mul(prior, sub(1, signal))), mul(noise, deviation));
          return denoiser(scopes.denoiser, features, moved, prior, t);
        };
        const error = meanSquaredError(predict(priors.fused), noise);
        const bandwidth = CLASSES / Math.SQRT2; // 2σ² = C²
        const regularizer = add(
          mmdRbf(predict(priors.global), noise, { sigma: bandwidth }),
          mmdRbf(predict(priors.local), noise, { sigma: bandwidth }),
        );
        return { total: add(error, mul(regularizer, 0.5)), error, regularizer };
      },
      optimizer: adam(),
      clipNorm: 1,
      after: [ema({ from: "denoiser", to: "average", decay: 0.999 })],
    });

    const store = newStore();
    const { image } = discs(BATCH);
    const grade = Uint8Array.from({ length: BATCH }, (_, index) => index % CLASSES);
    const crops = normals(BATCH * 2 * 64);
    const [first, last] = ends(await repeat(store, guide, { image, crops, grade, learningRate: 1e-2 }, 120), "total");
    expect(last).toBeLessThan(0.7 * first);
    const prior = new Float32Array(BATCH * CLASSES).fill(1 / CLASSES);
    const feeds = {
      image,
      grade,
      t: BigInt64Array.from({ length: BATCH }, (_, index) => BigInt(index)),
      signal: new Float32Array(BATCH).fill(0.6),
      deviation: new Float32Array(BATCH).fill(0.8),
      noise: normals(BATCH * CLASSES),
      fused: prior,
      global: prior,
      local: prior,
      learningRate: 1e-2,
    };
    const [before, after] = ends(await repeat(store, diffuse, feeds, 60), "error");
    expect(after).toBeLessThan(0.5 * before);
    await store.release();
  });
});
