/** @file Run by checkpoint.test.ts in a process of its own: two steps of a deep network; prints its peak memory and last loss. */
import { checkpoint, leakyRelu, mean, square, type Scope, type Tensor } from "../../src-main/engine/index.ts";
import { ParameterStore, scalars } from "../../src-main/engine/runtime/index.ts";
import { conv2d, instanceNorm } from "../../src-main/networks/index.ts";
import { Random } from "../../src-main/random/index.ts";
import { sgd, trainStep } from "../../src-main/training/index.ts";

const isCheckpointed = process.argv[2] === "checkpointed";
const SHAPE = [4, 16, 128, 128]; // 4 MiB per intermediate value
const SEGMENTS = 5;

function segment(scope: Scope, x: Tensor): Tensor {
  let y = x;
  for (const at of [0, 1, 2, 3]) {
    y = conv2d(scope.at(`conv.${at}`), y, { channels: 16, kernel: 3, bias: false });
    y = leakyRelu(instanceNorm(scope.at(`norm.${at}`), y), { slope: 0.1 });
  }
  return y;
}

const step = trainStep({
  networks: ["net"],
  trained: "net",
  inputs: { image: { shape: SHAPE } },
  loss: ({ net }, { image }) => {
    let x = image;
    for (let at = 0; at < SEGMENTS; at++) {
      const part = (y: Tensor) => segment(net.at(`segment.${at}`), y);
      x = isCheckpointed ? checkpoint(part)(x) : part(x);
    }
    return { total: mean(square(x)) };
  },
  optimizer: sgd(),
});
const store = new ParameterStore({ device: "cpu", threads: 1, random: (name) => new Random(1, name) });
const compiled = await store.compile(step);
const image = Float32Array.from({ length: SHAPE.reduce((size, dim) => size * dim, 1) }, (_, at) => Math.sin(at));
let loss = 0;
for (let at = 0; at < 2; at++) loss = scalars(await compiled.run({ image, learningRate: 1 }))["total"]!;
await store.release();
console.log(JSON.stringify({ peakMiB: process.resourceUsage().maxRSS / 1024, loss }));
