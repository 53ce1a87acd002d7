/** @file Entry of a process whose memory memory.test.ts watches: sends bytes in use over time. Needs --expose-gc. */
import { ParameterStore } from "../../src-main/engine/runtime/index.ts";
import { unet } from "../../src-main/networks/index.ts";
import { Random } from "../../src-main/random/index.ts";
import { adamW, diceCrossEntropy, trainStep } from "../../src-main/training/index.ts";

const [BATCH, SIZE] = [4, 32];
const program = trainStep({
  networks: ["network"],
  trained: "network",
  inputs: { image: { shape: [BATCH, 1, SIZE, SIZE] }, labelMap: { shape: [BATCH, SIZE, SIZE], dtype: "uint8" } },
  loss: ({ network }, { image, labelMap }) => ({
    total: diceCrossEntropy(unet(network, image, { classes: 2, width: 8, depth: 3 }), labelMap),
  }),
  optimizer: adamW(),
});
const random = new Random(1);
const newStore = () => new ParameterStore({ device: "cpu", random: (name) => new Random(1, name) });

async function train(store: ParameterStore, steps: number): Promise<void> {
  const compiled = await store.compile(program);
  for (let step = 0; step < steps; step++) await trainOnce(compiled);
  await compiled.release();
}

/** Filled again for every step, as a training does that watches its memory. */
const image = new Float32Array(BATCH * SIZE * SIZE);
const labelMap = new Uint8Array(image.length);

async function trainOnce(compiled: Awaited<ReturnType<ParameterStore["compile"]>>): Promise<void> {
  for (let pixel = 0; pixel < image.length; pixel++) {
    image[pixel] = random.normal();
    labelMap[pixel] = Number(image[pixel]! > 0);
  }
  await compiled.run({ image, labelMap, learningRate: 1e-3 });
}

/** Resident bytes without those V8 keeps free for itself: how many these are depends on when its collector ran. */
function inUse(): number {
  (globalThis as { gc?: () => void }).gc!();
  const { rss, heapTotal, heapUsed } = process.memoryUsage();
  return rss - heapTotal + heapUsed;
}

const sizes: number[] = [];
if (process.argv[2] === "steps") {
  const store = newStore();
  const compiled = await store.compile(program);
  for (let step = 1; step <= 1600; step++) {
    await trainOnce(compiled);
    if (step % 200 === 0) sizes.push(inUse());
  }
  await store.release();
} else {
  for (let cycle = 1; cycle <= 40; cycle++) {
    const store = newStore();
    await train(store, 2);
    await store.release();
    if (cycle % 5 === 0) sizes.push(inUse());
  }
}
process.send!(sizes, () => process.disconnect());
