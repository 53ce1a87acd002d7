/** @file What a warp reads and writes, copied once: image, flow and cotangent come in; the result, and the gradients of image and flow, leave. */
import { parameters, takeRounds } from "./rounds.mjs";

const [batch, side] = parameters;
const plane = batch * side * side;
const from = new Float32Array((1 + 2 + 1) * plane).fill(1);
const into = new Float32Array((1 + 1 + 2) * plane);
const step = () => into.set(from);

for (let run = 0; run < 3; run++) step();
await takeRounds({ name: "copy of its operands, 1 thread", count: 0, step });
