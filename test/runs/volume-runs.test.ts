/** @file Runs on volumes in real processes: killed, resumed, sent to another machine and taken back, with the bits of a run at home. */
import { dirname, join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { decodeFrame } from "../../src-main/imaging/index.ts";
import { openProject } from "../../src-main/project/index.ts";
import { type ResultFigures, runBundle } from "../../src-main/runs/remote.ts";
import { BALLS, makeBallProject, SMALL_VOLUMES } from "../app/ball-project.ts";
import { openWorkshop, reaches, type Workshop } from "./project-of-discs.ts";

let shop: Workshop;
afterEach(() => shop.close());

const settings = { ...SMALL_VOLUMES, steps: 36, pretrainShare: 0.25, validateEvery: 6 };
const request = { method: "bcp", settings, seed: 4 };

test(
  "a training on volumes that is killed, or computed elsewhere in parts, ends with the same bits",
  { timeout: 300_000 },
  async () => {
    shop = await openWorkshop(
      {},
      {
        async make(folder) {
          await makeBallProject(folder, BALLS);
          return openProject(join(folder, "balls.aliquot"));
        },
      },
    );
    const { project, queue, processes } = shop;
    const home = await queue.finished(queue.submitTraining(request).runId);
    expect(home).toMatchObject({ state: "done", step: 36 });
    const expectSameBits = (runId: number): void => {
      const { state, modelId } = project.runs.row(runId);
      expect(state).toBe("done");
      expect(project.runs.checkpoint(runId, "last")).toEqual(project.runs.checkpoint(home.runId, "last"));
      expect(project.runs.metrics(runId)).toEqual(project.runs.metrics(home.runId));
      expect(project.models.weights(modelId!)).toEqual(project.models.weights(home.modelId!));
      expect(project.models.onnx(modelId!)).toEqual(project.models.onnx(home.modelId!));
    };

    const killed = queue.submitTraining(request).runId;
    for (const step of [7, 19]) {
      await reaches(queue, killed, step); // in either stage
      processes.at(-1)!.kill();
      if ((await queue.finished(killed)).state === "done") break; // it was faster
      queue.resume(killed);
    }
    await queue.finished(killed);
    expectSameBits(killed);

    const { runId } = queue.submitTraining({ ...request, hold: true });
    const path = (name: string): string => join(dirname(project.path), name);
    const { frames } = await queue.exportRun(runId, path("a"), {
      signal: new AbortController().signal,
      onProgress: () => undefined,
      readFrame(frameId: number) {
        const { bytes, fileName, frameIndex } = project.images.sourceOfFrame(frameId);
        return decodeFrame(bytes, { fileName, frame: frameIndex });
      },
    });
    expect(frames).toBe(6 * 10); // all but the test split
    const work = (until: number): Promise<ResultFigures> => {
      const stop = new AbortController();
      return runBundle({
        bundlePath: path("a"),
        resultPath: path("a-result"),
        spawn: shop.spawn,
        signal: stop.signal,
        onProgress: ({ step }) => void (step >= until && stop.abort()),
      });
    };
    expect(await work(14)).toMatchObject({ state: "interrupted", problem: null });
    expect(await work(Infinity)).toMatchObject({ state: "done", step: 36, steps: 36 });
    expect(await queue.importResult(path("a-result"))).toMatchObject({ runId, state: "done", problem: null });
    expectSameBits(runId);
  },
);
