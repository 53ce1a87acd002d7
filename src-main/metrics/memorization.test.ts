import { describe, expect, it } from "vitest";
import { Random } from "../random/index.ts";
import type { Planes } from "./features/square.ts";
import { findNearCopies, type RealImage } from "./memorization.ts";

const SIZE = 64;

/** A dark field with a few bright cells of random place, size and brightness, shading and grain: each one another image of the same kind. */
function draw(random: Random): Planes {
  const cells = Array.from({ length: 6 + random.integer(5) }, () => ({
    x: random.between(0, SIZE),
    y: random.between(0, SIZE),
    radius: random.between(3, 9),
    value: random.between(0.3, 0.7),
  }));
  const shade = random.between(-0.1, 0.1);
  return picture((x, y) => {
    let value = 0.15 + (shade * x) / SIZE + 0.02 * random.normal();
    for (const cell of cells) {
      const depth = cell.radius - Math.hypot(x - cell.x, y - cell.y);
      value += cell.value / (1 + Math.exp(-2 * depth));
    }
    return value;
  });
}

function picture(value: (x: number, y: number) => number): Planes {
  const data = Float64Array.from({ length: SIZE ** 2 }, (_, at) => value(at % SIZE, Math.floor(at / SIZE)));
  return { width: SIZE, height: SIZE, channels: 1, data };
}

const at = (image: Planes, x: number, y: number): number =>
  image.data[Math.min(SIZE - 1, y) * SIZE + Math.min(SIZE - 1, x)]!;
const draws = (random: Random, count: number): Planes[] => Array.from({ length: count }, () => draw(random));
const asReal = (images: readonly Planes[]): RealImage[] => images.map((image, id) => ({ id, image }));

describe("near-copies", () => {
  it("are found: exact, noisy, moved by a pixel, of another contrast, and colored or enlarged", () => {
    const random = new Random("copies");
    const real = draws(random, 20);
    const altered: ((image: Planes) => Planes)[] = [
      (image) => image,
      (image) => picture((x, y) => at(image, x, y) + 0.05 * random.normal()),
      (image) => picture((x, y) => at(image, x + 1, y)),
      (image) => picture((x, y) => at(image, x, y + 1)),
      (image) => picture((x, y) => 0.3 + 0.4 * at(image, x, y)),
      (image) => ({
        ...image,
        channels: 3,
        data: [...Array.from(image.data), ...Array.from(image.data), ...Array.from(image.data)],
      }),
      ({ data }) => ({
        width: 128,
        height: 128,
        channels: 1,
        data: Float64Array.from({ length: 128 ** 2 }, (_, p) => data[((p >> 8) << 6) + ((p & 127) >> 1)]!),
      }),
    ];
    const copies = altered.flatMap((change) => real.slice(0, 5).map((image, id) => ({ id, image: change(image) })));
    const { images, nearCopies } = findNearCopies(asReal(real), copies);
    expect(nearCopies).toBe(copies.length);
    for (const { id, nearestId } of images) expect(nearestId).toBe(id);
  });

  it("are seldom seen in fresh draws: over 8 seeds no more often than the bound", () => {
    let [called, expected] = [0, 0];
    for (let seed = 0; seed < 8; seed++) {
      const random = new Random("fresh", seed);
      const images = draws(random, 12).map((image, id) => ({ id, image }));
      const report = findNearCopies(asReal(draws(random, 20)), images);
      called += report.nearCopies!;
      expected += report.expectedByChance!;
    }
    // The two spaces call many of the same images, so that the bound is seldom reached.
    expect(called).toBeLessThanOrEqual(expected);
  });

  it("are found beside a real image that was stored twice, which is reported", () => {
    const random = new Random("twice");
    const real = draws(random, 20);
    const { nearCopies, warnings, thresholds } = findNearCopies(asReal([...real, real[3]!, real[4]!]), [
      { id: "copy", image: real[9]! },
    ]);
    expect(nearCopies).toBe(1);
    expect(warnings).toEqual(["coarse-threshold", "repeated-real"]);
    expect(thresholds!.pixel).toBeGreaterThan(0.1);
  });

  it("are judged by other patients: slices of one patient that resemble each other do not lower the bar", () => {
    const random = new Random("slices");
    const slices = draws(random, 10).flatMap((image, group) =>
      [0, 1].map((slice) => ({
        id: `${group}.${slice}`,
        group,
        image: picture((x, y) => at(image, x + slice, y) + 0.05 * random.normal()),
      })),
    );
    const grouped = findNearCopies(slices, []);
    const alone = findNearCopies(
      slices.map(({ id, image }) => ({ id, image })),
      [],
    );
    expect(grouped.thresholds!.feature).toBeGreaterThan(2 * alone.thresholds!.feature);
    expect(grouped.warnings).toEqual(["coarse-threshold"]);
  });

  it("get no verdict from seven images, only distances", () => {
    const random = new Random("few");
    const real = draws(random, 7);
    const report = findNearCopies(asReal(real), [{ id: "copy", image: real[2]! }]);
    expect(report).toMatchObject({ nearCopies: null, expectedByChance: null, thresholds: null });
    expect(report.warnings).toEqual(["too-few-real"]);
    expect(report.images).toEqual([
      { id: "copy", nearestId: 2, nearestInPixelsId: 2, featureDistance: 0, pixelDistance: 0, isNearCopy: null },
    ]);
    expect(() => findNearCopies([], [])).toThrow(/no real images/);
  });
});
