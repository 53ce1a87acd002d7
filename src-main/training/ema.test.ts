/** @file T11: a teacher follows its student by the formula, in this order, and by nothing else. */
import { expect, test } from "vitest";
import { meanSquaredError } from "./losses/index.ts";
import { type Scope, type Tensor } from "../engine/index.ts";
import { ParameterStore, type State } from "../engine/runtime/index.ts";
import { Random } from "../random/index.ts";
import { type Average, ema } from "./ema.ts";
import { sgd } from "./optimizers.ts";
import { trainStep } from "./train-step.ts";
import { add, batchNormalization, batchStatistics, mul, sub } from "../engine/index.ts";

/** One weight per channel, and running statistics. */
function network(scope: Scope, x: Tensor): Tensor {
  const weight = scope.parameter("weight", {
    shape: [3],
    init: (_, random) => Float32Array.from([1, 2, 3], () => random.normal()),
  });
  const shift = scope.parameter("shift", { shape: [3], init: () => new Float32Array(3) });
  const running = scope.buffer("runningMean", { shape: [3], init: () => new Float32Array(3) });
  if (scope.mode === "train")
    scope.update("runningMean", add(running, mul(sub(batchStatistics(x).mean, running), 0.1)));
  return batchNormalization([x, weight, shift], { epsilon: 1e-5 });
}

const image = Float32Array.from({ length: 24 }, (_, at) => Math.sin(at));

async function follow(average: Omit<Average, "from" | "to">, learningRate: number, steps: number) {
  const step = trainStep({
    networks: ["student"],
    trained: "student",
    inputs: { x: { shape: [2, 3, 4] } },
    loss: ({ student }, { x }) => ({ total: meanSquaredError(network(student, x), mul(x, 3)) }),
    optimizer: sgd(),
    after: [ema({ from: "student", to: "teacher", ...average })],
  });
  const store = new ParameterStore({ device: "cpu", random: (name) => new Random(1, name), threads: 1 });
  const compiled = await store.compile(step);
  // A teacher of its own, so that following shows.
  const start = await store.state();
  const own = start["teacher.weight"]!.data.map((value, at) => value + at + 1);
  await store.restore({ "teacher.weight": { shape: [3], data: own } });
  const states: State[] = [await store.state()];
  for (let count = 0; count < steps; count++) {
    await compiled.run({ x: image, learningRate });
    states.push(await store.state());
  }
  await store.release();
  return states.map((state) => ({
    student: state["student.weight"]!.data,
    teacher: state["teacher.weight"]!.data,
    running: { student: state["student.runningMean"]!.data, teacher: state["teacher.runningMean"]?.data },
  }));
}

test("with a student that stands still the teacher is aⁿ T + (1 - aⁿ) S, half way after 69 steps", async () => {
  const states = await follow({ decay: 0.99 }, 0, 69);
  const [{ student, teacher: first }, last] = [states[0]!, states.at(-1)!];
  last.teacher.forEach((value, at) => {
    expect(value).toBeCloseTo(0.99 ** 69 * first[at]! + (1 - 0.99 ** 69) * student[at]!, 4);
    const way = (value - first[at]!) / (student[at]! - first[at]!);
    expect(way).toBeGreaterThan(0.498);
    expect(way).toBeLessThan(0.503);
  });
});

test("each step is a · T + (1 - a) · S to the last bit, with the student as the optimizer left it", async () => {
  const states = await follow({ decay: 0.9 }, 0.5, 3);
  const [kept, taken] = [Math.fround(0.9), Math.fround(1 - 0.9)];
  for (let step = 1; step < states.length; step++) {
    const [before, now] = [states[step - 1]!, states[step]!];
    expect(now.student).not.toEqual(before.student);
    const expected = now.student.map((value, at) =>
      Math.fround(Math.fround(kept * before.teacher[at]!) + Math.fround(taken * value)),
    );
    expect(now.teacher).toEqual(expected);
  }
});

test("a decay of 0 copies, one of 1 keeps every bit", async () => {
  const [copied, kept] = [await follow({ decay: 0 }, 0.5, 2), await follow({ decay: 1 }, 0.5, 2)];
  expect(copied.at(-1)!.teacher).toEqual(copied.at(-1)!.student);
  expect(kept.at(-1)!.teacher).toEqual(kept[0]!.teacher);
});

test.each(["copy", "average", "own"] as const)("running statistics follow the policy %s", async (buffers) => {
  const states = await follow({ decay: 0.9, buffers }, 0.1, 2);
  const { student, teacher } = states.at(-1)!.running;
  expect(student.some((value) => value !== 0)).toBe(true);
  if (buffers === "copy") expect(teacher).toEqual(student);
  if (buffers === "own") expect(teacher).toBeUndefined(); // the step does not even know them
  if (buffers === "average") {
    const before = states.at(-2)!.running.teacher!;
    teacher!.forEach((value, at) => expect(value).toBeCloseTo(0.9 * before[at]! + 0.1 * student[at]!, 6));
  }
});
