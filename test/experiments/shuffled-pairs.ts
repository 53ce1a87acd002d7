/**
 * @file Pairs of which source and target are of different patients: nothing that is learned from lies on anything. Kong et al. 2021, arXiv:2110.06465, the
 * unpaired condition.
 */
import type { CaseSource, SourceFrame } from "../../src-main/dataset/index.ts";
import { Random } from "../../src-main/random/index.ts";

/**
 * Sources to learn from get each the target of another patient, each target once; pairs to judge on stay. Of a patient with more pairs than all others together
 * the rest is left out. `patientOf`: default the case. Throws where there is but one patient.
 */
export function shufflePairs(
  cases: CaseSource,
  seed: number,
  patientOf: (source: SourceFrame) => number = ({ caseId }) => caseId,
): CaseSource {
  const random = new Random(seed, "unpaired");
  const isShuffled = ({ role, modality }: SourceFrame): boolean =>
    role === "train" && modality?.side === "source" && modality.counterpart !== undefined;
  const patients = random.shuffle([...Map.groupBy(cases.frames.filter(isShuffled), patientOf).values()]);
  if (patients.length < 2)
    throw new Error(`expected pairs of at least two patients to shuffle, got ${patients.length}.`);
  const count = patients.reduce((sum, own) => sum + own.length, 0);
  const kept = patients.map((own) => random.shuffle(own).slice(0, count - own.length));
  const largest = Math.max(...kept.map((own) => own.length));
  // Patient after patient, moved on by the most that one has: nobody meets a target of their own.
  const sources = kept.flat();
  const targetOf = new Map(
    sources.map(({ frameId }, index) => [frameId, sources[(index + largest) % sources.length]!.modality!.counterpart!]),
  );
  const taken = new Set(targetOf.values());
  const leftOut = new Set(
    cases.frames.filter(isShuffled).flatMap(({ frameId, modality }) => {
      const { counterpart } = modality!;
      return [...(targetOf.has(frameId) ? [] : [frameId]), ...(taken.has(counterpart!) ? [] : [counterpart!])];
    }),
  );
  return {
    ...cases,
    frames: cases.frames.flatMap((frame) => {
      if (leftOut.has(frame.frameId)) return [];
      const counterpart = targetOf.get(frame.frameId);
      // Where another lies says nothing of this one.
      return counterpart === undefined ? frame : { ...frame, modality: { side: "source" as const, counterpart } };
    }),
  };
}
