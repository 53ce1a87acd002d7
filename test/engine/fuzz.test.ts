/**
 * @file Random graphs from the op list: gradients against finite differences, the verifier after every pass. An op alone is
 * right by the sweep; here it meets others, shares operands, is used twice, is differentiated twice, is recomputed.
 *
 * ALIQUOT_FUZZ_SEED names another series, ALIQUOT_FUZZ_ROUNDS its length, ALIQUOT_FUZZ_FIRST its first round.
 */
import { expect, it } from "vitest";
import {
  add,
  checkpoint,
  constant,
  defineProgram,
  emitProgram,
  gradients,
  inHalfPrecision,
  input,
  mul,
  ops,
  reshape,
  sizeOf,
  slice,
  sumOver,
  tanh,
  type Tensor,
} from "../../src-main/engine/index.ts";
import {
  describe as describeType,
  topologicalOrder,
  type AnyOp,
  type CaseInput,
  type OpCase,
  type OpDefinition,
} from "../../src-main/engine/graph.ts";
import { Random } from "../../src-main/random/index.ts";
import { open } from "./evaluate.ts";

const SEED = process.env["ALIQUOT_FUZZ_SEED"] ?? "aliquot";
const FIRST = Number(process.env["ALIQUOT_FUZZ_FIRST"] ?? 0);
const ROUNDS = Number(process.env["ALIQUOT_FUZZ_ROUNDS"] ?? 150);
/** A series ends here even if rounds are left. */
const LIMIT_SECONDS = 30;

/** Ops whose gradient is not the derivative, on purpose. */
const EXCEPTIONS = new Set(["stopGradient"]);

const isShape = (one: CaseInput): one is readonly number[] => Array.isArray(one);

/** Every differentiable op with each of its cases that finite differences can check. */
const choices = (ops as readonly AnyOp[])
  .filter(({ opName, definition }) => typeof definition.gradient === "function" && !EXCEPTIONS.has(opName))
  .map((op) => ({
    op,
    cases: (op.definition as unknown as OpDefinition<object>).cases.filter(
      (one) =>
        !one.gradientUnchecked && one.inputs.some(isShape) && one.inputs.every((part) => sizeOf(shapeOf(part)) <= 400),
    ),
  }))
  .filter(({ cases }) => cases.length > 0);

function shapeOf(one: CaseInput): readonly number[] {
  return isShape(one) ? one : one.shape;
}

const pick = <Item>(random: Random, list: readonly Item[]): Item => list[Math.floor(random.uniform() * list.length)]!;

/** x cut or repeated to `shape`: more graph, and operands of every shape from any other. */
function fitted(x: Tensor, shape: readonly number[]): Tensor {
  const [have, want] = [sizeOf(x.shape), sizeOf(shape)];
  const flat = reshape(x, { to: [1, have] });
  const copies = Math.ceil(want / have);
  // Each copy in a size of its own: norms of equal numbers are all rounding.
  const sizes = constant(
    Array.from({ length: copies }, (_, at) => 0.5 + ((at * 0.618) % 1)),
    { shape: [copies, 1] },
  );
  const repeated = copies === 1 ? flat : reshape(mul(flat, sizes), { to: [1, copies * have] });
  const cut = want === copies * have ? repeated : slice(repeated, { axes: [1], starts: [0], ends: [want] });
  return reshape(cut, { to: shape });
}

/** Between low and high, smoothly. */
function limited(x: Tensor, [low, high]: readonly [number, number]): Tensor {
  return add(mul(tanh(x), (high - low) / 2), (high + low) / 2);
}

/** Applies a random op to random tensors of the pool. */
function grow(random: Random, pool: readonly Tensor[]): Tensor {
  const { op, cases } = pick(random, choices);
  const { inputs, attrs, range } = pick<OpCase<object>>(random, cases);
  const operands = inputs.map((one) => {
    if (!isShape(one)) return constant(one.values, { shape: one.shape, dtype: one.dtype ?? "float32" });
    // Recent ones more often, so that graphs grow deep.
    const source = random.uniform() < 0.5 ? pool.at(-1)! : pick(random, pool);
    const shaped = fitted(source, one);
    return range || random.uniform() < 0.7 ? limited(shaped, range ?? [-1, 1]) : shaped;
  });
  const apply = op as unknown as (...call: unknown[]) => Tensor;
  const segment = (...parts: readonly Tensor[]) => apply(parts, attrs);
  return random.uniform() < 0.15 ? checkpoint(segment)(...operands) : segment(...operands);
}

interface RandomGraph {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
}

function drawGraph(random: Random): RandomGraph {
  const inputs = [0, 1].map((at) => {
    const shape = Array.from(
      { length: 1 + Math.floor(random.uniform() * 3) },
      () => 1 + Math.floor(random.uniform() * 3),
    );
    return input(`x${at}`, { shape });
  });
  const pool: Tensor[] = [...inputs];
  const steps = 2 + Math.floor(random.uniform() * 5);
  while (pool.length < inputs.length + steps) {
    const made = grow(random, pool);
    if (made.dtype === "float32") pool.push(made);
  }
  const outputs = [pool.at(-1)!, pick(random, pool.slice(inputs.length))];
  if (random.uniform() < 0.3) {
    const total = outputs.map((one) => sumOver(one)).reduce((sum, part) => add(sum, part));
    outputs.push(...gradients(total, inputs)); // their gradients are second derivatives
  }
  return { inputs, outputs };
}

/** Relative to the longest of the slopes. Float32 rounding and truncation stay below; a wrong rule does not. */
const TOLERANCE = 2e-2;
const STEP = 4e-3;
const ATTEMPTS = 6;

type Verdict = "agrees" | "no smooth point" | { readonly numeric: number; readonly analytic: number };

async function check(random: Random, { inputs, outputs }: RandomGraph): Promise<Verdict> {
  const weights = outputs.map((one) => Float32Array.from({ length: sizeOf(one.shape) }, () => random.between(-1, 1)));
  const weighted = outputs.map((one, at) => sumOver(mul(one, constant(weights[at]!, { shape: one.shape }))));
  const slopes = gradients(
    weighted.reduce((sum, part) => add(sum, part)),
    inputs,
  );
  const named = Object.fromEntries([
    ...outputs.map((one, at) => [`y${at}`, one] as const),
    ...slopes.map((one, at) => [`slope${at}`, one] as const),
  ]);
  emitProgram(defineProgram({ name: "half", inputs, outputs: inHalfPrecision(named) })); // verified, not run
  const program = await open(named, inputs);
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const point = inputs.map(({ shape }) =>
        Float32Array.from({ length: sizeOf(shape) }, () => random.between(-1, 1)),
      );
      const direction = point.map((values) => values.map(() => random.between(-1, 1)));
      const at = async (offset: number) => {
        const moved = point.map((values, index) => values.map((value, i) => value + offset * direction[index]![i]!));
        const values = await program.run(Object.fromEntries(moved.map((one, index) => [`x${index}`, one])));
        let [loss, size] = [0, 0];
        for (const [index, weight] of weights.entries()) {
          for (const [i, value] of (values[`y${index}`]!.data as Float32Array).entries()) {
            loss += value * weight[i]!;
            size += Math.abs(value * weight[i]!);
          }
        }
        return { loss, size, values };
      };
      const middle = await at(0);
      const slope = slopes.map((_, index) => middle.values[`slope${index}`]!.data as Float32Array);
      const analytic = slope.reduce(
        (sum, one, index) => sum + one.reduce((s, g, i) => s + g * direction[index]![i]!, 0),
        0,
      );
      const length = Math.hypot(...slope.map((one) => Math.hypot(...one)));
      const lossAt = async (steps: number) => (await at(steps * STEP)).loss;
      const [p1, p2, p4] = [await lossAt(1), await lossAt(2), await lossAt(4)];
      const [m1, m2, m4] = [await lossAt(-1), await lossAt(-2), await lossAt(-4)];
      const fine = (8 * (p1 - m1) - (p2 - m2)) / (12 * STEP);
      const coarse = (8 * (p2 - m2) - (p4 - m4)) / (24 * STEP);
      // From one side only, exact for parabolas: they differ where a kink lies between, even right at this point.
      const forward = (4 * p1 - p2 - 3 * middle.loss) / (2 * STEP);
      const backward = (3 * middle.loss - 4 * m1 + m2) / (2 * STEP);
      const rounding = (4e-7 * middle.size) / STEP;
      const scale = Math.max(length, Math.abs(fine), 1e-3);
      // A kink or a jump within reach, or curvature or rounding too large to tell: another point.
      const isSmooth =
        Math.abs(fine - coarse) < 0.2 * TOLERANCE * scale && Math.abs(forward - backward) < TOLERANCE * scale;
      if (!isSmooth || !(rounding < 0.2 * TOLERANCE * scale)) continue;
      if (!(Math.abs(fine - analytic) < TOLERANCE * scale)) return { numeric: fine, analytic };
      return "agrees";
    }
    return "no smooth point";
  } finally {
    await program.release();
  }
}

/** The graph in words, for the person who has to find the rule that is wrong. */
function listing({ outputs }: RandomGraph): string {
  const order = topologicalOrder(outputs);
  const names = new Map(order.map((tensor, at) => [tensor, `t${at}`]));
  return order
    .map((tensor) => {
      const { op, leaf, inputs, attrs } = tensor.node;
      const made = op
        ? `${op.opName}(${inputs.map((one) => names.get(one)).join(", ")}) ${JSON.stringify(attrs)}`
        : leaf!.kind;
      return `${names.get(tensor)} = ${made} : ${describeType(tensor)}`;
    })
    .join("\n");
}

it("random graphs have the gradients that finite differences say", { timeout: 3 * LIMIT_SECONDS * 1000 }, async () => {
  const start = performance.now();
  const seen = new Set<string>();
  let [agreed, rounds] = [0, 0];
  for (let round = FIRST; round < FIRST + ROUNDS; round++) {
    if (performance.now() - start > LIMIT_SECONDS * 1000) break;
    const random = new Random(SEED, round);
    const graph = drawGraph(random);
    const where = `ALIQUOT_FUZZ_SEED=${SEED} ALIQUOT_FUZZ_FIRST=${round} ALIQUOT_FUZZ_ROUNDS=1`;
    const verdict = await check(random, graph).catch((error: unknown) => {
      throw new Error(`${where}\n${listing(graph)}`, { cause: error });
    });
    rounds++;
    if (typeof verdict === "object") {
      throw new Error(
        `${where}: finite difference ${verdict.numeric}, gradient ${verdict.analytic}\n${listing(graph)}`,
      );
    }
    if (verdict === "agrees") {
      agreed++;
      for (const { node } of topologicalOrder(graph.outputs)) if (node.op) seen.add(node.op.opName);
    }
  }
  console.log(`fuzz: ${agreed} of ${rounds} random graphs checked, ${seen.size} different ops; seed ${SEED}`);
  if (ROUNDS > 20) expect(agreed).toBeGreaterThan(rounds / 2);
});
