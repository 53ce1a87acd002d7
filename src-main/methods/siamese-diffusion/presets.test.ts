import { expect, test } from "vitest";
import type { TrainingFacts } from "../training-facts.ts";
import { presets } from "./presets.ts";

const machine = { cores: 2, memoryBytes: 8e9 };
const factsOf = (side: number): TrainingFacts => ({
  labelled: 20,
  shown: 20,
  validated: 4,
  unlabelled: 0,
  classes: [],
  gray: 20,
  color: 0,
  side,
  volumes: { labelled: 0, validated: 0, unlabelled: 0, leftOut: 0, longest: 0 } as TrainingFacts["volumes"],
});

test.each(["fitted", "mask-only"])(
  "%s lets the smallest network learn as fast as it can, and larger ones slower",
  (id) => {
    const { fitted } = presets.find((preset) => preset.id === id)!;
    const learning = { priorRate: 0.002, learningRate: 0.002, emaDecay: 0.99 };
    expect(fitted!(factsOf(48), machine)).toMatchObject({ size: 32, denoiser: "XS", ...learning });
    const large = fitted!(factsOf(64), machine);
    expect(large).toMatchObject({ size: 64, denoiser: "S" });
    for (const key of Object.keys(learning)) expect(large).not.toHaveProperty(key);
  },
);
