/** @file The README's example is a file that runs, and what it says is shown in full. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { trainClassifier } from "./classifier.ts";

const root = join(import.meta.dirname, "../..");

test("the classifier learns and is better than always naming one class", async () => {
  const { losses, accuracy } = await trainClassifier(join(root, "test/fixtures/pneumonia/chest-28.safetensors"));
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  expect(mean(losses.slice(-10))).toBeLessThan(0.7 * mean(losses.slice(0, 10)));
  expect(accuracy).toBeGreaterThan(0.65); // half of the held-out images are of either class
});

test("the engine's README shows the example as it is", () => {
  const source = readFileSync(join(import.meta.dirname, "classifier.ts"), "utf8");
  const readme = readFileSync(join(root, "src-main/engine/README.md"), "utf8");
  expect(readme, "copy test/examples/classifier.ts into the README's first code block").toContain(
    `\`\`\`ts\n${source}\`\`\`\n`,
  );
});
