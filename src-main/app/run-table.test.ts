import { expect, test } from "vitest";
import { comparisonLines, type ListedRun, runLine } from "./run-table.ts";

const run: ListedRun = {
  ...{
    runId: 7,
    kind: "train",
    method: "segment",
    state: "done",
    settings: { steps: 40, batchSize: 8 },
    seed: 1,
    device: "cpu",
    deviceReason: null,
    threads: null,
  },
  ...{ step: 40, steps: 40, secondsPerStep: 0.5, secondsLeft: null, secondsSpent: 75, queuePosition: null },
  ...{ memoryBytes: null, peakMemoryBytes: 1e9, plannedMemoryBytes: null, createdAt: "", endedAt: "", modelId: 1 },
  ...{
    problem: null,
    remarks: [],
    best: { step: 20, score: 0.8123 },
    judgedBy: { figure: "validationDice", better: "higher" },
  },
  data: {
    labelled: 10,
    validated: 4,
    unlabelled: 300,
    classes: ["lesion"],
    fromModel: null,
    pairing: null,
    digest: "aaaaaaaaaa",
  },
};

test("a line tells what a run learned from, how far it got and how long it took", () => {
  expect(runLine(run)).toBe(
    "7  train    segment      done        40/40  10 + 4, 300 unlabelled · validation Dice 0.812 at 20 · 1 min 15 s",
  );
  const waiting: ListedRun = {
    ...run,
    state: "queued",
    queuePosition: 2,
    step: 0,
    best: null,
    data: null,
    secondsSpent: 0,
  };
  expect(runLine(waiting)).toBe("7  train    segment      queued 2    0/40");
});

test("side by side stands what differs, and the result", () => {
  const other: ListedRun = {
    ...run,
    runId: 12,
    settings: { steps: 40, batchSize: 2 },
    best: { step: 40, score: 0.9 },
  };
  expect(comparisonLines([run, other])).toEqual([
    "run                   7      12",
    "batchSize             8      2",
    "best validation Dice  0.812  0.900",
    "at step               20     40",
  ]);
});

test("figures of different kinds are not put in one row", () => {
  const painting: ListedRun = {
    ...run,
    runId: 12,
    method: "pix2pix",
    best: { step: 40, score: 0.0412 },
    judgedBy: { figure: "validationL1", better: "lower" },
  };
  expect(runLine(painting)).toContain("· validation L1 0.041 at 40 ·");
  const lines = comparisonLines([run, painting]);
  expect(lines).toContain("best validation Dice  0.812    –");
  expect(lines).toContain("best validation L1    –        0.041");
});
