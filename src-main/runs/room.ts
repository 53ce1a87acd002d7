/** @file Which run may start beside those that work. */
import type { RunKind, RunRow } from "../api/contract.ts";

export interface Working {
  kind: RunKind;
  /** It has reported progress: from here on the system knows what memory it takes. */
  hasBegun: boolean;
}

/** Trainings share one limit; quick work (proposals, evaluations) has a place beside them. */
const trains = (kind: RunKind): boolean => kind === "train" || kind === "experiment";

/**
 * The one of `pending`, in their order, that starts now; undefined: none. One starts after the other: what one takes must be seen before
 * there can be room for the next. `crowdedOut`: trainings that did not fit beside others; no smaller one overtakes them.
 */
export function nextToStart(
  pending: readonly { runId: number; kind: RunKind }[],
  working: readonly Working[],
  { trainings, crowdedOut }: { trainings: number; crowdedOut: ReadonlySet<number> },
): number | undefined {
  if (working.some(({ hasBegun }) => !hasBegun)) return undefined;
  const [training, quick] = [true, false].map((isTraining) => {
    const places = isTraining ? trainings : 1;
    const isFree = working.filter(({ kind }) => trains(kind) === isTraining).length < places;
    return isFree ? pending.find(({ kind }) => trains(kind) === isTraining)?.runId : undefined;
  });
  return training === undefined || crowdedOut.has(training) ? quick : training;
}

/**
 * Threads for the operators of a training that may have others beside it; null, for one that has the computer to itself: ONNX Runtime takes the physical
 * cores. More threads than cores would wait for each other in turns: they spin.
 */
export function threadsFor(kind: RunKind, { trainings, cores }: { trainings: number; cores: number }): number | null {
  return trains(kind) && trainings > 1 ? Math.max(1, Math.floor(cores / trainings)) : null;
}

/** Bytes that runs have planned and do not hold yet. */
export function memoryToCome(rows: readonly Pick<RunRow, "plannedMemoryBytes" | "memoryBytes">[]): number {
  return rows.reduce(
    (sum, { plannedMemoryBytes, memoryBytes }) => sum + Math.max(0, (plannedMemoryBytes ?? 0) - (memoryBytes ?? 0)),
    0,
  );
}
