/** @file Threads within an operator: how many a store opens, and what they do to the bits. */
import { readdirSync } from "node:fs";
import { afterEach, expect, it } from "vitest";
import { ParameterStore } from "../../src-main/engine/runtime/index.ts";
import { unet } from "../../src-main/networks/index.ts";
import { Random } from "../../src-main/random/index.ts";
import { diceCrossEntropy, sgd, trainStep } from "../../src-main/training/index.ts";

const [BATCH, SIZE] = [2, 32];
const step = trainStep({
  networks: ["network"],
  trained: "network",
  inputs: { image: { shape: [BATCH, 1, SIZE, SIZE] }, labelMap: { shape: [BATCH, SIZE, SIZE], dtype: "uint8" } },
  loss: ({ network }, { image, labelMap }) => ({
    total: diceCrossEntropy(unet(network, image, { classes: 3, width: 16, depth: 3 }), labelMap),
  }),
  optimizer: sgd({ momentum: 0.9 }),
});

const stores: ParameterStore[] = [];
afterEach(async () => {
  for (const store of stores.splice(0)) await store.release();
});

async function open(threads: number) {
  const store = new ParameterStore({ device: "cpu", random: (name) => new Random(3, name), threads });
  stores.push(store);
  return { store, compiled: await store.compile(step) };
}

/** Weights after three updates. */
async function trained(threads: number) {
  const { store, compiled } = await open(threads);
  for (let update = 0; update < 3; update++) {
    const random = new Random("batch", update);
    const image = Float32Array.from({ length: BATCH * SIZE * SIZE }, () => random.normal());
    const labelMap = Uint8Array.from(image, (value) => (value > 1 ? 2 : value > 0 ? 1 : 0));
    await compiled.run({ image, labelMap, learningRate: 0.01 });
  }
  return store.state();
}

it("gives the same bits with the same number of threads", async () => {
  for (const threads of [1, 3]) expect(await trained(threads), `${threads} threads`).toEqual(await trained(threads));
});

it.runIf(process.platform === "linux")("opens as many threads as it was told to use", async () => {
  const threads = (): number => readdirSync("/proc/self/task").length;
  const before = threads();
  await open(1);
  const one = threads();
  await open(4);
  expect([one - before, threads() - one]).toEqual([0, 3]); // the thread that asks is the fourth
});
