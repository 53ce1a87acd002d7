import { describe, expect, it } from "vitest";
import { Random } from "../random/index.ts";
import { signedDistances, squaredDistances } from "./distance-transform.ts";
import { ellipseMask, polygonMask, rectangleMask } from "./drawn-shapes.ts";
import { createMask, type Mask } from "./mask.ts";
import { closeMask, fillHoles, growMask, openMask, shrinkMask, smoothMask } from "./morphology.ts";

function mask(...rows: string[]): Mask {
  const made = createMask(rows[0]!.length, rows.length);
  rows
    .join("")
    .split("")
    .forEach((each, index) => (made.data[index] = each === "#" ? 1 : 0));
  return made;
}

function rowsOf({ width, data }: Mask): string[] {
  const text = Array.from(data, (each) => (each ? "#" : ".")).join("");
  return text.match(new RegExp(`.{${width}}`, "g"))!;
}

function noise(width: number, height: number, share: number, seed: number): Mask {
  const random = new Random(seed, "noise mask", 0);
  const made = createMask(width, height);
  for (let index = 0; index < made.data.length; index++) made.data[index] = random.between(0, 1) < share ? 1 : 0;
  return made;
}

function bruteSquared({ width, height, data }: Mask, x: number, y: number, spacing: { x: number; y: number }): number {
  let nearest = Infinity;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      if (data[row * width + column] === 0) continue;
      nearest = Math.min(nearest, ((column - x) * spacing.x) ** 2 + ((row - y) * spacing.y) ** 2);
    }
  }
  return nearest;
}

describe("distance transform", () => {
  it.each([
    [0.01, { x: 1, y: 1 }],
    [0.3, { x: 1, y: 1 }],
    [0.02, { x: 0.7, y: 2.5 }],
  ])("equals the search over all pixels (share %d, spacing %o)", (share, spacing) => {
    for (let seed = 0; seed < 5; seed++) {
      const map = noise(23, 17, share, seed);
      const squared = squaredDistances(map, spacing);
      for (let y = 0; y < 17; y++) {
        for (let x = 0; x < 23; x++) expect(squared[y * 23 + x]).toBeCloseTo(bruteSquared(map, x, y, spacing), 9);
      }
    }
  });

  it("is infinite for an empty mask, and minus infinite inside a full one", () => {
    expect(squaredDistances(createMask(3, 2)).every((each) => each === Infinity)).toBe(true);
    expect(signedDistances(mask("##", "##")).every((each) => each === -Infinity)).toBe(true);
  });

  it("is zero between the pixels, of opposite sign on both sides", () => {
    expect([...signedDistances(mask("##.."))]).toEqual([-1.5, -0.5, 0.5, 1.5]);
  });
});

describe("morphology", () => {
  it("grows by a disc, not a square", () => {
    expect(rowsOf(growMask(mask(".....", ".....", "..#..", ".....", "....."), 2))).toEqual([
      "..#..",
      ".###.",
      "#####",
      ".###.",
      "..#..",
    ]);
  });

  it("grows in mm where pixels are not square", () => {
    expect(rowsOf(growMask(mask(".....", "..#..", "....."), 1, { x: 1, y: 2 }))).toEqual([".....", ".###.", "....."]);
  });

  it("shrinks from outside pixels only, not from the edge of the image", () => {
    expect(rowsOf(shrinkMask(mask("###.", "###.", "###."), 1))).toEqual(["##..", "##..", "##.."]);
  });

  it("opening removes specks and bridges, closing fills gaps, neither moves a disc", () => {
    const disc = ellipseMask({ width: 31, height: 31 }, { x: 8, y: 8 }, { x: 23, y: 23 });
    expect(rowsOf(openMask(disc, 2))).toEqual(rowsOf(disc));
    expect(rowsOf(closeMask(disc, 4))).toEqual(rowsOf(disc));
    const speck = { ...disc, data: disc.data.slice() };
    speck.data[2] = 1;
    expect(rowsOf(openMask(speck, 1.5))).toEqual(rowsOf(disc));
    const gap = { ...disc, data: disc.data.slice() };
    gap.data[15 * 31 + 15] = 0;
    expect(rowsOf(closeMask(gap, 1.5))).toEqual(rowsOf(disc));
  });

  it("closing does not reach for the edge of the image", () => {
    const near = mask("......", "..##..", "..##..", "......");
    expect(rowsOf(closeMask(near, 3))).toEqual(rowsOf(near));
  });

  it.each([0, 1, 2, 3])(
    "opening lies within, closing around, both change nothing the second time (seed %i)",
    (seed) => {
      const random = noise(24, 20, 0.5, seed);
      const opened = openMask(random, 1);
      const closed = closeMask(random, 1);
      opened.data.forEach((each, index) => expect(each).toBeLessThanOrEqual(random.data[index]!));
      closed.data.forEach((each, index) => expect(each).toBeGreaterThanOrEqual(random.data[index]!));
      expect(rowsOf(openMask(opened, 1))).toEqual(rowsOf(opened));
      expect(rowsOf(closeMask(closed, 1))).toEqual(rowsOf(closed));
    },
  );

  it("smoothing keeps straight edges, takes away a spur", () => {
    const half = mask(...Array.from({ length: 12 }, () => "######......"));
    expect(rowsOf(smoothMask(half, 1.5))).toEqual(rowsOf(half));
    const spur = { ...half, data: half.data.slice() };
    spur.data[6 * 12 + 6] = spur.data[6 * 12 + 7] = spur.data[6 * 12 + 8] = 1;
    // At its foot one pixel stays: there more than half of the neighborhood is inside.
    expect(rowsOf(smoothMask(spur, 1.5)).map((row) => row.lastIndexOf("#"))).toEqual([
      5, 5, 5, 5, 5, 5, 6, 5, 5, 5, 5, 5,
    ]);
  });

  it("fills holes, not bays, and closes across corners", () => {
    expect(rowsOf(fillHoles(mask(".....", ".###.", ".#.#.", ".###.", ".....")))).toEqual([
      ".....",
      ".###.",
      ".###.",
      ".###.",
      ".....",
    ]);
    const bay = mask("###", "#.#", "#.#");
    expect(rowsOf(fillHoles(bay))).toEqual(rowsOf(bay));
    expect(rowsOf(fillHoles(mask(".#.", "#.#", ".#.")))).toEqual([".#.", "###", ".#."]);
  });

  it("refuses a radius that is no length", () => {
    expect(() => growMask(mask("#"), -1)).toThrow(RangeError);
    expect(() => smoothMask(mask("#"), NaN)).toThrow(RangeError);
  });
});

describe("drawn shapes", () => {
  const size = { width: 9, height: 7 };
  it("a rectangle holds the pixels whose centers it holds, drawn in any direction", () => {
    const expected = [".........", "..####...", "..####...", ".........", ".........", ".........", "........."];
    expect(rowsOf(rectangleMask(size, { x: 1.6, y: 0.8 }, { x: 5.5, y: 2.5 }))).toEqual(expected);
    expect(rowsOf(rectangleMask(size, { x: 5.5, y: 0.8 }, { x: 1.6, y: 2.5 }))).toEqual(expected);
  });

  it("equals the polygon of its corners, off the centers", () => {
    const from = { x: 1.2, y: 0.3 };
    const to = { x: 7.7, y: 12 };
    const corners = [from, { x: to.x, y: from.y }, to, { x: from.x, y: to.y }];
    expect(rowsOf(polygonMask(size, corners))).toEqual(rowsOf(rectangleMask(size, from, to)));
  });

  it("an ellipse is symmetric, touches its box, and is empty without extent", () => {
    expect(rowsOf(ellipseMask(size, { x: 2, y: 1 }, { x: 7, y: 6 }))).toEqual([
      ".........",
      "...###...",
      "..#####..",
      "..#####..",
      "..#####..",
      "...###...",
      ".........",
    ]);
    expect(ellipseMask(size, { x: 2, y: 2 }, { x: 2, y: 5 }).data.includes(1)).toBe(false);
    expect(ellipseMask(size, { x: 2, y: 2.2 }, { x: 6, y: 2.2 }).data.includes(1)).toBe(false);
  });
});
