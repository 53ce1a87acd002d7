/** @file A network that an arm trains for itself before the training that is judged: it paints or translates what that learns from. */
import { findMethod, type StartRequest } from "../methods/index.ts";
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
  const take = async (): Promise<CellCheckpoint> => ({ within: await session.checkpoint() });
  try {
    while (session.step < session.steps) {
      await new Promise((resolve) => setImmediate(resolve)); // computing blocks the thread
      if (progress.isStopped()) {
        await progress.mayCheckpoint(session.step, take);
        return null;
      }
      const start = performance.now();
      const losses = await session.runStep();
      progress.stepDone(session.step, (performance.now() - start) / 1000, losses);
      await progress.mayCheckpoint(session.step, take);
    }
    return await session.weights();
  } finally {
    await session.release();
  }
}
