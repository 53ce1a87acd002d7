import { expect, test } from "vitest";
import { defineProgram, input } from "../../engine/index.ts";
import { ParameterStore } from "../../engine/runtime/index.ts";
import { Random } from "../../random/index.ts";
import { likeliestClass } from "./networks.ts";
import { cleanPseudoLabels } from "./pseudo-labels.ts";

async function classesOf(logits: number[], classes: number): Promise<number[]> {
  const fed = input("logits", { shape: [1, classes, logits.length / classes] });
  const store = new ParameterStore({ device: "cpu", random: (name) => new Random(1, name), threads: 1 });
  const program = defineProgram({ name: "classes", outputs: { classes: likeliestClass(fed) } });
  const outputs = await (await store.compile(program)).run({ logits: Float32Array.from(logits) });
  await store.release();
  return [...(outputs["classes"]!.data as Uint8Array)];
}

test("T13 a tie is foreground where there is one class, background where there are several", async () => {
  // Pixels: tie, foreground, background.
  expect(await classesOf([0, 0, 1, /**/ 0, 2, 0], 2)).toEqual([1, 1, 0]);
  expect(await classesOf([0, 0, 1, /**/ 0, 2, 0, /**/ 0, 0, 0], 3)).toEqual([0, 1, 0]);
});

test("pseudo-labels are cleaned image by image, and what was removed is counted", () => {
  const settings = { componentCount: 2, componentArea: 25, connectivity: "corners" } as const;
  // Two images of 3 × 3: three parts of class 1 in the first (one of two pixels), one in the second.
  const labels = [1, 1, 0, 0, 0, 0, 1, 0, 1, /**/ 0, 0, 0, 0, 1, 0, 0, 0, 0];
  const cleaned = (components: "largest" | "several" | "large" | "all") => {
    const map = Uint8Array.from(labels);
    const counts = cleanPseudoLabels(map, [3, 3], { ...settings, components });
    return { ...counts, left: map.reduce((sum, label) => sum + label, 0), second: map[13] };
  };
  expect(cleaned("largest")).toEqual({ removed: 2, foreground: 5, left: 3, second: 1 });
  expect(cleaned("several")).toEqual({ removed: 1, foreground: 5, left: 4, second: 1 });
  expect(cleaned("large")).toEqual({ removed: 5, foreground: 5, left: 0, second: 0 }); // 25 % are 3 pixels
  expect(cleaned("all")).toEqual({ removed: 0, foreground: 5, left: 5, second: 1 });
});
