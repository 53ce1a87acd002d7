import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { BUNDLE, type BundleRecipe, openBundle, writeBundle } from "../../src-main/runs/bundle.ts";
import { writeContainer } from "../../src-main/runs/container.ts";

const folder = mkdtempSync(join(tmpdir(), "aliquot-bundle-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const recipe: BundleRecipe = {
  run: { projectId: "0123456789abcdef", runId: 3, key: "k" },
  kind: "train",
  method: "segment",
  settings: { steps: 3 },
  seed: 1,
  device: "cpu",
  steps: 3,
  classes: [{ value: 1, name: "Länge", color: "#ff0000" }],
  channels: 1,
  frames: [],
};
const source = Uint8Array.from({ length: 1000 }, (_, index) => index & 255);
const entries = [
  { name: "source/7", read: () => source },
  { name: "weights", read: () => Uint8Array.of(1, 2, 3) },
] as const;

test("a bundle gives back its recipe and what belongs to it", async () => {
  const path = join(folder, "whole.aliquot-run");
  await writeBundle(path, recipe, entries);
  const bundle = await openBundle(path);
  expect(bundle.recipe).toEqual(recipe);
  expect(await bundle.read("weights")).toEqual(Uint8Array.of(1, 2, 3));
  expect(bundle.digest("weights")).toBe(
    createHash("sha256")
      .update(Uint8Array.of(1, 2, 3))
      .digest("hex"),
  );
  expect(await bundle.readIfThere("onnx")).toBeUndefined();
  await expect(bundle.read("onnx")).rejects.toThrow("It has no onnx.");
  await bundle.close();
});

test("a bundle whose recipe lacks something is refused with its name", async () => {
  const path = join(folder, "lacking.aliquot-run");
  const { seed: _, ...lacking } = recipe;
  await writeContainer(path, BUNDLE, lacking, entries);
  await expect(openBundle(path)).rejects.toThrow(/^The run bundle is damaged\. Its recipe is not complete: seed: /);
});
