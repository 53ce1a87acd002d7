/** @file Frames that a model looks at, each with what it says: one by one, or series by series where it reads volumes. */
import type { CaseSource, Prediction, SourceFrame } from "../dataset/index.ts";
import type { Predictor } from "../methods/index.ts";
import type { Frame } from "../voxels/index.ts";

export interface PredictedFrame {
  frame: SourceFrame;
  prediction: Prediction;
  /** What was looked at; of a volume decoded anew, for its slices are not all kept. */
  pixels(): Promise<Frame>;
  /** Time that it took, its share of its volume's. */
  seconds: number;
}

export interface LookOptions {
  /** Lets messages come in, and tells whether to go on. */
  goesOn(): Promise<boolean>;
  /** Frames done, counting those of a volume under way. */
  onProgress?(frames: number): void;
}

/** Thrown to leave a volume half way. */
class Stopped extends Error {}

/** Ends early, after a frame or amid a volume, when it is not to go on. */
export async function* predictedFrames(
  predictor: Pick<Predictor, "predict" | "predictVolume">,
  cases: Pick<CaseSource, "frames" | "frame">,
  { goesOn, onProgress }: LookOptions,
): AsyncGenerator<PredictedFrame> {
  if (predictor.predictVolume === undefined) {
    for (const frame of cases.frames) {
      if (!(await goesOn())) return;
      const start = performance.now();
      const pixels = await cases.frame(frame.frameId);
      const prediction = await predictor.predict(pixels);
      yield { frame, prediction, pixels: () => Promise.resolve(pixels), seconds: (performance.now() - start) / 1000 };
    }
    return;
  }
  let done = 0;
  for (const slices of volumesOf(cases.frames)) {
    const start = performance.now();
    const look = async (share: number): Promise<void> => {
      if (!(await goesOn())) throw new Stopped();
      onProgress?.(done + Math.floor(share * slices.length));
    };
    try {
      const volume = { count: slices.length, slice: (index: number) => cases.frame(slices[index]!.frameId) };
      const predictions = await predictor.predictVolume(volume, look);
      const seconds = (performance.now() - start) / 1000 / slices.length;
      let index = 0;
      for (const prediction of predictions) {
        const frame = slices[index++]!;
        yield { frame, prediction, pixels: () => cases.frame(frame.frameId), seconds };
      }
    } catch (error) {
      if (error instanceof Stopped) return;
      throw error;
    }
    done += slices.length;
  }
}

/** Frames of a run on volumes stand in whole series. */
function volumesOf(frames: readonly SourceFrame[]): SourceFrame[][] {
  const groups = new Map<number, SourceFrame[]>();
  for (const frame of frames) {
    if (frame.volume === undefined) throw new Error(`frame ${frame.frameId} is no slice: expected whole series.`);
    groups.set(frame.volume.id, [...(groups.get(frame.volume.id) ?? []), frame]);
  }
  return [...groups.values()];
}
