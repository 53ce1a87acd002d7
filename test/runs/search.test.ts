/** @file A search of an architecture that is stopped while its training goes on, asked for of the queue; and generators that begin with an earlier one. */
import { afterEach, expect, test } from "vitest";
import { decodeSafetensors } from "../../src-main/engine/safetensors.ts";
import { openWorkshop, reaches, type Workshop } from "./project-of-discs.ts";

let shop: Workshop;
afterEach(() => shop.close());

const SMALL = {
  size: 16,
  batchSize: 2,
  generatorWidth: 4,
  generatorWidest: 8,
  discriminatorWidth: 4,
  width: 2,
  depth: 2,
  generatorSteps: 2,
  searchEvery: 2,
  validateEvery: 20,
  architectureRate: 0.05,
};
const request = { method: "genseg", settings: { ...SMALL, steps: 150 }, seed: 5 };

const sharesOf = (runId: number) => shop.project.runs.metrics(runId).filter(({ name }) => name === "share/up/0/4");
const stopOf = (runId: number) => shop.project.runs.metrics(runId, "searchStopped");

test(
  "a stopped search leaves the architecture as it is: also of a run that is killed, or does not run",
  { timeout: 120_000 },
  async () => {
    shop = await openWorkshop({ train: 4, val: 4 });
    const { project, queue, processes } = shop;
    const { runId } = queue.submitTraining(request);
    await reaches(queue, runId, 40);
    expect(queue.stopSearch(runId)).toMatchObject({ state: "running" });
    await new Promise<void>((resolve) => {
      queue.on(
        (event) =>
          void (event.type === "metrics" && event.points.some(({ name }) => name === "searchStopped") && resolve()),
      );
    });
    // The checkpoint of the moment of the stop is there: the wish is not lost with the process.
    expect(project.runs.checkpoint(runId, "last")!.step).toBe(stopOf(runId)[0]!.step - 1);
    processes.at(-1)!.kill();
    expect(await queue.finished(runId)).toMatchObject({ state: "interrupted" });
    queue.resume(runId);
    expect(await queue.finished(runId)).toMatchObject({ state: "done", step: 152 });
    expect(stopOf(runId)).toHaveLength(1);
    const stop = stopOf(runId)[0]!.step;
    const [before, after] = [true, false].map((isBefore) => {
      const values = sharesOf(runId).flatMap(({ step, value }) => (step < stop === isBefore ? value : []));
      return new Set(values).size;
    });
    expect(before).toBeGreaterThan(1);
    expect(after).toBe(1);
    expect(() => queue.stopSearch(runId)).toThrow("cannot be trained without its search: it is done");

    // One that was paused goes on, without the search.
    const { runId: second } = queue.submitTraining({ ...request, settings: { ...SMALL, steps: 30 } });
    await reaches(queue, second, 10);
    queue.pause(second);
    const { step } = await queue.finished(second);
    expect(queue.stopSearch(second)).toMatchObject({ state: "queued" });
    expect(await queue.finished(second)).toMatchObject({ state: "done", step: 32 });
    expect(stopOf(second).map((point) => point.step)).toEqual([step + 1]);
  },
);

test("nothing else has a search to stop, and says so", { timeout: 120_000 }, async () => {
  shop = await openWorkshop({ train: 4, val: 4 });
  const { queue } = shop;
  for (const [method, settings] of [
    ["pix2pix", {}],
    ["segment", {}],
    ["genseg", { architecture: "fixed" }],
    ["genseg", { second: "moved" }],
  ] as const) {
    const { runId } = queue.submitTraining({ method, settings, hold: true });
    expect(() => queue.stopSearch(runId)).toThrow(`Run ${runId} searches no architecture.`);
    queue.cancel(runId);
  }
});

test(
  "genseg and pix2pix begin with an earlier model of their own method, and refuse others in a sentence",
  { timeout: 120_000 },
  async () => {
    shop = await openWorkshop({ train: 4, val: 2 });
    const { project, queue } = shop;
    const still = { generatorRate: 1e-6, validateEvery: 1 };
    const { size, batchSize, generatorWidth, generatorWidest, discriminatorWidth } = SMALL;
    const painter = { size, batchSize, generatorWidth, generatorWidest, discriminatorWidth };
    const trained = async (method: string, settings: Record<string, number | string>, fromModel?: number) => {
      const { runId } = queue.submitTraining({ method, settings, seed: 9, fromModel });
      return queue.finished(runId);
    };
    const first = { genseg: await trained("genseg", { ...SMALL, steps: 4 }), pix2pix: await trained("pix2pix", { ...painter, steps: 4 }) }; // prettier-ignore
    for (const method of ["genseg", "pix2pix"] as const) {
      const modelId = first[method].modelId!;
      const ofGenseg = { ...still, generatorSteps: 1, steps: 1, learningRate: 1e-6, architectureRate: 0 };
      const next = await trained(method, method === "genseg" ? ofGenseg : { ...still, steps: 1 }, modelId);
      expect(next).toMatchObject({ state: "done", problem: null });
      const [now, before] = [next.modelId!, modelId].map((id) => decodeSafetensors(project.models.weights(id)).tensors);
      expect(Object.keys(now!).toSorted()).toEqual(Object.keys(before!).toSorted());
      for (const [name, { data }] of Object.entries(now!)) {
        const own = before![name]!.data as Float32Array;
        expect(Math.max(...(data as Float32Array).map((value, at) => Math.abs(value - own[at]!))), name).toBeLessThan(
          1e-4,
        );
      }
    }
    // Another network: told as such.
    const wider = await trained("pix2pix", { generatorWidth: 8, steps: 1 }, first.pix2pix.modelId!);
    expect(wider).toMatchObject({
      state: "failed",
      problem: {
        code: "bad-request",
        title: "Training cannot start from this model.",
        detail: "Width of the generator: it has 4; the setting is 8.",
      },
    });
    const other = { method: "pix2pix", fromModel: first.genseg.modelId! };
    expect(() => queue.submitTraining(other)).toThrow("Training with pix2pix cannot start from this model.");
    // Other classes than the model knows.
    project.classes.add({ name: "vessel" });
    const { problem } = await trained("genseg", { steps: 1 }, first.genseg.modelId!);
    expect(problem).toMatchObject({ detail: "It knows the classes 1 disc; the project has 1 disc, 2 vessel." });
  },
);
