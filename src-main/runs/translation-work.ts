/** @file The work of a translation: series by series, each told as a whole, so that an interrupted run goes on with the next. */
import { encodePng, encodeThumbnail, THUMBNAIL_SIDE } from "../imaging/index.ts";
import { translationSeries } from "../dataset/index.ts";
import { findMethod } from "../methods/index.ts";
import { Problem } from "../problem/index.ts";
import type { Frame } from "../voxels/index.ts";
import type { ReportedTranslation } from "./messages.ts";
import { Progress } from "./progress.ts";
import { openCases, type Outcome, type Work } from "./work.ts";

/** Thrown out of a series: none of it is kept. */
class Stopped extends Error {}

export async function translate({ bundle, device, parent, asked }: Work): Promise<Outcome> {
  const { recipe } = bundle;
  const cases = openCases(bundle);
  const progress = new Progress(parent);
  const translator = await findMethod(recipe.method).openTranslator!(await bundle.read("weights"), device);
  const known = new Set(recipe.translated ?? []);
  let done = known.size;
  let empty = 0;
  progress.flush(done);
  try {
    for (const frames of translationSeries(cases.frames)) {
      if (frames.every(({ frameId }) => known.has(frameId))) continue;
      const made: ReportedTranslation[] = [];
      let start = performance.now();
      const series = { count: frames.length, frame: (index: number) => cases.frame(frames[index]!.frameId) };
      try {
        await translator.translate(series, async (index, frame) => {
          made.push(await described(frames[index]!.frameId, frame));
          progress.stepDone(done + made.length, (performance.now() - start) / 1000);
          start = performance.now();
          await new Promise((resolve) => setImmediate(resolve));
          if (asked() === "stop") throw new Stopped();
        });
      } catch (error) {
        // A series without anything to see is no reason to leave the others.
        if (!(error instanceof Problem) || error.code !== "not-enough-data") throw error;
        empty += frames.length;
        if (empty === cases.frames.length) throw error;
      }
      // A volume is stored as one, other images each by itself.
      const together = frames[0]!.volume === undefined ? made.map((one) => [one]) : made.length > 0 ? [made] : [];
      for (const each of together) parent.postMessage({ kind: "translated", frames: each });
      done += frames.length;
    }
    progress.flush(done);
    return "done";
  } catch (cause) {
    if (cause instanceof Stopped) return "stopped";
    throw cause;
  } finally {
    await translator.release();
  }
}

async function described(sourceFrameId: number, frame: Frame): Promise<ReportedTranslation> {
  const { data, ...metadata } = frame;
  const image = await encodePng(data as Uint8Array, frame.width, frame.height, 1);
  const isSmall = Math.max(frame.width, frame.height) <= THUMBNAIL_SIDE;
  return {
    sourceFrameId,
    image,
    thumbnail: isSmall ? image : await encodeThumbnail(frame),
    frame: { ...metadata, window: null },
  };
}
