/** @file The tools that look for edges and shapes: wand, wire, snap to edge, slices between, cut and bridge, measures. */
import { describe, expect, it } from "vitest";
import { Random } from "../random/index.ts";
import { labelComponents } from "./components.ts";
import { ellipseMask } from "./drawn-shapes.ts";
import type { Frame } from "./frame.ts";
import { createLabelMap, type LabelMap } from "./label-map.ts";
import { linePixels, Livewire } from "./livewire.ts";
import { createMask, type Mask, maskOfClass, paintMask, replaceClass } from "./mask.ts";
import { measureAngle, measureArea, measureLength } from "./measure.ts";
import { minimumCut, gridSteps } from "./minimum-cut.ts";
import { regionOfClass, regionOfIntensity } from "./region-growing.ts";
import { bridge, cutAlong, shapeAt } from "./shape-edits.ts";
import { interpolateSlices } from "./slice-interpolation.ts";
import { snapToEdge } from "./snap-to-edge.ts";

const size = { width: 64, height: 64 };
const disc = ellipseMask(size, { x: 16, y: 18 }, { x: 48, y: 46 });

/** A bright disc on dark ground, with noise. */
function discFrame(contrast: number, noise: number, seed = 1): Frame {
  const random = new Random(seed, "disc frame", 0);
  const data = new Uint16Array(size.width * size.height);
  for (let index = 0; index < data.length; index++) {
    data[index] = 500 + contrast * disc.data[index]! + noise * random.between(-1, 1);
  }
  return {
    ...size,
    channels: 1,
    sampleType: "uint16",
    data,
    photometric: "MONOCHROME2",
    rescaleSlope: 2,
    rescaleIntercept: -1000,
    window: null,
    spacing: null,
  };
}

function dice(a: Mask, b: Mask): number {
  let both = 0;
  let sum = 0;
  a.data.forEach((each, index) => {
    both += each & b.data[index]!;
    sum += each + b.data[index]!;
  });
  return (2 * both) / sum;
}

function mapOf(mask: Mask, value = 1): LabelMap {
  return { ...mask, data: mask.data.map((each) => each * value) };
}

describe("masks of a class", () => {
  it("replacing covers the mask exactly, keeps locked classes, and tells what changed", () => {
    const map: LabelMap = { width: 4, height: 1, data: Uint8Array.of(1, 1, 2, 0) };
    const mask: Mask = { width: 4, height: 1, data: Uint8Array.of(0, 1, 1, 1) };
    expect(replaceClass(map, mask, 1, (value) => value === 2)).toEqual({ x: 0, y: 0, width: 4, height: 1 });
    expect([...map.data]).toEqual([0, 1, 2, 1]);
    expect(paintMask(map, mask, 3)).toEqual({ x: 1, y: 0, width: 3, height: 1 });
    expect([...map.data]).toEqual([0, 3, 3, 3]);
    expect(paintMask(map, mask, 3)).toBeNull();
  });

  it("refuses another size", () => {
    expect(() => paintMask(createLabelMap(2, 2), createMask(2, 3), 1)).toThrow(RangeError);
  });
});

describe("regions", () => {
  it("the wand takes what resembles the seed and hangs together, in rescaled units", () => {
    const frame = discFrame(100, 5);
    expect(dice(regionOfIntensity(frame, { x: 32, y: 32 }, 22), disc)).toBe(1); // noise of ±5 stored is ±10, twice
    expect(regionOfIntensity(frame, { x: 32, y: 32 }, 500).data.every((each) => each === 1)).toBe(true);
    expect(regionOfIntensity(frame, { x: -1, y: 3 }, 500).data.includes(1)).toBe(false);
  });

  it.each([1, 2, 3])("filling equals the component of the class (seed %i)", (seed) => {
    const random = new Random(seed, "fill", 0);
    const map = createLabelMap(31, 29);
    for (let index = 0; index < map.data.length; index++) map.data[index] = random.between(0, 1) < 0.62 ? 1 : 2;
    const value = map.data[14 * 31 + 15]!;
    const { labels } = labelComponents(
      map.data.map((each) => (each === value ? 1 : 0)),
      [29, 31],
      1,
    );
    const expected = [...labels].map((each) => (each === labels[14 * 31 + 15] ? 1 : 0));
    expect([...regionOfClass(map, { x: 15.5, y: 14.5 }).data]).toEqual(expected);
  });
});

describe("live wire", () => {
  const wire = new Livewire(discFrame(100, 5)).from({ x: 16.5, y: 32.5 });

  it("goes around the disc along its edge, not straight through", () => {
    const path = wire.pathTo({ x: 47.5, y: 32.5 });
    expect(path[0]).toEqual({ x: 16, y: 32 });
    expect(path.at(-1)).toEqual({ x: 47, y: 32 });
    for (const { x, y } of path) {
      const radius = Math.hypot((x + 0.5 - 32) / 16, (y + 0.5 - 32) / 14);
      expect(Math.abs(radius - 1)).toBeLessThan(0.16);
    }
  });

  it("each pixel touches the next, also when asked again and for a point outside", () => {
    for (const target of [
      { x: 32, y: 17 },
      { x: 200, y: -5 },
      { x: 16.5, y: 32.5 },
    ]) {
      const path = wire.pathTo(target);
      path.slice(1).forEach(({ x, y }, index) => {
        expect(Math.max(Math.abs(x - path[index]!.x), Math.abs(y - path[index]!.y))).toBe(1);
      });
    }
  });

  it("is straight on a flat image", () => {
    const frame = discFrame(0, 0);
    const path = new Livewire(frame).from({ x: 3, y: 5 }).pathTo({ x: 40, y: 5 });
    expect(path).toEqual(linePixels({ x: 3, y: 5 }, { x: 40, y: 5 }));
  });

  it("costs the same as Dijkstra over all paths", () => {
    // Bellman-Ford on a small noisy image: nothing shared with the buckets.
    const random = new Random(5, "wire", 0);
    const data = Uint8Array.from({ length: 15 * 12 }, () => random.between(0, 255));
    const frame: Frame = { ...discFrame(0, 0), width: 15, height: 12, sampleType: "uint8", data };
    const livewire = new Livewire(frame);
    const stepCost = (x: number, y: number): number => Math.round(livewire.stepCost(x, y));
    const best = new Float64Array(15 * 12).fill(Infinity);
    best[0] = 0;
    for (let round = 0; round < 180; round++) {
      for (let y = 0; y < 12; y++) {
        for (let x = 0; x < 15; x++) {
          for (const [dx, dy] of gridSteps) {
            const fromX = x - dx;
            const fromY = y - dy;
            if (fromX < 0 || fromY < 0 || fromX >= 15 || fromY >= 12) continue;
            const step = Math.min(255, Math.round(stepCost(x, y) * Math.hypot(dx, dy)));
            best[y * 15 + x] = Math.min(best[y * 15 + x]!, best[fromY * 15 + fromX]! + step);
          }
        }
      }
    }
    const fromCorner = livewire.from({ x: 0, y: 0 });
    for (const target of [
      { x: 14, y: 11 },
      { x: 14, y: 0 },
      { x: 7, y: 6 },
    ]) {
      const path = fromCorner.pathTo(target);
      let sum = 0;
      path.slice(1).forEach(({ x, y }, index) => {
        const isDiagonal = x !== path[index]!.x && y !== path[index]!.y;
        sum += Math.min(255, Math.round(stepCost(x, y) * (isDiagonal ? Math.SQRT2 : 1)));
      });
      expect(sum).toBe(best[target.y * 15 + target.x]);
    }
  });
});

describe("minimum cut", () => {
  // Few different capacities: many cuts cost the same.
  it.each([
    [1, 2 ** 20],
    [2, 2 ** 20],
    [3, 4],
    [4, 4],
    [5, 2],
    [6, 2],
  ])("is of the best of all cuts the one with fewest nodes (seed %i, %i capacities)", (seed, levels) => {
    const random = new Random(seed, "cut", 0);
    const [width, height] = [4, 3];
    const count = width * height;
    const neighbors = new Int32Array(8 * count).fill(-1);
    const capacities = new Float64Array(8 * count);
    for (let node = 0; node < count; node++) {
      gridSteps.forEach(([dx, dy], step) => {
        const x = (node % width) + dx;
        const y = Math.floor(node / width) + dy;
        if (x < 0 || y < 0 || x >= width || y >= height) return;
        neighbors[8 * node + step] = y * width + x;
        capacities[8 * node + step] = random.integer(levels) / levels;
      });
    }
    const source = Float64Array.from({ length: count }, () => (2 * random.integer(levels)) / levels);
    const sink = Float64Array.from({ length: count }, () => (2 * random.integer(levels)) / levels);
    const costOf = (isSource: (node: number) => boolean): number => {
      let cost = 0;
      for (let node = 0; node < count; node++) {
        cost += isSource(node) ? sink[node]! : source[node]!;
        if (!isSource(node)) continue;
        for (let edge = 8 * node; edge < 8 * node + 8; edge++) {
          if (neighbors[edge]! >= 0 && !isSource(neighbors[edge]!)) cost += capacities[edge]!;
        }
      }
      return cost;
    };
    let least = { cost: Infinity, nodes: Infinity, cut: 0 };
    for (let cut = 0; cut < 2 ** count; cut++) {
      const cost = costOf((node) => ((cut >> node) & 1) === 1);
      const nodes = cut.toString(2).replaceAll("0", "").length;
      if (cost < least.cost || (cost === least.cost && nodes < least.nodes)) least = { cost, nodes, cut };
    }
    const found = minimumCut({
      neighbors,
      capacities: capacities.slice(),
      source: source.slice(),
      sink: sink.slice(),
    });
    expect(found).toEqual(Uint8Array.from(found, (_, node) => (least.cut >> node) & 1));
  });
});

describe("snap to edge", () => {
  it.each([
    [100, 20],
    [100, 60],
  ])("brings a rough outline onto the edge (contrast %i, noise %i)", (contrast, noise) => {
    const rough = ellipseMask(size, { x: 13, y: 21 }, { x: 51, y: 44 });
    expect(dice(rough, disc)).toBeLessThan(0.93);
    for (const seed of [1, 2, 3])
      expect(dice(snapToEdge(discFrame(contrast, noise, seed), rough, 6), disc)).toBeGreaterThan(0.97);
  });

  it("leaves a right outline where it is, and what has no border alone", () => {
    expect(dice(snapToEdge(discFrame(100, 20), disc, 6), disc)).toBeGreaterThan(0.99);
    const empty = createMask(64, 64);
    expect(snapToEdge(discFrame(100, 20), empty, 6).data.includes(1)).toBe(false);
    const full = { ...empty, data: empty.data.map(() => 1) };
    expect(snapToEdge(discFrame(100, 20), full, 6).data.includes(0)).toBe(false);
  });

  it("never loses a small shape altogether", () => {
    const small = ellipseMask(size, { x: 30, y: 30 }, { x: 34, y: 34 });
    expect(snapToEdge(discFrame(0, 0), small, 8).data.includes(1)).toBe(true);
  });
});

describe("slices between", () => {
  const small = mapOf(ellipseMask(size, { x: 12, y: 12 }, { x: 28, y: 28 }));
  const large = mapOf(ellipseMask(size, { x: 28, y: 28 }, { x: 52, y: 52 }));

  it("starts and ends at the slices themselves", () => {
    expect([...interpolateSlices(small, large, 0).data]).toEqual([...small.data]);
    expect([...interpolateSlices(small, large, 1).data]).toEqual([...large.data]);
  });

  it("halfway has the middle size in the middle place, even where the shapes do not overlap", () => {
    const middle = maskOfClass(interpolateSlices(small, large, 0.5), 1);
    expect(dice(middle, ellipseMask(size, { x: 20, y: 20 }, { x: 40, y: 40 }))).toBeGreaterThan(0.97);
  });

  it("leaves out a class that only one slice shows; classes do not overlap", () => {
    const both = mapOf(disc, 2);
    paintMask(both, maskOfClass(small, 1), 1);
    const between = interpolateSlices(both, mapOf(disc, 2), 0.4);
    expect(between.data.includes(1)).toBe(false);
    expect(between.data.includes(2)).toBe(true);
  });
});

describe("cutting and joining", () => {
  it.each([
    [
      { x: 10, y: 33 },
      { x: 60, y: 31 },
    ],
    [
      { x: 33, y: 5 },
      { x: 31.2, y: 60 },
    ],
    [
      { x: 10, y: 10 },
      { x: 60, y: 60 },
    ],
    [
      { x: 10, y: 60 },
      { x: 60, y: 10 },
    ],
  ])("a cut from %o to %o makes two shapes that do not touch by a corner", (from, to) => {
    const map = mapOf(disc, 3);
    const changed = cutAlong(map, [from, to], 3);
    expect(changed).not.toBeNull();
    expect(labelComponents(map.data, [64, 64], 2).sizes).toHaveLength(2);
  });

  it("a bridge joins two shapes to one", () => {
    const map = createLabelMap(64, 64);
    const a = ellipseMask(size, { x: 5, y: 5 }, { x: 20, y: 20 });
    const b = ellipseMask(size, { x: 40, y: 30 }, { x: 60, y: 60 });
    paintMask(map, a, 1);
    paintMask(map, b, 1);
    expect(bridge(map, a, b, { value: 1, thickness: 2 })).not.toBeNull();
    expect(labelComponents(map.data, [64, 64], 2).sizes).toHaveLength(1);
  });

  it("finds the shape under a point", () => {
    const map = mapOf(disc, 3);
    expect(shapeAt(map, { x: 32.5, y: 32.5 })).toEqual({ value: 3, mask: disc });
    expect(shapeAt(map, { x: 1, y: 1 })).toBeNull();
    expect(shapeAt(map, { x: -1, y: 1 })).toBeNull();
  });
});

describe("measures", () => {
  const spacing = { x: 0.5, y: 2 };
  it("are in mm where the spacing is known, true for pixels that are not square", () => {
    expect(measureLength({ x: 0, y: 0 }, { x: 6, y: 2 }, spacing)).toEqual({ value: 5, unit: "mm" });
    expect(measureLength({ x: 0, y: 0 }, { x: 3, y: 4 }, null)).toEqual({ value: 5, unit: "px" });
    expect(measureAngle({ x: 4, y: 0 }, { x: 0, y: 0 }, { x: 4, y: 1 }, spacing).value).toBeCloseTo(Math.PI / 4, 12);
    expect(measureAngle({ x: -1, y: 0 }, { x: 0, y: 0 }, { x: 1, y: 0 }, null).value).toBeCloseTo(Math.PI, 12);
    expect(measureArea({ width: 2, height: 2, data: Uint8Array.of(1, 1, 1, 2) }, 1, spacing)).toEqual({
      value: 3,
      unit: "mm²",
    });
  });
});
