import { describe, expect, it } from "vitest";
import {
  describeImage,
  findNearCopies,
  openRealImages,
  type Planes,
  type RealImage,
} from "../../src-main/metrics/index.ts";
import { picturesOfMask } from "../../src-main/dataset/index.ts";
import { Random } from "../../src-main/random/index.ts";

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
const distance = (a: Float64Array, b: Float64Array): number => Math.hypot(...a.map((value, at) => value - b[at]!));
const asReal = (images: readonly Planes[]): RealImage[] => images.map((image, id) => ({ id, image }));

describe("near-copies where a mask tells nearly all of an image", () => {
  /** Bright cells on a dark field, each the same all over, with grain; and the cells alone. */
  const cells = (random: Random): { mask: Planes; image: Planes } => {
    const places = Array.from({ length: 12 }, () => [random.between(0, SIZE), random.between(0, SIZE)] as const);
    const mask = picture((x, y) => (places.some(([cx, cy]) => Math.hypot(x - cx, y - cy) < 5) ? 1 : 0));
    return { mask, image: painted(mask, random, 0.12) };
  };
  const painted = (mask: Planes, random: Random, grain: number): Planes =>
    picture((x, y) => 0.2 + 0.5 * at(mask, x, y) + grain * random.normal());
  const random = new Random("cells");
  const drawn = Array.from({ length: 12 }, () => cells(random));
  const paintings = drawn.map(({ mask }) => painted(mask, random, 0.12));
  const noisy = drawn.map(({ image }) => picture((x, y) => at(image, x, y) + 0.03 * random.normal()));
  const placement = { left: 0, top: 0, width: SIZE, height: SIZE };
  const maskAloneOf = ({ data }: Planes, mask: Planes): Planes[] =>
    picturesOfMask({ image: Float32Array.from(data), channels: 1, size: SIZE, placement }, Uint8Array.from(mask.data));
  const copiesAmong = (opened: ReturnType<typeof openRealImages>, images: readonly Planes[]): number =>
    images.filter((image) => opened.compare(image).isNearCopy).length;

  it("are copies of the image, not paintings for its mask", () => {
    const known = drawn.map(({ image, mask }, id) => ({ id, image, maskAlone: maskAloneOf(image, mask) }));
    const opened = openRealImages(known);
    expect(copiesAmong(opened, paintings)).toBeLessThanOrEqual(opened.expectedByChance(12)!);
    expect(copiesAmong(opened, noisy)).toBe(12);
    // Without knowing the masks, each painting looks like a copy.
    expect(copiesAmong(openRealImages(asReal(drawn.map(({ image }) => image))), paintings)).toBe(12);
  });

  it("an empty mask tells nothing: a copy is a copy", () => {
    const known = drawn.map(({ image }, id) => ({
      id,
      image,
      maskAlone: maskAloneOf(
        image,
        picture(() => 0),
      ),
    }));
    expect(copiesAmong(openRealImages(known), noisy)).toBe(12);
  });
});

describe("near-copies of colored images of several classes", () => {
  /** Colors of background, cell, kernel and vessel. */
  const colors = [
    [0.75, 0.35, 0.3],
    [0.6, 0.5, 0.45],
    [0.3, 0.2, 0.5],
    [0.5, 0.1, 0.1],
  ] as const;
  const area = SIZE ** 2;
  const drawMask = (random: Random): Uint8Array => {
    const cells = Array.from({ length: 7 }, () => [random.between(0, SIZE), random.between(0, SIZE)] as const);
    const vessel = random.between(0, SIZE);
    return Uint8Array.from({ length: area }, (_, at) => {
      const [x, y] = [at % SIZE, Math.floor(at / SIZE)];
      const depth = Math.min(...cells.map(([cx, cy]) => Math.hypot(x - cx, y - cy)));
      if (depth < 3) return 2;
      if (depth < 7) return 1;
      return Math.abs(y - vessel - 4 * Math.sin(x / 8)) < 2 ? 3 : 0;
    });
  };
  /** Each class in its color with grain of its own. */
  const paint = (mask: Uint8Array, random: Random): Planes => {
    const data = Float64Array.from({ length: 3 * area }, (_, index) => {
      const [channel, at] = [Math.floor(index / area), index % area];
      return colors[mask[at]!]![channel]! + 0.08 * random.normal();
    });
    return { width: SIZE, height: SIZE, channels: 3, data };
  };
  const random = new Random("colored classes");
  const masks = Array.from({ length: 12 }, () => drawMask(random));
  const images = masks.map((mask) => paint(mask, random));
  const placement = { left: 0, top: 0, width: SIZE, height: SIZE };
  const real = openRealImages(
    images.map((image, id) => ({
      id,
      group: id,
      image,
      maskAlone: picturesOfMask(
        { image: Float32Array.from(image.data), channels: 3, size: SIZE, placement },
        masks[id]!,
      ),
    })),
  );
  const flagged = (made: readonly Planes[]): number =>
    made.filter((one) => real.compare(one).isNearCopy === true).length;

  it("are the images themselves, with noise or a little lighter", () => {
    expect(flagged(images)).toBe(12);
    const noisy = images.map((image) => ({
      ...image,
      data: Float64Array.from(image.data, (value) => value + 0.02 * random.normal()),
    }));
    expect(flagged(noisy)).toBe(12);
    const lighter = images.map((image) => ({
      ...image,
      data: Float64Array.from(image.data, (value) => 0.9 * value + 0.05),
    }));
    expect(flagged(lighter)).toBe(12);
  });

  it("are not other paintings for the same masks", () => {
    expect(flagged(masks.map((mask) => paint(mask, random)))).toBeLessThanOrEqual(real.expectedByChance(12)!);
  });
});

describe("near-copies", () => {
  it("are found: exact, noisy, moved by a pixel, of another contrast, and colored or enlarged", () => {
    const random = new Random("copies");
    const real = draws(random, 12);
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
    const copies = altered.flatMap((change) => real.slice(0, 2).map((image, id) => ({ id, image: change(image) })));
    const { images, nearCopies } = findNearCopies(asReal(real), copies);
    expect(nearCopies).toBe(copies.length);
    for (const { id, nearestId } of images) expect(nearestId).toBe(id);
  });

  it("are not the means of many images, which lie near all of them and show none", () => {
    const random = new Random("means");
    const real = draws(random, 24);
    const means = [12, 16, 24].map((count) => {
      const some = real.slice(0, count);
      return { id: count, image: picture((x, y) => some.reduce((sum, image) => sum + at(image, x, y) / count, 0)) };
    });
    const { images } = findNearCopies(asReal(real), means);
    expect(images.map(({ isNearCopy }) => isNearCopy)).toEqual([false, false, false]);
    // Blurred, but of one: still a copy.
    const blurred = (image: Planes): Planes =>
      picture((x, y) => [-1, 0, 1].reduce((sum, step) => sum + at(image, Math.max(0, x + step), y) / 3, 0));
    const copies = real.slice(0, 3).map((image, id) => ({ id, image: blurred(image) }));
    expect(findNearCopies(asReal(real), copies).nearCopies).toBe(3);
  });

  // A fixed draw, not a proof: how often it happens over many is told at COPYING.
  it("are seldom seen in fresh draws: no more often than the bound", () => {
    const random = new Random("fresh");
    const fresh = draws(random, 20).map((image, id) => ({ id, image }));
    const { nearCopies, expectedByChance } = findNearCopies(asReal(draws(random, 20)), fresh);
    expect(expectedByChance).toBeCloseTo((2 * 2 * 20) / 21, 12);
    expect(nearCopies!).toBeLessThanOrEqual(expectedByChance!);
  });

  it("one at a time are those of all together, whatever the order, and nearest by plain distances", () => {
    const random = new Random("one at a time");
    const real = draws(random, 9);
    const synthetic = [...draws(random, 3), real[5]!].map((image, id) => ({ id, image }));
    const { images } = findNearCopies(asReal(real), synthetic);
    const opened = openRealImages(asReal(real));
    const described = real.map(describeImage);
    for (const { id, image } of synthetic.toReversed()) {
      const { local, pixel } = describeImage(image);
      const nearest = (space: "local" | "pixel", own: Float64Array) => {
        const distances = described.map((other) => distance(own, other[space]));
        return { id: distances.indexOf(Math.min(...distances)), distance: Math.min(...distances) };
      };
      const found = opened.compare(image);
      expect({ id, ...found }).toEqual(images[id]);
      expect([found.nearestId, found.nearestInPixelsId]).toEqual([
        nearest("local", local).id,
        nearest("pixel", pixel).id,
      ]);
      expect(found.featureDistance).toBeCloseTo(nearest("local", local).distance, 14);
      expect(found.pixelDistance).toBeCloseTo(nearest("pixel", pixel).distance, 14);
    }
    expect(opened.expectedByChance(4)).toBeCloseTo(1.6, 12);
  });

  it("are found beside a real image that was stored twice, which is reported", () => {
    const random = new Random("twice");
    const real = draws(random, 10);
    const { nearCopies, warnings, thresholds } = findNearCopies(asReal([...real, real[3]!, real[4]!]), [
      { id: "copy", image: real[9]! },
    ]);
    expect(nearCopies).toBe(1);
    expect(warnings).toEqual(["coarse-threshold", "repeated-real"]);
    expect(thresholds!.pixel.distance).toBeGreaterThan(0.1);
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
    expect(grouped.thresholds!.feature.distance).toBeGreaterThan(2 * alone.thresholds!.feature.distance);
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
