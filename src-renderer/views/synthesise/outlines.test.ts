import { expect, it } from "vitest";
import { createLabelMap, encodeLabelMap } from "../../../src-main/voxels/index.ts";
import { OutlineCache, outlinesOf } from "./outlines.ts";

/** A ring of class 2 around a hole, and a pixel of class 1 beside it. */
function ring() {
  const map = createLabelMap(6, 5);
  for (let y = 1; y <= 3; y++) for (let x = 1; x <= 3; x++) map.data[y * 6 + x] = x === 2 && y === 2 ? 0 : 2;
  map.data[5] = 1;
  return map;
}

it("follows the edges of the pixels, holes too, class by class", () => {
  expect(outlinesOf(ring())).toEqual([
    { value: 1, path: "M5 0H6V1H5Z" },
    { value: 2, path: "M1 1H4V4H1ZM2 2V3H3V2Z" },
  ]);
  expect(outlinesOf(createLabelMap(4, 4))).toEqual([]);
});

it("a mask is fetched once, and again after it could not be had", async () => {
  const asked: number[] = [];
  let isBroken = false;
  const cache = new OutlineCache((id) => {
    asked.push(id);
    return isBroken ? Promise.reject(new Error("lost")) : Promise.resolve(encodeLabelMap(ring()));
  });
  expect(await cache.get(1)).toBe(await cache.get(1));
  isBroken = true;
  await expect(cache.get(2)).rejects.toThrow("lost");
  isBroken = false;
  expect((await cache.get(2)).length).toBe(2);
  expect(asked).toEqual([1, 2, 2]);
  cache.clear();
  await cache.get(1);
  expect(asked).toEqual([1, 2, 2, 1]);
});
