/** @file One 3 × 3 convolution, forward and backward, by jax-js on its Wasm backend. */
import { blockUntilReady, defaultDevice, init, jit, lax, random, vjp } from "@jax-js/jax";
import { parameters, takeRounds } from "./rounds.mjs";

const [batch, channels, outChannels, size] = parameters;
await init();
const normal = (seed, shape) => random.normal(random.key(seed), shape);
const x = normal(0, [batch, channels, size, size]);
const w = normal(1, [outChannels, channels, 3, 3]);
const dy = normal(2, [batch, outChannels, size, size]);

const forwardBackward = jit((image, kernel, slope) => {
  const [y, back] = vjp((a, b) => lax.conv(a, b, [1, 1], "SAME"), [image, kernel]);
  return [y, ...back(slope)];
});

async function step() {
  const results = forwardBackward(x.ref, w.ref, dy.ref);
  await blockUntilReady(results);
  for (const result of results) result.dispose();
}

await step(); // compiles
await takeRounds({ name: `jax-js 0.1.25, ${defaultDevice()}, 1 thread`, count: outChannels * channels * 9, step });
