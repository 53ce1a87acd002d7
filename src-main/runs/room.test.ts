import { expect, test } from "vitest";
import { memoryToCome, nextToStart, threadsFor } from "./room.ts";

const train = (runId: number) => ({ runId, kind: "train" as const });
const predict = (runId: number) => ({ runId, kind: "predict" as const });
const at = (kind: "train" | "predict" | "evaluate", hasBegun = true) => ({ kind, hasBegun });
const one = { trainings: 1, crowdedOut: new Set<number>() };

test("one training at a time, in order, with a prediction or evaluation beside it", () => {
  expect(nextToStart([train(1), train(2)], [], one)).toBe(1);
  expect(nextToStart([train(2), predict(3)], [at("train")], one)).toBe(3);
  expect(nextToStart([train(2)], [at("predict")], one)).toBe(2);
  expect(nextToStart([predict(4)], [at("train"), at("evaluate")], one)).toBeUndefined();
  expect(nextToStart([], [], one)).toBeUndefined();
});

test("nothing starts until the one before has begun", () => {
  expect(nextToStart([predict(3)], [at("train", false)], one)).toBeUndefined();
});

test("more trainings where they are allowed; one that did not fit is not overtaken", () => {
  expect(nextToStart([train(2), train(3)], [at("train")], { ...one, trainings: 2 })).toBe(2);
  const crowded = { trainings: 3, crowdedOut: new Set([2]) };
  expect(nextToStart([train(2), train(3)], [at("train")], crowded)).toBeUndefined();
  expect(nextToStart([train(2), train(3), predict(4)], [at("train")], crowded)).toBe(4);
});

test("memory to come is what was planned and is not held yet", () => {
  const rows = [
    { plannedMemoryBytes: 500, memoryBytes: 200 },
    { plannedMemoryBytes: null, memoryBytes: 100 },
    { plannedMemoryBytes: 100, memoryBytes: 300 },
    { plannedMemoryBytes: 50, memoryBytes: null },
  ];
  expect(memoryToCome(rows)).toBe(350);
});

test("trainings share the cores, each with one at least; one alone, and quick work, take what ONNX Runtime takes", () => {
  expect(threadsFor("train", { trainings: 2, cores: 8 })).toBe(4);
  expect(threadsFor("experiment", { trainings: 3, cores: 8 })).toBe(2);
  expect(threadsFor("train", { trainings: 16, cores: 8 })).toBe(1);
  expect(threadsFor("train", { trainings: 1, cores: 8 })).toBeNull();
  expect(threadsFor("predict", { trainings: 2, cores: 8 })).toBeNull();
});
