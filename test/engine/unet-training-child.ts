/**
 * @file Run by resume.test.ts in a process of its own: trains a U-Net for 200 updates from the checkpoint file that it is given,
 * if there is one, and writes one after every ten. Says on stdout which update is done.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { ParameterStore, scalars } from "../../src-main/engine/runtime/index.ts";
import { unet } from "../../src-main/networks/index.ts";
import { Random } from "../../src-main/random/index.ts";
import {
  adamW,
  cosineRate,
  decodeTrainState,
  diceCrossEntropy,
  ema,
  encodeTrainState,
  stepCount,
  trainStep,
  warmUp,
} from "../../src-main/training/index.ts";

const [BATCH, SIZE, UPDATES] = [4, 32, 200];
const file = process.argv[2]!;

const step = trainStep({
  networks: ["network"],
  trained: "network",
  inputs: { image: { shape: [BATCH, 1, SIZE, SIZE] }, labelMap: { shape: [BATCH, SIZE, SIZE], dtype: "uint8" } },
  loss: ({ network }, { image, labelMap }) => ({
    total: diceCrossEntropy(unet(network, image, { classes: 3, width: 8, depth: 3 }), labelMap),
  }),
  optimizer: adamW(),
  clipNorm: 12,
  after: [ema({ from: "network", to: "average", decay: 0.99 })],
});

/** Discs and squares on noise; the batch of an update depends on its number only. */
function drawBatch(update: number) {
  const random = new Random("shapes", update);
  const image = Float32Array.from({ length: BATCH * SIZE * SIZE }, () => 0.7 * random.normal());
  const labelMap = new Uint8Array(image.length);
  for (let one = 0; one < BATCH; one++) {
    for (const kind of [1, 2]) {
      const [left, top, radius] = [random.between(6, 26), random.between(6, 26), random.between(3, 6)];
      for (let at = 0; at < SIZE * SIZE; at++) {
        const [x, y] = [(at % SIZE) - left, Math.floor(at / SIZE) - top];
        if ((kind === 1 ? Math.hypot(x, y) : Math.max(Math.abs(x), Math.abs(y))) > radius) continue;
        labelMap[one * SIZE * SIZE + at] = kind;
        image[one * SIZE * SIZE + at]! += kind;
      }
    }
  }
  return { image, labelMap };
}

const store = new ParameterStore({ device: "cpu", random: (name) => new Random(11, name) });
const compiled = await store.compile(step);
let done = 0;
if (existsSync(file)) {
  const saved = decodeTrainState(readFileSync(file));
  store.restore(saved.states);
  done = stepCount(saved);
  console.log(`resumed ${done}`);
}
const rate = warmUp(10, cosineRate({ rate: 5e-3, steps: UPDATES }));
while (done < UPDATES) {
  const { total } = scalars(await compiled.run({ ...drawBatch(done), learningRate: rate(done) }));
  done++;
  if (done % 10 === 0) {
    writeFileSync(`${file}.new`, encodeTrainState({ states: await store.state(), metadata: { loss: String(total) } }));
    renameSync(`${file}.new`, file); // whole or not at all, whenever the process dies
  }
  console.log(`update ${done} ${total}`);
}
await store.release();
