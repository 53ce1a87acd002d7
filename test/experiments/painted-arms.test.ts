/** @file Arms with a generator of their own, reduced to seconds: what they paint for, what they learn from, and what is said of it. They claim no gain. */
import { expect, test } from "vitest";
import {
  type CellCheckpoint,
  cellsOf,
  type Painted,
  performCell,
  planExperiment,
} from "../../src-main/experiments/index.ts";
import { lesionStudy } from "./lesion-phantom.ts";
import { lookAtPairs } from "./painting-quality.ts";
import { paintingTable } from "./painting-table.ts";
import { protocolOf } from "./protocols.ts";

test("lesions are the same for the same seed, cover 3 to 50 % of the picture, and differ from what is around them", async () => {
  const [one, same, other] = [lesionStudy(1, COUNTS), lesionStudy(1, COUNTS), lesionStudy(2, COUNTS)];
  for (const { frameId } of one.frames) {
    const [frame, { data }] = [await one.frame(frameId), await one.labelMap(frameId)];
    expect(await same.frame(frameId)).toEqual(frame);
    expect((await other.frame(frameId)).data).not.toEqual(frame.data);
    const area = data.reduce((sum, value) => sum + value, 0);
    expect(area).toBeGreaterThanOrEqual(0.03 * 1024);
    expect(area).toBeLessThan(0.5 * 1024);
    const brightness = (inside: number): number => {
      const own = [...data.keys()].filter((place) => data[place] === inside);
      return own.reduce((sum, place) => sum + frame.data[3 * place + 1]!, 0) / own.length;
    };
    expect(brightness(1)).toBeGreaterThan(brightness(0));
  }
});

const COUNTS = { learned: 12, judged: 12, side: 32 };

test("a generator learns from the labelled images alone and paints for masks made of theirs; the segmenter learns from both, step by step told", async () => {
  const study = lesionStudy(3, COUNTS);
  const { arms, settings } = protocolOf("siamese-diffusion");
  const arm = arms.find(({ id }) => id === "mask-only")!;
  const { painter } = arm;
  const short = { ...painter!.settings, stages: "joint", steps: 5 };
  const reduced = { ...arm, painter: { ...painter!, settings: short, pairs: 1, paint: { samplingSteps: 2 } } };
  const plan = planExperiment(study.frames, {
    arms: [arms.find(({ id }) => id === "doubled")!, reduced],
    settings: { ...settings, steps: 3 },
    seeds: [0],
    labelled: [12],
    folds: 1,
    testCases: 12,
  });
  const cell = cellsOf(plan)[1]!;
  const split = {
    ...cell.split,
    train: study.frames.slice(0, 12).map(({ frameId }) => frameId),
    test: study.frames.slice(12).map(({ caseId }) => caseId),
  };
  const steps: number[] = [];
  const told: Painted[] = [];
  const scores = await performCell(
    study,
    { ...cell, split },
    {
      device: "cpu",
      progress: {
        isStopped: () => false,
        stepDone: (step) => void steps.push(step),
        mayCheckpoint: async () => undefined,
      },
      onPainted: (made) => void told.push(made),
    },
  );
  expect(steps).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(scores!.map(({ caseId }) => caseId)).toEqual(split.test);
  // Stopped within the painter's training and within that of the segmenter: it goes on from where it was, to the same scores.
  let saved: CellCheckpoint | undefined;
  const went: number[] = [];
  for (const stopAt of [3, 6, Infinity]) {
    const resumed = await performCell(
      study,
      { ...cell, split },
      {
        device: "cpu",
        progress: {
          resume: saved,
          isStopped: () => (went.at(-1) ?? 0) >= stopAt,
          stepDone: (step) => void went.push(step),
          async mayCheckpoint(step, take) {
            if (step === stopAt) saved = await take();
          },
        },
      },
    );
    expect(resumed).toEqual(stopAt === Infinity ? scores : null);
  }
  expect(went).toEqual(steps);
  const [painted] = told as [Painted];
  const { pairs } = painted;
  expect(pairs).toHaveLength(12);
  for (const { record, labels } of pairs) {
    expect(split.train).toContain(record.parents[0]!.frameId);
    expect(labels.data.some((value) => value === 1)).toBe(true);
  }
  const painting = await lookAtPairs(painted, { study, split, device: "cpu", judgeSteps: 4 });
  expect(painting).toMatchObject({ pairs: expect.any(Number) as number, kernel: { kind: "estimate" } });
  expect(painting.nearestRatio).toBeGreaterThan(0);
  const table = paintingTable([{ arm: "siamese", labelled: 12, seed: 0, painting }]);
  expect(table).toHaveLength(4);
  expect(table.at(-1)!.split("|")).toHaveLength(table[1]!.split("|").length);
}, 240_000);
