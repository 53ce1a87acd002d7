/**
 * @file Statistics of review against SciPy (test/fixtures/review/figures.py), and what they must do whatever the figures: spec of the review record.
 */
import { describe, expect, test } from "vitest";
import {
  calibrate,
  calibrationError,
  chooseThreshold,
  clopperPearsonLower,
  countAccepted,
  cusum,
  dilate,
  DRIFT,
  enclosedShare,
  greedyKCentre,
  isAccepted,
  isDrifting,
  type Judged,
  judgePrediction,
  type Known,
  nearContours,
  NEEDED_CASES,
  poorFoundEarly,
  type QualityFeatures,
  residualError,
  ridge,
  riskCoverageArea,
  robustZ,
  scoreDisagreement,
  type ScoredImage,
  scorePixels,
  shapeOf,
  spearman,
  studentQuantile,
  uncalibratedScore,
  usualClasses,
} from "../../src-main/metrics/index.ts";
import { Random } from "../../src-main/random/index.ts";
import figures from "../fixtures/review/figures.json" with { type: "json" };

function expectClose(actual: ArrayLike<number>, expected: readonly number[], digits: number): void {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, place) => expect(actual[place], `entry ${place}`).toBeCloseTo(value, digits));
}

describe("pixels", () => {
  const teacher = Float32Array.from(figures.pixels.teacher);
  const student = Float32Array.from(figures.pixels.student);

  test("entropy, margin and divergence are those of SciPy, to the precision of float32", () => {
    const { entropy, margin } = scorePixels(teacher, 3);
    expectClose(entropy, figures.pixels.entropy, 6);
    expectClose(margin, figures.pixels.margin, 6);
    expectClose(scoreDisagreement(teacher, student, 3).divergence, figures.pixels.divergence, 6);
  });

  test("entropy lies between 0 and 1: 0 where the network is sure, 1 where all classes are alike", () => {
    const { entropy } = scorePixels(Float32Array.from([1, 1 / 3, 0.5, 0, 1 / 3, 0.5, 0, 1 / 3, 0]), 3);
    expectClose(entropy, [0, 1, Math.log(2) / Math.log(3)], 6);
    expect(Math.max(...entropy)).toBeLessThanOrEqual(1);
  });

  test("identical networks do not disagree, opposite ones do wholly", () => {
    const { divergence, isOther } = scoreDisagreement(teacher, teacher, 3);
    expect([...divergence]).toEqual(new Array<number>(40).fill(0));
    expect([...isOther]).toEqual(new Array<number>(40).fill(0));
    const opposite = scoreDisagreement(Float32Array.from([1, 0]), Float32Array.from([0, 1]), 2);
    expect([opposite.divergence[0], opposite.isOther[0]]).toEqual([1, 1]);
  });
});

describe("regions and shapes", () => {
  const { width, height, ...expected } = figures.shape;
  const size = { width, height };
  const mask = Uint8Array.from(expected.mask);

  test("area, centroid, elongation and pieces are those of SciPy", () => {
    const shape = shapeOf(mask, size)!;
    for (const key of ["area", "x", "y", "elongation", "removedFraction"] as const) {
      expect(shape[key], key).toBeCloseTo(expected[key], 10);
    }
    expect(shape.components).toBe(expected.components);
    expect(shapeOf(new Uint8Array(width * height), size)).toBeNull();
  });

  test("a mask grows as far as SciPy's distance transform says", () => {
    expect([...dilate(mask, size, 3)]).toEqual(expected.dilated3);
    expect([...dilate(mask, size, 1.5)]).toEqual(expected["dilated1.5"]);
  });

  test("a contour is near on both sides of a border between classes", () => {
    const row = nearContours(Uint8Array.from([0, 0, 0, 0, 1, 1, 1, 1, 2, 2]), { width: 10, height: 1 }, 2);
    expect([...row]).toEqual([0, 0, 1, 1, 1, 1, 1, 1, 1, 1]);
  });

  test("robust deviations are those of SciPy's scaled MAD, and not defined for few labelled images", () => {
    const { usual, value, z } = figures.robustZ;
    expect(robustZ(value, usual, 0)).toBeCloseTo(z, 2);
    expect(robustZ(value, usual.slice(0, 4), 0)).toBeNull();
    expect(robustZ(2, [1, 1, 1, 1, 1], 0.5)).toBe(2);
  });

  test("a class is enclosed by another unless it touches the background or the border of the image", () => {
    const labels = Uint8Array.from([2, 2, 2, 0, 2, 1, 2, 0, 2, 2, 2, 0, 0, 0, 0, 0]);
    expect(enclosedShare(labels, { width: 4, height: 4 }, 1, 2)).toBe(1);
    labels[4] = 0;
    expect(enclosedShare(labels, { width: 4, height: 4 }, 1, 2)).toBe(3 / 4);
    expect(enclosedShare(Uint8Array.from([1]), { width: 1, height: 1 }, 1, 2)).toBe(0);
    expect(enclosedShare(labels, { width: 4, height: 4 }, 3, 2)).toBeNull();
  });
});

/** A sure prediction: each pixel of the label map has probability 1 of its class. */
function oneHot(labels: readonly number[], planes: number): Float32Array {
  return Float32Array.from({ length: planes * labels.length }, (_, at) =>
    labels[at % labels.length] === Math.floor(at / labels.length) ? 1 : 0,
  );
}

function judged(labels: readonly number[], width: number, change: Partial<Judged> = {}): Judged {
  const size = { width, height: labels.length / width };
  const views = [Uint8Array.from(labels)];
  return { size, teacher: oneHot(labels, 3), student: null, views, classes: [1, 2], scale: 4, ...change };
}

/** A square of class 1 with its upper left corner at (x, y), on 16 x 16. */
function square(x: number, y: number, side: number): number[] {
  return Array.from({ length: 256 }, (_, at) => {
    const [column, row] = [at % 16, Math.floor(at / 16)];
    return column >= x && column < x + side && row >= y && row < y + side ? 1 : 0;
  });
}

describe("records", () => {
  test("a sure prediction expects a Dice of 1 and has neither entropy nor disagreement", () => {
    const labels = square(4, 4, 6);
    const student = oneHot(labels, 3);
    const views = Array.from({ length: 8 }, () => Uint8Array.from(labels));
    const { figures: record, disagreement } = judgePrediction(judged(labels, 16, { student, views }), []);
    expect(record).toMatchObject({ views: 8, foregroundEntropy: 0, borderEntropy: 0, margin: 1, flags: [] });
    expect(record).toMatchObject({ disagreement: 0, hardDisagreement: 0 });
    expect(record.classes[0]).toMatchObject({
      value: 1,
      area: 144,
      expectedDice: 1,
      softDice: 1,
      hardDice: 1,
      viewDice: 1,
    });
    // A class that nobody sees: surely absent, and no Dice between two absences.
    expect(record.classes[1]).toMatchObject({ value: 2, area: 0, expectedDice: 1, softDice: null, hardDice: null });
    expect(Math.max(...disagreement!.divergence)).toBe(0);
  });

  test("what lies outside the largest piece is counted by construction", () => {
    const labels = square(2, 2, 4);
    for (const at of [14 * 16 + 12, 14 * 16 + 13, 14 * 16 + 14, 10 * 16 + 14]) labels[at] = 1; // 16 + 3 + 1
    const [first] = judgePrediction(judged(labels, 16), []).figures.classes;
    expect(first).toMatchObject({ removedFraction: 1 - 16 / 20, components: 3 });
  });

  test("a model without a teacher has no disagreement, one view no Dice between views", () => {
    const { figures: record, disagreement } = judgePrediction(judged(square(3, 3, 5), 16), []);
    expect(disagreement).toBeNull();
    expect(record).toMatchObject({ disagreement: null, hardDisagreement: null });
    expect(record.classes[0]).toMatchObject({ softDice: null, hardDice: null, viewDice: null });
  });

  test("views and student that see half of it bring the Dice down", () => {
    const labels = square(4, 4, 4);
    const half = labels.map((value, at) => (at % 16 < 6 ? value : 0));
    const views = [Uint8Array.from(labels), Uint8Array.from(labels), Uint8Array.from(half), Uint8Array.from(half)];
    const [first] = judgePrediction(judged(labels, 16, { views, student: oneHot(half, 3) }), []).figures.classes;
    expect(first!.hardDice).toBeCloseTo(2 / 3, 12);
    expect(first!.softDice).toBeCloseTo(2 / 3, 12);
    expect(first!.viewDice).toBeCloseTo((2 + 4 * (2 / 3)) / 6, 12); // two pairs agree, four do not
  });

  test("flags tell what is unlike all labelled images: missing, in pieces, of another size, elsewhere, not enclosed", () => {
    const size = { width: 16, height: 16 };
    const enclosed = (x: number): Uint8Array =>
      Uint8Array.from(square(x, 5, 4), (value, at) => (value === 1 ? 1 : square(x - 1, 4, 6)[at] === 1 ? 2 : 0));
    const maps = Array.from({ length: 6 }, () => ({ labels: enclosed(6), size }));
    const usual = usualClasses(maps, [1, 2]);
    expect(usual[0]).toMatchObject({ value: 1, images: 6, enclosedBy: 2 });
    expect(usual[1]!.enclosedBy).toBeNull();
    const flagsOf = (labels: readonly number[]) => judgePrediction(judged(labels, 16), usual).figures.flags;
    const kindsOf = (labels: readonly number[]) => flagsOf(labels).map(({ kind, value }) => `${kind} ${value}`);
    expect(flagsOf([...enclosed(6)])).toEqual([]);
    expect(kindsOf(square(6, 5, 4))).toEqual(["enclosure 1", "missing 2"]);
    expect(kindsOf([...enclosed(9)])).toEqual(["place 1", "place 2"]);
    expect(kindsOf([...enclosed(6)].map((value) => (value === 1 ? 2 : value)))).toContain("missing 1");
    const torn = [...enclosed(6)];
    for (let at = 0; at < 16; at++) torn[14 * 16 + at] = 2;
    expect(kindsOf(torn)).toContain("fragments 2");
    expect(usualClasses(maps.slice(0, 4), [1, 2])[0]!.enclosedBy).toBeNull();
  });
});

describe("estimated Dice", () => {
  test("ridge weights are those of NumPy", () => {
    const { rows, targets, weights } = figures.ridge;
    expectClose(ridge(rows, targets, 1), weights, 10);
  });

  const featuresOf = (quality: number, random: Random): QualityFeatures => ({
    expectedDice: Math.min(0.99, Math.max(0, quality + 0.1 * random.normal())),
    hardDice: null,
    viewDice: Math.min(0.99, Math.max(0, quality + 0.1 * random.normal())),
    removedFraction: Math.max(0, (1 - quality) / 2 + 0.05 * random.normal()),
    farthestZ: null,
  });
  const population = (patients: number): Known[] => {
    const random = new Random(5, "patients");
    return Array.from({ length: 2 * patients }, (_, place) => {
      const dice = 0.3 + 0.65 * random.uniform();
      return { group: place >> 1, features: featuresOf(dice, random), dice };
    });
  };

  test("needs ten patients", () => {
    expect(calibrate(population(9))).toBeNull();
    expect(calibrate(population(10))).not.toBeNull();
  });

  test("follows the true Dice of images it did not see, more closely than any feature alone", () => {
    const known = population(40);
    const { held, estimate } = calibrate(known)!;
    const dices = known.map(({ dice }) => dice);
    expect(spearman(held, dices)!).toBeGreaterThan(0.9);
    expect(spearman(held, dices)!).toBeGreaterThan(
      spearman(
        known.map(({ features }) => features.expectedDice!),
        dices,
      )!,
    );
    expect(calibrationError(held, dices)).toBeLessThan(0.05);
    const random = new Random(6);
    expect(estimate(featuresOf(0.9, random))).toBeGreaterThan(estimate(featuresOf(0.5, random)));
  });

  test("an estimate is made without the truth of its own patient", () => {
    const known = population(20);
    const changed = known.map((each) => (each.group === 3 ? { ...each, dice: 0.02 } : each));
    const [before, after] = [calibrate(known)!.held, calibrate(changed)!.held];
    known.forEach(({ group }, place) => {
      if (group === 3) expect(after[place]).toBe(before[place]);
    });
    expect(after).not.toEqual(before);
  });

  test("uncalibrated it is the least over classes of expected Dice times agreement", () => {
    const rest = { removedFraction: 0, areaZ: null, placeZ: null, elongationZ: null };
    const classes = [
      { expectedDice: 0.9, hardDice: 0.8, viewDice: 0.1, ...rest },
      { expectedDice: 0.8, hardDice: null, viewDice: 0.95, ...rest },
    ];
    expect(uncalibratedScore(classes)).toBeCloseTo(0.72, 12);
  });
});

describe("acceptance", () => {
  test("bounds are those of SciPy, and 29 cases without a failure are the fewest", () => {
    for (const { successes, trials, bound } of figures.clopperPearson) {
      expect(clopperPearsonLower(successes, trials), `${successes} of ${trials}`).toBeCloseTo(bound, 9);
    }
    expect(clopperPearsonLower(29, 29)).toBeCloseTo(0.05 ** (1 / 29), 12);
    expect(clopperPearsonLower(29, 29)).toBeCloseTo(0.902, 3);
    expect(clopperPearsonLower(28, 28)).toBeCloseTo(0.8985, 4);
    expect(NEEDED_CASES).toBe(29);
  });

  const images = (count: number, isGood: (score: number) => boolean): ScoredImage[] =>
    Array.from({ length: count }, (_, place) => {
      const score = (place + 1) / count;
      return { group: place, score, isFlagged: false, dice: isGood(score) ? 0.9 : 0.6 };
    });

  test("no threshold is proven by 28 good cases, one is by 29", () => {
    expect(chooseThreshold(images(28, () => true))).toBeNull();
    const chosen = chooseThreshold(images(29, () => true))!;
    expect(chosen.threshold).toBeCloseTo(1 / 29, 12);
    expect(chosen.counts).toMatchObject({ accepted: 29, failures: 0 });
  });

  test("the threshold is the smallest that is proven, and none below the first that is not", () => {
    const known = images(100, (score) => score > 0.5);
    const { threshold, counts } = chooseThreshold(known)!;
    expect(counts.bound).toBeGreaterThanOrEqual(0.9);
    expect(countAccepted(known, threshold - 0.01).bound!).toBeLessThan(0.9);
    // Many good ones below a gap do not make up for it.
    const gap = images(200, (score) => score > 0.6 || score < 0.5);
    expect(chooseThreshold(gap)!.threshold).toBeGreaterThan(0.5);
  });

  test("decisions are monotone in the threshold", () => {
    const known = images(60, (score) => score > 0.2);
    for (let step = 0; step < 100; step++) {
      const [low, high] = [step / 100, (step + 1) / 100];
      for (const image of known) if (isAccepted(image, high)) expect(isAccepted(image, low)).toBe(true);
      expect(countAccepted(known, high).accepted).toBeLessThanOrEqual(countAccepted(known, low).accepted);
    }
  });

  test("patients are counted, not images; a patient with a failure is a failure; flagged images are never accepted", () => {
    const slices = images(29, () => true).flatMap((image) => [image, { ...image, isFlagged: false }]);
    expect(countAccepted(slices, 0)).toMatchObject({ accepted: 29, failures: 0 });
    expect(countAccepted([...slices, { group: 3, score: 1, isFlagged: false, dice: null }], 0)).toMatchObject({
      accepted: 29,
      failures: 1,
    });
    expect(countAccepted([...slices, { group: 3, score: 1, isFlagged: true, dice: 0 }], 0)).toMatchObject({
      accepted: 29,
      failures: 0,
    });
  });
});

describe("drift", () => {
  test("an alarm needs several failures in few audits, and stays", () => {
    expect(isDrifting([true, true, true])).toBe(false);
    expect(isDrifting([true, true, true, true])).toBe(true);
    const spread = Array.from({ length: 100 }, (_, place) => place % 10 === 0);
    expect(isDrifting(spread)).toBe(false);
    expect(isDrifting([true, true, true, true, ...new Array<boolean>(200).fill(false)])).toBe(true);
    expect(Math.min(...cusum(spread))).toBeGreaterThanOrEqual(0);
    expect(DRIFT.limit).toBe(3.5);
    expect(figures.runLength.allowed).toBeGreaterThan(400);
    expect(figures.runLength.noticed).toBeLessThan(25);
  });
});

describe("residual error", () => {
  test("quantiles and interval are those of SciPy", () => {
    for (const { freedom, quantile } of figures.student) {
      expect(Math.abs(studentQuantile(freedom) / quantile - 1)).toBeLessThan(1e-4);
    }
    const { groups, residuals, estimates, total, error, halfWidth } = figures.residualError;
    const known = residuals.map((residual, place) => ({ group: groups[place]!, residual }));
    const residual = residualError(estimates, total, known)!;
    expect(residual.error).toBeCloseTo(error, 10);
    expect(residual.halfWidth).toBeCloseTo(halfWidth, 5);
  });

  test("falls to 0 as all is looked at, and is not known without known patients", () => {
    const known = [0.1, -0.1, 0.05].map((residual, group) => ({ group, residual }));
    expect(residualError([], 10, known)).toEqual({ error: 0, halfWidth: 0 });
    expect(residualError([0.9], 10, known.slice(0, 1))).toBeNull();
  });

  test("its interval holds the truth about as often as it says", () => {
    let held = 0;
    const trials = 400;
    for (let trial = 0; trial < trials; trial++) {
      const random = new Random(9, trial);
      const shift = 0.04;
      const known = Array.from({ length: 15 }, (_, group) => ({ group, residual: -shift + 0.05 * random.normal() }));
      const estimates = Array.from({ length: 80 }, () => 0.85 + 0.08 * random.uniform());
      const truths = estimates.map((estimate) => estimate - shift + 0.05 * random.normal());
      const truth = (0.8 * truths.reduce((sum, dice) => sum + 1 - dice, 0)) / truths.length;
      const { error, halfWidth } = residualError(estimates, 100, known)!;
      if (Math.abs(error - truth) <= halfWidth) held++;
    }
    // 95 % of 400, four standard errors wide.
    expect(held / trials).toBeGreaterThan(0.906);
    expect(held / trials).toBeLessThan(0.994);
  });
});

describe("usefulness of a score", () => {
  const { scores, dices, ...expected } = figures.usefulness;

  test("is that of SciPy, with ties", () => {
    expect(spearman(scores, dices)).toBeCloseTo(expected.spearman, 12);
    expect(riskCoverageArea(scores, dices)).toBeCloseTo(expected.riskCoverageArea, 12);
    expect(poorFoundEarly(scores, dices)).toBeCloseTo(expected.poorFoundEarly, 12);
  });

  test("a perfect score finds all it can, one that is the same everywhere ranks nothing", () => {
    expect(spearman(dices, dices)).toBeCloseTo(1, 12);
    expect(spearman([1, 1, 1], [0.1, 0.5, 0.9])).toBeNull();
    expect(riskCoverageArea(dices, dices)).toBeLessThan(riskCoverageArea(scores, dices));
    expect(
      poorFoundEarly(
        [0.1, 0.2, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9],
        [0.3, 0.6, 0.8, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9],
      ),
    ).toBe(1);
    expect(poorFoundEarly([0.5], [0.9])).toBeNull();
    expect(calibrationError(dices, dices)).toBe(0);
  });
});

test("greedy k-centre chooses as brute force does, and without anything known begins with the first", () => {
  const { points, known, chosen } = figures.kCentre;
  const found = greedyKCentre(points, known, 8);
  expect(found.map(({ index }) => index)).toEqual(chosen.map(({ index }) => index));
  expectClose(
    found.map(({ distance }) => distance),
    chosen.map(({ distance }) => distance),
    10,
  );
  expect(greedyKCentre([[1], [2], [9]], [], 2).map(({ index }) => index)).toEqual([0, 2]);
  expect(greedyKCentre([[1]], [], 5)).toHaveLength(1);
});
