/** @file One iteration of GenSeg as a run takes it: all three levels, new masks and the shares of the cells read back. */
import type { CaseSource, FrameRole } from "../../../src-main/dataset/index.ts";
import { decodeSafetensors } from "../../../src-main/engine/safetensors.ts";
import { findMethod } from "../../../src-main/methods/index.ts";
import type { Frame } from "../../../src-main/voxels/index.ts";
import { normals, type Workload } from "./workload.ts";

const CLASSES = [{ value: 1, name: "disc" }];
const [LEARNED, JUDGED] = [12, 4];
const NETWORKS = ["generator", "discriminator", "network", "architecture"];

/** Noise with a disc in each, which the masks show. */
export function discStudy(side: number): CaseSource {
  const frameOf = (frameId: number): Frame => ({
    width: side,
    height: side,
    channels: 1,
    sampleType: "float32",
    data: normals(`frame ${frameId}`, [side * side]) as Float32Array<ArrayBuffer>,
    photometric: "MONOCHROME2",
    rescaleSlope: 1,
    rescaleIntercept: 0,
    window: null,
    spacing: null,
  });
  const data = Uint8Array.from({ length: side * side }, (_, at) => {
    return +(Math.hypot((at % side) - side / 2, Math.floor(at / side) - side / 2) < side / 5);
  });
  return {
    frames: Array.from({ length: LEARNED + JUDGED }, (_, frameId) => {
      const role: FrameRole = frameId < LEARNED ? "train" : "validate";
      return { frameId, caseId: frameId, role, hasLabelMap: true };
    }),
    frame: (frameId) => Promise.resolve(frameOf(frameId)),
    labelMap: () => Promise.resolve({ width: side, height: side, data }),
  };
}

/** More than are measured; the search begins after a tenth of them. */
const STEPS = 200;
const WARM_UP = STEPS / 10;

export const gensegIterations: readonly Workload[] = (["exact", "differences"] as const).map((hypergradient) => ({
  name: hypergradient === "exact" ? "genseg-iteration" : "genseg-iteration-differences",
  title: `GenSeg iteration, all three levels, hypergradient ${hypergradient}, batch 4 + 4 + 4, 128²`,
  stepsPerRound: 3,
  mostRounds: 5,
  peers: [
    // On the CPU PyTorch's transposed convolutions and its second derivatives of convolutions take most of that step; the second peer goes round both.
    { runtime: "python", file: "torch_genseg_iteration.py", name: "PyTorch", args: ["0", "0"], stepsPerRound: 1 },
    { runtime: "python", file: "torch_genseg_iteration.py", name: "PyTorch", args: ["1", "0"] },
    // The same with what ours shares between the levels shared by hand.
    { runtime: "python", file: "torch_genseg_iteration.py", name: "PyTorch", args: ["1", "1"] },
  ],
  also: ["memory"],
  async start({ sizes, device }) {
    const tiny = { size: 16, batchSize: 1, generatorWidth: 2, generatorWidest: 4, discriminatorWidth: 2, width: 2 };
    const steps = sizes === "tiny" ? 10 : STEPS;
    const session = await findMethod("genseg").start({
      cases: discStudy(sizes === "tiny" ? 16 : 128),
      settings: {
        ...(sizes === "tiny" ? { ...tiny, depth: 2 } : { size: 128, batchSize: 4, width: 16, depth: 4 }),
        generatorSteps: 1,
        steps,
        generatorEvery: 1,
        searchEvery: 1,
        hypergradient,
      },
      seed: 1,
      device,
      classes: CLASSES,
      channels: 1,
    });
    const warmUp = sizes === "tiny" ? steps / 10 : WARM_UP;
    while (session.step < 1 + warmUp) await session.runStep();
    const { tensors } = decodeSafetensors(await session.checkpoint());
    const own = Object.entries(tensors).filter(([name]) => NETWORKS.includes(name.split(".")[0]!));
    return {
      parameters: own.reduce((sum, [, { data }]) => sum + data.length, 0),
      step: () => session.runStep(),
      stop: () => session.release(),
    };
  },
}));
