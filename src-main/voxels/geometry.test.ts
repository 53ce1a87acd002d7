import { expect, it } from "vitest";
import { pixelToPatient } from "./index.ts";

it("columns and rows lead along their directions, by the spacing of each", () => {
  const geometry = {
    origin: { x: 10, y: -20, z: 30 },
    columnDirection: { x: 0, y: 1, z: 0 },
    rowDirection: { x: 0, y: 0, z: -1 },
    sliceStep: { x: 3, y: 0, z: 0 },
  };
  expect(pixelToPatient(geometry, { x: 0.5, y: 2 }, { column: 4, row: 3 })).toEqual({ x: 10, y: -18, z: 24 });
});
