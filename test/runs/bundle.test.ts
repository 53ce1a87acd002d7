import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { decodeSafetensors } from "../../src-main/engine/safetensors.ts";
import { type BundleRecipe, openBundle, writeBundle } from "../../src-main/runs/bundle.ts";

const folder = mkdtempSync(join(tmpdir(), "aliquot-bundle-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const recipe: BundleRecipe = {
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
  { name: "source/7", size: source.length, read: () => source },
  { name: "weights", size: 3, read: () => Uint8Array.of(1, 2, 3) },
] as const;

test("a bundle is a safetensors file and gives back what was written, piece by piece", async () => {
  const path = join(folder, "whole.safetensors");
  await writeBundle(path, recipe, entries);
  const plain = decodeSafetensors(readFileSync(path));
  expect(Object.keys(plain.tensors)).toEqual(["source/7", "weights"]);
  expect(JSON.parse(plain.metadata["recipe"]!)).toEqual(recipe);

  const bundle = await openBundle(path);
  expect(bundle.recipe).toEqual(recipe);
  expect(await bundle.read("weights")).toEqual(Uint8Array.of(1, 2, 3));
  expect(await bundle.read("source/7")).toEqual(source);
  expect(await bundle.readIfThere("onnx")).toBeUndefined();
  await expect(bundle.read("onnx")).rejects.toThrow("It has no onnx.");
  await bundle.close();
});

test("a bundle that is cut off or foreign is refused", async () => {
  const path = join(folder, "damaged.safetensors");
  await writeBundle(path, recipe, entries);
  truncateSync(path, 600);
  const bundle = await openBundle(path).catch((error: Error) => error);
  if (bundle instanceof Error) expect(bundle.message).toContain("cut off");
  else {
    await expect(bundle.read("weights")).rejects.toThrow("cut off");
    await bundle.close();
  }
  writeFileSync(path, new Uint8Array(100).fill(200));
  await expect(openBundle(path)).rejects.toThrow("damaged");
});
