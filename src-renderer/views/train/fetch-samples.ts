/** @file Pictures of what networks made of validation images, fetched. */
import type { RunSample } from "../../../src-main/api/contract.ts";
import { decodeLabelMap, deserializeFrame, type Frame, type LabelMap } from "../../../src-main/voxels/index.ts";
import type { Workspace } from "../../workspace.svelte.ts";

/** One image with what was made of it and what is true. */
export interface ShownSample extends RunSample {
  frame: Frame;
  made: { kind: "mask"; mask: LabelMap } | { kind: "picture"; picture: Frame };
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
      const { frameId, kind } = sample;
      const [frame, made, truth] = await Promise.all([
        frameCache.frame(frameId, signal),
        client
          .runSample(runId, sample, signal)
          .then((bytes): ShownSample["made"] =>
            kind === "mask" ? { kind, mask: decodeLabelMap(bytes) } : { kind, picture: deserializeFrame(bytes) },
          ),
        truths[frameId] ?? client.runTruth(runId, frameId, signal).then((bytes) => decodeLabelMap(bytes)),
      ]);
      return { ...sample, frame, made, truth };
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
