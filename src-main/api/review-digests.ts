/**
 * @file What the queue asks of review records, kept in memory: records are never changed, and reading those of 20 000 proposals anew at every decision
 * would take a second. Some 300 bytes each.
 */
import { type QualityFeatures, qualityFeatures, uncalibratedScore } from "../metrics/index.ts";
import type { ReviewFlag, ReviewRecord } from "./contract.ts";

export interface ReviewDigest {
  features: QualityFeatures;
  uncalibrated: number;
  flags: ReviewFlag[];
  /** Classes that the proposal shows. */
  classes: number[];
  disagreement: number | null;
  doubt: number;
}

type ReadRecords = (recordIds: readonly number[]) => { recordId: number; record: ReviewRecord }[];

/** So many are parsed at once: their text is not all in memory together. */
const READ_AT_ONCE = 1000;

export class ReviewDigests {
  readonly #read: ReadRecords;
  readonly #known = new Map<number, ReviewDigest>();

  constructor(read: ReadRecords) {
    this.#read = read;
  }

  /** To be called with all ids that `get` will be asked for. */
  prepare(recordIds: readonly number[]): void {
    const missing = recordIds.filter((id) => !this.#known.has(id));
    for (let first = 0; first < missing.length; first += READ_AT_ONCE) {
      for (const { recordId, record } of this.#read(missing.slice(first, first + READ_AT_ONCE))) {
        this.#known.set(recordId, digestOf(record));
      }
    }
  }

  get(recordId: number): ReviewDigest {
    const digest = this.#known.get(recordId);
    if (digest === undefined) throw new Error(`review record ${recordId} was not prepared`);
    return digest;
  }
}

export function digestOf({ classes, flags, hardDisagreement, foregroundEntropy }: ReviewRecord): ReviewDigest {
  return {
    features: qualityFeatures(classes),
    uncalibrated: uncalibratedScore(classes),
    flags,
    classes: classes.filter(({ area }) => area > 0).map(({ value }) => value),
    disagreement: hardDisagreement,
    doubt: foregroundEntropy ?? 0,
  };
}
