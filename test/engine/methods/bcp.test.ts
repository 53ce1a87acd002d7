/** @file The training step of this method, small, written with the library as it is: it must not need a change of the engine. */
import { describe, expect, it } from "vitest";
import {
  add,
  argMax,
  broadcastTo,
  cast,
  concat,
  leakyRelu,
  mul,
  reshape,
  resizeLinear,
  softmax,
  sub,
  type Scope,
  type Tensor,
} from "../../../src-main/engine/index.ts";
import { batchNorm, conv1x1, conv2d, dropout, maxPool2d } from "../../../src-main/networks/index.ts";
import { crossEntropy, drawNoise, ema, inferStep, sgd, softDice, trainStep } from "../../../src-main/training/index.ts";
import { SIDE, discs, ends, newStore, random, repeat } from "./sketches.ts";

describe("BCP: two collages of labelled and unlabelled images, teacher by averaging, batch norm and dropout", () => {
  const BATCH = 2;
  /** 2-D U-Net of the paper in two stages: 1 × 1 convolution, then bilinear enlargement with aligned corners. */
  const network = (scope: Scope, image: Tensor) => {
    const block = (place: Scope, x: Tensor, channels: number, rate: number) => {
      const first = batchNorm(place.at("norm.0"), conv2d(place.at("conv.0"), x, { channels, kernel: 3 }));
      const dropped = dropout(place, leakyRelu(first, { slope: 0.01 }), { rate });
      return leakyRelu(batchNorm(place.at("norm.1"), conv2d(place.at("conv.1"), dropped, { channels, kernel: 3 })), {
        slope: 0.01,
      });
    };
    const skip = block(scope.at("encoder.0"), image, 4, 0.05);
    const deep = block(scope.at("encoder.1"), maxPool2d(skip, 2), 8, 0.1);
    const narrow = conv1x1(scope.at("narrow"), deep, { channels: 4 });
    const up = resizeLinear(narrow, { size: [SIDE, SIDE], alignCorners: true });
    return conv2d(scope.at("head"), block(scope.at("decoder"), concat([skip, up], { axis: 1 }), 4, 0), {
      channels: 2,
      kernel: 3,
    });
  };

  it("learns, moves running statistics, and the teacher gives pseudo-labels in either mode", async () => {
    const image = { shape: [BATCH, 1, SIDE, SIDE] } as const;
    const labels = { shape: [BATCH, SIDE, SIDE], dtype: "uint8" } as const;
    const step = trainStep({
      networks: ["student"],
      trained: "student",
      inputs: {
        labelled: image,
        unlabelled: image,
        truth: labels,
        pseudo: labels,
        keep: { shape: [1, 1, SIDE, SIDE] },
      },
      loss({ student }, { labelled, unlabelled, truth, pseudo, keep }) {
        const cut = sub(1, keep);
        const collage = (outside: Tensor, inside: Tensor) => add(mul(outside, keep), mul(inside, cut));
        const regional = (logits: Tensor, target: Tensor, region: Tensor) => {
          const mask = broadcastTo(reshape(region, { to: [1, SIDE, SIDE] }), { to: [BATCH, SIDE, SIDE] });
          return add(crossEntropy(logits, target, { weight: mask }), softDice(logits, target, { mask }));
        };
        const out = network(student, collage(unlabelled, labelled));
        const into = network(student, collage(labelled, unlabelled));
        const outLoss = add(mul(regional(out, pseudo, keep), 0.5), regional(out, truth, cut));
        const inLoss = add(regional(into, truth, keep), mul(regional(into, pseudo, cut), 0.5));
        return { total: add(outLoss, inLoss), outLoss, inLoss };
      },
      optimizer: sgd({ momentum: 0.9, weightDecay: 1e-4 }),
      after: [ema({ from: "student", to: "teacher", decay: 0.99 })],
    });
    const pseudoLabels = (mode: "train" | "predict") =>
      inferStep({
        name: `pseudo-${mode}`,
        networks: ["teacher"],
        inputs: { image },
        outputs: ({ teacher }, { image: x }) => ({
          labelMap: cast(argMax(softmax(network(teacher.in(mode), x), { axis: 1 }), { axis: 1 }), { to: "float32" }),
        }),
      });
    const store = newStore();
    const [labelled, unlabelled] = [discs(BATCH), discs(BATCH)];
    const keep = new Float32Array(SIDE * SIDE).fill(1);
    for (let row = 3; row < 13; row++) keep.fill(0, row * SIDE + 3, row * SIDE + 13);
    const feeds = {
      labelled: labelled.image,
      unlabelled: unlabelled.image,
      truth: labelled.labelMap,
      pseudo: unlabelled.labelMap,
      keep,
      learningRate: 0.02,
    };
    const [first, last] = ends(await repeat(store, step, feeds, 30), "total");
    expect(last).toBeLessThan(0.7 * first);
    expect((await store.state())["student.encoder.0.norm.0.runningMean"]!.data.some((value) => value !== 0)).toBe(true);
    for (const mode of ["train", "predict"] as const) {
      const program = pseudoLabels(mode);
      const compiled = await store.compile(program);
      const { labelMap } = await compiled.run({ ...drawNoise(program, random), image: unlabelled.image });
      expect(new Set(labelMap!.data as Float32Array).size).toBeLessThanOrEqual(2);
    }
    await store.release();
  });
});
