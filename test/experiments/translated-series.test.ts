/** @file What an arm of the value meter translates, it translates as a project does: by the intensities and neighbors of the whole series. */
import { expect, test } from "vitest";
import type { ExperimentSplit, StudyFrame } from "../../src-main/experiments/plan.ts";
import type { Study } from "../../src-main/experiments/perform.ts";
import { translateSources } from "../../src-main/experiments/translated-images.ts";
import { findMethod } from "../../src-main/methods/index.ts";
import { parseSettings } from "../../src-main/methods/settings.ts";
import { translationSettings } from "../../src-main/methods/translation/settings.ts";
import type { Frame } from "../../src-main/voxels/index.ts";
import { brainOf, SIDE, SMALL_TRANSLATION } from "../runs/project-of-brains.ts";

const SLICES = 4;
/** Of the slices of the source. */
const LABELLED = 1;

/** A patient with both, in series; one with the source alone, the second slice labelled; that one again, to be judged on. */
const frames = [0, 1, 2].flatMap((patient): StudyFrame[] =>
  (["source", "target"] as const).flatMap((side, place) =>
    Array.from({ length: patient === 0 || side === "source" ? SLICES : 0 }, (_, slice): StudyFrame => {
      const frameId = 100 * patient + 10 * place + slice;
      return {
        frameId,
        caseId: patient,
        isAnnotated: false,
        volume: { id: 10 * patient + place, slices: SLICES },
        modality: { side, ...(patient === 0 && side === "source" && { counterpart: frameId + 10 }) },
        isLabelledSource: patient > 0 && slice === LABELLED,
      };
    }),
  ),
);

/** Each slice twice as bright as the one before. */
function pictureOf(frameId: number): Frame {
  const { t1, t2 } = brainOf(Math.floor(frameId / 100));
  const data = Float32Array.from(frameId % 100 < 10 ? t1 : t2, (value) => value * 2 ** (frameId % 10));
  const size = { width: SIDE, height: SIDE, channels: 1, sampleType: "float32", spacing: null, window: null } as const;
  return { ...size, data, photometric: "MONOCHROME2", rescaleSlope: 1, rescaleIntercept: 0 };
}

test("a labelled slice is translated as within its whole series", async () => {
  const study: Study = {
    frames,
    classes: [],
    channels: 1,
    modalities: { source: "T1", target: "T2", kind: "paired" },
    frame: (frameId) => Promise.resolve(pictureOf(frameId)),
    labelMap: () => Promise.reject(new Error("no label is asked for")),
  };
  const split: ExperimentSplit = { seed: 1, fold: 0, labelled: 0, train: [], test: [2] };
  const given = { ...SMALL_TRANSLATION, steps: 1, slices: "3" };
  const settings = { mode: "reggan", ...parseSettings("reggan", translationSettings, given) };
  const made = await translateSources(study, split, {
    translator: { method: "reggan", settings },
    device: "cpu",
    progress: { isStopped: () => false, stepDone: () => {}, mayCheckpoint: () => Promise.resolve() },
    saved: {},
  });
  const added = made!.study.frames.slice(frames.length);
  expect(added).toMatchObject([{ caseId: 1, isAnnotated: true }]);

  const expected: Frame[] = [];
  const translator = await findMethod("reggan").openTranslator!(made!.weights, "cpu");
  const frame = (index: number): Promise<Frame> => study.frame(100 + index);
  await translator.translate({ count: SLICES, frame }, (_, one) => Promise.resolve(void expected.push(one)));
  await translator.release();
  expect((await made!.study.frame(added[0]!.frameId)).data).toEqual(expected[LABELLED]!.data);
});
