/** @file Predictions of whole series with a review record for each slice: docs/review.md, Series as volumes. */
import type { CaseSource, Prediction, SourceFrame, ViewCount } from "../dataset/index.ts";
import type { VolumeReviewer } from "../methods/index.ts";
import { describeSeries, judgeSeries, usualSeries } from "../metrics/index.ts";
import { encodeScoreMap } from "../voxels/index.ts";
import { type LookOptions, lookAtVolumes, volumesOf } from "./predicted-frames.ts";
import { featureOf, type ReportedReview, takeOff } from "./recorded-prediction.ts";

export interface RecordedSlice {
  frame: SourceFrame;
  prediction: Prediction;
  review: ReportedReview;
  /** Time that it took, its share of its volume's. */
  seconds: number;
}

/**
 * Frames with the role "refer" are labelled series, which tell what is usual; all others are looked at, series by series. Ends early, amid
 * a series, when it is not to go on.
 */
export async function* recordedSlices(
  reviewer: VolumeReviewer,
  { frames, frame, labelMap }: Pick<CaseSource, "frames" | "frame" | "labelMap">,
  { views, ...options }: LookOptions & { views: ViewCount },
): AsyncGenerator<RecordedSlice> {
  const values = reviewer.classes.map(({ value }) => value);
  const described = [];
  for (const series of volumesOf(frames.filter(({ role }) => role === "refer"))) {
    const { size, labels } = await reviewer.labels(await Promise.all(series.map((one) => labelMap(one.frameId))));
    described.push(describeSeries(labels, size, values));
  }
  const usual = usualSeries(described, values);
  const looked = lookAtVolumes(
    { frames: frames.filter(({ role }) => role !== "refer"), frame },
    (slices, onProgress) => reviewer.look(slices, views, onProgress),
    options,
  );
  for await (const { slices, said: look, secondsPerSlice: seconds } of looked) {
    const { size, original, teacher, student, winners: seen } = look;
    const [, height, width] = size;
    const scale = (original.width * original.height) / (width * height);
    const judgements = judgeSeries({ size, teacher, student, views: seen, classes: values, scale }, usual);
    const reviews = Array.from(judgements, ({ figures, entropy, disagreement }, index): ReportedReview => {
      const picture = look.values.subarray(index * width * height, (index + 1) * width * height);
      return {
        record: figures,
        uncertainty: encodeScoreMap(entropy, { width, height }),
        difference: disagreement === null ? null : encodeScoreMap(disagreement.divergence, { width, height }),
        feature: featureOf(picture, { width, height }),
      };
    });
    takeOff(teacher, 1 + values.length, (numbers) => look.pseudoLabel(numbers)); // judged before: the record tells what was taken off
    let index = 0;
    for (const prediction of look.predictions(teacher)) {
      yield { frame: slices[index]!, prediction, review: reviews[index]!, seconds };
      index++;
    }
  }
}
