/**
 * @file Painted pairs as images of a class: each has that of the image whose mask it was made of. Of each class real images are listed as often as painted
 * ones, so that half of what is learned of it is real: else what is painted would tell the class.
 */
import { pictureFrame } from "../dataset/index.ts";
import type { PaintedPair } from "./painted-pairs.ts";
import type { Study } from "./perform.ts";
import type { ExperimentSplit, StudyFrame } from "./plan.ts";

/** The study with the pairs among its labelled images. A painted image belongs to the patient of its source. */
export function withClassPairs(
  study: Study,
  split: ExperimentSplit,
  pairs: readonly Pick<PaintedPair, "square" | "record">[],
): { study: Study; split: ExperimentSplit } {
  const known = new Map(study.frames.map((frame) => [frame.frameId, frame]));
  const firstId = 1 + Math.max(...known.keys());
  const train = new Set(split.train);
  const real = Map.groupBy(
    study.frames.filter(({ frameId }) => train.has(frameId)),
    ({ grade }) => grade!,
  );
  const painted = Map.groupBy(
    pairs.flatMap((pair) => {
      const source = sourceOf(pair, known);
      return source === null ? [] : [{ pair, source }];
    }),
    ({ source }) => source.grade!,
  );
  /** Frames that were not there before: a pair, or a real frame once more. */
  const added: { frame: StudyFrame; pair: (typeof pairs)[number] | null; source: StudyFrame }[] = [];
  const add = (pair: (typeof pairs)[number] | null, source: StudyFrame): void => {
    const { caseId, grade } = source;
    added.push({ frame: { frameId: firstId + added.length, caseId, isAnnotated: true, grade }, pair, source });
  };
  for (const [grade, own] of painted) {
    for (const { pair, source } of own) add(pair, source);
    const repeated = real.get(grade)!;
    const repeats = Math.max(0, Math.round(own.length / repeated.length) - 1);
    for (let repeat = 0; repeat < repeats; repeat++) for (const frame of repeated) add(null, frame);
  }
  const joined: Study = {
    ...study,
    frames: [...study.frames, ...added.map(({ frame }) => frame)],
    async frame(frameId) {
      if (frameId < firstId) return study.frame(frameId);
      const { pair, source } = added[frameId - firstId]!;
      return pair === null ? study.frame(source.frameId) : pictureFrame(pair.square);
    },
  };
  return { study: joined, split: { ...split, train: [...split.train, ...added.map(({ frame }) => frame.frameId)] } };
}

/** The image whose label a painted one has; null where its mask was made of images of several classes. */
function sourceOf({ record }: Pick<PaintedPair, "record">, known: ReadonlyMap<number, StudyFrame>): StudyFrame | null {
  const sources = record.parents.map(({ frameId }) => known.get(frameId)!);
  const [first] = sources;
  return sources.every(({ grade }) => grade === first!.grade) ? first! : null;
}
