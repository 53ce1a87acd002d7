import { describe, expect, it } from "vitest";
import { Random } from "../../random/index.ts";
import { createLabelMap, labelComponents, type LabelMap, maskOfClass } from "../../voxels/index.ts";
import { elasticField } from "./elastic-field.ts";
import { drawGeometry, GENSEG_RANGES, type Geometry, IDENTITY, MAX_BEND } from "./geometry.ts";
import { sourcePositions, targetPositions } from "./positions.ts";
import { bilinear, padded } from "./sampling.ts";
import { type Planes, unwarpImage, warpImage, warpLabelMap } from "./warp.ts";

const size = { width: 96, height: 80 };
const BENT = { ...GENSEG_RANGES, elastic: { chance: 1, amplitude: 0.04, cells: 4 } };

/** A smooth picture of two channels: interpolation costs it little. */
function smoothPicture({ width, height } = size): Planes {
  const data = Float32Array.from({ length: 2 * width * height }, (_, place) => {
    const pixel = place % (width * height);
    const [x, y] = [pixel % width, Math.floor(pixel / width)];
    return place < width * height ? Math.sin(x / 9) + Math.cos(y / 7) : Math.sin((x + y) / 11);
  });
  return { width, height, channels: 2, data };
}

function ring(): LabelMap {
  const map = createLabelMap(size.width, size.height);
  for (let pixel = 0; pixel < map.data.length; pixel++) {
    const r = Math.hypot((pixel % size.width) - 50, Math.floor(pixel / size.width) - 38);
    if (r > 9 && r < 16) map.data[pixel] = 3;
  }
  return map;
}

const partsOf = (map: LabelMap, value: number, connectivity: number): number =>
  labelComponents(maskOfClass(map, value).data, [map.height, map.width], connectivity).sizes.length;

describe("an image moved with its mask", () => {
  it("is read at the same places: its mask as an image, cut at one half, is the moved mask", () => {
    const map = ring();
    const asImage = { ...size, channels: 1, data: Float32Array.from(map.data, (value) => (value > 0 ? 1 : 0)) };
    for (let index = 0; index < 50; index++) {
      const geometry = drawGeometry(GENSEG_RANGES, new Random(2, index));
      const image = warpImage(asImage, geometry);
      const cut = Uint8Array.from(image.data, (value) => (value > 0.5 ? 3 : 0));
      // The image keeps 24 bits of what the mask is cut by: at most a pixel that is half inside goes the other way.
      const differing = warpLabelMap(map, geometry).data.filter((value, pixel) => value !== cut[pixel]).length;
      expect(differing).toBeLessThanOrEqual(1);
    }
  });

  it("shows what lies outside as asked for, and is unchanged by identity", () => {
    const picture = smoothPicture();
    expect(warpImage(picture, IDENTITY)).toEqual(picture);
    const shifted = warpImage(picture, { ...IDENTITY, translation: { x: 0.5, y: 0 } }, -7);
    expect(shifted.data[0]).toBe(-7);
    expect(shifted.data[48]).toBeCloseTo(picture.data[0]!, 5);
  });

  it("refuses planes that are not of its size", () => {
    const wrong = { ...smoothPicture(), channels: 3 };
    expect(() => warpImage(wrong, IDENTITY)).toThrow(RangeError);
  });
});

describe("the way back", () => {
  const geometries = Array.from({ length: 20 }, (_, index) => drawGeometry(BENT, new Random(8, index)));
  const strongest: Geometry = {
    ...IDENTITY,
    rotationDegrees: 10,
    elastic: { seed: 4, amplitude: MAX_BEND / 4, cells: 4 },
  };

  it("leads each pixel back to itself, to a hundredth of a pixel", () => {
    for (const geometry of [...geometries, strongest]) {
      const there = targetPositions(geometry, size);
      const back = sourcePositions(geometry, size);
      const [backX, backY] = [padded(back.x, size, "repeat"), padded(back.y, size, "repeat")];
      let worst = 0;
      for (let pixel = 0; pixel < there.x.length; pixel++) {
        const [x, y] = [there.x[pixel]!, there.y[pixel]!];
        if (x < 0 || y < 0 || x > size.width - 1 || y > size.height - 1) continue;
        const apart = Math.hypot(
          bilinear(backX, x, y) - (pixel % size.width),
          bilinear(backY, x, y) - Math.floor(pixel / size.width),
        );
        worst = Math.max(worst, apart);
      }
      expect(worst).toBeLessThan(0.01);
    }
  });

  it("undoes the deformation of an image where the moved image shows it", () => {
    const picture = smoothPicture();
    for (const geometry of geometries) {
      const moved = warpImage(picture, geometry);
      const { image, inside } = unwarpImage(moved, geometry);
      let [seen, worst, worstMoved] = [0, 0, 0];
      for (let pixel = 0; pixel < inside.data.length; pixel++) {
        const [x, y] = [pixel % size.width, Math.floor(pixel / size.width)];
        // At the border of the parent its own outside is mixed in.
        if (inside.data[pixel] === 0 || x < 2 || y < 2 || x > size.width - 3 || y > size.height - 3) continue;
        seen++;
        worst = Math.max(worst, Math.abs(image.data[pixel]! - picture.data[pixel]!));
        worstMoved = Math.max(worstMoved, Math.abs(moved.data[pixel]! - picture.data[pixel]!));
      }
      expect(seen).toBeGreaterThan(0.4 * size.width * size.height);
      expect(worst).toBeLessThan(0.02); // of a range of 4: twice bilinear
      expect(worstMoved).toBeGreaterThan(0.2);
    }
  });

  it("is exact for flips and whole shifts", () => {
    const picture = smoothPicture();
    const flip = { ...IDENTITY, flip: { x: true, y: true } };
    expect(unwarpImage(warpImage(picture, flip), flip).image).toEqual(picture);
    const shift = { ...IDENTITY, translation: { x: 0.25, y: 0 } };
    const { image, inside } = unwarpImage(warpImage(picture, shift), shift, 5);
    picture.data.forEach((value, place) => {
      const isSeen = place % size.width < 72;
      expect(image.data[place]).toBeCloseTo(isSeen ? value : 5, 5);
      if (place < inside.data.length) expect(inside.data[place]).toBe(isSeen ? 1 : 0);
    });
  });
});

describe("bending", () => {
  it("shifts by at most its amplitude, and never folds within its bound", () => {
    for (const cells of [1, 2, 4, 8]) {
      const amplitude = MAX_BEND / cells;
      for (let seed = 0; seed < 20; seed++) {
        const { x, y } = elasticField({ seed, amplitude, cells }, size);
        for (let pixel = 0; pixel < x.length; pixel++) {
          if (Math.abs(x[pixel]!) > amplitude * size.width || Math.abs(y[pixel]!) > amplitude * size.height)
            expect.fail();
          const [right, below] = [pixel + 1, pixel + size.width];
          if (right % size.width === 0 || below >= x.length) continue;
          const [xx, xy] = [1 + x[right]! - x[pixel]!, x[below]! - x[pixel]!];
          const [yx, yy] = [y[right]! - y[pixel]!, 1 + y[below]! - y[pixel]!];
          if (xx * yy - xy * yx <= 0) expect.fail(`folds at ${pixel} with ${cells} cells, seed ${seed}`);
        }
      }
    }
  });

  it("keeps a ring a ring: one part, one hole", () => {
    const map = ring();
    let changed = 0;
    for (let seed = 0; seed < 200; seed++) {
      const bent = warpLabelMap(map, { ...IDENTITY, elastic: { seed, amplitude: 0.04, cells: 4 } });
      expect(partsOf(bent, 3, 2)).toBe(1);
      expect(partsOf(bent, 0, 1)).toBe(2);
      if (bent.data.some((value, pixel) => value !== map.data[pixel])) changed++;
    }
    expect(changed).toBe(200);
  });

  it("opens no gap between classes that touch", () => {
    const map = ring();
    for (let pixel = 0; pixel < map.data.length; pixel++) {
      if (Math.hypot((pixel % size.width) - 50, Math.floor(pixel / size.width) - 38) <= 9) map.data[pixel] = 1;
    }
    for (let seed = 0; seed < 50; seed++) {
      const bent = warpLabelMap(map, { ...IDENTITY, elastic: { seed, amplitude: 0.05, cells: 4 } });
      expect(partsOf(bent, 0, 1)).toBe(1);
      expect([partsOf(bent, 1, 2), partsOf(bent, 3, 2)]).toEqual([1, 1]);
    }
  });
});
