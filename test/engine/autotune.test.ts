/** @file Lowerings chosen by measurement: the choice is kept in a file, and the same choice gives the same bits. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openTuningFile, ParameterStore, type LoweringChoice } from "../../src-main/engine/runtime/index.ts";
import { unet } from "../../src-main/networks/index.ts";
import { Random } from "../../src-main/random/index.ts";
import { adamW, diceCrossEntropy, trainStep } from "../../src-main/training/index.ts";

const folder = mkdtempSync(join(tmpdir(), "aliquot-tuning-"));
afterAll(() => rmSync(folder, { recursive: true }));

const shape = [2, 1, 16, 16] as const;
const program = trainStep({
  networks: ["net"],
  trained: "net",
  inputs: { image: { shape }, labelMap: { shape: [2, 16, 16], dtype: "uint8" } },
  loss: ({ net }, { image, labelMap }) => ({
    total: diceCrossEntropy(unet(net, image, { classes: 2, width: 4, depth: 3 }), labelMap),
  }),
  optimizer: adamW(),
});
const feeds = {
  image: Float32Array.from({ length: 512 }, (_, index) => Math.sin(index)),
  labelMap: Uint8Array.from({ length: 512 }, (_, index) => index % 2),
  learningRate: 1e-2,
};
const random = (name: string) => new Random(3, name);

/** States after three steps under the given choices. */
async function trainedWith(lowerings: LoweringChoice) {
  const store = new ParameterStore({ device: "cpu", random, threads: 2, lowerings });
  const step = await store.compile(program);
  for (let count = 0; count < 3; count++) await step.run(feeds);
  const state = await store.state();
  await store.release();
  return state;
}

describe("autotuning", () => {
  const path = join(folder, "deeper", "tuning.json");

  it("measures every place with a choice once, and keeps the choice in a file", async () => {
    const progress: number[] = [];
    const onProgress = (done: number, total: number) => progress.push(total - done);
    const store = new ParameterStore({
      device: "cpu",
      random,
      threads: 2,
      tuning: { cache: openTuningFile(path), onProgress },
    });
    const { lowerings } = await store.compile(program);
    await store.release();
    expect(progress.length).toBe(Object.keys(lowerings).length);
    expect(progress.at(-1)).toBe(1);
    expect(Object.keys(lowerings).some((key) => key.startsWith("convolutionWeightGradient "))).toBe(true);

    const again = new ParameterStore({
      device: "cpu",
      random,
      threads: 2,
      tuning: { cache: openTuningFile(path), onProgress: () => expect.fail("measured what the file knows") },
    });
    expect((await again.compile(program)).lowerings).toEqual(lowerings);
    await again.release();
  });

  it("the same choice gives the same bits, another one the same numbers up to rounding", async () => {
    const cache = openTuningFile(path);
    const machines = JSON.parse(readFileSync(path, "utf8")) as { machines: Record<string, LoweringChoice> };
    const [machine] = Object.keys(machines.machines);
    const chosen = cache.get(machine!);
    const first = await trainedWith(chosen);
    expect(await trainedWith(chosen)).toEqual(first);
    const general = Object.fromEntries(
      Object.keys(chosen).map((key) => [key, key.startsWith("convolutionW") ? "windows-of-x" : "conv-transpose"]),
    );
    const other = await trainedWith(general);
    for (const [name, { data }] of Object.entries(first)) {
      if (name.startsWith("train.")) continue; // moments of vanishing gradients are rounding themselves
      const worst = Math.max(...data.map((value, index) => Math.abs(value - other[name]!.data[index]!)));
      expect(worst, name).toBeLessThan(2e-2); // three AdamW steps of 1e-2 magnify the sign of a tiny gradient
    }
  });

  it("a name that this version does not know counts as no choice", async () => {
    const unknown = Object.fromEntries(
      Object.keys(openTuningFile(path).get(Object.keys(JSON.parse(readFileSync(path, "utf8")).machines)[0]!)).map(
        (key) => [key, "gone"],
      ),
    );
    expect(await trainedWith(unknown)).toEqual(await trainedWith({}));
  });

  it.each([
    ["half a file", '{"version":1,"mach'],
    ["another version", '{"version":99,"machines":{"m":{"k":"shifts"}}}'],
    ["another shape", '{"version":1,"machines":{"m":{"k":5}}}'],
  ])("%s counts as empty and is written anew", (_, text) => {
    const broken = join(folder, "broken.json");
    writeFileSync(broken, text);
    const cache = openTuningFile(broken);
    expect(cache.get("m")).toEqual({});
    cache.set("m", { place: "way" });
    expect(openTuningFile(broken).get("m")).toEqual({ place: "way" });
  });
});
