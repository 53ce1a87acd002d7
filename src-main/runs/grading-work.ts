/** @file What a model says of whole images, for review or to be judged: some at a time, each told as it is done. */
import { findMethod } from "../methods/index.ts";
import { Progress } from "./progress.ts";
import { breathe } from "./stopping.ts";
import { openCases, type Outcome, type Work } from "./work.ts";

export async function grade({ bundle, device, parent, asked }: Work): Promise<Outcome> {
  const { recipe } = bundle;
  const cases = openCases(bundle);
  const progress = new Progress(parent);
  const samples = Number(recipe.settings["samples"] ?? 1);
  const grader = await findMethod(recipe.method).openGrader!(await bundle.read("weights"), device);
  try {
    // Those with known truth last: a person who waits for proposals has them first.
    const frames = cases.frames.toSorted((a, b) => Number(a.role === "judge") - Number(b.role === "judge"));
    for (let first = 0; first < frames.length; first += grader.batch) {
      await breathe();
      if (asked() === "stop") return "stopped";
      const start = performance.now();
      const group = frames.slice(first, first + grader.batch);
      const images = [];
      for (const { frameId } of group) images.push({ key: frameId, frame: await cases.frame(frameId) });
      const graded = await grader.grade(images, { samples, seed: recipe.seed });
      parent.postMessage({
        kind: "graded",
        images: group.map(({ frameId }, at) => ({ frameId, graded: graded[at]! })),
      });
      const seconds = (performance.now() - start) / 1000 / group.length;
      for (const place of group.keys()) progress.stepDone(first + place + 1, seconds);
    }
    progress.flush(frames.length);
    return "done";
  } finally {
    await grader.release();
  }
}
