/** @file A small U-Net trained on the CPU and on WebGPU, for webgpu.test.ts. Prints one line of JSON. */
import { add, defineProgram, softmax, state, type Scope, type Tensor } from "../../src-main/engine/index.ts";
import { loadOnnx, ParameterStore, scalars, type NamedDevice } from "../../src-main/engine/runtime/index.ts";
import { probeDevice } from "../../src-main/engine/runtime/probe.ts";
import { unet } from "../../src-main/networks/index.ts";
import { Random } from "../../src-main/random/index.ts";
import {
  adamW,
  decodeTrainState,
  diceCrossEntropy,
  ema,
  encodeTrainState,
  inferStep,
  trainStep,
} from "../../src-main/training/index.ts";

export interface TrainingReport {
  probe: string;
  cpu: number[];
  webgpu: number[];
  /** From a checkpoint after half of the steps, in a new store. */
  resumed: number[];
  /** Largest difference of a prediction with the averaged weights: on the device against the exported model on the CPU. */
  predictionDifference: number;
  /** By 1 000 runs that add 1. */
  counted: number;
  /** What a step says whose loss is finite but whose weights would not be, and whether the weights are as before it. */
  broken: { message: string; isKept: boolean };
  /** MiB that the process grew by in the last 500 of them. */
  growth: number;
}

const [BATCH, SIZE, STEPS] = [2, 16, 12];
const network = (scope: Scope, image: Tensor) => unet(scope, image, { classes: 2, width: 4, depth: 2 });
const train = trainStep({
  networks: ["network"],
  trained: "network",
  inputs: { image: { shape: [BATCH, 1, SIZE, SIZE] }, labelMap: { shape: [BATCH, SIZE, SIZE], dtype: "uint8" } },
  loss: ({ network: scope }, { image, labelMap }) => ({ total: diceCrossEntropy(network(scope, image), labelMap) }),
  optimizer: adamW(),
  clipNorm: 12,
  after: [ema({ from: "network", to: "average", decay: 0.9 })],
});
const predict = inferStep({
  networks: ["average"],
  inputs: { image: { shape: [BATCH, 1, SIZE, SIZE] } },
  outputs: ({ average }, { image }) => ({ probabilities: softmax(network(average, image), { axis: 1 }) }),
});

function batch(step: number) {
  const random = new Random("blobs", step);
  const image = Float32Array.from({ length: BATCH * SIZE * SIZE }, () => random.normal());
  return { image, labelMap: Uint8Array.from(image, (value) => (value > 0 ? 1 : 0)), learningRate: 5e-3 };
}

async function trainFor(store: ParameterStore, from: number, to: number): Promise<number[]> {
  const compiled = await store.compile(train);
  const losses: number[] = [];
  for (let step = from; step < to; step++) losses.push(scalars(await compiled.run(batch(step)))["total"]!);
  await compiled.release();
  return losses;
}

const open = (device: NamedDevice) => new ParameterStore({ device, random: (name) => new Random(1, name) });

const { finding } = await probeDevice("webgpu");
const onCpu = open("cpu");
const cpu = await trainFor(onCpu, 0, STEPS);
const store = open("webgpu");
const webgpu = await trainFor(store, 0, STEPS);

const first = open("webgpu");
await trainFor(first, 0, STEPS / 2);
const checkpoint = encodeTrainState({ states: await first.state(), metadata: {} });
await first.release();
const second = open("webgpu");
await second.restore(decodeTrainState(checkpoint).states);
const resumed = await trainFor(second, STEPS / 2, STEPS);
await second.release();

const { image } = batch(0);
const predicting = await store.compile(predict);
const onDevice = (await predicting.run({ image }))["probabilities"]!.data as Float32Array;
const model = await loadOnnx(await store.exportOnnx(predict), "cpu");
const exported = (await model.run({ image: { shape: [BATCH, 1, SIZE, SIZE], data: image } }))["probabilities"]!.data;
const predictionDifference = Math.max(...onDevice.map((value, at) => Math.abs(value - Number(exported[at]))));
await store.release();

const long = open("webgpu");
const counter = state("counter", { shape: [65_536], init: () => new Float32Array(65_536) });
const compiled = await long.compile(
  defineProgram({ name: "count", outputs: {}, updates: [{ state: counter, value: add(counter, 1) }] }),
);
let middle = 0;
for (let run = 0; run < 1000; run++) {
  if (run === 500) middle = process.memoryUsage().rss;
  await compiled.run({});
}
const counted = (await long.state())["counter"]!.data[65_535]!;
const growth = (process.memoryUsage().rss - middle) / 2 ** 20;
await long.release();

const guarded = open("webgpu");
const guardedStep = await guarded.compile(train);
await guardedStep.run(batch(0));
const before = await guarded.state();
const message = await guardedStep.run({ ...batch(1), learningRate: Infinity }).then(
  () => "no error",
  (error: unknown) => (error as Error).message,
);
const after = await guarded.state();
const isKept = Object.entries(before).every(([name, { data }]) =>
  data.every((value, at) => value === after[name]!.data[at]),
);
await guarded.release();
const broken = { message, isKept };

const report: TrainingReport = {
  probe: finding.text,
  cpu,
  webgpu,
  resumed,
  predictionDifference,
  counted,
  broken,
  growth,
};
console.log(JSON.stringify(report));
