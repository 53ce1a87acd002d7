/** @file The updates as graphs: who depends on whom, and that two collages are two passes. */
import { expect, test } from "vitest";
import type { Tensor } from "../../engine/index.ts";
import { ParameterStore, scalars } from "../../engine/runtime/index.ts";
import { Random } from "../../random/index.ts";
import { drawNoise } from "../../training/index.ts";
import { parseSettings } from "../settings.ts";
import { type BcpShape, selfTrainProgram, weightsOf } from "./programs.ts";
import { settings } from "./settings.ts";

const shapeOf = (change: Record<string, number | string | boolean> = {}): BcpShape => {
  const small = { size: 16, width: 2, depth: 2, halfBatch: 2, dropout: false, ...change };
  return { classes: 3, channels: 1, settings: parseSettings("bcp", settings, small) };
};

/** Names of all states that a tensor depends on. */
function statesOf(tensor: Tensor): Set<string> {
  const names = new Set<string>();
  const seen = new Set<Tensor>();
  const pending = [tensor];
  for (let next = pending.pop(); next; next = pending.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    if (next.node.leaf?.kind === "state") names.add(next.node.leaf.name);
    pending.push(...next.node.inputs);
  }
  return names;
}

test("T11 no gradient reaches the teacher: the student's update does not know it, and its own is an average alone", () => {
  const { updates } = selfTrainProgram(shapeOf());
  for (const [name, value] of updates) {
    const teachers = [...statesOf(value)].filter((state) => state.startsWith("teacher."));
    expect(teachers).toEqual(name.startsWith("teacher.") ? [name] : []);
  }
  // The average is taken of the updated student: it depends on what the optimizer needs.
  const average = statesOf(updates.get("teacher.head.weight")!);
  expect(average.has("train.first.student.head.weight")).toBe(true);
});

test("pseudo-labels count alpha, labels 1, in either collage; without unlabelled images all is label", () => {
  expect(weightsOf(shapeOf({ alpha: 0.3 }).settings)).toEqual({
    out: { outside: 0.3, inside: 1 },
    into: { outside: 1, inside: 0.3 },
  });
  expect(weightsOf(shapeOf({ useUnlabelled: false }).settings).out).toEqual({ outside: 1, inside: 1 });
});

test("one pass over both collages normalizes them together: another loss than two passes", async () => {
  const random = new Random(4, "images");
  const image = () => Float32Array.from({ length: 2 * 256 }, () => random.normal());
  const keep = Float32Array.from({ length: 256 }, (_, at) => (at % 16 < 10 && at < 160 ? 0 : 1));
  const feeds = {
    keep,
    out: image(),
    into: image().map((value) => 3 * value + 2),
    outTarget: Uint8Array.from({ length: 512 }, (_, at) => at % 3),
    intoTarget: Uint8Array.from({ length: 512 }, (_, at) => (at >> 4) % 3),
    learningRate: 0,
  };
  const lossOf = async (jointForward: boolean) => {
    const store = new ParameterStore({ device: "cpu", random: (name) => new Random(1, name), threads: 1 });
    const program = selfTrainProgram(shapeOf({ jointForward }));
    const outputs = await (await store.compile(program)).run({ ...drawNoise(program, random), ...feeds });
    await store.release();
    return scalars(outputs);
  };
  const [apart, joint] = [await lossOf(false), await lossOf(true)];
  expect(apart["total"]).toBeCloseTo(apart["outLoss"]! + apart["intoLoss"]!, 5);
  expect(Math.abs(apart["total"]! - joint["total"]!)).toBeGreaterThan(1e-3);
});
