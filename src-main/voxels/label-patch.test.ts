import { expect, it } from "vitest";
import { Random } from "../random/index.ts";
import { createLabelMap, encodeLabelMap, labelPatch, type LabelMap, paintSegment, patchLabelMap } from "./index.ts";

const random = new Random("label-patch", 1);

/** A map of `classes` values in runs of about `length` pixels. */
function grainy(width: number, height: number, classes: number, length: number): LabelMap {
  const map = createLabelMap(width, height);
  for (let start = 0; start < map.data.length;) {
    const end = start + 1 + random.integer(2 * length);
    map.data.fill(random.integer(classes), start, end);
    start = end;
  }
  return map;
}

it("leads from every map to every other of its size, in the shortest form", () => {
  const maps = [
    createLabelMap(13, 7),
    { ...createLabelMap(13, 7), data: new Uint8Array(91).fill(255) },
    ...[1, 1, 2, 5, 40].map((length) => grainy(13, 7, length === 2 ? 256 : 3, length)),
  ].map(encodeLabelMap);
  for (const before of maps) {
    for (const after of maps) expect(patchLabelMap(before, labelPatch(before, after))).toEqual(after);
  }
});

it("is empty but for its mark where nothing changed, and small for a stroke however crowded the map", () => {
  const map = grainy(512, 512, 6, 30);
  const before = encodeLabelMap(map);
  expect(labelPatch(before, before)).toHaveLength(4);
  paintSegment(map, { x: 100, y: 100 }, { x: 130, y: 110 }, 6, 3);
  const after = encodeLabelMap(map);
  const patch = labelPatch(before, after);
  expect(patch.length).toBeLessThan(600);
  expect(before.length).toBeGreaterThan(10_000);
  expect(patchLabelMap(before, patch)).toEqual(after);
});

it("refuses maps of two sizes, damaged bytes, and a patch that reaches beyond the map", () => {
  const small = encodeLabelMap(createLabelMap(4, 4));
  const large = encodeLabelMap({ ...createLabelMap(8, 4), data: new Uint8Array(32).fill(3) });
  expect(() => labelPatch(small, large)).toThrow("size is wrong");
  const patch = labelPatch(encodeLabelMap(createLabelMap(8, 4)), large);
  expect(() => patchLabelMap(small, patch)).toThrow("damaged");
  expect(() => patchLabelMap(large, patch.slice(0, -1))).toThrow("damaged");
  expect(() => patchLabelMap(large, large)).toThrow("damaged");
  expect(() => patchLabelMap(large, Uint8Array.of(0x41, 0x4c, 0x50, 1, 0x81, 2, 0))).toThrow("damaged");
});
