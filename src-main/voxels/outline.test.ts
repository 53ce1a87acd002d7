import { expect, it } from "vitest";
import { Random } from "../random/index.ts";
import {
  columnRuns,
  createLabelMap,
  joinHoles,
  packColumnRuns,
  paintColumnRuns,
  paintPolygon,
  shapesOf,
  traceOutlines,
  unpackColumnRuns,
} from "./index.ts";

const size = { width: 23, height: 17 };

function noise(seed: number, share: number) {
  const map = createLabelMap(size.width, size.height);
  const random = new Random(seed, "noise");
  map.data.forEach((_, index) => (map.data[index] = random.uniform() < share ? 1 + random.integer(2) : 0));
  return map;
}

it.each([0, 0.1, 0.5, 0.8, 1])("outlines with holes and column runs give the same pixels back (share %f)", (share) => {
  for (let seed = 0; seed < 20; seed++) {
    const map = noise(seed, share);
    const byOutline = createLabelMap(size.width, size.height);
    const byRuns = createLabelMap(size.width, size.height);
    for (const { value, box, isInside } of shapesOf(map, [1, 2])) {
      paintPolygon(joinHoles(traceOutlines(box, isInside)), size, (at) => (byOutline.data[at] = value));
      const { counts, area } = columnRuns(size, box, isInside);
      let painted = 0;
      paintColumnRuns(unpackColumnRuns(packColumnRuns(counts)), size, (at) => {
        byRuns.data[at] = value;
        painted++;
      });
      expect(painted).toBe(area);
    }
    expect(byOutline.data).toEqual(map.data);
    expect(byRuns.data).toEqual(map.data);
  }
});

it("runs are packed as pycocotools packs them", () => {
  // pycocotools.mask.encode of a 3 x 3 mask whose only pixel is the center, and of long runs.
  expect(packColumnRuns([4, 1, 4])).toBe("414");
  expect(unpackColumnRuns("414")).toEqual([4, 1, 4]);
  const counts = [100_000, 3, 2 ** 20, 1, 77, 900_000];
  expect(unpackColumnRuns(packColumnRuns(counts))).toEqual(counts);
  for (const broken of ["4 4", "P", "4~"]) expect(() => unpackColumnRuns(broken)).toThrow(RangeError);
  expect(() => paintColumnRuns([4, 9], { width: 3, height: 3 }, () => undefined)).toThrow(RangeError);
  expect(() => paintColumnRuns([4, 1], { width: 3, height: 3 }, () => undefined)).toThrow(RangeError);
});
