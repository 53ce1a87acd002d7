/** @file Single 3 × 3 convolutions, forward and backward: y, dx and dw from x, w and dy. */
import {
  convolution,
  defineProgram,
  gradients,
  mul,
  state,
  sumOver,
  type Init,
} from "../../../src-main/engine/index.ts";
import { startProgram, type Peer, type Workload } from "./workload.ts";

const BATCH = 8;

interface Sizes {
  from: number;
  to: number;
  size: number;
}

const random: Init = (shape, source) =>
  Float32Array.from({ length: shape.reduce((product, dim) => product * dim, 1) }, () => source.normal());
const zeros: Init = (shape) => new Float32Array(shape.reduce((product, dim) => product * dim, 1));

/**
 * Operands are states, and of the large results only the sums leave: in a network these values stay inside, so neither feeding
 * them nor handing them out (the Node binding copies them, the store looks for NaN in them) belongs to the figure.
 */
function convolutionProgram({ from, to, size, batch }: Sizes & { batch: number }) {
  const x = state("operand.x", { shape: [batch, from, size, size], init: random });
  const dy = state("operand.dy", { shape: [batch, to, size, size], init: random });
  const w = state("network.w", { shape: [to, from, 3, 3], init: random });
  const y = convolution([x, w], { stride: [1, 1], padding: [1, 1], dilation: [1, 1], groups: 1 });
  const [dx, dw] = gradients(sumOver(mul(y, dy)), [x, w]);
  const result = state("result.dw", { shape: dw!.shape, init: zeros });
  return defineProgram({
    name: "convolution",
    outputs: { y: sumOver(y), dx: sumOver(dx!) },
    updates: [{ state: result, value: dw! }],
  });
}

function workload(name: string, shape: Sizes, rest: Pick<Workload, "stepsPerRound" | "peers">): Workload {
  const { from, to, size } = shape;
  const args = [BATCH, from, to, size].map(String);
  return {
    name,
    title: `3×3 convolution forward + backward, ${BATCH}×${from}×${size}×${size} to ${to} channels`,
    stepsPerRound: rest.stepsPerRound,
    peers: rest.peers.map((peer) => ({ ...peer, args })),
    start: ({ sizes, ...options }) => {
      const program = convolutionProgram(
        sizes === "full" ? { ...shape, batch: BATCH } : { from: Math.min(from, 3), to: 4, size: 6, batch: 2 },
      );
      return startProgram(program, { feeds: {}, networks: ["network"], ...options });
    },
  };
}

const TORCH: Peer = { runtime: "python", file: "torch_convolution.py", name: "PyTorch" };

export const convolutions: Workload[] = [
  { from: 3, to: 16, size: 128 },
  { from: 16, to: 16, size: 128 },
  { from: 32, to: 32, size: 64 },
  { from: 64, to: 64, size: 32 },
  { from: 128, to: 128, size: 16 },
  { from: 256, to: 256, size: 8 },
].map((shape) =>
  workload(`convolution-${shape.from}-${shape.to}-${shape.size}`, shape, { stepsPerRound: 30, peers: [TORCH] }),
);

/** Against the other libraries that train in JavaScript. They need seconds to a minute for a step: one is enough. */
export const convolutionLibraries: Workload = {
  ...workload(
    "convolution-libraries",
    { from: 64, to: 64, size: 32 },
    {
      stepsPerRound: 30,
      peers: [
        { runtime: "node", file: "jax-js-convolution.mjs", name: "jax-js", stepsPerRound: 1 },
        { runtime: "node", file: "tfjs-convolution.mjs", name: "TensorFlow.js", stepsPerRound: 1 },
      ],
    },
  ),
  mostRounds: 1,
};
