/** @file How sure a network is of each pixel, and how far a second one agrees. */

export interface PixelScores {
  /** Index of the likeliest plane; of equals the first. */
  winner: Uint8Array;
  /** Its probability, and how far it is ahead of the next. */
  confidence: Float32Array;
  margin: Float32Array;
  /** -Σ p ln p / ln K, 0–1. */
  entropy: Float32Array;
}

export interface PixelDisagreement {
  /** Jensen-Shannon divergence / ln 2, 0–1 (Lin 1991, IEEE Trans. Inf. Theory 37). */
  divergence: Float32Array;
  /** 1 where the likeliest planes differ. */
  isOther: Uint8Array;
}

/** `probabilities`: `[planes, pixels]`, planes sum to 1 at every pixel; at least two planes. */
export function scorePixels(probabilities: Float32Array, planes: number): PixelScores {
  const pixels = pixelsOf(probabilities, planes);
  const winner = new Uint8Array(pixels);
  const confidence = new Float32Array(pixels);
  const margin = new Float32Array(pixels);
  const entropy = new Float32Array(pixels);
  const scale = 1 / Math.log(planes);
  for (let pixel = 0; pixel < pixels; pixel++) {
    let best = -1;
    let next = -1;
    let place = 0;
    let sum = 0;
    for (let plane = 0, at = pixel; plane < planes; plane++, at += pixels) {
      const p = probabilities[at]!;
      if (p > best) {
        next = best;
        best = p;
        place = plane;
      } else if (p > next) next = p;
      if (p > 0) sum -= p * Math.log(p);
    }
    winner[pixel] = place;
    confidence[pixel] = best;
    margin[pixel] = best - next;
    entropy[pixel] = Math.min(1, Math.max(0, sum * scale));
  }
  return { winner, confidence, margin, entropy };
}

/** Of two networks, both `[planes, pixels]`. */
export function scoreDisagreement(teacher: Float32Array, student: Float32Array, planes: number): PixelDisagreement {
  const pixels = pixelsOf(teacher, planes);
  if (student.length !== teacher.length) throw new RangeError("disagreement: the networks differ in size.");
  const divergence = new Float32Array(pixels);
  const isOther = new Uint8Array(pixels);
  for (let pixel = 0; pixel < pixels; pixel++) {
    let sum = 0;
    let teacherBest = 0;
    let studentBest = 0;
    for (let plane = 0, at = pixel; plane < planes; plane++, at += pixels) {
      const p = teacher[at]!;
      const q = student[at]!;
      const middle = (p + q) / 2;
      if (p > 0) sum += (p * Math.log(p / middle)) / 2;
      if (q > 0) sum += (q * Math.log(q / middle)) / 2;
      if (p > teacher[teacherBest * pixels + pixel]!) teacherBest = plane;
      if (q > student[studentBest * pixels + pixel]!) studentBest = plane;
    }
    divergence[pixel] = Math.min(1, Math.max(0, sum / Math.LN2));
    isOther[pixel] = teacherBest === studentBest ? 0 : 1;
  }
  return { divergence, isOther };
}

function pixelsOf(probabilities: Float32Array, planes: number): number {
  const pixels = probabilities.length / planes;
  if (planes < 2 || !Number.isInteger(pixels)) {
    throw new RangeError(`pixel scores: ${probabilities.length} probabilities do not fill ${planes} planes.`);
  }
  return pixels;
}
