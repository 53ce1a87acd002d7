/** @file A training step of Siamese-Diffusion, sizes S and M at 64²: both branches, consistency and online augmentation. */
import { sizeOf } from "../../../src-main/engine/index.ts";
import { timeFeeds } from "../../../src-main/methods/siamese-diffusion/draws.ts";
import { latentShape, type SiameseShape } from "../../../src-main/methods/siamese-diffusion/networks.ts";
import { siameseStep } from "../../../src-main/methods/siamese-diffusion/programs.ts";
import { normals, startProgram, type Workload } from "./workload.ts";

const TIMES = [50, 120, 190, 400, 500, 700, 800, 900];

/** Width of the first level, as the peer takes it. */
const WIDTHS = { S: 48, M: 64 };

const training = (denoiser: "S" | "M"): Workload => ({
  name: denoiser === "S" ? "siamese-step" : "siamese-step-m",
  title: `Siamese-Diffusion ${denoiser}, train step of both branches, 8×3×64×64, AdamW`,
  stepsPerRound: 2,
  peers: [{ runtime: "python", file: "torch_siamese_step.py", name: "PyTorch", args: [`${WIDTHS[denoiser]}`] }],
  also: ["memory"],
  onGpu: true,
  start({ sizes, ...options }) {
    const isFull = sizes === "full";
    const [batch, size, augmented] = isFull ? [8, 64, 3] : [2, 8, 1];
    const shape: SiameseShape = {
      size,
      channels: 3,
      classes: 1,
      adapter: "spaceToDepth2",
      denoiser: isFull ? denoiser : "XS",
      hint: "dense",
      outlets: "small",
    };
    const latents = latentShape(shape);
    const program = siameseStep({
      shape,
      predicts: "v",
      scale: { mean: Array.from({ length: latents[0]! }, () => 0), factor: 2 },
      batchSize: batch,
      emaDecay: 0.999,
      imageBranch: true,
      consistencyWeight: 1,
      joint: false,
      augmented,
    });
    const picture = [batch, 3, size, size];
    const mask = normals("mask", [batch, size, size]);
    const feeds = {
      image: normals("image", picture).map((value) => 1 / (1 + Math.exp(-value))),
      labelMap: Uint8Array.from(mask, (value) => +(value > 0.5)),
      noise: normals("noise", [batch, sizeOf(latents)]),
      ...timeFeeds(TIMES.slice(0, batch)),
      condition: new Int32Array(batch).fill(1),
      kept: new Float32Array(batch).fill(1),
      bins: new Float32Array(3 * batch).fill(1 / batch),
      imageWeight: 0.5,
      augmented: new Float32Array(augmented).fill(1),
      learningRate: 1e-4,
    };
    return startProgram(program, { feeds, networks: ["decoder", "control"], ...options });
  },
});

export const siameseTrainings = [training("S"), training("M")];
