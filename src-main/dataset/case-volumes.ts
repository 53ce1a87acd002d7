/** @file Which frames stand together as volumes, and what a training may do with each volume. */
import type { FrameRole, SourceFrame } from "./case-source.ts";

export interface SourceVolume {
  id: number;
  /** In their order. */
  frameIds: readonly number[];
  role: Extract<FrameRole, "train" | "validate" | "unlabelled">;
}

export interface CaseVolumes {
  volumes: readonly SourceVolume[];
  /** Frames that are no slices, or of a volume that is not wholly there. */
  leftOut: number;
}

/**
 * A volume is there when all its slices are. It is labelled when all of them are; one of the training that is labelled in part, or not
 * at all, is learned from without its labels.
 */
export function groupVolumes(
  frames: readonly Pick<SourceFrame, "frameId" | "role" | "hasLabelMap" | "volume">[],
): CaseVolumes {
  const groups = new Map<number, (typeof frames)[number][]>();
  for (const frame of frames) {
    if (frame.volume !== undefined) groups.set(frame.volume.id, [...(groups.get(frame.volume.id) ?? []), frame]);
  }
  const volumes: SourceVolume[] = [];
  for (const [id, slices] of groups) {
    if (slices.length < slices[0]!.volume!.slices) continue;
    const role = roleOf(slices);
    if (role !== null) volumes.push({ id, role, frameIds: slices.map(({ frameId }) => frameId) });
  }
  return { volumes, leftOut: frames.length - volumes.reduce((sum, { frameIds }) => sum + frameIds.length, 0) };
}

function roleOf(slices: readonly Pick<SourceFrame, "role" | "hasLabelMap">[]): SourceVolume["role"] | null {
  const isAll = (wanted: FrameRole) => slices.every(({ role, hasLabelMap }) => role === wanted && hasLabelMap);
  if (isAll("train")) return "train";
  if (isAll("validate")) return "validate";
  return slices.every(({ role }) => role === "train" || role === "unlabelled") ? "unlabelled" : null;
}
