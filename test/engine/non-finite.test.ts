/** @file A step whose loss or weights are not finite: it stops, changes nothing, and says which op did it. */
import { describe, expect, it } from "vitest";
import {
  add,
  broadcastTo,
  constant,
  defineProgram,
  div,
  exp,
  input,
  log,
  mean,
  mul,
  relu,
  scalar,
  softmax,
  sqrt,
  state,
  sub,
  sumOver,
  where,
  type Scope,
  type Tensor,
} from "../../src-main/engine/index.ts";
import { NonFiniteError, ParameterStore, type Feeds } from "../../src-main/engine/runtime/index.ts";
import { conv2d } from "../../src-main/networks/index.ts";
import { Random } from "../../src-main/random/index.ts";
import { adamW, sgd, trainStep } from "../../src-main/training/index.ts";

const SHAPE = [2, 1, 4, 4] as const;
const image = Float32Array.from({ length: 32 }, (_, index) => 0.1 + (index % 5) / 10);

/** Trains once on `feeds` and returns the error, having checked that the store is as it was and still works. */
async function failOf(loss: (net: Scope, image: Tensor) => Tensor, feeds: Feeds = {}, optimizer = adamW()) {
  const program = trainStep({
    networks: ["net"],
    trained: "net",
    inputs: { image: { shape: SHAPE } },
    loss: ({ net }, fed) => ({ total: loss(net, fed.image) }),
    optimizer,
  });
  const store = new ParameterStore({ device: "cpu", random: (name) => new Random(3, name) });
  const compiled = await store.compile(program);
  const before = await store.state();
  const error: unknown = await compiled.run({ image, learningRate: 0.01, ...feeds }).catch((thrown: unknown) => thrown);
  expect(await store.state()).toEqual(before);
  await store.release();
  expect(error).toBeInstanceOf(NonFiniteError);
  return error as NonFiniteError;
}

const layers = (net: Scope, x: Tensor) =>
  conv2d(net.at("head"), relu(conv2d(net.at("stem"), x, { channels: 3, kernel: 3 })), { channels: 2, kernel: 1 });

describe("the first op that made a value that is not finite", () => {
  it("a logarithm of a negative number", async () => {
    const { origin, broken, message } = await failOf((net, x) => mean(log(sub(layers(net, x), 100))));
    expect(broken).toEqual({ kind: "loss", names: ["total"] });
    expect(origin).toMatchObject({ kind: "op", opName: "log", path: "net.head", pass: "forward" });
    expect(origin).toMatchObject({ found: { value: "NaN", at: [0, 0, 0, 0], count: 64, of: 64 } });
    expect(message).toMatch(
      /^train: total: not finite any more\. The first operation .*: log at net\.head \(forward\): NaN at \[0, 0, 0, 0\], 64 of 64/,
    );
    expect(message).toMatch(/computed from float32\[2, 2, 4, 4\] from -10\d\.\d* to -9\d\.\d*\.$/);
  });

  it("a division by zero, before the NaN that follows from it", async () => {
    const { origin } = await failOf((net, x) => {
      const quotient = div(layers(net, x), mul(x, 0)); // ±inf
      return mean(sub(quotient, quotient)); // NaN
    });
    expect(origin).toMatchObject({ kind: "op", opName: "div", path: "net.head", found: { count: 64 } });
    expect((origin as { found: { value: string } }).found.value).toMatch(/inf/);
    expect((origin as { operands: string[] }).operands[1]).toBe("float32[2, 1, 4, 4] = 0");
  });

  it("an exponential that explodes", async () => {
    const { origin } = await failOf((net, x) => mean(exp(mul(exp(layers(net, x)), 1000))));
    expect(origin).toMatchObject({ kind: "op", opName: "exp", found: { value: "inf" } });
  });

  it("is found in the gradient where the loss is finite", async () => {
    // √ at 0 has an infinite slope: 0 · inf in the backward pass.
    const { origin, broken } = await failOf((net, x) => sumOver(sqrt(mul(relu(layers(net, x)), 0))));
    expect(broken.kind).toBe("weight");
    expect(broken.names).toContain("net.head.weight");
    expect(origin).toMatchObject({ kind: "op", path: "net.head", pass: "backward", found: { value: "inf" } });
  });

  it("is found in the optimizer where the gradient is finite", async () => {
    const { origin, broken } = await failOf(
      (net, x) => mul(sumOver(layers(net, x)), 100),
      { learningRate: 3e38 },
      sgd(),
    );
    expect(broken.kind).toBe("weight");
    expect(origin).toMatchObject({ kind: "op", opName: "mul", pass: "update" });
    expect((origin as { path: string }).path).toMatch(/^net\.(stem|head)$/);
  });

  it("is not an infinity that is meant", async () => {
    const { origin } = await failOf((net, x) => {
      const logits = layers(net, x);
      const hidden = constant([1, 0], { shape: [2, 1, 1], dtype: "bool" });
      const mask = where(
        broadcastTo(hidden, { to: logits.shape }),
        broadcastTo(scalar(-Infinity), { to: logits.shape }),
        logits,
      );
      return add(mean(softmax(mask, { axis: 1 })), mean(log(sub(x, 10))));
    });
    expect(origin).toMatchObject({ kind: "op", opName: "log" });
  });

  it("is found at the end of a long program", async () => {
    const { origin } = await failOf((net, x) => {
      let y = layers(net, x);
      for (let step = 0; step < 600; step++) y = add(y, 0.01);
      return mean(log(sub(y, 100)));
    });
    expect(origin).toMatchObject({ kind: "op", opName: "log" });
  });
});

describe("what was not finite before any op", () => {
  it("a pixel of the fed image", async () => {
    const broken = Float32Array.from(image);
    broken[21] = NaN;
    const { origin, message } = await failOf((net, x) => mean(layers(net, x)), { image: broken });
    expect(origin).toEqual({
      kind: "input",
      name: "image",
      found: { value: "NaN", at: [1, 0, 1, 1], count: 1, of: 32 },
    });
    expect(message).toContain("The input image holds NaN at [1, 0, 1, 1], 1 of 32 values not finite.");
  });

  it("the learning rate", async () => {
    const { origin } = await failOf((net, x) => mean(layers(net, x)), { learningRate: NaN });
    expect(origin).toEqual({ kind: "input", name: "learningRate", found: { value: "NaN", at: [], count: 1, of: 1 } });
  });

  it("a state", async () => {
    const { origin } = await failOf((net, x) => {
      const offset = state("net.offset", { shape: [1], init: () => Float32Array.of(-Infinity) });
      return mean(add(layers(net, x), offset));
    });
    expect(origin).toMatchObject({ kind: "state", name: "net.offset", found: { value: "-inf" } });
  });
});

describe("a store", () => {
  const build = async (allowNonFinite: boolean) => {
    const store = new ParameterStore({ device: "cpu", random: (name) => new Random(3, name), allowNonFinite });
    const program = trainStep({
      networks: ["net"],
      trained: "net",
      inputs: { image: { shape: SHAPE } },
      loss: ({ net }, fed) => ({ total: mean(layers(net, fed.image)) }),
      optimizer: adamW(),
    });
    return { store, compiled: await store.compile(program) };
  };
  const broken = new Float32Array(32).fill(NaN);

  it("goes on with the next batch as if the broken one had not been", async () => {
    const [one, other] = [await build(false), await build(false)];
    for (const fed of [image, broken, image]) {
      const run = one.compiled.run({ image: fed, learningRate: 0.01 });
      if (fed === broken) await expect(run).rejects.toThrow(NonFiniteError);
      else await run;
    }
    for (const fed of [image, image]) await other.compiled.run({ image: fed, learningRate: 0.01 });
    expect(await one.store.state()).toEqual(await other.store.state());
    await one.store.release();
    await other.store.release();
  });

  it("lets everything pass when told to, and always in programs that only predict", async () => {
    const { store, compiled } = await build(true);
    const { total } = await compiled.run({ image: broken, learningRate: 0.01 });
    expect(total!.data[0]).toBeNaN();
    await store.release();
    const x = input("x", { shape: [] });
    const strict = new ParameterStore({ device: "cpu", random: (name) => new Random(3, name) });
    const { y } = await (await strict.compile(defineProgram({ name: "p", outputs: { y: log(x) } }))).run({ x: -1 });
    expect(y!.data[0]).toBeNaN();
    await strict.release();
  });
});
