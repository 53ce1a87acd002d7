/** @file T1 to T3 of the published method: where is pasted, and that picture and target follow the same mask. */
import { expect, test } from "vitest";
import { Random } from "../../random/index.ts";
import { collage } from "./collage.ts";
import { drawMask, partOf } from "./mask.ts";

const TWO_THIRDS = { over: 2, under: 3 };

test("T1 the hole is a whole number of pixels, exactly", () => {
  const sizes: [number, number][] = [
    [256, 170],
    [112, 74],
    [80, 53],
    [96, 64],
    [128, 85],
    [64, 42],
  ];
  for (const [size, hole] of sizes) expect(partOf(size, TWO_THIRDS)).toBe(hole);
  expect(partOf(100, { over: 29, under: 50 })).toBe(58); // floor(0.58 · 100) is 57
});

/** Rows and columns (and planes) of the zeros: first and last of each axis, and how many there are. */
function zerosOf(mask: Float32Array, shape: readonly number[]) {
  const first = shape.map(() => Infinity);
  const last = shape.map(() => -1);
  let count = 0;
  mask.forEach((value, at) => {
    if (value !== 0) return;
    count++;
    let rest = at;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const place = rest % shape[axis]!;
      rest = Math.floor(rest / shape[axis]!);
      first[axis] = Math.min(first[axis]!, place);
      last[axis] = Math.max(last[axis]!, place);
    }
  });
  return { first, last, count };
}

test.each([[[64, 64]], [[24, 30]], [[112, 112, 80]]])(
  "T1 a block of %o is one box of zeros that never reaches the end and always covers the middle",
  (shape) => {
    const hole = shape.map((size) => partOf(size, TWO_THIRDS));
    const random = new Random(5, "mask");
    for (let round = 0; round < (shape.length === 3 ? 5 : 200); round++) {
      const mask = drawMask(shape, { geometry: "block", ratio: TWO_THIRDS, random });
      const { first, last, count } = zerosOf(mask, shape);
      expect(count).toBe(hole.reduce((product, size) => product * size));
      shape.forEach((size, axis) => {
        expect(last[axis]! - first[axis]! + 1).toBe(hole[axis]);
        expect(last[axis]!).toBeLessThan(size - 1);
        expect(first[axis]!).toBeLessThanOrEqual(size - hole[axis]! - 1);
        expect(last[axis]!).toBeGreaterThanOrEqual(hole[axis]! - 1);
      });
    }
  },
);

test("T1 offsets are uniform over all that are possible", () => {
  const random = new Random(6, "mask");
  const draws = 20_000;
  const counts = new Map<number, number>();
  for (let draw = 0; draw < draws; draw++) {
    const mask = drawMask([8, 64], { geometry: "block", ratio: TWO_THIRDS, random });
    const { first } = zerosOf(mask, [8, 64]);
    counts.set(first[1]!, (counts.get(first[1]!) ?? 0) + 1);
  }
  expect([...counts.keys()].toSorted((a, b) => a - b)).toEqual(Array.from({ length: 22 }, (_, offset) => offset));
  const expected = draws / 22;
  const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  expect(chiSquare).toBeLessThan(46.8); // 99.9 % point with 21 degrees of freedom
});

test("the other geometries take about the same share", () => {
  const random = new Random(7, "mask");
  for (const geometry of ["cells", "slab"] as const) {
    for (const [shape, share] of [
      [[96, 96], 4 / 9],
      [[48, 48, 48], 8 / 27],
    ] as const) {
      const { count, first, last } = zerosOf(drawMask(shape, { geometry, ratio: TWO_THIRDS, random }), shape);
      const size = shape.reduce((product: number, side) => product * side, 1);
      expect(count / size).toBeGreaterThan(share - 0.07);
      expect(count / size).toBeLessThan(share + 0.01);
      if (geometry === "slab") expect([first[1], last[1]]).toEqual([0, shape[1] - 1]);
    }
  }
});

test("a mask of another rank, or a hole without room, is refused", () => {
  const random = new Random(8, "mask");
  expect(() => drawMask([64], { geometry: "block", ratio: TWO_THIRDS, random })).toThrow(/2 or 3 axes/);
  expect(() => drawMask([1, 64], { geometry: "block", ratio: TWO_THIRDS, random })).toThrow(/does not fit/);
});

const [ITEMS, AREA] = [3, 30];
const places = { items: ITEMS, area: AREA };
const numbers = (name: string, channels = 1) => {
  const random = new Random(9, name);
  return Float32Array.from({ length: ITEMS * channels * AREA }, () => random.normal());
};
const keep = drawMask([5, 6], { geometry: "block", ratio: TWO_THIRDS, random: new Random(1, "keep") });

test("T2 a collage is the receiver where the mask is 1 and the donor where it is 0, bit for bit", () => {
  const [receiver, donor] = [numbers("receiver", 2), numbers("donor", 2)];
  const mixed = collage(receiver, donor, keep, places);
  mixed.forEach((value, at) => expect(value).toBe((keep[at % AREA] === 1 ? receiver : donor)[at]));
  const labels = [numbers("a"), numbers("b")].map((values) => Uint8Array.from(values, (value) => (value > 0 ? 1 : 0)));
  const target = collage(labels[0]!, labels[1]!, keep, places);
  target.forEach((value, at) => expect(value).toBe((keep[at % AREA] === 1 ? labels[0]! : labels[1]!)[at]));
});

test("T2 receiver, donor and mask can be exchanged for donor, receiver and the opposite mask", () => {
  const [receiver, donor] = [numbers("receiver"), numbers("donor")];
  const opposite = keep.map((kept) => 1 - kept);
  expect(collage(donor, receiver, opposite, places)).toEqual(collage(receiver, donor, keep, places));
});

test("T3 what is labelled in one collage and in the other together is the whole image, with one mask or one for each", () => {
  const ones = new Float32Array(ITEMS * AREA).fill(1);
  const zeros = new Float32Array(ITEMS * AREA);
  const own = Float32Array.from([
    ...keep,
    ...drawMask([5, 6], { geometry: "block", ratio: TWO_THIRDS, random: new Random(2, "keep") }),
    ...drawMask([5, 6], { geometry: "block", ratio: TWO_THIRDS, random: new Random(3, "keep") }),
  ]);
  for (const mask of [keep, own]) {
    const labelledIn = collage(ones, zeros, mask, places); // labelled receives
    const labelledOut = collage(zeros, ones, mask, places); // labelled is pasted
    labelledIn.forEach((value, at) => expect(value + labelledOut[at]!).toBe(1));
  }
});

test("sides of two sizes, and a mask of another size or rank, are refused", () => {
  const [receiver, donor] = [numbers("receiver"), numbers("donor")];
  expect(() => collage(receiver, donor.subarray(AREA), keep, places)).toThrow(
    /receiver of 90 values and a donor of 60/,
  );
  expect(() => collage(receiver, donor, keep.subarray(1), places)).toThrow(/mask of 29 places/);
  expect(() => collage(receiver.subarray(1), donor.subarray(1), keep, places)).toThrow(/89 values are not/);
  // The mask of a slice on volumes of four: as many values as four channels have, but a label map has no channels.
  const volumes = new Uint8Array(ITEMS * 4 * AREA);
  expect(() => collage(volumes, volumes, keep, places)).toThrow(/one plane an item/);
});
