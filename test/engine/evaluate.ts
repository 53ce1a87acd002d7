/** @file Runs tensors on the CPU for tests, and compares gradients with finite differences. */
import { expect } from "vitest";
import { defineProgram, gradients, input, mul, sumOver, type Tensor } from "../../src-main/engine/index.ts";
import { ParameterStore, type Feed, type StoreOptions, type TensorData } from "../../src-main/engine/runtime/index.ts";
import { Random } from "../../src-main/random/index.ts";

export type Feeds = Record<string, Feed>;

/** Opens a program over `outputs`; the returned function runs it. */
export async function open(
  outputs: Record<string, Tensor>,
  inputs: readonly Tensor[],
  options: Pick<StoreOptions, "lowerings"> = {},
) {
  const random = (name: string) => new Random(1, name);
  const store = new ParameterStore({ device: "cpu", random, threads: 1, ...options });
  const compiled = await store.compile(defineProgram({ name: "test", inputs, outputs }));
  return {
    run: (feeds: Feeds): Promise<Record<string, TensorData>> => compiled.run(feeds),
    release: () => store.release(),
  };
}

/** Values of `outputs` for one set of feeds. */
export async function evaluate(
  outputs: Record<string, Tensor>,
  inputs: readonly Tensor[],
  feeds: Feeds,
  options: Pick<StoreOptions, "lowerings"> = {},
) {
  const program = await open(outputs, inputs, options);
  try {
    return await program.run(feeds);
  } finally {
    await program.release();
  }
}

export interface GradientCheck {
  /** Float32 tensor under test; any shape. */
  y: Tensor;
  inputs: readonly Tensor[];
  feeds: Feeds;
  /** Name and tensor of the inputs to differentiate by. */
  wrt: readonly [string, Tensor][];
  order: 1 | 2;
}

/**
 * Step of the finite differences. Smaller than half of the gap between random inputs (test/engine/ops.test.ts), so that no
 * maximum changes hands; large enough that float32 rounding of y (6e-8) divided by it stays near 1e-5.
 */
const STEP = 4e-3;
/** Rounding above, times a few hundred summed elements, relative to the largest slope (or 1). Truncation is below it. */
const TOLERANCE = 2e-3;

/**
 * Compares d(Σ y · c)/dx, c random, with fourth-order central differences; the sum is taken on the host in float64.
 * Order 2 does the same to the first gradients: it checks that gradient rules are themselves differentiable.
 */
export async function checkGradient({ y, inputs, feeds, wrt, order }: GradientCheck): Promise<void> {
  const random = new Random(3, "cotangent");
  const cotangent = input("cotangent", { shape: y.shape });
  const c = Float32Array.from({ length: size(y) }, () => random.between(-1, 1));
  const loss = sumOver(mul(y, cotangent));
  const slopes = gradients(
    loss,
    wrt.map(([, tensor]) => tensor),
  );
  if (order === 2) {
    for (const slope of slopes) {
      await checkGradient({
        y: slope,
        inputs: [...inputs, cotangent],
        feeds: { ...feeds, cotangent: c },
        wrt,
        order: 1,
      }).catch((error: unknown) => {
        throw new Error("gradient of the gradient", { cause: error });
      });
    }
    return;
  }
  const name = "cotangent" in feeds ? "cotangent2" : "cotangent";
  const own = input(name, { shape: y.shape });
  const program = await open(
    Object.fromEntries([
      ["value", y],
      ...gradients(
        sumOver(mul(y, own)),
        wrt.map(([, tensor]) => tensor),
      ).map((slope, index) => [`slope${index}`, slope] as const),
    ]),
    [...inputs, own],
  );
  try {
    const all: Feeds = { ...feeds, [name]: c };
    const analytic = await program.run(all);
    const lossAt = async () => {
      const { value } = await program.run(all);
      return (value!.data as Float32Array).reduce((total, element, index) => total + element * c[index]!, 0);
    };
    for (const [index, [inputName]] of wrt.entries()) {
      const data = all[inputName] as Float32Array;
      const slope = analytic[`slope${index}`]!.data as Float32Array;
      const scale = Math.max(1, ...slope.map(Math.abs));
      for (let element = 0; element < data.length; element++) {
        const original = data[element]!;
        const at = async (offset: number) => {
          data[element] = original + offset;
          const moved = data[element]!;
          const value = await lossAt();
          data[element] = original;
          return { moved, value };
        };
        const [far, near, nearBack, farBack] = [
          await at(2 * STEP),
          await at(STEP),
          await at(-STEP),
          await at(-2 * STEP),
        ];
        const inner = (near.value - nearBack.value) / (near.moved - nearBack.moved);
        const outer = (far.value - farBack.value) / (far.moved - farBack.moved);
        const numeric = (4 * inner - outer) / 3;
        const difference = Math.abs(numeric - slope[element]!) / scale;
        expect(
          difference,
          `${inputName}[${element}]: finite difference ${numeric}, gradient ${slope[element]}`,
        ).toBeLessThan(TOLERANCE);
      }
    }
  } finally {
    await program.release();
  }
}

function size({ shape }: Tensor): number {
  return shape.reduce((product, dim) => product * dim, 1);
}
