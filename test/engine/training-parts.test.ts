/** @file The parts of training beyond one network and one step: accumulation, groups, frozen parts, several programs. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  add,
  concat,
  defineProgram,
  input,
  mean,
  mul,
  sigmoid,
  softmax,
  square,
  state,
  stopGradient,
  sub,
  tanh,
  type Scope,
  type Tensor,
} from "../../src-main/engine/index.ts";
import { ParameterStore, scalars, type Feed, type State } from "../../src-main/engine/runtime/index.ts";
import { conv2d, unet } from "../../src-main/networks/index.ts";
import { Random } from "../../src-main/random/index.ts";
import {
  adam,
  adamW,
  binaryCrossEntropyWithLogits,
  compileStep,
  crossEntropy,
  decodeTrainState,
  ema,
  encodeTrainState,
  inferStep,
  meanAbsoluteError,
  meanSquaredError,
  rmsProp,
  sgd,
  trainStep,
} from "../../src-main/training/index.ts";

const newStore = (seed = 11) =>
  new ParameterStore({ device: "cpu", threads: 1, random: (name) => new Random(seed, name) });

function draw(size: number, ...seed: (string | number)[]): Float32Array<ArrayBuffer> {
  const random = new Random(...(seed as [string]));
  return Float32Array.from({ length: size }, () => random.normal());
}

const isSame = (a: Float32Array, b: Float32Array) => Buffer.from(a.buffer).equals(Buffer.from(b.buffer));

/** Names of the states that differ in any bit. */
function changed(before: State, after: State): string[] {
  return Object.keys(after)
    .filter((name) => !before[name] || !isSame(before[name].data, after[name]!.data))
    .sort();
}

describe("gradient accumulation", () => {
  const SIZE = 16;
  const network = (scope: Scope, image: Tensor) => unet(scope, image, { classes: 2, width: 4, depth: 2 });
  const step = (batch: number, accumulate: number) =>
    trainStep({
      networks: ["network"],
      trained: "network",
      inputs: { image: { shape: [batch, 1, SIZE, SIZE] }, labelMap: { shape: [batch, SIZE, SIZE], dtype: "uint8" } },
      loss: ({ network: scope }, { image, labelMap }) => ({ total: crossEntropy(network(scope, image), labelMap) }),
      optimizer: adamW(),
      clipNorm: 1,
      after: [ema({ from: "network", to: "average", decay: 0.9 })],
      accumulate,
    });
  const images = (count: number, update: number) => ({
    image: draw(count * SIZE * SIZE, "images", update),
    labelMap: Uint8Array.from(draw(count * SIZE * SIZE, "labels", update), (value) => (value > 0 ? 1 : 0)),
  });
  const part = ({ image, labelMap }: ReturnType<typeof images>, at: number, count: number) => ({
    image: image.subarray(at * count * SIZE * SIZE, (at + 1) * count * SIZE * SIZE),
    labelMap: labelMap.subarray(at * count * SIZE * SIZE, (at + 1) * count * SIZE * SIZE),
  });

  it("three micro-batches of two make the update of a batch of six", async () => {
    const [whole, parts] = [newStore(), newStore()];
    const big = await compileStep(whole, step(6, 1));
    const small = await compileStep(parts, step(2, 3));
    for (let update = 0; update < 3; update++) {
      const batch = images(6, update);
      const loss = scalars(await big.run({ ...batch, learningRate: 1e-3 }))["total"]!;
      const outputs = [];
      for (let at = 0; at < 3; at++) {
        outputs.push(scalars(await small.run({ ...part(batch, at, 2), learningRate: 1e-3 })));
      }
      expect(outputs.map(({ micro }) => micro)).toEqual([1, 2, 3]);
      expect(outputs.reduce((sum, { total }) => sum + total! / 3, 0)).toBeCloseTo(loss, 5);
    }
    const [a, b] = [await whole.state(), await parts.state()];
    expect(b["train.step"]!.data[0]).toBe(3);
    for (const [name, { data }] of Object.entries(a)) {
      // Adam divides by the gradient's own size, so where that is rounding the direction is too: moments are compared apart.
      const scale = Math.max(...data.map(Math.abs), 1e-3);
      const worst = data.reduce((most, value, index) => Math.max(most, Math.abs(value - b[name]!.data[index]!)), 0);
      expect(worst / scale, name).toBeLessThan(name.startsWith("train.second") ? 1e-4 : 1e-5);
    }
    await whole.release();
    await parts.release();
  });

  it("a checkpoint in the middle of a batch resumes to the bit", async () => {
    const run = async (store: ParameterStore, from: number, to: number) => {
      const running = await compileStep(store, step(2, 3));
      for (let at = from; at < to; at++) await running.run({ ...images(2, at), learningRate: 1e-3 });
      await running.release();
    };
    const [whole, first, resumed] = [newStore(), newStore(), newStore(99)];
    await run(whole, 0, 8);
    await run(first, 0, 5); // one update and two micro-batches of the next
    await resumed.restore(decodeTrainState(encodeTrainState({ states: await first.state(), metadata: {} })).states);
    await run(resumed, 5, 8);
    expect(changed(await whole.state(), await resumed.state())).toEqual([]);
    expect((await resumed.state())["train.micro"]!.data[0]).toBe(2);
  });

  it("says what is missing before anything is added", async () => {
    const store = newStore();
    const running = await compileStep(store, step(2, 3));
    const before = await store.state();
    await expect(running.run(images(2, 0))).rejects.toThrow(/learningRate is missing/);
    expect(changed(before, await store.state())).toEqual([]);
    await store.release();
    expect(() => step(2, 0)).toThrow(/positive integer, got 0/);
  });
});

describe("RMSprop", () => {
  interface Reference {
    lr: number;
    alpha: number;
    eps: number;
    momentum: number;
    weight_decay: number;
    /** After each update. */
    parameters: number[][];
  }
  const file = join(import.meta.dirname, "../fixtures/rmsprop/reference.json");
  const references = JSON.parse(readFileSync(file, "utf8")) as Reference[];
  /** What make.py feeds. */
  const sines = (number: number, scale = 1) =>
    Float32Array.from({ length: 6 }, (_, index) => scale * Math.sin(0.7 + 1.3 * number + 0.9 * index));

  it.each(references)(
    "moves as PyTorch's with momentum $momentum and weight decay $weight_decay",
    async (reference) => {
      const { lr, alpha: decay, eps: epsilon, momentum, weight_decay: weightDecay, parameters } = reference;
      const parameter = state("p", { shape: [6], init: () => sines(100) });
      const gradient = input("gradient", { shape: [6] });
      const scalar = (name: string) => input(name, { shape: [] });
      const context = { prefix: "t", learningRate: scalar("learningRate"), step: scalar("step") };
      const optimizer = rmsProp({ decay, epsilon, momentum, weightDecay });
      const updates = optimizer([{ name: "p", parameter, gradient }], context);
      const store = newStore();
      const compiled = await store.compile(defineProgram({ name: "rmsprop", inputs: [], outputs: {}, updates }));
      for (const [update, expected] of parameters.entries()) {
        await compiled.run({ gradient: sines(update, 0.5), learningRate: lr });
        const { data } = (await store.state())["p"]!;
        // float32 against float64: rounding of the first mean squares, a hundredth of the gradient's, is the largest part.
        expected.forEach((value, index) => expect(Math.abs(data[index]! - value)).toBeLessThan(5e-6));
      }
      await store.release();
    },
  );

  it("refuses what would not converge", () => {
    expect(() => rmsProp({ decay: 1 })).toThrow("rmsProp: decay must be in [0, 1), got 1");
    expect(() => rmsProp({ momentum: -0.1 })).toThrow("momentum must be in [0, 1)");
  });
});

describe("parameter groups", () => {
  it("have their own rate and optimizer; frozen ones and their moments do not move", async () => {
    const step = trainStep({
      networks: ["net"],
      trained: "net",
      inputs: { image: { shape: [1, 1, 4, 4] } },
      loss: ({ net }, { image }) => {
        const hidden = tanh(conv2d(net.at("stem"), image, { channels: 2, kernel: 3 }));
        const middle = tanh(conv2d(net.at("middle"), hidden, { channels: 2, kernel: 3 }));
        return { total: mean(square(conv2d(net.at("head"), middle, { channels: 1, kernel: 1 }))) };
      },
      frozen: (name) => name.startsWith("net.stem."),
      optimizer: sgd(),
      groups: [
        { match: (name) => name.startsWith("net.head."), learningRate: "headRate" },
        { match: (name) => name.endsWith(".bias"), optimizer: adamW({ weightDecay: 0 }) },
      ],
    });
    expect(Object.keys(step.inputs).sort()).toEqual(["headRate", "image", "learningRate"]);
    const store = newStore();
    const compiled = await store.compile(step);
    const names = Object.keys(await store.state()).sort();
    expect(names.filter((name) => name.startsWith("train."))).toEqual([
      "train.first.net.middle.bias",
      "train.second.net.middle.bias",
      "train.step",
    ]);
    const before = await store.state();
    await compiled.run({ image: draw(16, "image"), learningRate: 0, headRate: 0.1 });
    expect(changed(before, await store.state()).filter((name) => name.startsWith("net."))).toEqual([
      "net.head.bias",
      "net.head.weight",
    ]);
    await store.release();
  });

  it("a group that matches nothing, and a step with nothing to train, are refused", () => {
    const make = (parts: object) =>
      trainStep({
        networks: ["net"],
        trained: "net",
        inputs: { image: { shape: [1, 1, 4, 4] } },
        loss: ({ net }, { image }) => ({ total: mean(conv2d(net, image, { channels: 1, kernel: 1 })) }),
        optimizer: sgd(),
        ...parts,
      });
    expect(() => make({ groups: [{ match: (name: string) => name === "net.wait" }] })).toThrow(/group 0 matches no/);
    expect(() => make({ frozen: () => true })).toThrow(/all 2 parameters are frozen/);
  });
});

describe("amsgrad", () => {
  it("divides by the largest second moment so far", async () => {
    const [beta1, beta2, rate] = [0.9, 0.99, 0.1];
    const step = trainStep({
      networks: ["net"],
      trained: "net",
      inputs: { slope: { shape: [2] } },
      loss: ({ net }, { slope }) => {
        const p = net.parameter("p", { shape: [2], init: () => Float32Array.of(1, -1) });
        return { total: mul(mean(mul(p, slope)), 2) }; // gradient = slope
      },
      optimizer: adam({ beta1, beta2, amsgrad: true }),
    });
    const store = newStore();
    const compiled = await store.compile(step);
    const [p, m, v, largest] = [
      [1, -1],
      [0, 0],
      [0, 0],
      [0, 0],
    ] as [number[], number[], number[], number[]];
    for (const [t, slope] of [
      [3, -2],
      [0.1, 0.2],
      [0.1, -0.1],
      [-4, 0],
    ].entries()) {
      await compiled.run({ slope: Float32Array.from(slope), learningRate: rate });
      for (const i of [0, 1]) {
        m[i] = beta1 * m[i]! + (1 - beta1) * slope[i]!;
        v[i] = beta2 * v[i]! + (1 - beta2) * slope[i]! ** 2;
        largest[i] = Math.max(largest[i]!, v[i]);
        const corrected = Math.sqrt(largest[i] / (1 - beta2 ** (t + 1))) + 1e-8;
        p[i]! -= (rate * m[i]) / (1 - beta1 ** (t + 1)) / corrected;
      }
      const state = await store.state();
      for (const i of [0, 1]) {
        expect(state["net.p"]!.data[i]!).toBeCloseTo(p[i]!, 5);
        expect(state["train.largest.net.p"]!.data[i]!).toBeCloseTo(largest[i]!, 6);
      }
    }
    await store.release();
  });
});

describe("several programs over one store", () => {
  it("a GAN: one program paints, one trains the discriminator on it, one the generator through it", async () => {
    const shape = [2, 1, 8, 8];
    const paint = (g: Scope, mask: Tensor) =>
      tanh(conv2d(g.at("out"), tanh(conv2d(g.at("in"), mask, { channels: 4, kernel: 3 })), { channels: 1, kernel: 3 }));
    const judge = (d: Scope, mask: Tensor, image: Tensor) => {
      const pair = concat([mask, image], { axis: 1 });
      return conv2d(d.at("out"), tanh(conv2d(d.at("in"), pair, { channels: 4, kernel: 3, stride: 2 })), {
        channels: 1,
        kernel: 3,
      });
    };
    const towards = (logits: Tensor, label: 0 | 1) =>
      binaryCrossEntropyWithLogits(logits, add(mul(stopGradient(logits), 0), label));
    const painting = inferStep({
      name: "paint",
      networks: ["g"],
      inputs: { mask: { shape } },
      outputs: ({ g }, { mask }) => ({ fake: paint(g, mask) }),
    });
    const judging = trainStep({
      name: "judging",
      networks: ["d"],
      trained: "d",
      inputs: { mask: { shape }, image: { shape }, fake: { shape } },
      loss: ({ d }, { mask, image, fake }) => {
        const [onReal, onFake] = [towards(judge(d, mask, image), 1), towards(judge(d, mask, fake), 0)];
        return { total: mul(add(onReal, onFake), 0.5), onReal, onFake };
      },
      optimizer: adam({ beta1: 0.5 }),
    });
    const drawing = trainStep({
      name: "drawing",
      networks: ["g", "d"],
      trained: "g",
      inputs: { mask: { shape }, image: { shape } },
      loss: ({ g, d }, { mask, image }) => {
        const fake = paint(g, mask);
        return { total: add(towards(judge(d, mask, fake), 1), mul(meanAbsoluteError(fake, image), 10)) };
      },
      optimizer: adam({ beta1: 0.5 }),
    });
    // The discriminator's loss on live images with a stop-gradient: no gradient reaches the generator either way.
    const both = trainStep({
      name: "both",
      networks: ["g", "d"],
      trained: ["g", "d"],
      inputs: { mask: { shape }, image: { shape } },
      loss: ({ g, d }, { mask, image }) => {
        const fake = paint(g, mask);
        const forG = add(towards(judge(d.frozen(), mask, fake), 1), mul(meanAbsoluteError(fake, image), 10));
        const forD = add(towards(judge(d, mask, image), 1), towards(judge(d, mask, stopGradient(fake)), 0));
        return { total: add(forG, mul(forD, 0.5)) };
      },
      optimizer: sgd(),
    });

    const store = newStore();
    const painter = await store.compile(painting);
    const critic = await store.compile(judging);
    const artist = await store.compile(drawing);
    const mask = draw(128, "mask");
    const image = Float32Array.from(mask, (value) => Math.tanh(value) * 0.5);
    const distances: number[] = [];
    for (let update = 0; update < 30; update++) {
      const { fake } = await painter.run({ mask });
      const before = await store.state();
      const { total } = scalars(await critic.run({ mask, image, fake: fake!.data, learningRate: 2e-3 }));
      expect(Number.isFinite(total)).toBe(true);
      const between = await store.state();
      expect(changed(before, between).some((name) => /^(g|drawing)\./.test(name))).toBe(false);
      await artist.run({ mask, image, learningRate: 1e-2 });
      expect(changed(between, await store.state()).some((name) => /^(d|judging)\./.test(name))).toBe(false);
      distances.push(image.reduce((sum, value, i) => sum + Math.abs(value - (fake!.data as Float32Array)[i]!), 0));
    }
    expect(distances.at(-1)!).toBeLessThan(0.5 * distances[0]!);

    // One program for both networks moves each as its own program would.
    const start = await store.state();
    const { fake } = await painter.run({ mask });
    const at = async (step: ReturnType<typeof trainStep>, feeds: Record<string, Feed>) => {
      await store.restore(start);
      const compiled = await store.compile(step);
      await compiled.run({ ...feeds, learningRate: 0.1 });
      await compiled.release();
      return await store.state();
    };
    const together = await at(both, { mask, image });
    const apart = {
      g: await at(plain("g"), { mask, image }),
      d: await at(plain("d"), { mask, image, fake: fake!.data }),
    };
    for (const [name, { data }] of Object.entries(together)) {
      const alone = /^g\./.test(name) ? apart.g : /^d\./.test(name) ? apart.d : null;
      if (!alone) continue;
      for (const [i, value] of data.entries()) expect(value, name).toBeCloseTo(alone[name]!.data[i]!, 6);
    }
    await store.release();

    function plain(which: "g" | "d") {
      return which === "g"
        ? trainStep({
            name: "plainG",
            networks: ["g", "d"],
            trained: "g",
            inputs: { mask: { shape }, image: { shape } },
            loss: ({ g, d }, fed) => {
              const drawn = paint(g, fed.mask);
              const total = add(towards(judge(d, fed.mask, drawn), 1), mul(meanAbsoluteError(drawn, fed.image), 10));
              return { total };
            },
            optimizer: sgd(),
          })
        : trainStep({
            name: "plainD",
            networks: ["d"],
            trained: "d",
            inputs: { mask: { shape }, image: { shape }, fake: { shape } },
            loss: ({ d }, fed) => ({
              total: mul(add(towards(judge(d, fed.mask, fed.image), 1), towards(judge(d, fed.mask, fed.fake), 0)), 0.5),
            }),
            optimizer: sgd(),
          });
    }
  });

  it("two programs of one name are two forms of one step: they share moments and counter", async () => {
    const form = (isLate: boolean) =>
      trainStep({
        networks: ["net"],
        trained: "net",
        inputs: { image: { shape: [1, 1, 4, 4] } },
        loss: ({ net }, { image }) => {
          const drawn = conv2d(net, image, { channels: 1, kernel: 3 });
          const early = mean(square(drawn));
          return { total: isLate ? add(early, meanAbsoluteError(drawn, image)) : early };
        },
        optimizer: adam(),
      });
    const store = newStore();
    const forms = [await store.compile(form(false)), await store.compile(form(true))];
    for (const compiled of [...forms, forms[0]!]) await compiled.run({ image: draw(16, "image"), learningRate: 0.1 });
    const state = await store.state();
    expect(state["train.step"]!.data[0]).toBe(3);
    expect(Object.keys(state)).toHaveLength(2 + 2 * 2 + 1);
    await store.release();
  });

  it("a student learns from a teacher that follows it, at a rate fed on every run", async () => {
    const shape = [2, 1, 8, 8];
    const network = (scope: Scope, image: Tensor) => conv2d(scope, tanh(image), { channels: 2, kernel: 3 });
    const step = trainStep({
      networks: ["student", "teacher"],
      trained: "student",
      inputs: { image: { shape }, noisy: { shape }, weight: { shape: [2] } },
      loss: ({ student, teacher }, { image, noisy, weight }) => {
        const target = stopGradient(softmax(network(teacher, image), { axis: 1 }));
        const difference = square(sub(softmax(network(student, noisy), { axis: 1 }), target));
        return { total: mean(mul(mean(difference, { axes: [1, 2, 3] }), weight)) }; // one weight per image
      },
      optimizer: sgd({ momentum: 0.9 }),
      after: [ema({ from: "student", to: "teacher", decay: "decay" })],
    });
    const store = newStore();
    const compiled = await store.compile(step);
    const feeds = { image: draw(128, "a"), noisy: draw(128, "b"), weight: Float32Array.of(1, 0.2), learningRate: 1 };
    const start = await store.state();
    await compiled.run({ ...feeds, decay: 1 });
    const kept = await store.state();
    expect(isSame(kept["teacher.weight"]!.data, start["teacher.weight"]!.data)).toBe(true);
    await compiled.run({ ...feeds, decay: 0 });
    const copied = await store.state();
    for (const [i, value] of copied["teacher.weight"]!.data.entries()) {
      expect(value).toBeCloseTo(copied["student.weight"]!.data[i]!, 6);
    }
    await store.release();
  });

  it("frozen() reads the same weights without training them: a copy for a loss costs no second copy", async () => {
    const step = trainStep({
      networks: ["control", "decoder"],
      trained: ["control", "decoder"],
      inputs: { image: { shape: [1, 1, 4, 4] }, target: { shape: [1, 1, 4, 4] } },
      loss: ({ control, decoder }, { image, target }) => {
        const steered = tanh(conv2d(control, image, { channels: 2, kernel: 3 }));
        const drawn = conv2d(decoder.frozen(), steered, { channels: 1, kernel: 3 });
        return { total: meanSquaredError(sigmoid(drawn), target) };
      },
      optimizer: sgd(),
    });
    const store = newStore();
    const compiled = await store.compile(step);
    const before = await store.state();
    await compiled.run({ image: draw(16, "image"), target: draw(16, "target"), learningRate: 1 });
    const moved = changed(before, await store.state());
    expect(moved).toEqual(["control.bias", "control.weight", "train.step"]);
    await store.release();
  });
});

describe("a step that cannot be meant is refused when it is written", () => {
  const spec = {
    networks: ["net"],
    trained: "net",
    inputs: { image: { shape: [1, 1, 4, 4] } },
    loss: ({ net }: { net: Scope }, { image }: { image: Tensor }) => ({
      total: mean(conv2d(net, image, { channels: 1, kernel: 3 })),
    }),
    optimizer: adam(),
  } as const;
  const withTerm = (name: string, term: (image: Tensor) => Tensor): typeof spec.loss => {
    return (networks, inputs) => ({ ...spec.loss(networks, inputs), [name]: term(inputs.image) });
  };
  it.each<[string, () => unknown, RegExp]>([
    ["a limit of 0", () => trainStep({ ...spec, clipNorm: 0 }), /clipNorm must be above 0, got 0/],
    ["a limit that turns gradients round", () => trainStep({ ...spec, clipNorm: -1 }), /clipNorm must be above 0/],
    [
      "an unknown network",
      () => trainStep({ ...spec, trained: "nett" as "net" }),
      /trained: no network is called nett; networks: net/,
    ],
    [
      "an average of nothing",
      () => trainStep({ ...spec, after: [ema({ from: "nett", to: "a", decay: 0.9 })] }),
      /after: no network is called nett/,
    ],
    [
      "a term of many numbers",
      () => trainStep({ ...spec, loss: withTerm("made", (image) => image) }),
      /term made must be one number, got \[1, 1, 4, 4\]/,
    ],
    [
      "a term with the name of an output",
      () => trainStep({ ...spec, accumulate: 2, loss: withTerm("micro", mean) }),
      /output micro of its own/,
    ],
    ["a loss scale of 0", () => trainStep({ ...spec, precision: "float16", lossScale: { initial: 0 } }), /initial > 0/],
    ["a moment that forgets nothing", () => adam({ beta1: 1 }), /beta1 must be in \[0, 1\), got 1/],
  ])("%s", (_, build, message) => {
    expect(build).toThrow(message);
  });
});
