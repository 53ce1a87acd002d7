/** @file A whole step of BCP on series as volumes, as a run takes it: patches, teacher, pseudo-labels, collages, update, average. */
import type { CaseSource } from "../../../src-main/dataset/index.ts";
import { findMethod, findPreset } from "../../../src-main/methods/index.ts";
import { decodeSafetensors } from "../../../src-main/engine/safetensors.ts";
import { ball } from "../../methods/balls.ts";
import type { Workload } from "./workload.ts";

/** [slices, rows, columns]. */
const SERIES = { full: [40, 128, 128], tiny: [8, 16, 16] } as const;

/** A ball in noise: two labelled series, two unlabelled ones, one to validate. */
function series(size: readonly [number, number, number]): CaseSource {
  const { frames, labelMaps } = ball(1, size);
  const [slices] = size;
  const roles = ["train", "train", "unlabelled", "unlabelled", "validate"] as const;
  return {
    frames: roles.flatMap((role, caseId) =>
      frames.map((_, slice) => ({
        frameId: caseId * slices + slice,
        caseId,
        role,
        hasLabelMap: role !== "unlabelled",
        volume: { id: caseId, slices },
      })),
    ),
    frame: (frameId) => Promise.resolve(frames[frameId % slices]!),
    labelMap: (frameId) => Promise.resolve(labelMaps[frameId % slices]!),
  };
}

export const bcpVolumesStep: Workload = {
  name: "bcp-volumes-step",
  title:
    "BCP step on volumes, preset volumes: 2×1 collages of 16×64×64 from series of 40×128×128, V-Net of 8 to 64 channels, Adam",
  stepsPerRound: 5,
  peers: [],
  also: ["memory"],
  async start({ sizes, device, tuning }) {
    const bcp = findMethod("bcp");
    const tiny = { size: 16, slices: 8, width: 2, depth: 2 };
    const session = await bcp.start({
      cases: series(SERIES[sizes]),
      settings: {
        ...findPreset(bcp, "volumes").settings,
        slices: 16,
        ...(sizes === "tiny" ? tiny : {}),
        pretrainShare: 0,
        steps: 1_000_000,
        tune: tuning !== undefined,
      },
      seed: 1,
      device,
      classes: [{ value: 1, name: "ball" }],
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
