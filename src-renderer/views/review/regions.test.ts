import { expect, test } from "vitest";
import { createLabelMap, type LabelMap } from "../../../src-main/voxels/index.ts";
import { isSameRegion, regionAt, regionOfMark, regionsOf, toMark } from "./regions.ts";

const SIZE = 64;

/** A sure model; then rectangles [x, y, width, height, byte] of other confidence. */
function confidenceOf(...places: [number, number, number, number, number][]): Uint8Array {
  const confidence = new Uint8Array(SIZE * SIZE).fill(250);
  for (const [x, y, width, height, byte] of places) {
    for (let row = y; row < y + height; row++) confidence.fill(byte, row * SIZE + x, row * SIZE + x + width);
  }
  return confidence;
}

function labelsOf(...places: [number, number, number, number, number][]): LabelMap {
  const labels = createLabelMap(SIZE, SIZE);
  for (const [x, y, width, height, value] of places) {
    for (let row = y; row < y + height; row++) labels.data.fill(value, row * SIZE + x, row * SIZE + x + width);
  }
  return labels;
}

test("doubtful places come first, those with most doubt in front, then parts by their mean doubt", () => {
  const labels = labelsOf([5, 5, 10, 10, 1], [30, 30, 10, 10, 2], [50, 50, 4, 4, 2]);
  const confidence = confidenceOf([31, 31, 5, 5, 130], [50, 50, 8, 8, 130]);
  const regions = regionsOf(labels, confidence);
  expect(regions.map(({ kind, bounds: { x, y }, value }) => [kind, x, y, value])).toEqual([
    ["doubt", 50, 50, 2],
    ["doubt", 31, 31, 2],
    ["part", 50, 50, 2],
    ["part", 30, 30, 2],
    ["part", 5, 5, 1],
  ]);
  expect(regions[0]).toMatchObject({ pixels: 64, bounds: { width: 8, height: 8 } });
  expect(regions[0]!.doubt).toBeCloseTo(1 - 130 / 255);
});

test("the outline of an object is no doubtful place, unless there is nothing else", () => {
  const labels = labelsOf([10, 10, 20, 20, 1]);
  const ring: Parameters<typeof confidenceOf> = [
    [9, 9, 22, 2, 130],
    [9, 29, 22, 2, 130],
    [9, 9, 2, 22, 130],
    [29, 9, 2, 22, 130],
  ];
  const withBlob = regionsOf(labels, confidenceOf(...ring, [40, 40, 6, 6, 130]));
  expect(withBlob.filter(({ kind }) => kind === "doubt").map(({ bounds }) => bounds.x)).toEqual([40]);
  const ringAlone = regionsOf(labels, confidenceOf(...ring));
  expect(ringAlone[0]).toMatchObject({ kind: "doubt", value: 1, bounds: { x: 9, y: 9, width: 22, height: 22 } });
});

test("a doubtful place is all of it, to its last corner", () => {
  const confidence = confidenceOf([20, 20, 9, 9, 130], [24, 19, 1, 1, 130]);
  expect(regionsOf(labelsOf(), confidence)[0]).toMatchObject({ pixels: 82, bounds: { x: 20, y: 19, height: 10 } });
});

test("a point finds what is there: doubt before the part below it, nothing where there is neither", () => {
  const labels = labelsOf([5, 5, 20, 20, 1]);
  const regions = regionsOf(labels, confidenceOf([10, 10, 6, 6, 130]));
  expect(regionAt(regions, { x: 12.5, y: 12.5 })?.kind).toBe("doubt");
  expect(regionAt(regions, { x: 12.5, y: 12.5 }, "part")?.kind).toBe("part");
  expect(regionAt(regions, { x: 6, y: 6 })?.kind).toBe("part");
  expect(regionAt(regions, { x: 60, y: 60 })).toBeNull();
  expect(regionAt(regions, { x: -1, y: 12 })).toBeNull();
});

test("a sure, empty proposal has no regions", () => {
  expect(regionsOf(labelsOf(), confidenceOf())).toEqual([]);
});

test("a region comes back from what is stored of it, pixel by pixel", () => {
  const labels = labelsOf([5, 5, 10, 10, 1], [9, 9, 3, 3, 2], [60, 60, 4, 4, 2]);
  const regions = regionsOf(labels, confidenceOf([6, 6, 5, 5, 130]));
  for (const region of regions) {
    const mark = JSON.parse(JSON.stringify(toMark(region, "removed", labels))) as ReturnType<typeof toMark>;
    const restored = regionOfMark(mark, labels);
    expect(isSameRegion(restored, region)).toBe(true);
    expect(regions.filter((other) => isSameRegion(restored, other))).toEqual([region]);
    for (let y = 0; y < SIZE; y++) for (let x = 0; x < SIZE; x++) expect(restored.has(x, y)).toBe(region.has(x, y));
  }
  expect(regions.length).toBeGreaterThan(3);
});
