/**
 * @file The training step as a document, run by ONNX Runtime alone from the two exported files: no code of the engine. It is the
 * loop of docs/training-graph.md, in JavaScript.
 */
import { InferenceSession, Tensor } from "onnxruntime-node";
import { expect, it } from "vitest";
import { defineProgram, input, readModelSummary, relu } from "../../src-main/engine/index.ts";
import { ParameterStore } from "../../src-main/engine/runtime/index.ts";
import { unet } from "../../src-main/networks/index.ts";
import { Random } from "../../src-main/random/index.ts";
import { adamW, diceCrossEntropy, ema, inferStep, trainStep } from "../../src-main/training/index.ts";

const train = trainStep({
  networks: ["net"],
  trained: "net",
  inputs: { image: { shape: [2, 1, 16, 16] }, labelMap: { shape: [2, 16, 16], dtype: "uint8" } },
  loss: ({ net }, { image, labelMap }) => ({
    total: diceCrossEntropy(unet(net, image, { classes: 2, width: 4, depth: 2 }), labelMap),
  }),
  optimizer: adamW(),
  clipNorm: 1,
  after: [ema({ from: "net", to: "slow", decay: 0.9 })],
});

const newStore = () => new ParameterStore({ device: "cpu", random: (name) => new Random(4, name), threads: 1 });

function batch(step: number) {
  const random = new Random(step, "batch");
  const image = Float32Array.from({ length: 2 * 256 }, () => random.normal());
  return { image, labelMap: Uint8Array.from(image, (value) => Number(value > 0.3)), learningRate: 0.01 / (1 + step) };
}

/** https://github.com/huggingface/safetensors#format, for float32. */
function readStates(file: Uint8Array): Record<string, Tensor> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const start = 8 + Number(view.getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, start))) as Record<
    string,
    { shape: number[]; data_offsets: [number, number] }
  >;
  return Object.fromEntries(
    Object.entries(header)
      .filter(([name]) => name !== "__metadata__")
      .map(
        ([
          name,
          {
            shape,
            data_offsets: [from, to],
          },
        ]) => {
          const data = new Float32Array(file.slice(start + from, start + to).buffer);
          return [name, new Tensor("float32", data, shape)];
        },
      ),
  );
}

it("trains to the same bits from the exported files alone", async () => {
  const store = newStore();
  const { onnx, states: file } = await store.exportTrainingGraph(train, { metadata: { note: "kept" } });

  const session = await InferenceSession.create(onnx, { intraOpNumThreads: 1, enableMemPattern: false });
  let states = readStates(file);
  const names = Object.keys(states);
  const losses: number[] = [];
  for (let step = 0; step < 6; step++) {
    const { image, labelMap, learningRate } = batch(step);
    const outputs = await session.run({
      ...states,
      image: new Tensor("float32", image, [2, 1, 16, 16]),
      labelMap: new Tensor("uint8", labelMap, [2, 16, 16]),
      learningRate: new Tensor("float32", Float32Array.of(learningRate), []),
    });
    losses.push(Number(outputs["total"]!.data[0]));
    states = Object.fromEntries(names.map((name) => [name, (outputs[`next:${name}`] ?? states[name]) as Tensor]));
  }
  await session.release();

  const compiled = await store.compile(train);
  for (const [step, loss] of losses.entries()) {
    const { total } = await compiled.run(batch(step));
    expect(Number(total!.data[0])).toBe(loss);
  }
  expect(losses.at(-1)!).toBeLessThan(losses[0]!);
  const final = await store.state();
  expect(names.toSorted()).toEqual(Object.keys(final).toSorted());
  for (const name of names) expect(states[name]!.data, name).toEqual(final[name]!.data);
  await store.release();
});

it("says of itself what to feed, what comes out, and which states go round", async () => {
  const store = newStore();
  const { onnx } = await store.exportTrainingGraph(train, { metadata: { note: "kept" } });
  const { metadata, opset } = readModelSummary(onnx);
  expect(opset).toBe(18);
  expect(metadata["note"]).toBe("kept");
  expect(metadata["kind"]).toBe("training-step");
  expect(JSON.parse(metadata["feeds"]!)).toEqual({
    image: { shape: [2, 1, 16, 16], dtype: "float32" },
    labelMap: { shape: [2, 16, 16], dtype: "uint8" },
    learningRate: { shape: [], dtype: "float32" },
  });
  expect(JSON.parse(metadata["losses"]!)).toEqual(["total"]);
  expect((JSON.parse(metadata["states"]!) as Record<string, string>)["train.step"]).toBe("next:train.step");
  expect(JSON.parse(metadata["fixedStates"]!)).toEqual([]);
});

it("refuses a program that changes nothing", async () => {
  const store = newStore();
  const x = input("x", { shape: [2] });
  const program = defineProgram({ name: "look", outputs: { y: relu(x) } });
  await expect(store.exportTrainingGraph(program)).rejects.toThrow(/look: updates no state.*exportOnnx/);
  const predict = inferStep({ networks: [], inputs: { x: { shape: [2] } }, outputs: (_, fed) => ({ y: relu(fed.x) }) });
  await expect(store.exportTrainingGraph(predict)).rejects.toThrow(/updates no state/);
});
