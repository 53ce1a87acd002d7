/** @file The step that a grader by diffusion takes most of: the look at the whole and the close looks, which guess the label. */
import type { GraderShape } from "../../../src-main/methods/grading/networks.ts";
import { guidanceStep } from "../../../src-main/methods/grading/programs.ts";
import { normals, startProgram, type Workload } from "./workload.ts";

const SHAPE: GraderShape = {
  size: 64,
  channels: 1,
  classes: 4,
  trunk: { kind: "narrow", width: 8 },
  regions: { count: 4, side: 24 },
  topShare: 1,
  hidden: 128,
  times: 100,
};

export const gradingStep: Workload = {
  name: "grading-step",
  title: "grading train step, 32×1×64×64 and 4 regions of 24×24 each, two residual trunks of width 8, Adam (AMSGrad)",
  stepsPerRound: 10,
  peers: [{ runtime: "python", file: "torch_grading_step.py", name: "PyTorch" }],
  start({ sizes, ...options }) {
    const batch = sizes === "full" ? 32 : 2;
    const shape = sizes === "full" ? SHAPE : { ...SHAPE, size: 16, regions: { count: 2, side: 8 } };
    const { size, regions, classes } = shape;
    const feeds = {
      image: normals("image", [batch, 1, size, size]),
      regions: normals("regions", [batch * regions.count, 1, regions.side, regions.side]),
      grade: Uint8Array.from({ length: batch }, (_, index) => index % classes),
      learningRate: 1e-3,
    };
    const program = guidanceStep(shape, batch, { losses: "all" });
    return startProgram(program, { feeds, networks: ["global", "local"], ...options });
  },
};
