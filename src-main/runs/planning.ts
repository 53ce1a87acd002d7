/**
 * @file What memory a training would take, worked out in a process of its own before anybody starts it: all of its programs are written and planned,
 * none is opened. Where it does not fit, smaller settings are planned in the same way until some do.
 */
import type { SourceFrame } from "../dataset/index.ts";
import { availableMemory, NotEnoughMemoryError } from "../engine/runtime/index.ts";
import type { BackboneShelf, ComputeDevice, Method, StartRequest, TrunkRecord } from "../methods/index.ts";
import { Problem, type ProblemFields } from "../problem/index.ts";
import { CAREFUL, memoryProblem, settingsThatDiffer, smallerSettings } from "./memory.ts";

/** Of a training that may be asked for. */
export interface TrainingPlan {
  method: string;
  settings: StartRequest["settings"];
  seed: number;
  device: string;
  classes: StartRequest["classes"];
  channels: StartRequest["channels"];
  frames: SourceFrame[];
  modalities?: StartRequest["modalities"];
  targets?: StartRequest["targets"];
  trunk?: TrunkRecord | undefined;
}

export interface PlannedMemory {
  /** Bytes of all programs together, and what the machine has; null on devices whose memory is not known before it is used up. */
  needed: number | null;
  available: number | null;
  /** "not-enough-memory", with settings that fit if any do; null: there is enough. */
  problem: ProblemFields | null;
}

/** More are not tried: then nothing reasonable fits. */
const MAX_TRIED = 24;

interface PlanningOptions {
  device: ComputeDevice;
  limit?: number | undefined;
  reserved?: number;
  backbones?: BackboneShelf;
}

/** `limit`: bytes in place of what the machine has; `reserved`: those that other runs will still take. */
export async function planTrainingMemory(
  method: Method,
  plan: TrainingPlan,
  { device, limit, reserved = 0, backbones }: PlanningOptions,
): Promise<PlannedMemory> {
  if (device !== "cpu") return { needed: null, available: null, problem: null };
  const available = (limit ?? availableMemory()) - reserved;
  const planned = await memoryOf(method, plan, plan.settings, available, backbones);
  if (!(planned instanceof NotEnoughMemoryError)) return { needed: planned, available, problem: null };
  const fitting = await fittingSettings(method, plan, CAREFUL * available, backbones);
  const problem = memoryProblem(planned, fitting, { isOfVolumes: plan.settings["dimensions"] === "3" });
  return { needed: planned.needed, available, problem: problem.toJSON() };
}

/** Bytes of all programs of the training, or why they do not fit. */
async function memoryOf(
  method: Method,
  { seed, classes, channels, frames, modalities, targets, trunk }: TrainingPlan,
  settings: StartRequest["settings"],
  memoryLimit: number,
  backbones: BackboneShelf | undefined,
): Promise<number | NotEnoughMemoryError> {
  let needed = 0;
  const noPixels = (): never => {
    throw new Error(`${method.id}: an image was read while its memory was planned`);
  };
  try {
    const session = await method.start({
      cases: { frames, frame: noPixels, labelMap: noPixels },
      settings,
      seed,
      device: "cpu",
      classes,
      channels,
      modalities,
      targets,
      trunk: trunk && { record: trunk },
      backbones,
      resources: { memoryLimit, isPlanOnly: true, onReserved: (_program, bytes) => (needed += bytes) },
    });
    await session.release();
    return needed;
  } catch (error) {
    if (error instanceof NotEnoughMemoryError) return error;
    throw error;
  }
}

/** Those that change; null where nothing fits. */
async function fittingSettings(
  method: Method,
  plan: TrainingPlan,
  limit: number,
  backbones: BackboneShelf | undefined,
): Promise<StartRequest["settings"] | null> {
  let settings = smallerSettings(method.settings, plan.settings);
  for (let tried = 0; settings !== null && tried < MAX_TRIED; tried++) {
    const planned = await memoryOf(method, plan, settings, limit, backbones).catch((error: unknown) => {
      if (error instanceof Problem) return null; // a network of the person's own takes no other size
      throw error;
    });
    if (planned === null) return null;
    if (!(planned instanceof NotEnoughMemoryError)) return settingsThatDiffer(settings, plan.settings);
    settings = smallerSettings(method.settings, settings);
  }
  return null;
}
