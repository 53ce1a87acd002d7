/** @file The ONNX trunk that an arm of an experiment stands on. */
import type { Arm } from "../experiments/index.ts";
import { checkTrunkSize, TRUNK_ID, trunkFor, type TrunkRecord } from "../methods/index.ts";
import { Problem } from "../problem/index.ts";
import type { Project } from "../project/index.ts";

/**
 * The one that the setting `network` names, else the newest; null where no arm stands on any. Throws `Problem` where there is none, or the named one would
 * be of no arm: all others are to stand on networks of our own, or the comparison would tell nothing of the trunk.
 */
export function armsTrunk(project: Project, arms: readonly Arm[], network: unknown): TrunkRecord | null {
  const named = TRUNK_ID.test(String(network)) ? trunkRecord(project, String(network)) : null;
  if (arms.some(({ isOnTrunk }) => isOnTrunk)) {
    const newest = project.trunks.list()[0] as TrunkRecord | undefined;
    if ((named ?? newest) !== undefined) return named ?? newest!;
    throw new Problem({
      code: "not-enough-data",
      title: "The project has no trunk to compare.",
      detail: "The arm classify-trunk stands on an image network of your own.",
      hint: "Add its file first: aliquot trunk add PROJECT FILE.",
    });
  }
  if (named === null) return null;
  throw new Problem({
    code: "bad-request",
    title: `No way of training that is compared stands on the trunk ${named.name}.`,
    detail: "A trunk is learned with by the arm classify-trunk alone, beside others that stand on none.",
    hint: "Add classify-trunk to --arms.",
  });
}

/** The arm on the trunk with it, and images of the size that its file is made for. Throws `Problem` where another one is asked for. */
export function onTrunk(arms: readonly Arm[], trunk: TrunkRecord | null, size: number): readonly Arm[] {
  if (trunk === null) return arms;
  checkTrunkSize(trunk, size);
  return arms.map((arm) => (arm.isOnTrunk ? { ...arm, settings: { ...arm.settings, network: trunk.id } } : arm));
}

const trunkRecord = (project: Project, id: string): TrunkRecord | null =>
  trunkFor(id, project.trunks.find(id) as TrunkRecord | undefined);
