/** @file The process of a run: takes one bundle, does the work, reports, ends. Its entry is src-main/app/run-process.ts. */
import {
  availableMemory,
  chooseDevice,
  type Device,
  isOutOfMemory,
  NotEnoughMemoryError,
  openTuningFile,
} from "../engine/runtime/index.ts";
import { type BackboneShelf, deviceProblem, findMethod, openShelf } from "../methods/index.ts";
import { diskFullProblem, Problem } from "../problem/index.ts";
import { answerOnBackbones } from "./backbone-work.ts";
import { type Bundle, openBundle } from "./bundle.ts";
import type { RunCommand, RunParent, RunReport } from "./messages.ts";
import { experiment } from "./experiment-work.ts";
import { memoryProblem } from "./memory.ts";
import { measurePace } from "./pace.ts";
import { planTrainingMemory } from "./planning.ts";
import { openResult } from "./result.ts";
import { seeTrunk } from "./trunk-work.ts";
import { synthesise } from "./synthesis-work.ts";
import { translate } from "./translation-work.ts";
import { Stopped } from "./stopping.ts";
import { type Asked, evaluate, predict, type Saved, train, type Work } from "./work.ts";

export type { RunCommand, RunParent, RunReport } from "./messages.ts";

const workOf = { train, predict, evaluate, experiment, synthesise, translate };

export interface WorkerPlaces {
  /** Where measured lowerings of this computer are kept. */
  tuningFile: string;
  /** The list of backbones that were added to this computer. */
  backbonesFile: string;
}

export function serveRun(parent: RunParent, { tuningFile, backbonesFile }: WorkerPlaces): void {
  const backbones = openShelf(backbonesFile);
  let asked: Asked = null;
  let isSearchOver = false;
  parent.onMessage((command) => {
    if (command.kind === "plan") void plan(command, backbones).then((report) => parent.postMessage(report));
    else if (command.kind === "measure") void measure(command, backbones).then((report) => parent.postMessage(report));
    else if (command.kind === "look-at-backbone" || command.kind === "paint-on-backbone")
      void answerOnBackbones(command, { shelf: backbones, parent })
        .catch(troubleOf)
        .then((report) => parent.postMessage(report));
    else if (command.kind === "look-at-trunk")
      void seeTrunk(command.path)
        .catch(troubleOf)
        .then((report) => parent.postMessage(report));
    else if (command.kind === "stop-search") isSearchOver = true;
    else if (command.kind !== "start") asked = command.kind;
    else {
      const told = { asked: () => asked, isSearchOver: () => isSearchOver };
      void perform(command, { parent, tuning: openTuningFile(tuningFile), backbones, ...told }).then((report) =>
        parent.postMessage(report),
      );
    }
  });
  parent.postMessage({ kind: "ready" });
}

async function perform(
  {
    bundlePath,
    checkpointsPath,
    profile,
    device: asked,
    reservedBytes = 0,
    memoryLimit,
    threads,
  }: Extract<RunCommand, { kind: "start" }>,
  rest: Pick<Work, "parent" | "tuning" | "backbones" | "asked" | "isSearchOver">,
): Promise<RunReport> {
  try {
    const bundle = await openBundle(bundlePath);
    try {
      const { device, reason } = await chooseDevice((asked ?? bundle.recipe.device) as Device);
      rest.parent.postMessage({ kind: "device", device, reason });
      const saved = await savedOf(bundle, checkpointsPath);
      let memoryBytes = process.memoryUsage.rss();
      const resources: Work["resources"] = {
        threads,
        memoryLimit: reservedBytes === 0 ? memoryLimit : (memoryLimit ?? availableMemory()) - reservedBytes,
        onReserved(_program, bytes) {
          memoryBytes += bytes;
          rest.parent.postMessage({ kind: "planned", memoryBytes });
        },
      };
      const outcome = await workOf[bundle.recipe.kind]({ bundle, saved, resources, device, profile, ...rest });
      return { kind: "ended", outcome };
    } finally {
      await bundle.close();
    }
  } catch (error) {
    return error instanceof Stopped ? { kind: "ended", outcome: "stopped" } : troubleOf(error);
  }
}

async function plan(
  { plan, limit, reservedBytes: reserved }: Extract<RunCommand, { kind: "plan" }>,
  backbones: BackboneShelf,
): Promise<RunReport> {
  try {
    const { device } = await chooseDevice(plan.device as Device);
    return {
      kind: "memory",
      memory: await planTrainingMemory(findMethod(plan.method), plan, { device, limit, reserved, backbones }),
    };
  } catch (error) {
    return troubleOf(error);
  }
}

async function measure(
  { bundlePath, memoryLimit }: Extract<RunCommand, { kind: "measure" }>,
  backbones: BackboneShelf,
): Promise<RunReport> {
  try {
    const bundle = await openBundle(bundlePath);
    try {
      const { device } = await chooseDevice(bundle.recipe.device as Device);
      return { kind: "pace", pace: await measurePace(bundle, { device, backbones, resources: { memoryLimit } }) };
    } finally {
      await bundle.close();
    }
  } catch (error) {
    return troubleOf(error);
  }
}

function troubleOf(error: unknown): RunReport {
  const problem =
    error instanceof Problem
      ? error
      : (diskFullProblem(error, "Run") ??
        deviceProblem(error) ??
        (error instanceof NotEnoughMemoryError ? memoryProblem(error, null) : null) ??
        (isOutOfMemory(error) ? usedUp(error) : null));
  if (problem !== null) return { kind: "problem", problem: problem.toJSON() };
  const bug = error instanceof Error ? error : new Error(String(error));
  return { kind: "failure", message: bug.message, stack: bug.stack ?? bug.message };
}

/** It was there when the run began. */
function usedUp(cause: unknown): Problem {
  return new Problem(
    {
      code: "not-enough-memory",
      title: "The machine has no memory left for this run.",
      detail: "There was enough when it began. What was made before is kept.",
      hint: "Close other programs and resume it, or begin one with a smaller batch size or image size.",
    },
    { cause },
  );
}

/** Where to go on. */
async function savedOf(bundle: Bundle, checkpointsPath: string | undefined): Promise<Saved> {
  const last = "checkpoint/last";
  const best = "checkpoint/best";
  if (checkpointsPath === undefined)
    return { last: await bundle.readIfThere(last), best: await bundle.readIfThere(best) };
  const { container } = await openResult(checkpointsPath);
  try {
    return { last: await container.readIfThere(last), best: await container.readIfThere(best) };
  } finally {
    await container.close(); // it is replaced soon
  }
}
