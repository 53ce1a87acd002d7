import { describe, expect, it } from "vitest";
import { Random } from "../../random/index.ts";
import { createLabelMap, type LabelMap } from "../../voxels/index.ts";
import { drawGeometry, GENSEG_RANGES, type Geometry, IDENTITY, MAX_BEND } from "./geometry.ts";
import { warpLabelMap } from "./warp.ts";

const moved = (map: LabelMap, change: Partial<Geometry>): LabelMap => warpLabelMap(map, { ...IDENTITY, ...change });

/** Columns `left` to before `right`, rows `top` to before `bottom`. */
function box(
  size: { width: number; height: number },
  left: number,
  top: number,
  right: number,
  bottom: number,
  value = 1,
) {
  const map = createLabelMap(size.width, size.height);
  for (let y = top; y < bottom; y++) map.data.fill(value, y * size.width + left, y * size.width + right);
  return map;
}

/** One line a row, background a dot. */
const drawn = ({ width, height, data }: LabelMap): string[] =>
  Array.from({ length: height }, (_, y) =>
    Array.from(data.subarray(y * width, (y + 1) * width), (v) => v || ".").join(""),
  );

const frame = { width: 40, height: 20 };

describe("a geometry moves a mask to where it was computed to lie", () => {
  it("leaves it unchanged as identity, whatever it shows", () => {
    const random = new Random(1);
    for (const [width, height] of [
      [1, 1],
      [7, 5],
      [64, 64],
      [33, 128],
    ] as const) {
      for (const classes of [1, 2, 5]) {
        const map = createLabelMap(width, height);
        for (let pixel = 0; pixel < map.data.length; pixel++) map.data[pixel] = random.integer(classes + 1);
        expect(warpLabelMap(map, IDENTITY)).toEqual(map);
        expect(warpLabelMap(map, { ...IDENTITY, elastic: { seed: 3, amplitude: 0, cells: 4 } })).toEqual(map);
      }
    }
  });

  it("flips columns, rows or both", () => {
    const map = box(frame, 3, 2, 10, 6);
    expect(moved(map, { flip: { x: true, y: false } })).toEqual(box(frame, 30, 2, 37, 6));
    expect(moved(map, { flip: { x: false, y: true } })).toEqual(box(frame, 3, 14, 10, 18));
    expect(moved(map, { flip: { x: true, y: true } })).toEqual(box(frame, 30, 14, 37, 18));
  });

  it("shifts by shares of width and height; what leaves is cut, what comes in is background", () => {
    const map = box(frame, 3, 2, 10, 6);
    expect(moved(map, { translation: { x: 0.1, y: 0.25 } })).toEqual(box(frame, 7, 7, 14, 11));
    expect(moved(map, { translation: { x: -0.125, y: -0.15 } })).toEqual(box(frame, 0, 0, 5, 3));
    expect(moved(box(frame, 0, 0, 40, 20), { translation: { x: 0.5, y: 0 } })).toEqual(box(frame, 20, 0, 40, 20));
  });

  it("scales around the middle, each axis by its factor", () => {
    const map = box(frame, 16, 8, 24, 12);
    expect(moved(map, { scale: { x: 2, y: 1 } })).toEqual(box(frame, 12, 8, 28, 12));
    expect(moved(map, { scale: { x: 0.5, y: 2 } })).toEqual(box(frame, 18, 6, 22, 14));
  });

  it("pads, and shrinks the whole back to the frame", () => {
    // As wide again on the left: the right half shows the frame at half width.
    const whole = box(frame, 0, 0, 40, 20);
    expect(moved(whole, { pad: { left: 1, right: 0, top: 0, bottom: 0 } })).toEqual(box(frame, 20, 0, 40, 20));
    expect(moved(whole, { pad: { left: 0.5, right: 0.5, top: 0, bottom: 1 } })).toEqual(box(frame, 10, 0, 30, 10));
  });

  it("turns clockwise and shears rows along x, columns staying on their row", () => {
    const square = { width: 9, height: 9 };
    const map = box(square, 0, 0, 4, 1);
    expect(moved(map, { rotationDegrees: 90 })).toEqual(box(square, 8, 0, 9, 4));
    const pole = box(square, 4, 0, 5, 9);
    const steep = drawn(moved(pole, { shearDegrees: 45 }));
    expect(steep).toEqual(Array.from({ length: 9 }, (_, y) => `${".".repeat(y)}1${".".repeat(8 - y)}`));
  });

  it("applies flip, pad, scale, shear, rotation, translation in this order", () => {
    const map = box({ width: 21, height: 21 }, 2, 3, 9, 6);
    const all = { flip: { x: true, y: false }, rotationDegrees: 90, translation: { x: 1 / 21, y: 0 } };
    const stepwise = [{ flip: all.flip }, { rotationDegrees: 90 }, { translation: all.translation }].reduce(moved, map);
    expect(moved(map, all)).toEqual(stepwise);
  });

  it("keeps several classes apart, none invented between two", () => {
    const map = createLabelMap(64, 64);
    for (let pixel = 0; pixel < map.data.length; pixel++) {
      const r = Math.hypot((pixel % 64) - 30, Math.floor(pixel / 64) - 34);
      map.data[pixel] = r < 8 ? 9 : r < 14 ? 4 : 0;
    }
    const turned = moved(map, { rotationDegrees: 12, scale: { x: 1.1, y: 0.9 } });
    expect(new Set(turned.data)).toEqual(new Set([0, 4, 9]));
    // The ring still lies all around the core.
    const isOpen = turned.data.some(
      (value, pixel) => value === 9 && [-1, 1, -64, 64].some((step) => turned.data[pixel + step] === 0),
    );
    expect(isOpen).toBe(false);
  });

  it("neither grows nor shrinks a disc by its threshold; 0.1 grows it", () => {
    const disc = createLabelMap(65, 65);
    for (let pixel = 0; pixel < disc.data.length; pixel++) {
      if (Math.hypot((pixel % 65) - 32, Math.floor(pixel / 65) - 32) < 15) disc.data[pixel] = 1;
    }
    const area = (map: LabelMap): number => map.data.reduce((sum, value) => sum + value, 0);
    const turn = { ...IDENTITY, rotationDegrees: 13, translation: { x: 0.0071, y: 0.0043 } };
    expect(Math.abs(area(warpLabelMap(disc, turn)) / area(disc) - 1)).toBeLessThan(0.01);
    expect(area(warpLabelMap(disc, turn, { threshold: 0.1 })) / area(disc)).toBeGreaterThan(1.03);
  });
});

describe("drawing a geometry", () => {
  it("stays within its ranges and reaches them", () => {
    const drawnOnes = Array.from({ length: 2000 }, (_, index) => drawGeometry(GENSEG_RANGES, new Random(5, index)));
    const extent = (read: (geometry: Geometry) => number): [number, number] => {
      const values = drawnOnes.map(read);
      return [Math.min(...values), Math.max(...values)];
    };
    const reaches = ([low, high]: [number, number], from: number, to: number): void => {
      const slack = (to - from) / 100;
      expect(low).toBeGreaterThanOrEqual(from);
      expect(low).toBeLessThan(from + slack);
      expect(high).toBeLessThanOrEqual(to);
      expect(high).toBeGreaterThan(to - slack);
    };
    reaches(
      extent((each) => each.rotationDegrees),
      -15,
      15,
    );
    reaches(
      extent((each) => each.shearDegrees),
      -8,
      8,
    );
    reaches(
      extent((each) => each.scale.x),
      0.8,
      1.2,
    );
    reaches(
      extent((each) => each.scale.y),
      0.8,
      1.2,
    );
    reaches(
      extent((each) => each.translation.x),
      -0.1,
      0.1,
    );
    reaches(
      extent((each) => each.translation.y),
      -0.1,
      0.1,
    );
    for (const side of ["left", "right", "top", "bottom"] as const)
      reaches(
        extent((each) => each.pad[side]),
        0,
        0.1,
      );
    expect(drawnOnes.filter(({ flip }) => flip.x).length / 2000).toBeCloseTo(0.5, 1);
    expect(drawnOnes.some(({ flip }) => flip.y)).toBe(false);
  });

  it("gives one range its numbers whatever the others are", () => {
    const { elastic, ...plain } = drawGeometry(GENSEG_RANGES, new Random(5));
    const bent = drawGeometry({ ...GENSEG_RANGES, elastic: { chance: 1, amplitude: 0.04, cells: 4 } }, new Random(5));
    expect(elastic).toBeNull();
    expect(bent).toMatchObject(plain);
    expect(bent.elastic).not.toBeNull();
    expect(drawGeometry({ ...GENSEG_RANGES, pad: 0 }, new Random(5)).rotationDegrees).toBe(plain.rotationDegrees);
  });

  it.each([
    ["a chance above 1", { flip: { x: 1.2, y: 0 } }],
    ["a scale of nothing", { scale: { smallest: 0, largest: 1 } }],
    ["a scale upside down", { scale: { smallest: 1.2, largest: 0.8 } }],
    ["an angle that is no number", { rotationDegrees: NaN }],
    ["bending that folds", { elastic: { chance: 1, amplitude: MAX_BEND / 4 + 0.01, cells: 4 } }],
    ["half a cell", { elastic: { chance: 1, amplitude: 0.01, cells: 2.5 } }],
  ])("refuses %s", (_, wrong) => {
    expect(() => drawGeometry({ ...GENSEG_RANGES, ...wrong }, new Random(1))).toThrow(RangeError);
  });
});
