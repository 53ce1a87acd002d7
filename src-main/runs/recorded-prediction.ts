/**
 * @file Predictions with a review record: the mean of several views of a frame, how far the views and, where a method has both, teacher and student
 * agree, and how unlike the labelled images the outcome is. docs/review.md.
 */
import type { ReviewRecord } from "../api/contract.ts";
import {
  placeInSquare,
  type Placement,
  type Prediction,
  preprocessFrame,
  preprocessLabelMap,
  restorePrediction,
  squareViews,
  type ViewCount,
} from "../dataset/index.ts";
import type { Predictor, ReviewedNetwork, Reviewer, SquareNetwork } from "../methods/index.ts";
import { judgePrediction, type UsualClass, usualClasses } from "../metrics/index.ts";
import { encodeScoreMap, type Frame, type LabelMap, likeliestPlanes, resizeArea, type Size } from "../voxels/index.ts";

export interface ReportedReview {
  record: ReviewRecord;
  /** Score maps: voxels/score-map.ts. */
  uncertainty: Uint8Array;
  difference: Uint8Array | null;
  feature: Int8Array;
}

export interface RecordingPredictor {
  /** One of the labelled images that tell what is usual. */
  refer(labelMap: LabelMap): void;
  predict(frame: Frame): Promise<{ prediction: Prediction; review: ReportedReview }>;
}

/** One network, or two that were trained together, whose teacher proposes. */
interface Asked {
  classes: readonly { value: number }[];
  teacher: SquareNetwork;
  student: SquareNetwork | null;
  /** Class numbers `[size, size]` without what the training takes off its pseudo-labels. */
  clean?: (classNumbers: Uint8Array) => Uint8Array;
}

/** Side of the picture that tells likely images apart, reduced to so many pixels; and steps of a byte to a deviation. */
const FEATURE = { side: 12, steps: 32 };

/** Of a method with one network; null where it takes no square image: then there are predictions, but no records. */
export function recordingPredictor({ classes, network }: Predictor, count: ViewCount): RecordingPredictor | null {
  return network === undefined ? null : recording({ classes, teacher: network, student: null }, count);
}

/** Of a method that trained a teacher and a student. */
export function recordingReviewer(reviewer: Reviewer, count: ViewCount): RecordingPredictor {
  const { classes, channels, size } = reviewer;
  const network = (which: ReviewedNetwork): SquareNetwork => ({
    channels,
    size,
    probabilities: (images, views) => reviewer.probabilities(which, images, views),
  });
  const clean = (classNumbers: Uint8Array): Uint8Array => reviewer.pseudoLabel(classNumbers);
  return recording({ classes, teacher: network("teacher"), student: network("student"), clean }, count);
}

function recording({ classes, teacher, student, clean }: Asked, count: ViewCount): RecordingPredictor {
  const { size, channels } = teacher;
  const values = classes.map(({ value }) => value);
  const views = squareViews(size, count);
  const labelled: { labels: Uint8Array; size: Placement }[] = [];
  let usual: UsualClass[] | null = null;
  return {
    refer(map) {
      const placement = placeInSquare(map, size);
      const numbers = cut(preprocessLabelMap(map, { size, classes: values }), 1, size, placement);
      labelled.push({ labels: numbers.map((number) => (number === 0 ? 0 : values[number - 1]!)), size: placement });
      usual = null;
    },
    async predict(frame) {
      usual ??= usualClasses(labelled, values);
      const { image, placement, original } = preprocessFrame(frame, { size, channels });
      const images = views.of(image);
      const said = await teacher.probabilities(images, count);
      const probabilities = views.mean(said);
      const planes = 1 + values.length;
      const doubted = student === null ? null : views.mean(await student.probabilities(images, count));
      const winners = views.winners(said).map((winner) => cut(winner, 1, size, placement));
      const { figures, entropy, disagreement } = judgePrediction(
        {
          size: placement,
          teacher: cut(probabilities, planes, size, placement),
          student: doubted === null ? null : cut(doubted, planes, size, placement),
          views: winners,
          classes: values,
          scale: (original.width * original.height) / (placement.width * placement.height),
        },
        usual,
      );
      if (clean !== undefined) takeOff(probabilities, planes, clean);
      const restored = { placement, original };
      return {
        prediction: restorePrediction(probabilities, restored, { size, classes: values }),
        review: {
          record: figures,
          uncertainty: encodeScoreMap(entropy, placement),
          difference: disagreement === null ? null : encodeScoreMap(disagreement.divergence, placement),
          feature: featureOf(cut(image.subarray(0, size * size), 1, size, placement), placement),
        },
      };
    },
  };
}

/** `planes` of the square -> of the picture in it. */
function cut<Values extends Float32Array | Uint8Array>(
  square: Values,
  planes: number,
  size: number,
  { left, top, width, height }: Placement,
): Values {
  const Kind = square.constructor as new (length: number) => Values;
  const picture = new Kind(planes * width * height);
  for (let plane = 0; plane < planes; plane++) {
    for (let row = 0; row < height; row++) {
      const start = (plane * size + top + row) * size + left;
      picture.set(square.subarray(start, start + width), (plane * height + row) * width);
    }
  }
  return picture;
}

/** Where cleaning takes a class off, the background is sure. `probabilities`: `[planes, ..]`, changed in place. */
export function takeOff(
  probabilities: Float32Array,
  planes: number,
  clean: (classNumbers: Uint8Array) => Uint8Array,
): void {
  const area = probabilities.length / planes;
  const numbers = likeliestPlanes(probabilities, planes);
  const kept = clean(numbers);
  for (let pixel = 0; pixel < area; pixel++) {
    if (kept[pixel] === numbers[pixel]) continue;
    for (let plane = 0; plane < planes; plane++) probabilities[plane * area + pixel] = plane === kept[pixel] ? 1 : 0;
  }
}

/** Tells pictures apart: the first channel of one, normalized, reduced to 12 x 12. */
export function featureOf(picture: Float32Array, size: Size): Int8Array {
  const small = resizeArea(picture, size, { width: FEATURE.side, height: FEATURE.side });
  return Int8Array.from(small, (value) => Math.max(-127, Math.min(127, Math.round(FEATURE.steps * value))));
}
