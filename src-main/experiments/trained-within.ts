/** @file A network that an arm trains for itself before the training that is judged (it paints or translates what that learns from), and the steps of both. */
import { findMethod, type StartRequest, type TrainingSession } from "../methods/index.ts";
import { stepsWithin } from "./arms.ts";
import type { CellCheckpoint, CellProgress } from "./perform.ts";

/** How it goes on and is told. */
export interface TrainedWithinOptions {
  progress: Pick<CellProgress, "isStopped" | "stepDone" | "mayCheckpoint">;
  /** Where it was stopped before. */
  saved: Pick<CellCheckpoint, "within" | "weights">;
}

/** Its weights; null when stopped. Throws what the method throws. */
export async function trainWithin(
  method: string,
  request: Omit<StartRequest, "resume">,
  { progress, saved }: TrainedWithinOptions,
): Promise<Uint8Array | null> {
  if (saved.weights !== undefined) return saved.weights;
  const session = await findMethod(method).start({ ...request, resume: saved.within });
  try {
    const isThrough = await stepThrough(session, progress, async () => ({ within: await session.checkpoint() }));
    return isThrough ? await session.weights() : null;
  } finally {
    await session.release();
  }
}

/** All steps that are left; false when stopped. `take`: what is saved meanwhile. */
export async function stepThrough(
  session: TrainingSession,
  progress: TrainedWithinOptions["progress"],
  take: () => Promise<CellCheckpoint>,
): Promise<boolean> {
  while (session.step < session.steps) {
    await new Promise((resolve) => setImmediate(resolve)); // computing blocks the thread
    if (progress.isStopped()) {
      await progress.mayCheckpoint(session.step, take);
      return false;
    }
    const start = performance.now();
    const losses = await session.runStep();
    progress.stepDone(session.step, (performance.now() - start) / 1000, losses);
    await progress.mayCheckpoint(session.step, take);
  }
  return true;
}

/** Of the training that is judged, after that of the network whose `weights` made some of what it learns from. */
export function progressAfter(
  arm: Parameters<typeof stepsWithin>[0],
  weights: Uint8Array,
  progress: CellProgress,
): CellProgress {
  const before = stepsWithin(arm);
  return {
    ...progress,
    stepDone: (step, seconds, losses) => progress.stepDone(before + step, seconds, losses),
    mayCheckpoint: (step, take) => progress.mayCheckpoint(before + step, async () => ({ weights, ...(await take()) })),
  };
}
