/** @file What memory a training takes is worked out for every method, without an image and without a step. */
import { expect, test } from "vitest";
import type { SourceFrame } from "../../src-main/dataset/index.ts";
import { type LabelTarget, type Method, methods } from "../../src-main/methods/index.ts";
import { planTrainingMemory } from "../../src-main/runs/planning.ts";

const frames = Array.from({ length: 12 }, (_, index): SourceFrame => {
  const role = index < 4 ? "train" : index < 8 ? "validate" : "unlabelled";
  return { frameId: index + 1, caseId: index + 1, role, hasLabelMap: role !== "unlabelled" };
});

/** Each image and the next are one pair. */
const pairs = frames.slice(0, 8).map((frame, index): SourceFrame => {
  const modality = index % 2 === 0 ? { side: "source" as const, counterpart: index + 2 } : { side: "target" as const };
  return { ...frame, caseId: frame.caseId >> 1, hasLabelMap: false, modality };
});
const framesOf = (method: Method): SourceFrame[] => {
  if (method.learnsPairs === true) return pairs;
  if (method.learnsLabels !== undefined)
    return frames.slice(0, 8).map((frame, index) => ({ ...frame, values: [index % 2] }));
  return method.needs.unlabelled === undefined ? frames.slice(0, 8) : frames;
};

const targetsOf = ({ learnsLabels }: Method): LabelTarget[] => {
  if (learnsLabels === undefined) return [];
  const isNumber = learnsLabels === "numbers";
  const kind = isNumber ? "number" : "grade";
  return [
    { labelId: 1, name: "label", kind, options: isNumber ? [] : ["mild", "severe"], unit: isNumber ? "mm" : null },
  ];
};

test.each(methods)("$id", async (method) => {
  const own = new Set(method.settings.map(({ key }) => key));
  const small = Object.entries({ size: 32, width: 4, depth: 2, registrationLevels: 3 }).filter(([key]) => own.has(key));
  const plan = {
    method: method.id,
    settings: method.parse(Object.fromEntries(small)),
    seed: 1,
    device: "cpu",
    classes: [{ value: 1, name: "lesion" }],
    channels: 1 as const,
    frames: framesOf(method),
    targets: targetsOf(method),
  };
  const { needed, problem } = await planTrainingMemory(method, plan, { device: "cpu" });
  expect(problem).toBeNull();
  expect(needed).toBeGreaterThan(1e5);
});
