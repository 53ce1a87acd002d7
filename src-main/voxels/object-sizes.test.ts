import { expect, it } from "vitest";
import { objectSizes } from "./object-sizes.ts";
import { encodeLabelMap } from "./rle.ts";
import { shapesOf } from "./shapes.ts";

const bytesOf = (rows: string[]) =>
  encodeLabelMap({
    width: rows[0]!.length,
    height: rows.length,
    data: Uint8Array.from(rows.join(""), (sign) => (sign === "." ? 0 : Number(sign))),
  });

it("joins what touches, corners included, and keeps classes apart", () => {
  expect(objectSizes(bytesOf(["1..1", ".11.", "2...", "..22"]))).toEqual(
    new Map([
      [1, [4]],
      [2, [1, 2]],
    ]),
  );
});

it("joins the arms of a U, and rows that a run goes over", () => {
  expect(objectSizes(bytesOf(["1.1.1", "1.1.1", "11111", "11111"]))).toEqual(new Map([[1, [16]]]));
});

it("does not join the end of a row to the start of the next but one", () => {
  expect(objectSizes(bytesOf(["..1", "...", "1.."]))).toEqual(new Map([[1, [1, 1]]]));
});

it("finds as many pixels and objects as shapes do, on random maps", () => {
  let seed = 7;
  const random = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
  for (let round = 0; round < 50; round++) {
    const [width, height] = [1 + Math.floor(random() * 12), 1 + Math.floor(random() * 12)];
    const data = Uint8Array.from({ length: width * height }, () => Math.floor(random() * 3));
    const map = { width, height, data };
    const sizes = objectSizes(encodeLabelMap(map));
    for (const value of [1, 2]) {
      expect(sizes.get(value)?.length ?? 0).toBe(shapesOf(map, [value]).length);
      const pixels = (sizes.get(value) ?? []).reduce((sum, size) => sum + size, 0);
      expect(pixels).toBe(data.filter((each) => each === value).length);
    }
  }
});
