/** @file Siamese-Diffusion in a project: trained through the queue, judged by itself, asked for pairs with settings of its own. */
import { afterEach, expect, test } from "vitest";
import type { EventMap } from "../../src-main/api/contract.ts";
import { decodeSafetensors } from "../../src-main/engine/safetensors.ts";
import { openFamiliarMasks, preprocessLabelMap } from "../../src-main/dataset/index.ts";
import { decodeFrame, encodePng } from "../../src-main/imaging/index.ts";
import { sha256 } from "../../src-main/project/index.ts";
import { generators } from "../../src-main/runs/queue.ts";
import {
  createLabelMap,
  decodeLabelMap,
  encodeLabelMap,
  type LabelMap,
  stampDisc,
} from "../../src-main/voxels/index.ts";
import { disc, openWorkshop, reaches, type Workshop } from "./project-of-discs.ts";

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
/** With a second branch that reads images, in one program. */
const SIAMESE = {
  ...request,
  // Large steps, none averaged away, so that an image makes a difference after two of them.
  settings: { ...SMALL, imageBranch: true, onlineAugmentation: false, learningRate: 0.02, emaDecay: 0 },
};
const painting = { guidance: 2, samplingSteps: 2 };

const titled = (title: RegExp) =>
  expect.objectContaining({ code: "bad-request", title: expect.stringMatching(title) as string }) as Error;

test(
  "it paints pairs as it is told to, and is compared with all that it learned from",
  { timeout: 240_000 },
  async () => {
    shop = await openWorkshop({ train: 8, val: 1, unlabelled: 1 });
    const { project, queue } = shop;
    const trained = await queue.finished(queue.submitTraining(SIAMESE).runId);
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
      "finalAlpha",
      "referenceWeight",
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

    // By an image too: it is an origin of the picture, and a copy of it would be found.
    const after = await queue.finished(submit({ ...painting, referenceWeight: 0.5 }).runId);
    const guided = project.syntheticPairs.get(after.runId).pairs;
    for (const [place, { pairId, origin, quality }] of guided.entries()) {
      const plain = pairs[place]!;
      expect(origin).toEqual({ ...plain.origin, reference: { frameId: origin.parents[0]!.frameId, weight: 0.5 } });
      expect(quality.isNearCopy).not.toBe(null);
      expect(project.syntheticPairs.image(pairId)).not.toEqual(project.syntheticPairs.image(plain.pairId));
    }

    // Its checkpoint says what it learned from, to the byte, and what average its numbers are.
    const { metadata } = decodeSafetensors(project.models.weights(modelId));
    expect(metadata).toMatchObject({ trainingData: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as string });
    expect([metadata["weights"], metadata["averageDecay"]]).toEqual(["averages", "0"]);

    const again = await queue.finished(
      queue.submitTraining({ ...request, fromModel: modelId, settings: { size: 32 } }).runId,
    );
    expect(again).toMatchObject({ state: "failed", problem: { detail: "Image size: it has 16; the setting is 32." } });
  },
);

test(
  "masks unlike all that it learned from are marked; going on from colors with gray images is told, by masks alone it offers no reference",
  { timeout: 240_000 },
  async () => {
    shop = await openWorkshop({ train: 8 });
    const { project, queue } = shop;
    const side = 48;
    const map = createLabelMap(side, side);
    stampDisc(map, { x: 24, y: 20 }, 8, 1);
    const data = new Uint8Array(3 * side * side).map((_, i) => (i * 7) % 200);
    const sourceBytes = await encodePng(data, side, side, 3);
    const { data: _, ...gray } = disc(1).frame;
    const { frameIds } = project.images.add(
      {
        ...{ sourceBytes, sourceSha256: sha256(sourceBytes), fileName: "color.png", format: "png", modality: null },
        ...{ patientKey: null, caseName: "color", thumbnail: sourceBytes },
        frames: [{ ...gray, channels: 3, photometric: "RGB", window: null }],
      },
      { split: "train" },
    );
    // All masks are the same: one that is moved far is like none of them.
    for (const { frameId } of project.images.frames())
      project.annotations.write(frameId, encodeLabelMap(map), { origin: "drawn" });
    const { modelId } = await queue.finished(queue.submitTraining(request).runId);
    const [generator] = generators(project);
    expect(generator!.channels).toBe(3);
    expect(generator!.paintSettings.map(({ key }) => key)).not.toContain("referenceWeight");

    const square = (one: LabelMap): LabelMap => ({
      width: 16,
      height: 16,
      data: preprocessLabelMap(one, { size: 16, classes: [1] }),
    });
    const settings = { guidance: 1, samplingSteps: 1 };
    const { runId } = await queue.finished(queue.submitSynthesis({ modelId: modelId!, count: 12, settings }).runId);
    const { pairs } = project.syntheticPairs.get(runId);
    const familiar = openFamiliarMasks([square(map)]);
    const judged = pairs.map(({ pairId }) =>
      familiar.isFar(square(decodeLabelMap(project.syntheticPairs.labelMap(pairId)))),
    );
    expect(pairs.map(({ quality }) => quality.isMaskFar)).toEqual(judged);
    expect(new Set(judged).size).toBe(2);

    const told = (fromModel?: number) =>
      queue.submitTraining({ ...request, fromModel, hold: true }).remarks.map(({ text }) => text);
    const remark = expect.stringContaining("the model to go on from paints in color") as string;
    expect(told(modelId!)).not.toContainEqual(remark);
    project.cases.setSplit(project.images.frame(frameIds[0]!).row.caseId, "test");
    expect(told()).not.toContainEqual(remark);
    expect(told(modelId!)).toContainEqual(remark);
  },
);

test(
  "ended before masks came in, there is nothing to keep; with too few masks it does not begin",
  { timeout: 240_000 },
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

test(
  "while it paints it tells the step, the time left and how the pictures look by now; a cancelled one ends at once",
  { timeout: 240_000 },
  async () => {
    shop = await openWorkshop({ train: 8 });
    const { project, queue } = shop;
    const { modelId } = await queue.finished(queue.submitTraining(request).runId);
    const told: EventMap["painting"][] = [];
    queue.on((event) => void (event.type === "painting" && told.push(event)));
    const count = 6;
    const ask = { modelId: modelId!, count, settings: { samplingSteps: 40, guidance: 1 } };
    const { runId } = await queue.finished(queue.submitSynthesis(ask).runId);
    expect(told.every((one) => one.runId === runId)).toBe(true);
    const phases = told.map(({ phase }) => phase);
    expect([phases[0], phases.includes("compiling"), phases.at(-1)]).toEqual(["reading", true, "painting"]);
    const painted = told.filter(({ step }) => step > 0);
    // Four pairs, then two; each batch is seen at its beginning and at its end.
    for (const [first, size] of [
      [0, 4],
      [4, 2],
    ] as const) {
      const batch = painted.filter((one) => one.first === first);
      const steps = batch.map(({ step }) => step);
      expect(steps).toEqual(steps.toSorted((a, b) => a - b));
      expect([steps[0], steps.at(-1), batch[0]!.steps]).toEqual([1, 40, 40]);
      const seen = batch.filter(({ previews }) => previews !== undefined);
      expect([seen[0]!.step, seen.at(-1)!.step]).toEqual([1, 40]);
      for (const { previews } of seen) {
        expect(previews!.map(({ index }) => index)).toEqual(Array.from({ length: size }, (_, at) => first + at));
      }
      const [early, late] = [seen[0]!, seen.at(-1)!].map(({ previews }) => previews![0]!.png);
      expect(early).not.toBe(late);
      // The last look is the picture that is kept.
      const last = await decodeFrame(Buffer.from(late!, "base64"), { fileName: "preview.png", frame: 0 });
      const { pairId } = project.syntheticPairs.get(runId).pairs[first]!;
      const kept = await decodeFrame(project.syntheticPairs.image(pairId), { fileName: "pair.png", frame: 0 });
      expect(last).toMatchObject({ width: 16, height: 16, channels: 1 });
      expect(last.data).toEqual(kept.data);
    }
    const left = painted.flatMap(({ secondsLeft }) => secondsLeft ?? []);
    expect(left.length).toBeGreaterThan(0);
    expect(left.every((seconds) => seconds >= 0)).toBe(true);
    expect(left.at(-1)!).toBeLessThan(left[0]!);

    told.length = 0;
    const long = queue.submitSynthesis({ ...ask, settings: { samplingSteps: 500 } });
    await new Promise<void>((resolve) =>
      queue.on((event) => void (event.type === "painting" && event.step > 2 && resolve())),
    );
    queue.cancel(long.runId);
    expect(await queue.finished(long.runId)).toMatchObject({ state: "cancelled", step: 0 });
    expect(told.at(-1)!.step).toBeLessThan(500);
  },
);
