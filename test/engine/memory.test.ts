/** @file What a step takes: planned from the graph, held by the process, and refused before it starts where it does not fit. */
import { fork } from "node:child_process";
import { describe, expect, it } from "vitest";
import {
  input,
  ops,
  planMemory,
  emitProgram,
  defineProgram,
  relu,
  reshape,
  type Tensor,
} from "../../src-main/engine/index.ts";
import type { OpDefinition } from "../../src-main/engine/graph.ts";
import { valueTypes } from "../../src-main/engine/onnx/value-types.ts";
import { NotEnoughMemoryError, ParameterStore } from "../../src-main/engine/runtime/index.ts";
import { unet } from "../../src-main/networks/index.ts";
import { Random } from "../../src-main/random/index.ts";
import { adamW, diceCrossEntropy, trainStep } from "../../src-main/training/index.ts";

const unetStep = (batch: number, size: number, width: number) =>
  trainStep({
    networks: ["network"],
    trained: "network",
    inputs: { image: { shape: [batch, 1, size, size] }, labelMap: { shape: [batch, size, size], dtype: "uint8" } },
    loss: ({ network }, { image, labelMap }) => ({
      total: diceCrossEntropy(unet(network, image, { classes: 2, width, depth: 3 }), labelMap),
    }),
    optimizer: adamW(),
  });

const random = (name: string) => new Random(1, name);

describe("the types of emitted values", () => {
  it.each(ops.map((op) => [op.opName, op] as const))("%s", (_, op) => {
    const definition = op.definition as unknown as OpDefinition<object>;
    const apply = op as unknown as (...call: unknown[]) => Tensor;
    for (const { inputs, attrs } of definition.cases) {
      const tensors = inputs.map((one, index) =>
        input(`x${index}`, "shape" in one ? { shape: one.shape, dtype: one.dtype ?? "float32" } : { shape: one }),
      );
      const y = apply(tensors, attrs);
      const model = emitProgram(defineProgram({ name: "p", inputs: tensors, outputs: { y } }));
      const { types, unknown } = valueTypes(model);
      expect(unknown, "operators without a rule in onnx/value-types.ts").toEqual([]);
      expect(types.get("y")!.shape).toEqual(y.shape);
    }
  });
});

describe("the plan", () => {
  it("counts each part of a small program", () => {
    const x = input("x", { shape: [256, 1024] }); // 1 MiB
    const y = reshape(relu(relu(x)), { to: [1024, 256] });
    const plan = planMemory(emitProgram(defineProgram({ name: "p", outputs: { y } })));
    // The second relu writes over the first, the reshape gives the same numbers another shape.
    expect(plan).toMatchObject({ feeds: 2 ** 20, outputs: 2 ** 20, intermediates: 2 ** 20, states: 0, unknown: [] });
  });

  it("grows with batch, image size and width, and names the layers that hold the most", () => {
    const plans = [unetStep(2, 64, 8), unetStep(4, 64, 8), unetStep(4, 128, 8), unetStep(4, 128, 16)].map((program) =>
      planMemory(emitProgram(program)),
    );
    for (const [index, plan] of plans.slice(1).entries()) {
      expect(plan.intermediates).toBeGreaterThan(1.5 * plans[index]!.intermediates);
    }
    expect(plans[3]!.states).toBeGreaterThan(3 * plans[2]!.states);
    expect(plans[3]!.contributors[0]!.name).toMatch(/^network\.(en|de)coder\.0\..* (forward|backward)$/);
  });
});

describe("a step that does not fit", () => {
  it("is refused with what it needs, what there is and what to do, and allocates nothing", async () => {
    const store = new ParameterStore({ device: "cpu", random });
    const before = process.memoryUsage().rss;
    const error: unknown = await store.compile(unetStep(4096, 2048, 512)).catch((thrown: unknown) => thrown);
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 2 ** 20);
    expect(error).toBeInstanceOf(NotEnoughMemoryError);
    expect((error as Error).message).toMatch(
      /^train: a step needs about \d+(\.\d)? [TP]iB of memory, .*iB are available\. The most: network\.\S+ (forward|backward) .*smaller batch.*checkpointing/,
    );
    expect(await store.state()).toEqual({});
  });

  it("counts programs that are open and have not run yet", async () => {
    const program = unetStep(2, 64, 8);
    const { total, states, initialization } = planMemory(emitProgram(program));
    const second = total - states - initialization;
    const enough = new ParameterStore({ device: "cpu", random, memoryLimit: total + second });
    for (const _ of [1, 2]) await enough.compile(program);
    await enough.release();
    const short = new ParameterStore({ device: "cpu", random, memoryLimit: total + second - 1 });
    await short.compile(program);
    await expect(short.compile(program)).rejects.toThrow(NotEnoughMemoryError);
    await short.release();
  });
});

/** Runs test/engine/memory-process.ts, which answers with bytes in use. */
function measure(what: string): Promise<number[]> {
  const child = fork(new URL("memory-process.ts", import.meta.url), [what], { execArgv: ["--expose-gc"] });
  return new Promise((resolve, reject) => {
    child.once("message", (message) => resolve(message as number[]));
    child.once("exit", (code) => reject(new Error(`memory-process ended with ${code} and no answer.`)));
  });
}

describe("a process that trains", () => {
  it("grows by less than 2 % in 1 000 steps", async () => {
    const sizes = await measure("steps");
    // After 600 steps, and the least after 1 200 to 1 600: what leaks does not come back, what a loaded machine delays does.
    const [warm, last] = [sizes[2]!, Math.min(...sizes.slice(-3))];
    expect(last / warm).toBeLessThan(1.02);
  });

  it("gives back what compiled programs held", async () => {
    const sizes = await measure("compile");
    // After 15 and 40 times compile, train, release: 25 stores kept would be 25 times some 20 MiB.
    expect(sizes.at(-1)! / sizes[2]!).toBeLessThan(1.1);
  });
});
