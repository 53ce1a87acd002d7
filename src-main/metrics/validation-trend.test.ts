import { expect, test } from "vitest";
import { Random } from "../random/index.ts";
import { validationTrend } from "./validation-trend.ts";

/** A validation each 25 steps. */
const series = (count: number, value: (index: number) => number) =>
  Array.from({ length: count }, (_, index) => ({ step: 25 * (index + 1), value: value(index) }));
const noise = (seed: number, deviation: number) => {
  const random = new Random(seed, "noise");
  return () => deviation * (random.between(-1, 1) + random.between(-1, 1) + random.between(-1, 1));
};
const long = { stepsLeft: 10_000 };

test("too few validations say nothing", () => {
  expect(validationTrend([], long)).toEqual({
    advice: "none",
    shape: "too-few",
    best: null,
    latest: null,
    looked: 0,
    needed: 6,
    gain: null,
  });
  const five = validationTrend(
    series(5, (index) => index / 10),
    long,
  );
  expect(five).toMatchObject({ advice: "none", shape: "too-few", looked: 5, gain: null });
  expect(five.best).toEqual({ step: 125, value: 0.4 });
});

test("rising figures say wait, with what as many steps again may add", () => {
  const trend = validationTrend(
    series(9, (index) => 0.5 + 0.01 * index),
    long,
  );
  expect(trend).toMatchObject({ advice: "wait", shape: "rising", looked: 6, latest: { step: 225 } });
  expect(trend.gain!.steps).toBe(125);
  expect(trend.gain!.likely).toBeCloseTo(0.05, 10);
  const few = validationTrend(
    series(9, (index) => 0.5 + 0.01 * index),
    { stepsLeft: 50 },
  );
  expect(few.gain!.likely).toBeCloseTo(0.02, 10);
});

test("nobody is told to wait for more than a Dice of 1", () => {
  const { gain } = validationTrend(
    series(8, (index) => 0.7 + 0.04 * index),
    long,
  );
  expect(gain!.high).toBeLessThanOrEqual(0.02 + 1e-9);
});

test("flat figures say stop, also with a little noise", () => {
  expect(
    validationTrend(
      series(8, () => 0.8),
      long,
    ),
  ).toMatchObject({ advice: "stop", shape: "flat" });
  for (let seed = 0; seed < 20; seed++) {
    const jitter = noise(seed, 0.0005);
    const { advice, shape } = validationTrend(
      series(20, () => 0.8 + jitter()),
      long,
    );
    expect([advice, shape]).toEqual(["stop", "flat"]);
  }
});

test("falling figures say stop and name the best", () => {
  const trend = validationTrend(
    series(12, (index) => (index < 5 ? 0.6 + 0.04 * index : 0.8 - 0.01 * index)),
    long,
  );
  expect(trend).toMatchObject({ advice: "stop", shape: "falling", best: { step: 125, value: 0.76 } });
});

test("a steep beginning does not hide that nothing is gained any more", () => {
  const saturating = series(30, (index) => 0.85 * (1 - Math.exp(-index / 3)));
  expect(validationTrend(saturating, long)).toMatchObject({ advice: "stop", shape: "flat" });
  expect(validationTrend(saturating.slice(0, 7), long).advice).toBe("wait");
});

test("one bad validation does not turn a trend", () => {
  const points = series(30, (index) => 0.5 + 0.01 * index);
  points[27]!.value = 0.1;
  expect(validationTrend(points, long)).toMatchObject({ advice: "wait", shape: "rising" });
});

test("noise larger than the trend says nothing, and never the wrong thing often", () => {
  const advices = Array.from({ length: 200 }, (_, seed) => {
    const jitter = noise(seed, 0.03);
    return validationTrend(
      series(8, (index) => 0.5 + 0.012 * index + jitter()),
      long,
    ).advice;
  });
  const share = (advice: string) => advices.filter((each) => each === advice).length / advices.length;
  expect(share("none")).toBeGreaterThan(0.5);
  // Of a training that does rise: a 90 % interval is on the wrong side in 5 of 100, and the best must be beaten, too.
  expect(share("stop")).toBeLessThan(0.1);
});

test("with no steps left nothing is advised; order and gaps do not matter", () => {
  const points = series(8, (index) => 0.5 + 0.01 * index);
  expect(validationTrend(points, { stepsLeft: 0 })).toMatchObject({ advice: "none", shape: "rising" });
  const shuffled = [...points.toReversed(), { step: 1000, value: NaN }];
  expect(validationTrend(shuffled, long)).toEqual(validationTrend(points, long));
});
