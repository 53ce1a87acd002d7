/** @file Frames that a model looks at, each with what it says: one by one, or series by series where it reads volumes. */
import type { CaseSource, Prediction, SourceFrame, VolumeSlices } from "../dataset/index.ts";
import type { Predictor } from "../methods/index.ts";
import type { Frame } from "../voxels/index.ts";
import { Stopped } from "./stopping.ts";

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

/** Ends early, after a frame or amid a volume, when it is not to go on. */
export async function* predictedFrames(
  predictor: Pick<Predictor, "predict" | "predictVolume">,
  cases: Pick<CaseSource, "frames" | "frame">,
  options: LookOptions,
): AsyncGenerator<PredictedFrame> {
  const { predictVolume } = predictor;
  if (predictVolume === undefined) {
    for (const frame of cases.frames) {
      if (!(await options.goesOn())) return;
      const start = performance.now();
      const pixels = await cases.frame(frame.frameId);
      const prediction = await predictor.predict(pixels);
      yield { frame, prediction, pixels: () => Promise.resolve(pixels), seconds: (performance.now() - start) / 1000 };
    }
    return;
  }
  for await (const { slices, said, secondsPerSlice: seconds } of lookAtVolumes(cases, predictVolume, options)) {
    let index = 0;
    for (const prediction of said) {
      const frame = slices[index++]!;
      yield { frame, prediction, pixels: () => cases.frame(frame.frameId), seconds };
    }
  }
}

export interface LookedAt<Said> {
  /** Of one volume, in their order. */
  slices: SourceFrame[];
  said: Said;
  secondsPerSlice: number;
}

/** What `look` says of each volume in turn. Ends early, amid a volume, when it is not to go on. */
export async function* lookAtVolumes<Said>(
  cases: Pick<CaseSource, "frames" | "frame">,
  look: (slices: VolumeSlices, onProgress: (share: number) => Promise<void>) => Promise<Said>,
  { goesOn, onProgress }: LookOptions,
): AsyncGenerator<LookedAt<Said>> {
  let done = 0;
  for (const slices of volumesOf(cases.frames)) {
    const start = performance.now();
    const share = async (part: number): Promise<void> => {
      if (!(await goesOn())) throw new Stopped();
      onProgress?.(done + Math.floor(part * slices.length));
    };
    try {
      const volume = { count: slices.length, slice: (index: number) => cases.frame(slices[index]!.frameId) };
      const said = await look(volume, share);
      yield { slices, said, secondsPerSlice: (performance.now() - start) / 1000 / slices.length };
    } catch (error) {
      if (error instanceof Stopped) return;
      throw error;
    }
    done += slices.length;
  }
}

/** Frames of a run on volumes stand in whole series. */
export function volumesOf(frames: readonly SourceFrame[]): SourceFrame[][] {
  const groups = new Map<number, SourceFrame[]>();
  for (const frame of frames) {
    if (frame.volume === undefined) throw new Error(`frame ${frame.frameId} is no slice: expected whole series.`);
    groups.set(frame.volume.id, [...(groups.get(frame.volume.id) ?? []), frame]);
  }
  return [...groups.values()];
}
