/** @file Whether predictions may be accepted unseen: what known cases prove of those that a threshold accepts. */

/** A case is good from this Dice on; of those accepted, so large a share must be good, with this confidence. */
export const ACCEPTANCE = { goodDice: 0.85, neededShare: 0.9, confidence: 0.95 } as const;

/**
 * Lower one-sided bound of a share of which `successes` of `trials` were seen (Clopper & Pearson 1934): the share p for which so many successes or
 * more have the probability 1 - confidence. 0 without a success.
 */
export function clopperPearsonLower(
  successes: number,
  trials: number,
  confidence: number = ACCEPTANCE.confidence,
): number {
  if (!Number.isInteger(successes) || !Number.isInteger(trials) || successes < 0 || successes > trials) {
    throw new RangeError(`Clopper-Pearson: ${successes} successes of ${trials} trials.`);
  }
  if (successes === 0) return 0;
  let low = 0;
  let high = 1;
  // 60 halvings: below the last bit.
  for (let halving = 0; halving < 60; halving++) {
    const middle = (low + high) / 2;
    if (upperTail(successes, trials, middle) < 1 - confidence) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** P(X >= successes), X binomial. */
function upperTail(successes: number, trials: number, share: number): number {
  let logTerm = trials * Math.log(share); // all of them
  let sum = Math.exp(logTerm);
  for (let k = trials; k > successes; k--) {
    // From k to k - 1 successes.
    logTerm += Math.log(k / (trials - k + 1)) + Math.log1p(-share) - Math.log(share);
    sum += Math.exp(logTerm);
  }
  return sum;
}

/** Accepted cases without a failure from which the bound is met: 0.05^(1/n) >= 0.90 from n = 29. */
export const NEEDED_CASES = Math.ceil(Math.log(1 - ACCEPTANCE.confidence) / Math.log(ACCEPTANCE.neededShare));

/** An image with known truth, scored by an estimate that did not see its patient. */
export interface ScoredImage {
  /** Patient: the images of one are not independent, so that patients are counted. */
  group: number;
  score: number;
  /** To be looked at whatever its score. */
  isFlagged: boolean;
  /** null: rejected by a person. */
  dice: number | null;
}

export interface Counts {
  accepted: number;
  failures: number;
  bound: number | null;
}

export function isAccepted({ score, isFlagged }: Pick<ScoredImage, "score" | "isFlagged">, threshold: number): boolean {
  return !isFlagged && score >= threshold;
}

/** Patients of whom an image is accepted, and those of whom an accepted image is not good. */
export function countAccepted(images: readonly ScoredImage[], threshold: number): Counts {
  const patients = new Patients();
  for (const image of images) if (isAccepted(image, threshold)) patients.add(image);
  return patients.counts();
}

/** Of whom images are accepted. */
class Patients {
  readonly #accepted = new Set<number>();
  readonly #failed = new Set<number>();

  add({ group, dice }: ScoredImage): void {
    this.#accepted.add(group);
    if (dice === null || dice < ACCEPTANCE.goodDice) this.#failed.add(group);
  }

  counts(): Counts {
    const [accepted, failures] = [this.#accepted.size, this.#failed.size];
    const bound = accepted === 0 ? null : clopperPearsonLower(accepted - failures, accepted);
    return { accepted, failures, bound };
  }
}

/**
 * The smallest threshold that is proven. Thresholds are tried from the highest that accepts enough cases downwards, and the search ends at the first
 * that fails, so that trying many does not weaken the confidence (fixed-sequence testing; Angelopoulos et al. 2021, arXiv:2110.01052). null: none.
 */
export function chooseThreshold(images: readonly ScoredImage[]): { threshold: number; counts: Counts } | null {
  const sorted = images.filter(({ isFlagged }) => !isFlagged).sort((a, b) => b.score - a.score);
  const patients = new Patients();
  let chosen: { threshold: number; counts: Counts } | null = null;
  for (const [place, image] of sorted.entries()) {
    const threshold = image.score;
    patients.add(image);
    // Images of one score are accepted together.
    if (sorted[place + 1]?.score === threshold) continue;
    const counts = patients.counts();
    if (counts.accepted < NEEDED_CASES) continue;
    if (counts.bound! < ACCEPTANCE.neededShare) break;
    chosen = { threshold, counts };
  }
  return chosen;
}
