/** @file Siamese-Diffusion in a project: trained through the queue, judged by itself, asked for pairs with settings of its own. */
import { afterEach, expect, test } from "vitest";
import { generators } from "../../src-main/runs/queue.ts";
import { openWorkshop, reaches, type Workshop } from "./project-of-discs.ts";

let shop: Workshop;
afterEach(() => shop.close());

const SMALL = {
  size: 16,
  batchSize: 2,
  denoiser: "XS",
  stages: "joint",
  steps: 2,
  validateEvery: 2,
  imageBranch: false,
};
const request = { method: "siamese-diffusion", settings: SMALL };
const painting = { guidance: 2, samplingSteps: 2 };

const titled = (title: RegExp) =>
  expect.objectContaining({ code: "bad-request", title: expect.stringMatching(title) as string }) as Error;

test(
  "it paints pairs as it is told to, and is compared with all that it learned from",
  { timeout: 120_000 },
  async () => {
    shop = await openWorkshop({ train: 8, val: 1, unlabelled: 1 });
    const { project, queue } = shop;
    const trained = await queue.finished(queue.submitTraining(request).runId);
    expect(trained).toMatchObject({ state: "done", step: 2, judgedBy: { figure: "validationError", better: "lower" } });
    const { score, makes } = project.models.get(trained.modelId!);
    expect(makes).toEqual(["images"]);
    expect(score).toBeGreaterThan(0);
    expect(project.runSamples.list(trained.runId)).toMatchObject([{ step: 2, kind: "picture", score: null }]);

    const modelId = trained.modelId!;
    const [generator] = generators(project);
    expect(generator).toMatchObject({ modelId, sources: 8, size: 16, architecture: [] });
    expect(generator!.paintSettings.map(({ key }) => key)).toEqual([
      "solver",
      "samplingSteps",
      "guidance",
      "conditionGuidance",
    ]);
    const submit = (settings: Record<string, number | string>) =>
      queue.submitSynthesis({ modelId, count: 2, settings });
    expect(() => submit({ guidance: 99 })).toThrow(titled(/guidance = 99 is not possible/));
    expect(() => submit({ solver: "ddim", samplingSteps: 30 })).toThrow(
      titled(/30 sampling steps are not possible with ddim/),
    );
    expect(() => submit({ steps: 4 })).toThrow(titled(/there is no setting steps/));

    const made = await queue.finished(submit(painting).runId);
    expect(made).toMatchObject({ state: "done", step: 2 });
    expect(made.settings).toMatchObject({ ...painting, solver: "dpm-solver++", conditionGuidance: 1 });
    // Without mask, and learned from all the same: what is painted may be a copy of it.
    const compared = project.runs.recipe(made.runId).snapshot.frames;
    expect(compared).toHaveLength(9);
    expect(compared.filter(({ isContext }) => isContext)).toMatchObject([{ split: "unlabelled", revisionId: null }]);
    const { pairs } = project.syntheticPairs.get(made.runId);
    expect(pairs).toMatchObject([{ width: 16, height: 16, channels: 1 }, { state: "undecided" }]);

    const again = await queue.finished(
      queue.submitTraining({ ...request, fromModel: modelId, settings: { size: 32 } }).runId,
    );
    expect(again).toMatchObject({ state: "failed", problem: { detail: "Image size: it has 16; the setting is 32." } });
  },
);

test(
  "ended before masks came in, there is nothing to keep; with too few masks it does not begin",
  { timeout: 120_000 },
  async () => {
    shop = await openWorkshop({ train: 7 });
    const { queue } = shop;
    const settings = { ...SMALL, stages: "two", priorSteps: 100_000, validateEvery: 1000 };
    const submit = () => queue.submitTraining({ ...request, settings });
    expect(submit).toThrow(/A generator needs 8 annotated images to learn from; there are 7/);
    await shop.add("train");
    const { runId } = submit();
    await reaches(queue, runId, 1);
    queue.finish(runId);
    expect(await queue.finished(runId)).toMatchObject({
      state: "failed",
      problem: { title: "The training has not seen any mask yet: there is no model to keep." },
    });
  },
);
