/** @file A whole step of BCP as a run takes it: pictures, teacher, pseudo-labels, collages, update, average. */
import type { CaseSource } from "../../../src-main/dataset/index.ts";
import { findMethod, findPreset } from "../../../src-main/methods/index.ts";
import type { Frame } from "../../../src-main/voxels/index.ts";
import { decodeSafetensors } from "../../../src-main/engine/safetensors.ts";
import { normals, type Workload } from "./workload.ts";

const SIDE = 96;
const IMAGES = 40;
const CLASSES = [1, 2, 3].map((value) => ({ value, name: `class ${value}` }));

/** Noise with a ring of classes; half of the frames without label, one to validate. */
function pictures(): CaseSource {
  const frameOf = (frameId: number): Frame => ({
    width: SIDE,
    height: SIDE,
    channels: 1,
    sampleType: "float32",
    data: normals(`frame ${frameId}`, [SIDE * SIDE]) as Float32Array<ArrayBuffer>,
    photometric: "MONOCHROME2",
    rescaleSlope: 1,
    rescaleIntercept: 0,
    window: null,
    spacing: null,
  });
  const data = Uint8Array.from({ length: SIDE * SIDE }, (_, at) => {
    const radius = Math.hypot((at % SIDE) - SIDE / 2, Math.floor(at / SIDE) - SIDE / 2);
    return radius < 12 ? 3 : radius < 18 ? 2 : radius < 24 ? 1 : 0;
  });
  return {
    frames: Array.from({ length: IMAGES + 1 }, (_, frameId) => {
      const role = frameId === IMAGES ? "validate" : frameId % 2 === 0 ? "train" : "unlabelled";
      return { frameId, caseId: frameId, role, hasLabelMap: role !== "unlabelled" };
    }),
    frame: (frameId) => Promise.resolve(frameOf(frameId)),
    labelMap: () => Promise.resolve({ width: SIDE, height: SIDE, data }),
  };
}

export const bcpStep: Workload = {
  name: "bcp-step",
  title: "BCP step with images, teacher and filter, preset medium: 2×4 collages of 96², 8 to 64 channels, Adam",
  stepsPerRound: 10,
  peers: [{ runtime: "python", file: "torch_bcp_step.py", name: "PyTorch" }],
  onGpu: true,
  async start({ sizes, device, tuning }) {
    const bcp = findMethod("bcp");
    const { settings } = findPreset(bcp, "medium");
    const tiny = { size: 16, width: 2, depth: 2, halfBatch: 1 };
    const session = await bcp.start({
      cases: pictures(),
      settings: {
        ...settings,
        ...(sizes === "tiny" ? tiny : {}),
        pretrainShare: 0,
        steps: 1_000_000,
        tune: tuning !== undefined,
      },
      seed: 1,
      device,
      classes: CLASSES,
      channels: 1,
      tuning: tuning?.cache,
    });
    const { tensors } = decodeSafetensors(await session.weights());
    const ofStudent = Object.entries(tensors).filter(([name]) => /^student\..*\.(weight|bias)$/.test(name));
    return {
      parameters: ofStudent.reduce((sum, [, { data }]) => sum + data.length, 0),
      step: () => session.runStep(),
      stop: () => session.release(),
    };
  },
};
