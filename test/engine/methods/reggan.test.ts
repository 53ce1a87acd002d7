/** @file The training step of this method, small, written with the library as it is: it must not need a change of the engine. */
import { describe, expect, it } from "vitest";
import {
  add,
  concat,
  leakyRelu,
  mean,
  mul,
  relu,
  stopGradient,
  tanh,
  warp,
  type Scope,
  type Tensor,
} from "../../../src-main/engine/index.ts";
import { scalars } from "../../../src-main/engine/runtime/index.ts";
import { conv2d, convTranspose2d, instanceNorm, normal } from "../../../src-main/networks/index.ts";
import {
  adam,
  flowSmoothness,
  leastSquaresAdversarial,
  meanAbsoluteError,
  trainStep,
} from "../../../src-main/training/index.ts";
import { SIDE, discs, ends, newStore, statesOf } from "./sketches.ts";

describe("RegGAN: generator and registration learn together, the discriminator from the generator's new images", () => {
  const shape = [1, 1, SIDE, SIDE] as const;
  const residual = (scope: Scope, x: Tensor) => {
    const half = (name: string, y: Tensor) =>
      instanceNorm(
        scope.at(`${name}.norm`),
        conv2d(scope.at(name), y, { channels: x.shape[1]!, kernel: 3, paddingMode: "reflect" }),
      );
    return add(half("second", relu(half("first", x))), x);
  };
  const generator = (scope: Scope, x: Tensor) => {
    const stem = relu(conv2d(scope.at("stem"), x, { channels: 4, kernel: 7, paddingMode: "reflect" }));
    const down = relu(conv2d(scope.at("down"), stem, { channels: 8, kernel: 3, stride: 2 }));
    const up = convTranspose2d(scope.at("up"), residual(scope.at("block"), down), {
      channels: 4,
      kernel: 3,
      stride: 2,
      padding: 1,
      outputPadding: 1,
    });
    return tanh(conv2d(scope.at("head"), relu(up), { channels: 1, kernel: 7, paddingMode: "reflect" }));
  };
  const discriminator = (scope: Scope, x: Tensor) => {
    const first = leakyRelu(conv2d(scope.at("0"), x, { channels: 4, kernel: 4, stride: 2, padding: 1 }), {
      slope: 0.2,
    });
    const patches = conv2d(scope.at("1"), first, { channels: 1, kernel: 4, padding: 1 });
    return mean(patches, { axes: [1, 2, 3] }); // scores are averaged before the squared loss
  };
  const registration = (scope: Scope, fake: Tensor, target: Tensor) => {
    const hidden = leakyRelu(conv2d(scope.at("in"), concat([fake, target], { axis: 1 }), { channels: 8, kernel: 3 }), {
      slope: 0.2,
    });
    return conv2d(scope.at("out"), hidden, { channels: 2, kernel: 3, init: normal(1e-5) });
  };
  const inputs = { source: { shape }, target: { shape } } as const;

  const forward = trainStep({
    name: "forward",
    networks: ["g", "r", "d"],
    trained: ["g", "r"],
    inputs,
    loss({ g, r, d }, { source, target }) {
      const fake = generator(g, source);
      const flow = registration(r, fake, target);
      const adversarial = leastSquaresAdversarial.generator(discriminator(d, fake));
      const correction = meanAbsoluteError(warp(fake, flow), target);
      const smoothness = flowSmoothness(flow);
      const total = add(adversarial, add(mul(correction, 20), mul(smoothness, 10)));
      return { total, adversarial, correction, smoothness };
    },
    optimizer: adam({ beta1: 0.5 }),
  });
  const judge = trainStep({
    name: "judge",
    networks: ["g", "d"],
    trained: "d",
    inputs,
    loss: ({ g, d }, { source, target }) => ({
      total: leastSquaresAdversarial.discriminator(
        discriminator(d, target),
        discriminator(d, stopGradient(generator(g.frozen(), source))),
      ),
    }),
    optimizer: adam({ beta1: 0.5 }),
  });

  it("learns; the adversary gives the registration no gradient", async () => {
    const store = newStore();
    const { image } = discs(1);
    const source = image.map((value) => Math.max(-1, Math.min(1, value)));
    const feeds = { source, target: source.map((value) => -value), learningRate: 2e-3 };
    const [forwardStep, judgeStep] = [await store.compile(forward), await store.compile(judge)];
    const losses: Record<string, number>[] = [];
    for (let step = 0; step < 40; step++) {
      losses.push(scalars(await forwardStep.run(feeds)));
      await judgeStep.run(feeds);
    }
    const [first, last] = ends(losses, "correction");
    expect(last).toBeLessThan(0.7 * first);
    const reached = [...statesOf(forward.outputs["adversarial"]!).keys()];
    expect(reached.filter((name) => name.startsWith("r."))).toEqual([]);
    expect(reached.some((name) => name.startsWith("g."))).toBe(true);
    await store.release();
  });
});
