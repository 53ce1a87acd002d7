/** @file What a training within an experiment may ask for. Whatever else it asks for throws: nothing of the test cases reaches it. */
import type { CaseSource, SourceFrame } from "../dataset/index.ts";
import { Random } from "../random/index.ts";
import type { Study } from "./perform.ts";
import type { ExperimentSplit } from "./plan.ts";

function check(frameId: number, known: ReadonlySet<number>): void {
  if (!known.has(frameId))
    throw new Error(`experiment: a training asked for what it must not see of frame ${frameId}.`);
}

/** All that a training may ask for: labels of the training frames alone, and nothing at all of the test cases. */
export function casesOf(
  study: Study,
  split: ExperimentSplit,
  { withUnlabelled, validationShare = 0 }: { withUnlabelled: boolean; validationShare?: number | undefined },
): CaseSource {
  const train = new Set(split.train);
  const validated = validationCases(study, split, validationShare);
  const test = new Set(split.test);
  const frames = study.frames
    // Images of the other modality teach an arm that takes them, and no other.
    .filter(
      ({ frameId, caseId, modality }) =>
        train.has(frameId) || (withUnlabelled && !test.has(caseId) && modality?.side !== "source"),
    )
    .map(({ frameId, caseId, volume }): SourceFrame => {
      const isTrain = train.has(frameId);
      const role = !isTrain ? "unlabelled" : validated.has(caseId) ? "validate" : "train";
      return { frameId, caseId, role, hasLabelMap: isTrain, volume };
    });
  const seen = new Set(frames.map(({ frameId }) => frameId));
  return {
    frames,
    async frame(frameId) {
      check(frameId, seen);
      return study.frame(frameId);
    },
    async labelMap(frameId) {
      check(frameId, train);
      return study.labelMap(frameId);
    },
  };
}

/** A share of the labelled cases, at least one and never all, in an order drawn by the seed alone. */
function validationCases({ frames }: Study, { train, seed, fold }: ExperimentSplit, share: number): Set<number> {
  if (share === 0) return new Set();
  const learned = new Set(train);
  const cases = [...new Set(frames.filter(({ frameId }) => learned.has(frameId)).map(({ caseId }) => caseId))];
  const count = Math.min(cases.length - 1, Math.max(1, Math.round(share * cases.length)));
  const order = new Random(seed, "experiment validation", fold).shuffle(cases.toSorted((a, b) => a - b));
  return new Set(order.slice(0, count));
}

/** As `casesOf`, of a study of a label: images with what is said of them, and no mask at all. */
export function gradedCases(study: Study, { train }: ExperimentSplit): CaseSource {
  const learned = new Set(train);
  const frames = study.frames
    .filter(({ frameId }) => learned.has(frameId))
    .map(({ frameId, caseId, grade }): SourceFrame => {
      return { frameId, caseId, role: "train", hasLabelMap: false, values: [grade!] };
    });
  return {
    frames,
    async frame(frameId) {
      check(frameId, learned);
      return study.frame(frameId);
    },
    async labelMap(frameId) {
      check(frameId, new Set());
      return study.labelMap(frameId);
    },
  };
}
