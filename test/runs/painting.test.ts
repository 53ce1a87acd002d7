/** @file A generator in a project: trained through the queue, judged by its own figure, asked for nothing that it cannot make. */
import { afterEach, expect, test } from "vitest";
import { createLabelMap, deserializeFrame, encodeLabelMap } from "../../src-main/voxels/index.ts";
import { openWorkshop, reaches, type Workshop } from "./project-of-discs.ts";

let shop: Workshop;
afterEach(() => shop.close());

const SMALL = {
  size: 16,
  batchSize: 2,
  generatorWidth: 4,
  generatorWidest: 8,
  discriminatorWidth: 4,
  validateEvery: 5,
};
const request = { method: "pix2pix", settings: { ...SMALL, steps: 20 }, seed: 5 };

test("is judged by the difference of its paintings, and shows them", { timeout: 60_000 }, async () => {
  shop = await openWorkshop({ train: 4, val: 2, test: 1, unlabelled: 1 });
  const { project, queue } = shop;
  const { runId } = queue.submitTraining({ ...request, settings: { ...request.settings, keep: "best" } });
  const run = await queue.finished(runId);
  expect(run).toMatchObject({ state: "done", judgedBy: { figure: "validationL1", better: "lower" } });
  const points = project.runs.metrics(runId, "validationL1");
  expect(points.map(({ step }) => step)).toEqual([5, 10, 15, 20]);
  const lowest = Math.min(...points.map(({ value }) => value));
  const step = points.find(({ value }) => value === lowest)!.step;
  expect(project.runHistory.list()[0]!.best).toEqual({ step, score: lowest });
  const model = project.models.get(run.modelId!);
  expect(model).toMatchObject({ step, score: lowest, validationDice: null, makes: ["images"] });
  const [sample] = project.runSamples.list(runId);
  expect(sample).toMatchObject({ step: 5, kind: "picture", score: expect.any(Number) as number });
  const { kind, bytes } = project.runSamples.get(runId, 5, sample!.frameId);
  const { width, height, sampleType } = deserializeFrame(new Uint8Array(bytes));
  expect([kind, width, height, sampleType]).toEqual(["picture", 16, 16, "uint8"]);

  const refusal = expect.objectContaining({
    code: "bad-request",
    title: `The model pix2pix ${runId} paints images for masks; it outlines none.`,
  }) as Error;
  const { modelId } = model;
  expect(() => queue.submitPrediction({ modelId })).toThrow(refusal);
  expect(() => queue.submitEvaluation({ modelId, split: "test" })).toThrow(refusal);
});

test("killed, it goes on to the same bits", { timeout: 120_000 }, async () => {
  shop = await openWorkshop({ train: 4, val: 2 });
  const { project, queue, processes } = shop;
  const long = { ...request, settings: { ...SMALL, steps: 300 } };
  const whole = await queue.finished(queue.submitTraining(long).runId);
  const { runId } = queue.submitTraining(long);
  await reaches(queue, runId, 40);
  processes.at(-1)!.kill();
  expect(await queue.finished(runId)).toMatchObject({ state: "interrupted" });
  queue.resume(runId);
  const run = await queue.finished(runId);
  expect(run.state).toBe("done");
  expect(project.runs.checkpoint(runId, "last")).toEqual(project.runs.checkpoint(whole.runId, "last"));
  expect(project.models.weights(run.modelId!)).toEqual(project.models.weights(whole.modelId!));
  expect(project.models.onnx(run.modelId!)).toEqual(project.models.onnx(whole.modelId!));
  expect(project.runs.metrics(runId)).toEqual(project.runs.metrics(whole.runId));
});

/** Replaces the masks of some frames. */
function redraw(frameIds: readonly number[], paint: (data: Uint8Array, side: number) => void): void {
  for (const frameId of frameIds) {
    const map = createLabelMap(48, 48);
    paint(map.data, 48);
    shop.project.annotations.write(frameId, encodeLabelMap(map), { origin: "drawn" });
  }
}

const trained = (): number[] =>
  shop.project.images.frames().flatMap(({ frameId, split }) => (split === "train" ? frameId : []));

test.each(["genseg", "pix2pix"])("%s: too few masks and empty ones are told in a sentence", async (method) => {
  shop = await openWorkshop({ train: 3, val: 1 });
  const { queue, add } = shop;
  const submit = () => queue.submitTraining({ method, hold: true });
  expect(submit).toThrow(/A generator needs 4 annotated images to learn from; there are 3/);
  await add("train");
  expect(submit).not.toThrow();
  redraw(trained().slice(0, 2), () => undefined);
  expect(submit).toThrow(
    expect.objectContaining({
      title: "A generator needs 4 annotated images to learn from; there are 2.",
      detail: "4 images of the training split are annotated, but 2 of their masks are empty.",
    }) as Error,
  );
  redraw(trained(), () => undefined);
  expect(submit).toThrow(/No annotated training image shows any class/);
  redraw(trained(), (data) => data.fill(1, 500, 900));
  shop.project.classes.add({ name: "vessel" });
  expect(submit().remarks).toContainEqual(
    expect.objectContaining({
      text: expect.stringMatching(/^No annotated training image shows \{classes\}/) as string,
      values: { classes: "vessel" },
    }),
  );
});
