/** @file Figures of the whole set: sizes and modalities from the list, intensities of some frames by the decode pool, areas of all objects. */
import type { Project } from "../project/index.ts";
import { decodeLabelMap, type Frame } from "../voxels/index.ts";
import type { DatasetStatistics, FrameColumns } from "./contract.ts";
import { chooseSamples, framesOf, intensitiesOf, type SampledFrame, samplePixels } from "./intensities.ts";
import { objectAreas } from "./object-areas.ts";

interface StatisticsOptions {
  project: Project;
  readFrame: (frameId: number, signal: AbortSignal) => Promise<Frame>;
  /** Frames read and annotations counted. */
  onProgress: (done: number, total: number) => void;
  signal: AbortSignal;
}

/** Frames at the decode pool at a time. */
const BATCH = 8;

/** A frame that cannot be read is left out and not counted as read. Rejects with the reason of the signal once it is aborted. */
export async function datasetStatistics(options: StatisticsOptions): Promise<DatasetStatistics> {
  const { project, readFrame, onProgress, signal } = options;
  const columns = project.images.frameColumns();
  const samples = chooseSamples(columns);
  const frameIds = [...new Set(samples.flatMap(framesOf))];
  const { values, codes } = columns.annotation;
  const total = frameIds.length + codes.filter((code) => values[code] !== null).length;
  const read = new Map<number, SampledFrame>();
  for (let done = 0; done < frameIds.length; done += BATCH) {
    onProgress(done, total);
    await Promise.all(
      frameIds.slice(done, done + BATCH).map(async (frameId) => {
        const frame = await readFrame(frameId, signal).catch(() => null);
        if (frame === null) return;
        const rle = project.annotations.mask(frameId);
        const map = rle === null ? null : decodeLabelMap(rle, { width: frame.width, height: frame.height });
        read.set(frameId, samplePixels(frameId, frame, map));
      }),
    );
    signal.throwIfAborted();
  }
  const objects = await project.classUsage.objects({
    onProgress: (done) => onProgress(frameIds.length + done, total),
    signal,
  });
  return {
    ...countsOf(columns),
    intensities: samples.flatMap((sample) => intensitiesOf(sample, read) ?? []),
    objects: objectAreas(objects),
  };
}

function countsOf({ width, height, modality }: FrameColumns): Pick<DatasetStatistics, "sizes" | "modalities"> {
  const sizes = new Map<string, { width: number; height: number; frames: number }>();
  const frames = modality.values.map(() => 0);
  for (const [index, columnCount] of width.entries()) {
    const rowCount = height[index]!;
    const key = `${columnCount} ${rowCount}`;
    const size = sizes.get(key) ?? { width: columnCount, height: rowCount, frames: 0 };
    size.frames++;
    sizes.set(key, size);
    frames[modality.codes[index]!]!++;
  }
  return {
    sizes: [...sizes.values()].toSorted((a, b) => b.frames - a.frames),
    modalities: modality.values
      .map((name, code) => ({ modality: name, frames: frames[code]! }))
      .toSorted((a, b) => b.frames - a.frames),
  };
}
