/** @file The process of out-of-memory.test.ts: paints while its address space is limited, then without a limit. Prints what happened as JSON. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { isOutOfMemory, ParameterStore } from "../../src-main/engine/runtime/index.ts";
import { openSiameseGenerator } from "../../src-main/methods/siamese-diffusion/generator.ts";
import { describeSiamese } from "../../src-main/methods/siamese-diffusion/model-file.ts";
import { denoiseProgram, hintProgram } from "../../src-main/methods/siamese-diffusion/programs.ts";
import type { SiameseShape } from "../../src-main/methods/siamese-diffusion/shape.ts";
import { encodeSafetensors } from "../../src-main/engine/safetensors.ts";
import { Random } from "../../src-main/random/index.ts";

/** Bytes beyond what the process has: a little for JavaScript, too little for a network. */
const ROOM = 16e6;
const COUNT = 8;
const SIDE = 32;
const shape: SiameseShape = {
  size: SIDE,
  channels: 1,
  classes: 1,
  adapter: "spaceToDepth2",
  denoiser: "XS",
  hint: "dense",
  outlets: "small",
};

const limit = (text: string): void => void execFileSync("prlimit", [`--pid=${process.pid}`, `--as=${text}:unlimited`]);
const addressSpace = (): number => 1024 * Number(/VmSize:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))![1]);

/** A network of random weights. */
async function randomWeights(): Promise<Uint8Array> {
  const store = new ParameterStore({ device: "cpu", random: (name) => new Random(1, name), isPlanOnly: true });
  await store.compile(denoiseProgram({ shape, batch: 1, passes: { free: false, masked: false }, hasReference: false }));
  await store.compile(hintProgram(shape, 1, "mask"));
  const classes = [{ value: 1, name: "disc" }];
  const scale = { mean: [0, 0, 0, 0], factor: 1 };
  const metadata = describeSiamese({ shape, classes, predicts: "v", range: { low: 0, high: 255, of: "bytes" }, scale });
  return encodeSafetensors({ tensors: await store.state(), metadata });
}

const weights = await randomWeights();
const masks = Uint8Array.from({ length: COUNT * SIDE ** 2 }, (_, pixel) =>
  Number(pixel % SIDE > 10 && pixel % SIDE < 20),
);
const keys = Array.from({ length: COUNT }, (_, index) => [1, index]);
const settings = { samplingSteps: 2, guidance: 1 };

// What fails is told by the error that the generator took for a lack of memory.
let failed = "";
const compile = ParameterStore.prototype.compile;
ParameterStore.prototype.compile = async function (...given) {
  try {
    return await compile.apply(this, given);
  } catch (error) {
    if (isOutOfMemory(error)) failed ||= (error as Error).message;
    throw error;
  }
};

const generator = await openSiameseGenerator(weights, "cpu");
let times = 0;
const images = await generator.paint(masks, keys, {
  settings,
  onCompile() {
    if (++times === 1) limit(String(addressSpace() + ROOM));
    else if (failed !== "") limit("unlimited");
  },
});
limit("unlimited");
/** Pictures on their way together when more are asked for. */
let later = 0;
await generator.paint(masks, keys, { settings, onStep: ({ count }) => void (later = Math.max(later, count)) });
await generator.release();
const fresh = await openSiameseGenerator(weights, "cpu");
const expected = await fresh.paint(masks, keys, { settings });
await fresh.release();
const isSame = images.every((value, index) => Math.abs(value - expected[index]!) < 1e-3);
const painted = images.length / SIDE ** 2;
process.stdout.write(JSON.stringify({ failed, painted, isSame, later }));
