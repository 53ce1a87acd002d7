/**
 * @file Gradients of gradients on whole networks: Hessian-vector products and hypergradients against finite differences, on a
 * small version of a three-level search: a generator with mixed cells, a discriminator, a segmenter.
 */
import { describe, expect, it } from "vitest";
import {
  add,
  averageBlocks,
  broadcastTo,
  concat,
  convolution,
  convolutionInputGradient,
  defineProgram,
  gather,
  gradients,
  constant,
  input,
  instanceNormalization,
  leakyRelu,
  maxPoolNd,
  mean,
  mul,
  reshape,
  Scope,
  sigmoid,
  silu,
  softmax,
  softplus,
  sqrt,
  square,
  stopGradient,
  sub,
  substitute,
  sumOver,
  tanh,
  div,
  type Tensor,
} from "../../src-main/engine/index.ts";
import { ParameterStore, type TensorData } from "../../src-main/engine/runtime/index.ts";
import { Random } from "../../src-main/random/index.ts";
import {
  adam,
  binaryCrossEntropyWithLogits,
  differenceGradient,
  differenceProduct,
  hessianVectorProduct,
  trainStep,
  unrolledGradient,
  virtualStep,
  withGradients,
} from "../../src-main/training/index.ts";

const newStore = (seed = 3) =>
  new ParameterStore({ device: "cpu", threads: 1, random: (name) => new Random(seed, name) });
const normal = (deviation: number) => (shape: readonly number[], random: { normal(): number }) =>
  Float32Array.from({ length: shape.reduce((size, dim) => size * dim, 1) }, () => deviation * random.normal());

function conv(scope: Scope, x: Tensor, channels: number, kernel: number, stride = 1): Tensor {
  const weight = scope.parameter("weight", { shape: [channels, x.shape[1]!, kernel, kernel], init: normal(0.4) });
  const bias = scope.parameter("bias", { shape: [channels], init: normal(0.1) });
  const padding = (kernel - stride) >> 1;
  return convolution([x, weight, bias], {
    stride: [stride, stride],
    padding: stride === 1 ? [kernel >> 1, kernel >> 1] : [padding, padding],
    dilation: [1, 1],
    groups: 1,
  });
}

/** Twofold enlargement by a transposed convolution of kernel 4, 6 or 8. */
function up(scope: Scope, x: Tensor, channels: number, kernel: number): Tensor {
  const weight = scope.parameter("weight", { shape: [x.shape[1]!, channels, kernel, kernel], init: normal(0.25) });
  return convolutionInputGradient(x, weight, {
    stride: [2, 2],
    padding: [(kernel - 2) / 2, (kernel - 2) / 2],
    dilation: [1, 1],
    groups: 1,
    inputSize: [2 * x.shape[2]!, 2 * x.shape[3]!],
  });
}

function norm(scope: Scope, x: Tensor): Tensor {
  const shape = [x.shape[1]!];
  return instanceNormalization(
    x,
    scope.parameter("scale", { shape, init: (dims) => new Float32Array(dims[0]!).fill(1) }),
    scope.parameter("shift", { shape, init: normal(0.1) }),
    { epsilon: 1e-3 },
  );
}

/** Σᵢ softmax(A[row])ᵢ · opᵢ(x), three transposed convolutions. */
function cell(scope: Scope, x: Tensor, channels: number, logits: Tensor, row: number): Tensor {
  const mixture = softmax(gather(logits, constant([row], { shape: [1], dtype: "int64" }), { axis: 0 }), { axis: 1 });
  const parts = [4, 6, 8].map((kernel, index) => {
    const share = reshape(gather(mixture, constant([index], { shape: [1], dtype: "int64" }), { axis: 1 }), { to: [] });
    return mul(up(scope.at(`up${kernel}`), x, channels, kernel), share);
  });
  return parts.reduce((total, part) => add(total, part));
}

type Smooth = (x: Tensor) => Tensor;

/** mask [N, 1, 8, 8] -> image [N, 1, 8, 8]: one halving, skip, mixed cells. */
function generator(scope: Scope, mask: Tensor, logits: Tensor, activation: Smooth): Tensor {
  const outer = conv(scope.at("down0"), mask, 3, 4, 2); // [N, 3, 4, 4]
  const inner = norm(scope.at("norm1"), conv(scope.at("down1"), activation(outer), 4, 4, 2)); // [N, 4, 2, 2]
  const rise = norm(scope.at("norm2"), cell(scope.at("cell0"), activation(inner), 3, logits, 0));
  return sigmoid(tanh(cell(scope.at("cell1"), activation(concat([outer, rise], { axis: 1 })), 1, logits, 1)));
}

const largest: Smooth = (x) => maxPoolNd(x, { kernel: [2, 2], stride: [2, 2], padding: [0, 0] });

/** image -> logits, with a pooled branch. */
function segmenter(scope: Scope, image: Tensor, activation: Smooth, pool = largest): Tensor {
  const fine = activation(norm(scope.at("norm"), conv(scope.at("in"), image, 3, 3)));
  const coarse = pool(fine);
  const back = up(scope.at("up"), activation(conv(scope.at("deep"), coarse, 4, 3)), 3, 4);
  return conv(scope.at("out"), concat([fine, back], { axis: 1 }), 1, 3);
}

/** Binary cross-entropy and soft Dice over the batch. */
function segmentationLoss(logits: Tensor, target: Tensor): Tensor {
  const p = sigmoid(logits);
  const overlap = add(mul(sumOver(mul(p, target)), 2), 1e-6);
  const dice = sub(1, div(overlap, add(add(sumOver(p), sumOver(target)), 1e-6)));
  return add(binaryCrossEntropyWithLogits(logits, target), dice);
}

const SHAPE = [2, 1, 8, 8];
const RATE_G = 0.05;
const RATE_S = 0.1;

/** The three levels of the search, on one graph. */
function threeLevels(activation: Smooth, pool = largest) {
  const fed = Object.fromEntries(
    ["mask", "image", "deformed", "validImage", "validMask"].map((name) => [name, input(name, { shape: SHAPE })]),
  ) as Record<"mask" | "image" | "deformed" | "validImage" | "validMask", Tensor>;
  const [g, h, s] = ["g", "h", "s"].map((name) => Scope.root(name)) as [Scope, Scope, Scope];
  const logits = Scope.root("a").parameter("logits", { shape: [2, 3], init: normal(0.3) });
  const drawn = generator(g, fed.mask, logits, activation);
  const judged = conv(h.at("out"), activation(conv(h.at("in"), concat([fed.mask, drawn], { axis: 1 }), 3, 3)), 1, 3);
  const distance = sqrt(add(square(sub(drawn, fed.image)), 1e-3)); // smooth |·|
  const lossG = add(mean(softplus(mul(judged, -1))), mul(mean(distance), 10));
  const synthetic = generator(g, fed.deformed, logits, activation);
  const lossS = add(
    segmentationLoss(segmenter(s, fed.image, activation, pool), fed.mask),
    segmentationLoss(segmenter(s, synthetic, activation, pool), fed.deformed),
  );
  const lossValid = segmentationLoss(segmenter(s, fed.validImage, activation, pool), fed.validMask);
  const stepG = { loss: lossG, weights: g.parameters(), rate: RATE_G };
  const stepS = { loss: lossS, weights: s.parameters(), rate: RATE_S };
  return { fed: Object.values(fed), logits, lossG, lossS, lossValid, stepG, stepS };
}

function drawFeeds(seed: number) {
  const random = new Random("three levels", seed);
  const image = () => Float32Array.from({ length: 128 }, () => random.uniform());
  const mask = () => Float32Array.from({ length: 128 }, () => (random.uniform() > 0.5 ? 1 : 0));
  return { mask: mask(), image: image(), deformed: mask(), validImage: image(), validMask: mask() };
}

const numbers = (tensor: TensorData | undefined) => Array.from(tensor!.data as Float32Array);
const norm2 = (values: readonly number[]) => Math.hypot(...values);
const relative = (a: readonly number[], b: readonly number[]) => norm2(a.map((one, i) => one - b[i]!)) / norm2(b);
const cosine = (a: readonly number[], b: readonly number[]) =>
  a.reduce((total, one, i) => total + one * b[i]!, 0) / (norm2(a) * norm2(b));

describe("Hessian-vector products", () => {
  it("agree with differences of gradients in a random direction, through every op of generator and segmenter", async () => {
    for (const activation of [silu, (x: Tensor) => leakyRelu(x, { slope: 0.2 })]) {
      const { fed, lossG, lossS, stepG, stepS } = threeLevels(activation);
      for (const { loss, weights } of [
        { loss: lossG, weights: stepG.weights },
        { loss: lossS, weights: [...stepS.weights, ...stepG.weights] },
      ]) {
        const vectors = weights.map((weight, index) => input(`v${index}`, { shape: weight.shape }));
        const products = hessianVectorProduct(loss, weights, vectors);
        const length = activation === silu ? 1e-3 : 2e-4; // a shorter way crosses fewer kinks
        const differences = differenceProduct({ loss, weights, vectors, wrt: weights, length });
        const outputs = Object.fromEntries(
          weights.flatMap((_, index) => [
            [`exact${index}`, products[index]!],
            [`near${index}`, differences[index]!],
          ]),
        );
        const store = newStore();
        const compiled = await store.compile(defineProgram({ name: "hvp", inputs: fed, outputs }));
        const random = new Random("directions");
        const drawn = vectors.map(({ shape }, index) => [`v${index}`, normal(1)(shape, random)] as const);
        const values = await compiled.run({
          ...pick(compiled.program.inputs, drawFeeds(1)),
          ...Object.fromEntries(drawn),
        });
        const exact = weights.flatMap((_, index) => numbers(values[`exact${index}`]));
        const near = weights.flatMap((_, index) => numbers(values[`near${index}`]));
        expect(norm2(exact)).toBeGreaterThan(1e-2);
        expect(relative(near, exact)).toBeLessThan(activation === silu ? 5e-3 : 5e-2);
        await store.release();
      }
    }
  });
});

/** The feeds that a program takes. */
function pick<Value>(inputs: Readonly<Record<string, unknown>>, feeds: Record<string, Value>): Record<string, Value> {
  return Object.fromEntries(Object.entries(feeds).filter(([name]) => name in inputs));
}

describe("hypergradients", () => {
  it("exact and by differences agree, on both routes, and the direct route alone points the same way", async () => {
    const { fed, logits, lossValid, stepG, stepS } = threeLevels(silu);
    const wrt = [logits];
    const both = { outer: lossValid, steps: [stepG, stepS], wrt };
    const direct = { outer: lossValid, steps: [stepS], wrt };
    const outputs = {
      exact: unrolledGradient(both)[0]!,
      near: differenceGradient(both)[0]!,
      third: differenceGradient({ ...both, length: 1e-3 / 3 })[0]!,
      exactDirect: unrolledGradient(direct)[0]!,
      nearDirect: differenceGradient(direct)[0]!,
    };
    const program = defineProgram({ name: "hyper", inputs: fed, outputs });
    const errors: number[] = [];
    for (let seed = 0; seed < 2; seed++) {
      const store = newStore(seed);
      const compiled = await store.compile(program);
      const before = await store.state();
      const values = await compiled.run(pick(program.inputs, drawFeeds(seed)));
      const of = (name: keyof typeof outputs) => numbers(values[name]);
      errors.push(relative(of("near"), of("exact")), relative(of("nearDirect"), of("exactDirect")));
      expect(cosine(of("near"), of("exact"))).toBeGreaterThan(0.9999);
      expect(cosine(of("exactDirect"), of("exact"))).toBeGreaterThan(0.95);
      expect(relative(of("third"), of("near"))).toBeLessThan(0.01);
      expect(await store.state()).toEqual(before); // virtual steps leave every weight as it is
      await store.release();
    }
    // Rounding of float32 losses divided by steps of 1e-3 / ‖v‖.
    expect(Math.max(...errors)).toBeLessThan(5e-3);
  });

  it("the exact one agrees with moving each architecture number and doing the two steps", async () => {
    // Mean pooling: where a maximum changes hands, the virtual step itself jumps, and so does the whole procedure.
    const mean2: Smooth = (x) => averageBlocks(x, { factor: [2, 2] });
    const { fed, logits, lossValid, stepG, stepS } = threeLevels(silu, mean2);
    const exact = unrolledGradient({ outer: lossValid, steps: [stepG, stepS], wrt: [logits] })[0]!;
    // The whole procedure as a function of the logits: two virtual steps, then the validation loss.
    const moved = input("logits", { shape: logits.shape });
    const movedG = virtualStep(stepG);
    const lossS = substitute([stepS.loss], movedG)[0]!;
    const movedS = virtualStep({ ...stepS, loss: lossS });
    const outer = substitute([lossValid], movedS)[0]!;
    const outerAt = substitute([outer], new Map([[logits, moved]]))[0]!;
    const store = newStore(5);
    const program = defineProgram({ name: "brute", inputs: fed, outputs: { exact, outerAt } });
    const compiled = await store.compile(program);
    const feeds = pick(program.inputs, { ...drawFeeds(5), logits: new Float32Array(6) });
    const start = (await store.state())["a.logits"]!.data;
    const outerWith = async (index: number, offset: number) => {
      const changed = Float32Array.from(start);
      changed[index]! += offset;
      return numbers((await compiled.run({ ...feeds, logits: changed }))["outerAt"])[0]!;
    };
    const brute: number[] = [];
    for (let index = 0; index < 6; index++) {
      const step = 0.1; // the loss is smooth in the logits, and its float32 rounding is 1e-7: fourth order, long step
      const inner = (await outerWith(index, step)) - (await outerWith(index, -step));
      const far = (await outerWith(index, 2 * step)) - (await outerWith(index, -2 * step));
      brute.push((8 * inner - far) / (12 * step));
    }
    const values = numbers((await compiled.run({ ...feeds, logits: start }))["exact"]);
    expect(relative(brute, values)).toBeLessThan(2e-2);
    await store.release();
  });

  it("several virtual steps on one network unroll one after the other", async () => {
    // L(w) = a w², three steps of rate r: w (1 - 2 a r)³; outer w³²: d/da = -2 · 3 · 2 r w² (1 - 2 a r)⁵
    const a = input("a", { shape: [] });
    const w = input("w", { shape: [] });
    const step = { loss: mul(a, square(w)), weights: [w], rate: 0.1 };
    const slope = unrolledGradient({ outer: square(w), steps: [step, step, step], wrt: [a] })[0]!;
    const store = newStore();
    const compiled = await store.compile(defineProgram({ name: "unroll", outputs: { slope } }));
    const value = numbers((await compiled.run({ a: 0.7, w: 1.3 }))["slope"])[0]!;
    expect(value).toBeCloseTo(-12 * 0.1 * 1.3 ** 2 * (1 - 0.14) ** 5, 5);
    expect(() => differenceGradient({ outer: square(w), steps: [step, step], wrt: [a] })).toThrow(/two steps/);
    await store.release();
  });

  it("a stop-gradient on the synthetic images leaves the direct route exactly zero", async () => {
    const { fed, logits, lossValid, stepS } = threeLevels(silu);
    const cut = substitute([stepS.loss], new Map([[logits, stopGradient(logits)]]))[0]!;
    const options = { outer: lossValid, steps: [{ ...stepS, loss: cut }], wrt: [logits] };
    const outputs = { exact: unrolledGradient(options)[0]!, near: differenceGradient(options)[0]! };
    const store = newStore();
    const compiled = await store.compile(defineProgram({ name: "cut", inputs: fed, outputs }));
    const values = await compiled.run(drawFeeds(0));
    expect(numbers(values["exact"])).toEqual(Array(6).fill(0));
    expect(numbers(values["near"]).map(Math.abs)).toEqual(Array(6).fill(0));
    await store.release();
  });

  it("trains the architecture of a three-level search, and nothing else", async () => {
    const store = newStore(7);
    const step = trainStep({
      name: "architecture",
      networks: ["a"],
      trained: "a",
      inputs: Object.fromEntries(Object.keys(drawFeeds(0)).map((name) => [name, { shape: SHAPE }])),
      loss: ({ a }, fed) => {
        const [s, g] = [Scope.root("s"), Scope.root("g")];
        const logits = a.parameter("logits", { shape: [2, 3], init: normal(0.3) });
        const synthetic = generator(g, fed["deformed"]!, logits, silu);
        const loss = segmentationLoss(segmenter(s, synthetic, silu), fed["deformed"]!);
        const outer = segmentationLoss(segmenter(s, fed["validImage"]!, silu), fed["validMask"]!);
        const steps = [{ loss, weights: s.parameters(), rate: RATE_S }];
        return { total: withGradients(outer, [logits], differenceGradient({ outer, steps, wrt: [logits] })) };
      },
      optimizer: adam({ beta1: 0.5 }),
    });
    const compiled = await store.compile(step);
    const before = await store.state();
    for (let k = 0; k < 3; k++) await compiled.run({ ...drawFeeds(k), learningRate: 0.01 });
    const after = await store.state();
    for (const name of Object.keys(before)) {
      const isSame = Buffer.from(before[name]!.data.buffer).equals(Buffer.from(after[name]!.data.buffer));
      expect(isSame, name).toBe(!/^(a|architecture)\./.test(name));
    }
    await store.release();
  });
});

it("gradients of a broadcast seed are themselves differentiable", async () => {
  const x = input("x", { shape: [] });
  const y = sumOver(broadcastTo(square(x), { to: [3] }));
  const [first] = gradients(y, [x]);
  const [second] = gradients(first!, [x]);
  const store = newStore();
  const compiled = await store.compile(defineProgram({ name: "twice", inputs: [x], outputs: { second: second! } }));
  expect(numbers((await compiled.run({ x: 2 }))["second"])).toEqual([6]);
  await store.release();
});
