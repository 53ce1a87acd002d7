/**
 * @file Labelled images of the other modality that join an arm, as they are or translated. The translator learns within the arm, from the pairs of the
 * patients that no score is taken of; what it makes lies on the pixels of its source, whose labels it keeps.
 */
import { type FrameRole, translationSeries } from "../dataset/index.ts";
import { type ComputeDevice, findMethod, type StartRequest } from "../methods/index.ts";
import { Problem } from "../problem/index.ts";
import type { Frame } from "../voxels/index.ts";
import type { PlannedArm } from "./experiment.ts";
import type { Study } from "./perform.ts";
import type { ExperimentSplit, StudyFrame } from "./plan.ts";
import { trainWithin, type TrainedWithinOptions } from "./trained-within.ts";

/** Labelled frames of the source modality, of patients that nothing is judged on. */
export function labelledSources(study: Pick<Study, "frames">, { test }: ExperimentSplit): StudyFrame[] {
  return study.frames.filter(({ caseId, isLabelledSource }) => isLabelledSource === true && !test.includes(caseId));
}

/** The split with the labelled sources among what is learned from. */
export function withSources(study: Study, split: ExperimentSplit): ExperimentSplit {
  return { ...split, train: [...split.train, ...labelledSources(study, split).map(({ frameId }) => frameId)] };
}

interface Options extends TrainedWithinOptions {
  translator: NonNullable<NonNullable<PlannedArm["sources"]>["translator"]>;
  device: ComputeDevice;
  resources?: StartRequest["resources"];
}

/** Trains the translator and lets it translate; null when stopped. Series without anything to see are left out. */
export async function translateSources(
  study: Study,
  split: ExperimentSplit,
  { translator, device, resources, ...options }: Options,
): Promise<{ study: Study; split: ExperimentSplit; weights: Uint8Array } | null> {
  const method = findMethod(translator.method);
  const request = {
    cases: pairsOf(study, split),
    settings: translator.settings,
    seed: split.seed,
    device,
    classes: [],
    channels: 1,
    ...(study.modalities && { modalities: study.modalities }),
    resources,
  } as const;
  const weights = await trainWithin(translator.method, request, options);
  if (weights === null) return null;
  const made: { source: StudyFrame; frame: Frame }[] = [];
  const opened = await method.openTranslator!(weights, device);
  try {
    const labelled = new Set(labelledSources(study, split).map(({ frameId }) => frameId));
    const isWanted = ({ frameId }: StudyFrame): boolean => labelled.has(frameId);
    // As in a project: intensities are scaled by all of a series, and neighbors are those that it has.
    const sources = study.frames.filter(
      ({ caseId, modality }) => modality?.side === "source" && !split.test.includes(caseId),
    );
    for (const series of translationSeries(sources)) {
      if (!series.some(isWanted)) continue;
      try {
        await opened.translate(
          {
            count: series.length,
            frame: (index) => study.frame(series[index]!.frameId),
            isWanted: (index) => isWanted(series[index]!),
          },
          async (index, frame) => void made.push({ source: series[index]!, frame }),
        );
      } catch (error) {
        if (!(error instanceof Problem) || error.code !== "not-enough-data") throw error;
      }
    }
  } finally {
    await opened.release();
  }
  return { ...withTranslated(study, split, made), weights };
}

/** Pairs to learn a translation from. A source without counterpart teaches only where nothing is paired; else it is context of its series. */
function pairsOf(study: Study, { test }: ExperimentSplit): StartRequest["cases"] {
  const isUnpaired = study.modalities?.kind === "unpaired";
  const frames = study.frames.flatMap(({ frameId, caseId, volume, modality }) => {
    if (modality === undefined || test.includes(caseId)) return [];
    const isAlone = modality.side === "source" && modality.counterpart === undefined && !isUnpaired;
    const role: FrameRole = isAlone ? "context" : "train";
    return [{ frameId, caseId, role, hasLabelMap: false, volume, modality }];
  });
  const seen = new Set(frames.map(({ frameId }) => frameId));
  return {
    frames,
    async frame(frameId) {
      if (!seen.has(frameId))
        throw new Error(`experiment: a translator asked for frame ${frameId}, which is judged on.`);
      return study.frame(frameId);
    },
    labelMap: () => Promise.reject(new Error("experiment: a translator sees no labels.")),
  };
}

function withTranslated(
  study: Study,
  split: ExperimentSplit,
  made: readonly { source: StudyFrame; frame: Frame }[],
): { study: Study; split: ExperimentSplit } {
  const firstId = 1 + Math.max(...study.frames.map(({ frameId }) => frameId));
  const added = made.map(({ source: { caseId } }, index): StudyFrame => {
    return { frameId: firstId + index, caseId, isAnnotated: true };
  });
  const madeOf = (frameId: number) => made[frameId - firstId];
  const joined: Study = {
    ...study,
    frames: [...study.frames, ...added],
    frame: async (frameId) => madeOf(frameId)?.frame ?? study.frame(frameId),
    labelMap: (frameId) => study.labelMap(madeOf(frameId)?.source.frameId ?? frameId),
  };
  return { study: joined, split: { ...split, train: [...split.train, ...added.map(({ frameId }) => frameId)] } };
}
