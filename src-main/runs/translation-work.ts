/**
 * @file The work of a translation: slices of a volume are told together, other images one by one, so that a run that is ended keeps what it made and goes on
 * with the rest.
 */
import { encodePng, encodeThumbnail, THUMBNAIL_SIDE } from "../imaging/index.ts";
import { translationSeries } from "../dataset/index.ts";
import { findMethod } from "../methods/index.ts";
import { Problem } from "../problem/index.ts";
import type { Frame } from "../voxels/index.ts";
import type { ReportedTranslation } from "./messages.ts";
import { Progress } from "./progress.ts";
import { goOn } from "./stopping.ts";
import { openCases, type Outcome, type Work } from "./work.ts";

export async function translate({ bundle, device, parent, asked }: Work): Promise<Outcome> {
  const { recipe } = bundle;
  const cases = openCases(bundle);
  const progress = new Progress(parent);
  const translator = await findMethod(recipe.method).openTranslator!(await bundle.read("weights"), device);
  const known = new Set(recipe.translated ?? []);
  /** Others of a series are there for its intensities and neighbors. */
  const isWanted = ({ frameId, role }: (typeof cases.frames)[number]): boolean =>
    role !== "context" && !known.has(frameId);
  let done = known.size;
  let empty = 0;
  progress.flush(done);
  try {
    for (const frames of translationSeries(cases.frames)) {
      const wanted = frames.filter(isWanted).length;
      if (wanted === 0) continue;
      const isVolume = frames[0]!.volume !== undefined;
      const made: ReportedTranslation[] = [];
      let [start, count] = [performance.now(), 0];
      const series = {
        count: frames.length,
        frame: (index: number) => cases.frame(frames[index]!.frameId),
        isWanted: (index: number) => isWanted(frames[index]!),
      };
      try {
        await translator.translate(series, async (index, frame) => {
          const one = await described(frames[index]!.frameId, frame);
          if (isVolume) made.push(one);
          else parent.postMessage({ kind: "translated", frames: [one] });
          progress.stepDone(done + ++count, (performance.now() - start) / 1000);
          start = performance.now();
          await goOn(asked);
        });
      } catch (error) {
        // A series without anything to see is no reason to leave the others.
        if (!(error instanceof Problem) || error.code !== "not-enough-data") throw error;
        empty += wanted;
        if (empty === cases.frames.filter(isWanted).length) throw error;
      }
      if (made.length > 0) parent.postMessage({ kind: "translated", frames: made });
      done += wanted;
    }
    progress.flush(done);
    return "done";
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
