import { describe, expect, it } from "vitest";
import { Problem } from "../../problem/index.ts";
import { createLabelMap, type LabelMap } from "../../voxels/index.ts";
import {
  augmentMask,
  augmentPair,
  countRejections,
  GENSEG_RANGES,
  STILL_RANGES,
  IDENTITY,
  type MaskAugmentationOptions,
  type MaskDraw,
  maskParent,
  type MaskRecord,
  PLAUSIBLE,
  type Rejections,
  refusedMasks,
  replayMask,
  unwarpImage,
  warpLabelMap,
} from "./index.ts";
import { bentClasses, blendDistances, classDistances, shapeOfDistances } from "./class-distances.ts";

const SIZE = 64;
const BENDING = { chance: 1, amplitude: 0.04, cells: 4 };
const BLENDING = { chance: 1, smallest: 0.2, largest: 0.8 };

function ellipse({ x = 32, y = 32, rx = 12, ry = 9, value = 1, size = SIZE } = {}, map = createLabelMap(size, size)) {
  for (let pixel = 0; pixel < map.data.length; pixel++) {
    const [dx, dy] = [(pixel % size) - x, Math.floor(pixel / size) - y];
    if ((dx / rx) ** 2 + (dy / ry) ** 2 < 1) map.data[pixel] = value;
  }
  return map;
}

/** A ring of class 2 around a core of class 1. */
const organ = (place: { x?: number; y?: number; rx?: number; ry?: number } = {}): LabelMap =>
  ellipse(
    { rx: 7, ry: 5, ...place, value: 1 },
    ellipse({ ...place, rx: (place.rx ?? 7) + 5, ry: (place.ry ?? 5) + 5, value: 2 }),
  );

const area = (map: LabelMap, value = 1): number => map.data.reduce((sum, each) => sum + (each === value ? 1 : 0), 0);

function made(draw: MaskDraw): Extract<MaskDraw, { outcome: "made" }> {
  if (draw.outcome !== "made") throw new Error(`refused: ${draw.reason} ${JSON.stringify(draw.rejections)}`);
  return draw;
}

const options = (change: Partial<MaskAugmentationOptions> = {}): MaskAugmentationOptions => ({
  ranges: GENSEG_RANGES,
  seed: 7,
  index: 0,
  ...change,
});

describe("masks of 1 000 draws", () => {
  it("keep their bounds: 30 % of each class of the parent, at most what scaling makes of it", () => {
    const parent = maskParent(1, organ({ x: 20, y: 40 }));
    const rejections: Rejections = {};
    const seen = new Set<string>();
    for (let index = 0; index < 1000; index++) {
      const draw = made(augmentMask(parent, options({ index })));
      countRejections(rejections, draw.rejections);
      expect(draw.record.kind).toBe("affine");
      for (const value of [1, 2]) {
        const share = area(draw.labelMap, value) / area(parent.labelMap, value);
        expect(share).toBeGreaterThanOrEqual(PLAUSIBLE.smallestArea);
        expect(share).toBeLessThan(1.2 ** 2 * 1.15); // 15 %: what whole pixels make of a core of 100
      }
      seen.add(draw.labelMap.data.join(""));
    }
    expect(seen.size).toBeGreaterThan(990);
  });

  it("keep at least half of a lesion at the border in the frame, and count what they threw away", () => {
    const parent = maskParent(1, ellipse({ x: 3, y: 3, rx: 5, ry: 5 }));
    const rejections: Rejections = {};
    let flips = 0;
    for (let index = 0; index < 1000; index++) {
      const draw = made(augmentMask(parent, options({ index, draws: 3 })));
      countRejections(rejections, draw.rejections);
      if (draw.record.kind === "flip") flips++;
      expect(area(draw.labelMap)).toBeGreaterThanOrEqual(0.3 * area(parent.labelMap));
    }
    expect(rejections["left-frame"]).toBeGreaterThan(50);
    expect(flips).toBeGreaterThan(0);
  });
});

describe("a record", () => {
  const parents = new Map(
    [organ(), organ({ x: 26, y: 36, rx: 9 }), organ({ x: 40, rx: 5, ry: 8 })].map((map, index) => [
      index + 11,
      maskParent(index + 11, map),
    ]),
  );
  const partners = [...parents.values()];
  const kinds: Record<string, Partial<MaskAugmentationOptions>> = {
    affine: {},
    elastic: { ranges: { ...GENSEG_RANGES, elastic: BENDING } },
    blend: { blend: BLENDING, partners },
    "blend, bent": { blend: BLENDING, partners, ranges: { ...GENSEG_RANGES, elastic: BENDING } },
    flip: { draws: 0 },
  };

  it.each(Object.entries(kinds))("of kind %s gives the same mask after a way through JSON", (name, change) => {
    for (let index = 0; index < 20; index++) {
      const { labelMap, record } = made(augmentMask(partners[0]!, options({ index, ...change })));
      expect(record.kind).toBe(name.split(",")[0]);
      const stored = JSON.parse(JSON.stringify(record)) as MaskRecord;
      expect(stored).toEqual(record);
      expect(replayMask(stored, (frameId) => parents.get(frameId))).toEqual(labelMap);
      expect(record.parents.map(({ frameId }) => frameId)[0]).toBe(11);
      expect(record.parents.length).toBe(record.kind === "blend" ? 2 : 1);
    }
  });

  it("is the same for the same seed and index, whatever was drawn before, and another for others", () => {
    const change = { blend: { ...BLENDING, chance: 0.5 }, partners, ranges: { ...GENSEG_RANGES, elastic: BENDING } };
    const draw = (index: number, seed = 7): MaskDraw => augmentMask(partners[0]!, options({ ...change, index, seed }));
    const forwards = [0, 1, 2, 3].map((index) => draw(index));
    const backwards = [3, 2, 1, 0].map((index) => draw(index)).reverse();
    expect(backwards).toEqual(forwards);
    expect(made(draw(0, 8)).record.geometry).not.toEqual(made(draw(0)).record.geometry);
  });

  it("does not replay on an annotation that has changed or gone", () => {
    const { record } = made(augmentMask(partners[0]!, options()));
    const changed = ellipse({ x: 10, y: 10, rx: 2, ry: 2, value: 2 }, organ());
    const replay = (parent: LabelMap | null) => () =>
      replayMask(record, (frameId) => (parent === null ? undefined : maskParent(frameId, parent)));
    expect(replay(changed)).toThrow(Problem);
    expect(replay(null)).toThrow(/not there any more/);
    expect(replay(organ())).not.toThrow();
    expect(() => replayMask({ ...record, version: 2 as 1 }, () => partners[0])).toThrow(/later version/);
  });
});

describe("blending", () => {
  it("of masks that touch every border ends at the border: nothing is read from outside it", () => {
    const around = createLabelMap(SIZE, SIZE);
    for (const at of [4, 12, 20, 28, 36, 44, 52, 60]) {
      for (const [x, y] of [[at, 0], [at, 63], [0, at], [63, at]] as const) ellipse({ x, y, rx: 3, ry: 3 }, around); // prettier-ignore
    }
    const aside = ellipse({ x: 50, y: 52, rx: 9, ry: 9 }, ellipse({ x: 3, y: 40, rx: 5, ry: 5 }));
    const of = (map: LabelMap) => ({ map, distances: classDistances(map) });
    for (const [one, other] of [
      [around, aside],
      [aside, around],
      [aside, ellipse({ x: 8, y: 6 })],
    ] as const) {
      // prettier-ignore
      const blend = blendDistances(of(one), of(other), 0.5);
      const read = (x: number, y: number): LabelMap => {
        const positions = { x: new Float64Array(SIZE ** 2), y: new Float64Array(SIZE ** 2) };
        for (let pixel = 0; pixel < SIZE ** 2; pixel++) {
          positions.x[pixel] = (pixel % SIZE) + x;
          positions.y[pixel] = Math.floor(pixel / SIZE) + y;
        }
        return bentClasses(blend, positions);
      };
      // Just outside each side.
      for (const [x, y] of [[SIZE, 0], [-SIZE, 0], [0, SIZE], [0, -SIZE]] as const) expect(area(read(x, y))).toBe(0); // prettier-ignore
    }
    // Nor does what is moved in from outside look nearer than it is: a small cell at the border grows no longer than the other shape is.
    const [cell, disc] = [ellipse({ x: 32, y: 0, rx: 3, ry: 2 }), ellipse({ x: 32, y: 32, rx: 14, ry: 14 })];
    const { data } = shapeOfDistances(blendDistances(of(cell), of(disc), 0.5));
    const column = Array.from({ length: SIZE }, (_, row) => data[row * SIZE + 32]!);
    expect(column.filter((value) => value > 0).length).toBeLessThan(20);
  });

  it("of equal masks changes nothing", () => {
    for (const map of [ellipse(), organ({ x: 21, y: 33 }), ellipse({ x: 0, y: 0, rx: 200, ry: 200 })]) {
      const [one, other] = [maskParent(1, map), maskParent(2, map)];
      for (let index = 0; index < 10; index++) {
        const draw = made(
          augmentMask(one, options({ ranges: STILL_RANGES, blend: BLENDING, partners: [other], index })),
        );
        expect(draw.record.kind).toBe("blend");
        expect(draw.labelMap).toEqual(map);
      }
    }
  });

  it("of two discs that lie apart gives one of a size and at a place between them", () => {
    const small = maskParent(1, ellipse({ x: 16, y: 20, rx: 6, ry: 6 }));
    const large = maskParent(2, ellipse({ x: 44, y: 40, rx: 14, ry: 14 }));
    const half = { chance: 1, smallest: 0.5, largest: 0.5 };
    const { labelMap } = made(augmentMask(small, options({ ranges: STILL_RANGES, blend: half, partners: [large] })));
    const expected = ellipse({ x: 30, y: 30, rx: 10, ry: 10 });
    const both = labelMap.data.filter((value, pixel) => value === 1 && expected.data[pixel] === 1).length;
    expect((2 * both) / (area(labelMap) + area(expected))).toBeGreaterThan(0.97);
  });

  it("of a thin ring around a core with one of another size gives a ring of a size between them", () => {
    // The ring has the lower value, the higher, or lies between two: the order of values says nothing of where a class lies.
    for (const [outer, middle, inner] of [
      [1, 2, 3],
      [3, 1, 2],
      [2, 3, 1],
    ] as const) {
      const rings = (r: number): LabelMap => {
        const map = ellipse({ rx: r + 6, ry: r + 6, value: outer });
        ellipse({ rx: r + 3, ry: r + 3, value: middle }, map);
        return ellipse({ rx: r, ry: r, value: inner }, map);
      };
      const half = { chance: 1, smallest: 0.5, largest: 0.5 };
      const [small, large] = [maskParent(1, rings(5)), maskParent(2, rings(21))];
      const { labelMap, rejections } = made(
        augmentMask(small, options({ ranges: STILL_RANGES, blend: half, partners: [large] })),
      );
      expect(rejections).toEqual({});
      const expected = rings(13);
      const differing = expected.data.filter((value, pixel) => value !== labelMap.data[pixel]).length;
      expect(differing).toBeLessThan(0.08 * Math.PI * 19 ** 2); // pixels along the outlines
    }
  });

  it("opens no gap between classes", () => {
    const half = { chance: 1, smallest: 0.3, largest: 0.7 };
    const [one, other] = [maskParent(1, organ()), maskParent(2, organ({ x: 25, y: 36, rx: 12, ry: 9 }))];
    for (let index = 0; index < 20; index++) {
      const { labelMap } = made(
        augmentMask(one, options({ ranges: STILL_RANGES, blend: half, partners: [other], index })),
      );
      const isOpen = labelMap.data.some(
        (value, pixel) => value === 1 && [-1, 1, -SIZE, SIZE].some((step) => labelMap.data[pixel + step] === 0),
      );
      expect(isOpen).toBe(false);
    }
  });

  it("passes over masks of other classes, other sizes and the parent itself", () => {
    const parent = maskParent(1, ellipse());
    const partners = [parent, maskParent(2, ellipse({ value: 2 })), maskParent(3, ellipse({ size: 32 }))];
    const draw = made(augmentMask(parent, options({ blend: BLENDING, partners })));
    expect(draw.record).toMatchObject({ kind: "affine", blend: null, parents: [{ frameId: 1 }] });
  });
});

describe("a mask that allows little", () => {
  it("of no pixel is refused, with the reason", () => {
    const draw = augmentMask(maskParent(1, createLabelMap(SIZE, SIZE)), options());
    expect(draw).toEqual({ outcome: "refused", reason: "parent-empty", rejections: {} });
  });

  it("of one pixel keeps one or a few, and is mirrored when it falls between pixels each time", () => {
    const map = createLabelMap(SIZE, SIZE);
    map.data[20 * SIZE + 30] = 5;
    const parent = maskParent(1, map);
    for (const elastic of [null, BENDING]) {
      for (let index = 0; index < 200; index++) {
        const { labelMap } = made(augmentMask(parent, options({ index, ranges: { ...GENSEG_RANGES, elastic } })));
        expect(area(labelMap, 5)).toBeGreaterThanOrEqual(1);
        expect(area(labelMap, 5)).toBeLessThanOrEqual(4);
      }
    }
    const { labelMap, record } = made(augmentMask(parent, options({ draws: 0 })));
    expect(record.kind).toBe("flip");
    expect(labelMap.data[20 * SIZE + 33]).toBe(5);
    expect(area(labelMap, 5)).toBe(1);
  });

  it("that fills the frame gives masks that do not break at the border", () => {
    const full = createLabelMap(SIZE, SIZE);
    full.data.fill(1);
    for (const elastic of [null, BENDING]) {
      for (let index = 0; index < 50; index++) {
        const { labelMap } = made(
          augmentMask(maskParent(1, full), options({ index, ranges: { ...GENSEG_RANGES, elastic } })),
        );
        expect(area(labelMap)).toBeGreaterThanOrEqual(0.3 * SIZE * SIZE);
      }
    }
  });

  it("touches all borders only if its parent does", () => {
    const grow = { ...STILL_RANGES, scale: { smallest: 1.5, largest: 1.6 } };
    const nearly = maskParent(1, ellipse({ rx: 30, ry: 30 }));
    const draw = augmentMask(nearly, options({ ranges: grow, draws: 5 }));
    expect(draw).toEqual({
      outcome: "refused",
      reason: "nothing-plausible",
      rejections: { "touches-every-border": 5 },
    });
    const cross = createLabelMap(SIZE, SIZE);
    cross.data.forEach((_, pixel) => {
      if (pixel % SIZE === 30 || Math.floor(pixel / SIZE) === 30) cross.data[pixel] = 1;
    });
    expect(made(augmentMask(maskParent(1, cross), options({ ranges: grow }))).record.kind).toBe("affine");
  });

  it("is refused where nothing fits and mirroring is ruled out, and the trouble says why", () => {
    const corner = maskParent(1, ellipse({ x: 0, y: 0, rx: 4, ry: 4 }));
    const outwards = { ...STILL_RANGES, scale: { smallest: 3, largest: 3 } };
    const draw = augmentMask(corner, options({ ranges: outwards }));
    expect(draw).toEqual({ outcome: "refused", reason: "nothing-plausible", rejections: { "left-frame": 20 } });
    const empty = augmentMask(maskParent(2, createLabelMap(SIZE, SIZE)), options());
    if (draw.outcome === "made" || empty.outcome === "made") expect.fail();
    const problem = refusedMasks([draw, empty]);
    expect(problem.code).toBe("not-enough-data");
    expect(problem.detail).toBe(
      "Masks without any annotated pixel: 1. Of the drawn masks 20 had more than 50 % outside the image.",
    );
    const mirrored = augmentMask(corner, options({ ranges: { ...outwards, flip: { x: 0, y: 0.1 } }, draws: 4 }));
    expect(made(mirrored).record).toMatchObject({ kind: "flip", draw: 4, geometry: { flip: { x: false, y: true } } });
  });

  it("loses no class: the small one of two counts as much", () => {
    const map = ellipse({ rx: 20, ry: 20, value: 2 });
    ellipse({ x: 62, y: 32, rx: 2, ry: 2, value: 1 }, map);
    const parent = maskParent(1, map);
    const rejections: Rejections = {};
    for (let index = 0; index < 200; index++) {
      const draw = made(augmentMask(parent, options({ index })));
      countRejections(rejections, draw.rejections);
      expect(area(draw.labelMap, 1)).toBeGreaterThan(0);
    }
    expect(rejections["class-lost"]).toBeGreaterThan(0);
  });

  it("keeps its number of parts where that is asked for", () => {
    const map = ellipse({ x: 24, y: 30, rx: 8, ry: 8 });
    ellipse({ x: 41, y: 30, rx: 8, ry: 8 }, map);
    map.data[30 * SIZE + 32] = 1;
    map.data[30 * SIZE + 33] = 1; // a bridge of one pixel's height
    const parent = maskParent(1, map);
    const rules = { ...PLAUSIBLE, keepsComponents: true };
    const rejections: Rejections = {};
    for (let index = 0; index < 200; index++) {
      countRejections(rejections, made(augmentMask(parent, options({ index, rules }))).rejections);
    }
    expect(rejections["components-changed"]).toBeGreaterThan(0);
  });
});

describe("image and mask together", () => {
  const map = ellipse({ x: 24, y: 40 });
  const image = { width: SIZE, height: SIZE, channels: 1, data: Float32Array.from(map.data, (value) => 100 * value) };

  it("move by the geometry that the mask alone gets, and come back by it", () => {
    const parent = maskParent(1, map);
    for (let index = 0; index < 20; index++) {
      const pair = augmentPair(image, parent, options({ index }));
      if (pair.outcome !== "made") expect.fail();
      const alone = made(augmentMask(parent, options({ index })));
      expect(pair.record).toEqual(alone.record);
      expect(pair.labelMap).toEqual(alone.labelMap);
      expect(pair.labelMap.data).toEqual(Uint8Array.from(pair.image.data, (value) => (value > 50 ? 1 : 0)));
      const back = unwarpImage(pair.image, pair.record.geometry).image;
      const differing = map.data.filter((value, pixel) => value !== (back.data[pixel]! > 50 ? 1 : 0)).length;
      expect(differing).toBeLessThan(0.12 * area(map)); // pixels along the outline
    }
  });

  it("move as well where nothing is annotated", () => {
    const pair = augmentPair(image, maskParent(1, createLabelMap(SIZE, SIZE)), options());
    if (pair.outcome !== "made") expect.fail();
    expect(pair.labelMap.data.some((value) => value > 0)).toBe(false);
    expect(pair.image.data.some((value) => value > 0)).toBe(true);
  });

  it("must have one size", () => {
    expect(() => augmentPair({ ...image, width: 32, height: 128 }, maskParent(1, map), options())).toThrow(RangeError);
  });

  it("leave the parent as it was", () => {
    const before = map.data.slice();
    warpLabelMap(map, { ...IDENTITY, rotationDegrees: 9 });
    expect(map.data).toEqual(before);
  });
});
