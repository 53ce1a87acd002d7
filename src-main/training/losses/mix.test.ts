/** @file The loss of a collage against its formula in float64, its symmetries, and its gradient against differences. */
import { expect, test } from "vitest";
import { defineProgram, gradients, input } from "../../engine/index.ts";
import { ParameterStore } from "../../engine/runtime/index.ts";
import { Random } from "../../random/index.ts";
import { crossEntropy } from "./cross-entropy.ts";
import { mixLoss, mixTargets, type MixDice, type MixOptions } from "./mix.ts";

const [BATCH, CLASSES, SIDE] = [2, 4, 6];
const PLACES = SIDE * SIDE;

interface Problem {
  logits: Float32Array;
  outside: Uint8Array;
  inside: Uint8Array;
  keep: Float32Array;
  trust: Float32Array;
}

/** A hole of 4 × 4 in 6 × 6, not in the middle. */
function problem(seed: number): Problem {
  const random = new Random(seed, "mix");
  const labels = () => Uint8Array.from({ length: BATCH * PLACES }, () => random.integer(CLASSES));
  return {
    logits: Float32Array.from({ length: BATCH * CLASSES * PLACES }, () => random.normal()),
    outside: labels(),
    inside: labels(),
    keep: Float32Array.from({ length: PLACES }, (_, at) => (at % SIDE < 4 && at >= SIDE && at < 5 * SIDE ? 0 : 1)),
    trust: Float32Array.from({ length: BATCH * PLACES }, () => random.uniform()),
  };
}

type Weights = Pick<MixOptions, "outside" | "inside" | "dice"> & { isTrusted?: boolean };

/** Loss and its gradient by the logits. */
async function run({ logits, outside, inside, keep, trust }: Problem, { isTrusted = false, ...weights }: Weights) {
  const map = { shape: [BATCH, SIDE, SIDE], dtype: "uint8" } as const;
  const fed = {
    logits: input("logits", { shape: [BATCH, CLASSES, SIDE, SIDE] }),
    outside: input("outside", map),
    inside: input("inside", map),
    keep: input("keep", { shape: [1, SIDE, SIDE] }),
    trust: input("trust", { shape: [BATCH, SIDE, SIDE] }),
  };
  const target = mixTargets(fed.outside, fed.inside, fed.keep);
  const options = isTrusted ? { ...weights, trust: fed.trust } : weights;
  const loss = mixLoss(fed.logits, target, fed.keep, options);
  const [slope] = gradients(loss, [fed.logits]);
  const whole = crossEntropy(fed.logits, target);
  const store = new ParameterStore({ device: "cpu", random: (name) => new Random(1, name), threads: 1 });
  const program = defineProgram({ name: "mix", inputs: Object.values(fed), outputs: { loss, slope: slope!, whole } });
  const outputs = await (await store.compile(program)).run({ logits, outside, inside, keep, trust });
  await store.release();
  const number = (name: string) => Number(outputs[name]!.data[0]);
  return { loss: number("loss"), whole: number("whole"), slope: outputs["slope"]!.data as Float32Array };
}

/** Spec of the loss, written out in float64. */
function reference({ logits, outside, inside, keep, trust }: Problem, { isTrusted = false, ...weights }: Weights) {
  const at = (n: number, k: number, x: number) => logits[(n * CLASSES + k) * PLACES + x]!;
  const probability = (n: number, k: number, x: number) => {
    const all = Array.from({ length: CLASSES }, (_, other) => Math.exp(at(n, other, x)));
    return all[k]! / all.reduce((sum, one) => sum + one);
  };
  const region = (target: Uint8Array, isIn: (x: number) => boolean, dice: MixDice) => {
    let crossEntropySum = 0;
    let size = 0;
    const sums = Array.from({ length: BATCH }, () => Array.from({ length: CLASSES }, () => ({ i: 0, z: 0, v: 0 })));
    for (let n = 0; n < BATCH; n++) {
      for (let x = 0; x < PLACES; x++) {
        if (!isIn(x)) continue;
        const weight = isTrusted ? trust[n * PLACES + x]! : 1;
        const y = target[n * PLACES + x]!;
        size++;
        crossEntropySum -= weight * Math.log(probability(n, y, x));
        for (let k = 0; k < CLASSES; k++) {
          const p = probability(n, k, x);
          sums[n]![k]!.i += weight * (k === y ? p : 0);
          sums[n]![k]!.z += weight * (dice === "batch" ? p * p : p);
          sums[n]![k]!.v += weight * (k === y ? 1 : 0);
        }
      }
    }
    const epsilon = dice === "batch" ? 1e-10 : 1e-5;
    const loss = ({ i, z, v }: { i: number; z: number; v: number }) => 1 - (2 * i + epsilon) / (z + v + epsilon);
    const joint = Array.from({ length: CLASSES }, (_, k) =>
      sums.reduce((a, one) => ({ i: a.i + one[k]!.i, z: a.z + one[k]!.z, v: a.v + one[k]!.v }), { i: 0, z: 0, v: 0 }),
    );
    const all = dice === "batch" ? joint : sums.flat();
    return { crossEntropy: crossEntropySum / size, dice: all.reduce((sum, one) => sum + loss(one), 0) / all.length };
  };
  const dice = weights.dice ?? "batch";
  const outer = region(outside, (x) => keep[x] === 1, dice);
  const inner = region(inside, (x) => keep[x] === 0, dice);
  const total =
    weights.outside * (outer.dice + outer.crossEntropy) + weights.inside * (inner.dice + inner.crossEntropy);
  return { total: total / 2, outer, inner };
}

const swapped = (given: Problem): Problem => ({
  ...given,
  outside: given.inside,
  inside: given.outside,
  keep: given.keep.map((kept) => 1 - kept),
});

test.each([
  [{ outside: 0.5, inside: 1, dice: "batch" }],
  [{ outside: 1, inside: 0.5, dice: "image" }],
  [{ outside: 1, inside: 0.5, dice: "batch", isTrusted: true }],
] as [Weights][])("the loss is the one of the formula: %o", async (weights) => {
  const given = problem(1);
  expect((await run(given, weights)).loss).toBeCloseTo(reference(given, weights).total, 5);
});

test("T4 the roles can be swapped: both targets, mask and weights", async () => {
  const given = problem(2);
  const one = await run(given, { outside: 0.5, inside: 1 });
  const other = await run(swapped(given), { outside: 1, inside: 0.5 });
  expect(other.loss).toBeCloseTo(one.loss, 6);
});

test("T5 the loss is linear in its weights: doubling one doubles its part alone", async () => {
  const given = problem(3);
  const [outer, inner] = [await run(given, { outside: 1, inside: 0 }), await run(given, { outside: 0, inside: 1 })];
  expect((await run(given, { outside: 0.3, inside: 0.9 })).loss).toBeCloseTo(0.3 * outer.loss + 0.9 * inner.loss, 5);
  expect((await run(given, { outside: 0.6, inside: 0.9 })).loss).toBeCloseTo(0.6 * outer.loss + 0.9 * inner.loss, 5);
});

test("T6 a target outside its region changes nothing, and without weight a region has no gradient at all", async () => {
  const given = problem(4);
  const changed = {
    ...given,
    outside: given.outside.map((value, at) => (given.keep[at % PLACES] === 0 ? (value + 1) % CLASSES : value)),
  };
  const weights = { outside: 0.5, inside: 1 };
  const [before, after] = [await run(given, weights), await run(changed, weights)];
  expect(after.loss).toBe(before.loss);
  expect(after.slope).toEqual(before.slope);
  const { slope } = await run(given, { outside: 0, inside: 1 });
  expect(slope.every((value, at) => given.keep[at % PLACES] === 0 || value === 0)).toBe(true);
  expect(slope.some((value) => value !== 0)).toBe(true);
});

test.each(["batch", "image"] as const)("T7 a sure and right prediction costs nothing (%s)", async (dice) => {
  const given = problem(5);
  // Every class in both regions of each image.
  given.outside.forEach((_, at) => (given.outside[at] = at % CLASSES));
  given.inside.forEach((_, at) => (given.inside[at] = at % CLASSES));
  given.logits.forEach((_, at) => {
    const k = Math.floor(at / PLACES) % CLASSES;
    const n = Math.floor(at / (CLASSES * PLACES));
    given.logits[at] = given.outside[n * PLACES + (at % PLACES)] === k ? 30 : -30;
  });
  expect((await run(given, { outside: 1, inside: 1, dice })).loss).toBeLessThan(1e-4);
});

test("T7b an absent class that is guessed a little costs nearly all of its Dice: the loss has a floor", async () => {
  const given = problem(6);
  given.outside.fill(0);
  // p = 1e-3 for each of the three absent classes, so 1 - (0 + ε) / (Σ p² + 0 + ε) > 0.999 each.
  given.logits.forEach((_, at) => {
    given.logits[at] = Math.floor(at / PLACES) % CLASSES === 0 ? Math.log(997) : 0;
  });
  const { loss } = await run(given, { outside: 1, inside: 0 });
  const crossEntropyLoss = -Math.log(0.997);
  expect(2 * loss - crossEntropyLoss).toBeGreaterThan(0.999 * (3 / 4));
});

test.each(["batch", "image"] as const)("T8 the gradient is that of central differences (%s)", async (dice) => {
  const given = problem(7);
  const weights = { outside: 0.5, inside: 1, dice };
  const { slope } = await run(given, weights);
  const largest = Math.max(...slope.map(Math.abs));
  for (let at = 0; at < given.logits.length; at++) {
    const moved = (by: number) => {
      const logits = Float64Array.from(given.logits);
      logits[at]! += by;
      return reference({ ...given, logits: logits as unknown as Float32Array }, weights).total;
    };
    const difference = (moved(1e-4) - moved(-1e-4)) / 2e-4;
    expect(Math.abs(slope[at]! - difference)).toBeLessThan(1e-3 * largest);
  }
});

test("T9 one cross-entropy over the collage weighs the regions by their size; this loss weighs them alike", async () => {
  const given = problem(8);
  const { outer, inner } = reference(given, { outside: 1, inside: 1 });
  const [kept, cut] = [20 / 36, 16 / 36];
  const { whole } = await run(given, { outside: 1, inside: 1 });
  expect(whole).toBeCloseTo(kept * outer.crossEntropy + cut * inner.crossEntropy, 5);
  expect(Math.abs(whole - (outer.crossEntropy + inner.crossEntropy) / 2)).toBeGreaterThan(1e-3);
});

test("T10 the background's Dice leaves out what lies outside the region", async () => {
  const given = problem(9);
  const bright = { ...given, logits: given.logits.slice() };
  // All background in the hole, very sure: the other region alone must not notice.
  bright.logits.forEach((_, at) => {
    if (given.keep[at % PLACES] === 0) bright.logits[at] = Math.floor(at / PLACES) % CLASSES === 0 ? 20 : -20;
  });
  const weights = { outside: 1, inside: 0 };
  expect((await run(bright, weights)).loss).toBe((await run(given, weights)).loss);
});
