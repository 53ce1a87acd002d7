/** @file Pictures of what networks said of validation images, fetched. */
import type { RunSample } from "../../../src-main/api/contract.ts";
import { decodeLabelMap, type Frame, type LabelMap } from "../../../src-main/voxels/index.ts";
import type { Workspace } from "../../workspace.svelte.ts";

/** One image with what was said and what is true. */
export interface ShownSample extends RunSample {
  frame: Frame;
  predicted: LabelMap;
  truth: LabelMap;
}

/** All or none. `truths`: annotations by frame that are there already. */
export function fetchSamples(
  { client, frameCache }: Pick<Workspace, "client" | "frameCache">,
  {
    runId,
    samples,
    truths = {},
  }: { runId: number; samples: readonly RunSample[]; truths?: Readonly<Record<number, LabelMap>> },
  signal: AbortSignal,
): Promise<ShownSample[]> {
  return Promise.all(
    samples.map(async (sample): Promise<ShownSample> => {
      const { frameId } = sample;
      const [frame, predicted, truth] = await Promise.all([
        frameCache.frame(frameId, signal),
        client.runSampleMask(runId, sample, signal).then((bytes) => decodeLabelMap(bytes)),
        truths[frameId] ?? client.runTruth(runId, frameId, signal).then((bytes) => decodeLabelMap(bytes)),
      ]);
      return { ...sample, frame, predicted, truth };
    }),
  );
}

/** Steps at which something was said, ascending. */
export function stepsOf(samples: readonly RunSample[]): number[] {
  return [...new Set(samples.map(({ step }) => step))].sort((a, b) => a - b);
}

/** Those of the validation with the best figures, if it is among them, else of the latest. */
export function samplesToCompare(samples: readonly RunSample[], bestStep: number | null): RunSample[] {
  const latest = samples.reduce<number | null>((step, sample) => Math.max(step ?? 0, sample.step), null);
  const step = samples.some((sample) => sample.step === bestStep) ? bestStep : latest;
  return samples.filter((sample) => sample.step === step);
}
