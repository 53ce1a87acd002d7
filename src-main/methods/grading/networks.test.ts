import { afterEach, describe, expect, it } from "vitest";
import { input, Scope, sizeOf, softmax, type Tensor } from "../../engine/index.ts";
import { ParameterStore } from "../../engine/runtime/index.ts";
import { Random } from "../../random/index.ts";
import { inferStep, meanSquaredError, sgd, trainStep } from "../../training/index.ts";
import {
  classifier,
  denoiser,
  fused,
  type GraderShape,
  imageEmbedding,
  lookAtRegions,
  lookAtWhole,
} from "./networks.ts";
import { saliencyCells } from "./regions.ts";

const shape: GraderShape = {
  size: 32,
  channels: 1,
  classes: 3,
  trunk: { kind: "narrow", width: 4 },
  regions: { count: 4, side: 8 },
  topShare: 0.25,
  hidden: 12,
  times: 20,
};
const stores: ParameterStore[] = [];
const newStore = (): ParameterStore => {
  stores.push(new ParameterStore({ device: "cpu", threads: 1, random: (name) => new Random(3, name) }));
  return stores.at(-1)!;
};
afterEach(async () => {
  for (const store of stores.splice(0)) await store.release();
});
const normals = (name: string, count: number): Float32Array => {
  const random = new Random(name);
  return Float32Array.from({ length: count }, () => random.normal());
};
const weightsOf = (build: (scope: Scope) => unknown): number => {
  const scope = Scope.root("network", { mode: "train" });
  build(scope);
  return scope.parameters().reduce((sum, { shape: own }) => sum + sizeOf(own), 0);
};
const softmaxOf = (logits: readonly number[]): number[] => {
  const powers = logits.map((logit) => Math.exp(logit - Math.max(...logits)));
  return powers.map((power) => power / powers.reduce((sum, one) => sum + one, 0));
};

describe("sizes", () => {
  it("the narrow trunk has about 19 000 weights, and halves an image of 64 pixels three times", () => {
    const small: GraderShape = { ...shape, size: 64, channels: 3, trunk: { kind: "narrow", width: 8 } };
    const image = input("image", { shape: [1, 3, 64, 64] });
    expect(weightsOf((scope) => classifier(scope, image, small)) / 19_000).toBeCloseTo(1, 0);
    const { saliency } = lookAtWhole(Scope.root("global", { mode: "train" }), image, small);
    expect(saliency.shape).toEqual([1, 3, 8, 8]);
    expect(saliencyCells(small)).toBe(8);
    expect(saliencyCells({ size: 224, trunk: { kind: "resnet18" } })).toBe(7);
  });

  it("the published denoiser has the published weights", () => {
    const published: GraderShape = { ...shape, classes: 5, hidden: 6144, times: 1000 };
    const row = (name: string, width: number) => input(name, { shape: [2, width] });
    const of = (scope: Scope) =>
      denoiser(
        scope,
        {
          embedded: row("embedded", 6144),
          label: row("label", 5),
          guess: row("guess", 5),
          time: input("time", { shape: [2], dtype: "int64" }),
        },
        published,
      );
    const norms = 3 * 2 * 6144;
    expect(weightsOf(of) - norms).toBe(67_584 + 2 * 37_754_880 + 3 * 6_150_144 + 30_725);
  });
});

describe("close looks", () => {
  const run = async (order: readonly number[], count = 4) => {
    const store = newStore();
    const own = { ...shape, regions: { ...shape.regions, count } };
    const { logits, attention } = (await (
      await store.compile(
        inferStep({
          networks: ["local"],
          inputs: { regions: { shape: [count, 1, 8, 8] } },
          outputs: ({ local }, { regions }) => lookAtRegions(local, regions, own),
        }),
      )
    ).run({ regions: Float32Array.from(order.flatMap((one) => [...normals(`region ${one}`, 64)])) })) as Record<
      "logits" | "attention",
      { data: Float32Array }
    >;
    return { logits: [...logits.data], attention: [...attention.data] };
  };

  it("count by weights of sum 1; another order changes theirs alone", async () => {
    const first = await run([0, 1, 2, 3]);
    expect(first.attention.reduce((sum, one) => sum + one, 0)).toBeCloseTo(1, 6);
    expect(Math.min(...first.attention)).toBeGreaterThan(0);
    expect(new Set(first.attention.map((one) => one.toFixed(6))).size).toBe(4);
    const turned = await run([2, 0, 3, 1]);
    turned.logits.forEach((logit, k) => expect(logit).toBeCloseTo(first.logits[k]!, 5));
    [2, 0, 3, 1].forEach((from, to) => expect(turned.attention[to]).toBeCloseTo(first.attention[from]!, 5));
    expect((await run([1], 1)).attention).toEqual([1]);
  });
});

describe("the look at the whole", () => {
  it("is the mean of the highest cells: of all, of one, and falling between", async () => {
    const image = normals("image", 32 * 32);
    const logitsWith = async (topShare: number) => {
      const store = newStore();
      const program = inferStep({
        networks: ["global"],
        inputs: { image: { shape: [1, 1, 32, 32] } },
        outputs: ({ global }, fed) => lookAtWhole(global, fed.image, { ...shape, topShare }),
      });
      const { saliency, logits } = await (await store.compile(program)).run({ image });
      return { saliency: saliency!.data as Float32Array, logits: [...(logits!.data as Float32Array)] };
    };
    const { saliency, logits: all } = await logitsWith(1);
    const map = (k: number) => [...saliency.subarray(16 * k, 16 * k + 16)];
    all.forEach((logit, k) => expect(logit).toBeCloseTo(map(k).reduce((sum, one) => sum + one, 0) / 16, 5));
    const { logits: highest } = await logitsWith(1 / 16);
    highest.forEach((logit, k) => expect(logit).toBeCloseTo(Math.max(...map(k)), 5));
    const rising = await Promise.all([1, 0.5, 0.25, 0.01].map(async (share) => (await logitsWith(share)).logits[0]!));
    expect(rising).toEqual(rising.toSorted((a, b) => a - b));
  });
});

it("both looks together have the geometric mean of their probabilities", async () => {
  const [whole, regions] = [
    [1.5, -0.3, 0.2],
    [-2, 0.7, 0.1],
  ];
  const store = newStore();
  const program = inferStep({
    networks: [],
    inputs: { whole: { shape: [1, 3] }, regions: { shape: [1, 3] } },
    outputs: (_, fed) => ({ probabilities: softmax(fused(fed.whole, fed.regions), { axis: 1 }) }),
  });
  const feeds = { whole: Float32Array.from(whole), regions: Float32Array.from(regions) };
  const { probabilities } = await (await store.compile(program)).run(feeds);
  const products = softmaxOf(whole).map((share, k) => Math.sqrt(share * softmaxOf(regions)[k]!));
  const sum = products.reduce((total, one) => total + one, 0);
  products.forEach((one, k) => expect((probabilities!.data as Float32Array)[k]).toBeCloseTo(one / sum, 6));
});

describe("the denoiser", () => {
  const rows = 4;
  const program = inferStep({
    networks: ["image", "denoiser"],
    inputs: {
      image: { shape: [rows, 1, 32, 32] },
      label: { shape: [rows, 3] },
      guess: { shape: [rows, 3] },
      time: { shape: [rows], dtype: "int64" },
    },
    outputs: (networks, { image, ...others }): Record<string, Tensor> => ({
      noise: denoiser(networks.denoiser, { embedded: imageEmbedding(networks.image, image, shape), ...others }, shape),
    }),
  });
  const given = () => ({
    image: normals("images", rows * 32 * 32),
    label: normals("labels", rows * 3),
    guess: normals("guesses", rows * 3),
    time: BigInt64Array.from([0n, 5n, 10n, 19n]),
  });
  const answer = async (feeds: ReturnType<typeof given>): Promise<number[]> => {
    const { noise } = await (await newStore().compile(program)).run(feeds);
    return [...(noise!.data as Float32Array)];
  };

  it("answers by image, label, guess and time, each row for itself", async () => {
    const plain = await answer(given());
    for (const name of ["image", "label", "guess", "time"] as const) {
      const changed = given();
      const each = changed[name].length / rows;
      if (changed[name] instanceof BigInt64Array) changed[name][1] = 6n;
      else for (let at = each; at < 2 * each; at++) changed[name][at]! += 0.5;
      const other = await answer(changed);
      const isSame = (row: number) =>
        [0, 1, 2].every((k) => Math.abs(other[3 * row + k]! - plain[3 * row + k]!) < 1e-6);
      expect([0, 1, 2, 3].map(isSame), name).toEqual([true, false, true, true]);
    }
  });

  it("begins with rows of its times between 0 and 1", async () => {
    const store = newStore();
    await store.compile(program);
    const tables = Object.entries(await store.state()).filter(([name]) => name.endsWith("time.weight"));
    expect(tables.map(([, { shape: own }]) => own)).toEqual([
      [21, 12],
      [21, 12],
      [21, 12],
    ]);
    for (const [, { data }] of tables) {
      expect(Math.min(...data)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...data)).toBeLessThan(1);
      expect(Math.max(...data) - Math.min(...data)).toBeGreaterThan(0.9);
    }
  });

  it("has the slopes of finite differences, in every tensor of weights", async () => {
    const small = { ...shape, hidden: 6, times: 5 };
    const row = (width: number) => ({ shape: [rows, width] });
    const step = trainStep({
      networks: ["denoiser"],
      trained: "denoiser",
      inputs: {
        embedded: row(6),
        label: row(3),
        guess: row(3),
        noise: row(3),
        time: { shape: [rows], dtype: "int64" },
      },
      loss: ({ denoiser: scope }, { noise, ...given }) => ({
        total: meanSquaredError(denoiser(scope, given, small), noise),
      }),
      optimizer: sgd(),
    });
    const store = newStore();
    const program = await store.compile(step);
    const feeds = {
      ...{ embedded: normals("z", rows * 6), label: normals("y", rows * 3), guess: normals("m", rows * 3) },
      ...{ noise: normals("e", rows * 3), time: BigInt64Array.from([0n, 2n, 5n, 2n]) },
    };
    const begun = await store.state();
    const lossAt = async (name: string, data: Float32Array<ArrayBuffer>): Promise<number> => {
      await store.restore({ ...begun, [name]: { ...begun[name]!, data } });
      const { total } = await program.run({ ...feeds, learningRate: 0 });
      return (total!.data as Float32Array)[0]!;
    };
    await program.run({ ...feeds, learningRate: 1 });
    const after = await store.state();
    const scope = Scope.root("denoiser", { mode: "train" });
    const given = { embedded: input("z", row(6)), label: input("y", row(3)), guess: input("m", row(3)) };
    denoiser(scope, { ...given, time: input("t", { shape: [rows], dtype: "int64" }) }, small);
    const names = scope.parameters().map(({ path }) => path);
    expect(names.filter((name) => name.endsWith("time.weight"))).toHaveLength(3);
    for (const name of names) {
      const from = begun[name]!.data as Float32Array<ArrayBuffer>;
      const slope = from.map((value, at) => value - (after[name]!.data as Float32Array)[at]!);
      const direction = normals(`direction ${name}`, from.length);
      const told = slope.reduce((sum, value, at) => sum + value * direction[at]!, 0);
      const eps = 4e-3;
      const moved = (times: number) => from.map((value, at) => value + times * eps * direction[at]!);
      const measured = ((await lossAt(name, moved(1))) - (await lossAt(name, moved(-1)))) / (2 * eps);
      expect(Math.abs(measured - told), name).toBeLessThan(2e-3 + 0.02 * Math.abs(told));
      expect(Math.max(...slope.map(Math.abs)), name).toBeGreaterThan(1e-5);
    }
  });
});
