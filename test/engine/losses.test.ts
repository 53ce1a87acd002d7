/** @file Losses by numbers worked by hand, and their gradients by finite differences. */
import { describe, expect, it } from "vitest";
import { input, slice, type Tensor } from "../../src-main/engine/index.ts";
import { Random } from "../../src-main/random/index.ts";
import {
  binaryCrossEntropyWithLogits,
  binaryFocal,
  crossEntropy,
  flowSmoothness,
  focal,
  gaussianDivergence,
  hingeAdversarial,
  huber,
  leastSquaresAdversarial,
  logisticAdversarial,
  mmdRbf,
  softDicePerClass,
  softJaccardPerClass,
  softmaxDivergence,
} from "../../src-main/training/index.ts";
import { checkGradient, evaluate, type Feeds } from "./evaluate.ts";

interface Fed {
  shape: readonly number[];
  values: readonly number[];
  dtype?: "int64";
}

/** Feeds the inputs, returns the numbers of what `build` makes of them. */
async function numbers(fed: Record<string, Fed>, build: (inputs: Record<string, Tensor>) => Tensor): Promise<number[]> {
  const { tensors, feeds } = open(fed);
  const { y } = await evaluate({ y: build(tensors) }, Object.values(tensors), feeds);
  return [...(y!.data as Float32Array)];
}

function open(fed: Record<string, Fed>) {
  const feeds: Feeds = {};
  const tensors: Record<string, Tensor> = {};
  for (const [name, { shape, values, dtype = "float32" }] of Object.entries(fed)) {
    feeds[name] = dtype === "int64" ? BigInt64Array.from(values, BigInt) : Float32Array.from(values);
    tensors[name] = input(name, { shape, dtype });
  }
  return { tensors, feeds };
}

async function number(fed: Record<string, Fed>, build: (inputs: Record<string, Tensor>) => Tensor): Promise<number> {
  const values = await numbers(fed, build);
  expect(values).toHaveLength(1);
  return values[0]!;
}

const list = (...values: number[]): Fed => ({ shape: [values.length], values });
const labels = (shape: readonly number[], ...values: number[]): Fed => ({ shape, values, dtype: "int64" });
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
/** log softmax of one row. */
const logSoftmax = (row: readonly number[]) => {
  const total = Math.log(row.reduce((sum, x) => sum + Math.exp(x), 0));
  return row.map((x) => x - total);
};

const ROWS = [
  [1, -0.5, 0.25],
  [0.3, 2, -1],
];
const logits: Fed = { shape: [2, 3], values: ROWS.flat() };
const target = labels([2], 2, 1);
const [first, second] = ROWS.map(logSoftmax) as [number[], number[]];

describe("cross-entropy", () => {
  it("weighs classes as Σ w loss / Σ w", async () => {
    const loss = await number({ logits, target }, ({ logits, target }) =>
      crossEntropy(logits!, target!, { classWeights: [1, 2, 5] }),
    );
    expect(loss).toBeCloseTo((5 * -first[2]! + 2 * -second[1]!) / 7, 5);
  });

  it("multiplies weights of positions and classes", async () => {
    const weight = list(3, 0.5);
    const loss = await number({ logits, target, weight }, ({ logits, target, weight }) =>
      crossEntropy(logits!, target!, { weight: weight!, classWeights: [1, 2, 5] }),
    );
    expect(loss).toBeCloseTo((15 * -first[2]! + 1 * -second[1]!) / 16, 5);
  });

  it("leaves ignored positions out of the mean, with and without weights", async () => {
    const logits = { shape: [3, 2], values: [1, 2, 0, 3, 5, -1] };
    const target = labels([3], 0, 255, 1);
    const [first, , third] = [logSoftmax([1, 2]), null, logSoftmax([5, -1])];
    const plain = await number({ logits, target }, ({ logits, target }) => crossEntropy(logits!, target!));
    expect(plain).toBeCloseTo(-(first[0]! + third[1]!) / 2, 5);
    const weight = list(3, 7, 1);
    const weighted = await number({ logits, target, weight }, ({ logits, target, weight }) =>
      crossEntropy(logits!, target!, { weight: weight! }),
    );
    expect(weighted).toBeCloseTo(-(3 * first[0]! + third[1]!) / 4, 5);
    const nobody = await number({ logits, target: labels([3], 9, 255, 9) }, ({ logits, target }) =>
      crossEntropy(logits!, target!),
    );
    expect(nobody).toBe(0);
  });

  it("smooths labels: a share goes to all classes alike, none to an ignored position", async () => {
    const smoothed = (row: number[], truth: number) =>
      0.9 * -row[truth]! + (0.1 / 3) * row.reduce((sum, value) => sum - value, 0);
    const smooth = ({ logits, target }: Record<string, Tensor>) =>
      crossEntropy(logits!, target!, { labelSmoothing: 0.1 });
    expect(await number({ logits, target }, smooth)).toBeCloseTo((smoothed(first, 2) + smoothed(second, 1)) / 2, 5);
    expect(await number({ logits, target: labels([2], 2, 255) }, smooth)).toBeCloseTo(smoothed(first, 2), 5);
  });

  it("refuses a wrong count of class weights", () => {
    const { tensors } = open({ logits, target });
    expect(() => crossEntropy(tensors["logits"]!, tensors["target"]!, { classWeights: [1, 2] })).toThrow(
      "expected 3 class weights, got 2",
    );
  });

  it("binary: weighs positives and elements", async () => {
    const fed = { x: list(0.7, -1.2), t: list(1, 0), w: list(2, 1) };
    const parts = [-3 * Math.log(sigmoid(0.7)), -Math.log(1 - sigmoid(-1.2))] as const;
    const plain = await number(fed, ({ x, t }) => binaryCrossEntropyWithLogits(x!, t!, { positiveWeight: 3 }));
    expect(plain).toBeCloseTo((parts[0] + parts[1]) / 2, 5);
    const weighted = await number(fed, ({ x, t, w }) =>
      binaryCrossEntropyWithLogits(x!, t!, { positiveWeight: 3, weight: w! }),
    );
    expect(weighted).toBeCloseTo((2 * parts[0] + parts[1]) / 3, 5);
  });
});

describe("focal", () => {
  it("counts easy examples less; gamma 0 is cross-entropy", async () => {
    const one = (row: number[], truth: number) => (1 - Math.exp(row[truth]!)) ** 2 * -row[truth]!;
    const loss = await number({ logits, target }, ({ logits, target }) =>
      focal(logits!, target!, { alpha: [1, 0.25, 0.5] }),
    );
    expect(loss).toBeCloseTo((0.5 * one(first, 2) + 0.25 * one(second, 1)) / 2, 5);
    const zero = await number({ logits, target }, ({ logits, target }) => focal(logits!, target!, { gamma: 0 }));
    expect(zero).toBeCloseTo((-first[2]! - second[1]!) / 2, 5);
  });

  it("binary, finite at extreme logits", async () => {
    const fed = { x: list(0.7, -1.2, 80, -80), t: list(1, 0, 1, 1) };
    const [p, q] = [sigmoid(0.7), 1 - sigmoid(-1.2)];
    const sum = 0.25 * (1 - p) ** 2 * -Math.log(p) + 0.75 * (1 - q) ** 2 * -Math.log(q) + 0 + 0.25 * 80;
    expect(await number(fed, ({ x, t }) => binaryFocal(x!, t!, { alpha: 0.25 }))).toBeCloseTo(sum / 4, 4);
  });
});

describe("overlap", () => {
  // Two classes, logits so far apart that probabilities are 0 or 1: counts.
  const far: Fed = { shape: [1, 2, 4], values: [50, 50, -50, -50, -50, -50, 50, 50] };
  const truth = labels([1, 4], 0, 1, 1, 1);

  it("is Dice and Jaccard of counts when the network is sure", async () => {
    const dice = await numbers({ far, truth }, ({ far, truth }) => softDicePerClass(far!, truth!));
    expect(dice[0]).toBeCloseTo(2 / 3, 4);
    expect(dice[1]).toBeCloseTo(4 / 5, 4);
    const jaccard = await numbers({ far, truth }, ({ far, truth }) => softJaccardPerClass(far!, truth!));
    expect(jaccard[0]).toBeCloseTo(1 / 2, 4);
    expect(jaccard[1]).toBeCloseTo(2 / 3, 4);
  });

  it("counts only what the mask leaves", async () => {
    const mask: Fed = { shape: [1, 4], values: [1, 0, 1, 1] };
    const dice = await numbers({ far, truth, mask }, ({ far, truth, mask }) =>
      softDicePerClass(far!, truth!, { mask: mask! }),
    );
    expect(dice[0]).toBeCloseTo(1, 4);
    expect(dice[1]).toBeCloseTo(1, 4);
  });
});

it("huber is square near, linear far", async () => {
  const fed = { a: list(0.5, 3, -2), b: list(0, 0, 0) };
  expect(await number(fed, ({ a, b }) => huber(a!, b!, { delta: 1 }))).toBeCloseTo((0.125 + 2.5 + 1.5) / 3, 5);
});

describe("adversarial", () => {
  const fed = { real: list(0.5, 2), fake: list(-2, 0.25) };
  it.each([
    ["least squares", leastSquaresAdversarial, (0.25 + 1) / 2 + (4 + 0.0625) / 2, (9 + 0.5625) / 2],
    ["hinge", hingeAdversarial, (0.5 + 0) / 2 + (0 + 1.25) / 2, 0.875],
    [
      "logistic",
      logisticAdversarial,
      -(Math.log(sigmoid(0.5)) + Math.log(sigmoid(2)) + Math.log(1 - sigmoid(-2)) + Math.log(1 - sigmoid(0.25))) / 2,
      -(Math.log(sigmoid(-2)) + Math.log(sigmoid(0.25))) / 2,
    ],
  ] as const)("%s", async (_, loss, discriminator, generator) => {
    expect(await number(fed, ({ real, fake }) => loss.discriminator(real!, fake!))).toBeCloseTo(discriminator, 5);
    expect(await number({ fake: fed.fake }, ({ fake }) => loss.generator(fake!))).toBeCloseTo(generator, 5);
  });
});

describe("smoothness of a flow", () => {
  /** (A - I) p at every place p of a size × size image, channels last coordinate first: [1, 2, size, size]. */
  function affineFlow(degrees: number, scale: number, size: number, shift = 0): Fed {
    const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)].map((x) => x * scale);
    const along = Array.from({ length: size * size }, (_, at) => [at % size, Math.floor(at / size)] as const);
    const x = along.map(([column, row]) => (cos! - 1) * column - sin! * row + shift);
    const y = along.map(([column, row]) => sin! * column + (cos! - 1) * row - shift);
    return { shape: [1, 2, size, size], values: [...x, ...y] };
  }

  it("of a rotation by 5 degrees with scale 1.1 is 0.0183716642 at any size", async () => {
    for (const size of [6, 11]) {
      const flow = affineFlow(5, 1.1, size);
      expect(await number({ flow }, ({ flow }) => flowSmoothness(flow!))).toBeCloseTo(0.0183716642, 6);
    }
  });

  it("of a translation is 0", async () => {
    expect(await number({ flow: affineFlow(0, 1, 5, 3) }, ({ flow }) => flowSmoothness(flow!))).toBe(0);
  });
});

describe("distances between distributions", () => {
  it("MMD is 0 for the same rows in another order", async () => {
    const fed = { a: { shape: [3, 2], values: [0, 1, 2, 3, 4, 5] }, b: { shape: [3, 2], values: [4, 5, 0, 1, 2, 3] } };
    expect(Math.abs(await number(fed, ({ a, b }) => mmdRbf(a!, b!, { sigma: 1.5 })))).toBeLessThan(1e-6);
  });

  it("MMD of two points, biased and unbiased", async () => {
    const fed = { a: { shape: [2, 1], values: [0, 1] }, b: { shape: [2, 1], values: [2, 4] } };
    const k = (distance: number) => Math.exp((-distance * distance) / 2);
    const cross = (k(2) + k(4) + k(1) + k(3)) / 2;
    const biased = (2 + 2 * k(1)) / 4 + (2 + 2 * k(2)) / 4 - cross;
    expect(await number(fed, ({ a, b }) => mmdRbf(a!, b!, { sigma: 1 }))).toBeCloseTo(biased, 5);
    const unbiased = k(1) + k(2) - cross;
    expect(await number(fed, ({ a, b }) => mmdRbf(a!, b!, { sigma: 1, unbiased: true }))).toBeCloseTo(unbiased, 5);
  });

  const normalRows = (batch: number, width: number, seed: string, shift = 0): Fed => {
    const random = new Random(2, seed);
    return { shape: [batch, width], values: Array.from({ length: batch * width }, () => random.normal() + shift) };
  };
  const mmdOf = (a: Fed, b: Fed): Promise<number> =>
    number({ a, b }, ({ a, b }) => mmdRbf(a!, b!, { sigma: a!.shape[1]! / Math.SQRT2 }));

  it.each([
    [3, 0.576],
    [4, 0.64],
    [5, 0.69],
    [7, 0.7598],
  ])(
    "MMD of independent normal batches of %i numbers is (2 / B)(1 - E k), E k = (1 + 4 / C²)^(-C / 2) = %f for 2σ² = C²",
    async (width, similar) => {
      expect((1 + 4 / width ** 2) ** (-width / 2)).toBeCloseTo(similar, 4);
      for (const batch of [8, 32]) {
        const drawn = [];
        for (let at = 0; at < 30; at++)
          drawn.push(await mmdOf(normalRows(batch, width, `a${at}`), normalRows(batch, width, `b${at}`)));
        const mean = drawn.reduce((sum, one) => sum + one, 0) / drawn.length;
        const deviation = Math.sqrt(drawn.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (drawn.length - 1));
        expect(Math.min(...drawn)).toBeGreaterThanOrEqual(-1e-6);
        expect(Math.abs(mean - (2 / batch) * (1 - similar))).toBeLessThan((3 * deviation) / Math.sqrt(drawn.length));
      }
    },
  );

  it("MMD is the same either way round, and grows with the distance of the batches", async () => {
    const a = normalRows(32, 4, "a");
    const found = [];
    for (const shift of [0, 0.5, 1, 2]) found.push(await mmdOf(a, normalRows(32, 4, "b", shift)));
    expect(found).toEqual(found.toSorted((one, other) => one - other));
    expect(await mmdOf(normalRows(32, 4, "b", 1), a)).toBeCloseTo(found[2]!, 6);
  });

  it("divergence of softmax", async () => {
    const fed = { a: { shape: [1, 3], values: ROWS[0]! }, b: { shape: [1, 3], values: ROWS[1]! } };
    const expected = first.reduce((sum, p, k) => sum + Math.exp(p) * (p - second[k]!), 0);
    expect(await number(fed, ({ a, b }) => softmaxDivergence(a!, b!))).toBeCloseTo(expected, 5);
    expect(Math.abs(await number(fed, ({ a }) => softmaxDivergence(a!, a!)))).toBe(0);
  });

  it("divergence of Gaussians", async () => {
    const fed = { m: { shape: [1, 2], values: [1, -0.5] }, v: { shape: [1, 2], values: [0.2, -0.4] } };
    const standard = 0.5 * (1 + Math.exp(0.2) - 1 - 0.2 + (0.25 + Math.exp(-0.4) - 1 + 0.4));
    expect(await number(fed, ({ m, v }) => gaussianDivergence({ mean: m!, logVariance: v! }))).toBeCloseTo(standard, 5);
    const same = await number(fed, ({ m, v }) => {
      const one = { mean: m!, logVariance: v! };
      return gaussianDivergence(one, one);
    });
    expect(same).toBeCloseTo(0, 6);
  });
});

describe("gradients agree with finite differences, to the second order", () => {
  const random = new Random(8, "points");
  const drawn = (...shape: number[]): Fed => ({
    shape,
    values: Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.between(-1, 1)),
  });
  const truth = labels([2, 2], 0, 2, 1, 1);
  const weight = { ...drawn(2, 2), values: [0.5, 1, 2, 0.1] };
  const binary = { shape: [4], values: [1, 0, 0, 1] };
  const cases: Record<string, [Record<string, Fed>, (fed: Record<string, Tensor>) => Tensor]> = {
    "weighted, smoothed cross-entropy": [
      { x: drawn(2, 3, 2), truth, weight },
      ({ x, truth, weight }) =>
        crossEntropy(x!, truth!, { weight: weight!, classWeights: [1, 2, 0.5], labelSmoothing: 0.1 }),
    ],
    "binary cross-entropy": [
      { x: drawn(4), binary },
      ({ x, binary }) => binaryCrossEntropyWithLogits(x!, binary!, { positiveWeight: 3 }),
    ],
    focal: [{ x: drawn(2, 3, 2), truth }, ({ x, truth }) => focal(x!, truth!, { gamma: 1.5 })],
    "binary focal": [{ x: drawn(4), binary }, ({ x, binary }) => binaryFocal(x!, binary!, { alpha: 0.3 })],
    "Dice with a mask": [
      { x: drawn(2, 3, 2), truth, weight },
      ({ x, truth, weight }) => softDicePerClass(x!, truth!, { mask: weight! }),
    ],
    Jaccard: [{ x: drawn(2, 3, 2), truth }, ({ x, truth }) => softJaccardPerClass(x!, truth!)],
    huber: [{ x: drawn(5) }, ({ x }) => huber(x!, slice(x!, { axes: [0], starts: [0], ends: [1] }), { delta: 0.55 })],
    "least squares": [{ x: drawn(4), z: drawn(4) }, ({ x, z }) => leastSquaresAdversarial.discriminator(x!, z!)],
    logistic: [{ x: drawn(4), z: drawn(4) }, ({ x, z }) => logisticAdversarial.discriminator(x!, z!)],
    smoothness: [{ x: drawn(1, 2, 3, 3) }, ({ x }) => flowSmoothness(x!)],
    MMD: [{ x: drawn(3, 2), z: drawn(2, 2) }, ({ x, z }) => mmdRbf(x!, z!, { sigma: 0.8 })],
    "divergence of softmax": [{ x: drawn(2, 3), z: drawn(2, 3) }, ({ x, z }) => softmaxDivergence(x!, z!)],
    "divergence of Gaussians": [
      { x: drawn(2, 2), z: drawn(2, 2), u: drawn(2, 2), v: drawn(2, 2) },
      ({ x, z, u, v }) => gaussianDivergence({ mean: x!, logVariance: z! }, { mean: u!, logVariance: v! }),
    ],
  };
  it.each(Object.entries(cases))("%s", async (_, [fed, build]) => {
    const { tensors, feeds } = open(fed);
    const wrt = Object.entries(tensors).filter(([name]) => ["x", "z", "u", "v"].includes(name));
    for (const order of [1, 2] as const) {
      await checkGradient({ y: build(tensors), inputs: Object.values(tensors), feeds, wrt, order });
    }
  });
});
