import { expect, it } from "vitest";
import type { MaskRecord } from "../../../src-main/api/contract.ts";
import { forwardMap } from "../../../src-main/dataset/mask-augmentation/geometry.ts";
import { english } from "../../texts/en.ts";
import { originSteps } from "./origin-steps.ts";
import { originWords } from "./origin-words.ts";

type Geometry = MaskRecord["geometry"];

const still: Geometry = {
  flip: { x: false, y: false },
  pad: { left: 0, right: 0, top: 0, bottom: 0 },
  scale: { x: 1, y: 1 },
  shearDegrees: 0,
  rotationDegrees: 0,
  translation: { x: 0, y: 0 },
  elastic: null,
};
const record = (geometry: Partial<Geometry>, blend: number | null = null): MaskRecord => ({
  version: 1,
  kind: "affine",
  parents: [{ frameId: 1, checksum: "" }],
  seed: 1,
  index: 0,
  draw: 1,
  threshold: 0.5,
  blend,
  geometry: { ...still, ...geometry },
});
const words = (geometry: Partial<Geometry>, blend?: number) => originWords(record(geometry, blend), english);

it("says what a person would see, in the order in which it was done", () => {
  expect(words({ rotationDegrees: 8, flip: { x: true, y: false } })).toBe(
    "mirrored left to right, rotated 8° clockwise",
  );
  expect(words({ rotationDegrees: -3.4, scale: { x: 1.1, y: 1.1 } })).toBe(
    "10\u00a0% larger, rotated 3° anticlockwise",
  );
  expect(words({ scale: { x: 0.8, y: 1.05 } })).toBe("20\u00a0% narrower, 5\u00a0% taller");
  expect(words({ translation: { x: 0.05, y: -0.1 } })).toBe("moved 5\u00a0% right and 10\u00a0% up");
  expect(words({ shearDegrees: -5, elastic: { seed: 1, amplitude: 0.05, cells: 4 } })).toBe("slanted 5°, bent");
});

it("leaves out what nobody sees", () => {
  expect(words({ rotationDegrees: 0.4, scale: { x: 1.004, y: 1 }, translation: { x: 0.002, y: 0 } })).toBe(
    "hardly changed",
  );
});

it("tells the share of a second mask first", () => {
  expect(words({ rotationDegrees: 8 }, 0.35)).toBe("35\u00a0% of a second mask blended in, rotated 8° clockwise");
});

it("margins make smaller, and those on one side move", () => {
  expect(words({ pad: { left: 0.1, right: 0.1, top: 0.1, bottom: 0.1 } })).toBe("17\u00a0% smaller");
  const steps = originSteps(record({ pad: { left: 0.1, right: 0, top: 0, bottom: 0 } }));
  expect(steps).toMatchObject([
    { kind: "scaled", along: "x" },
    { kind: "moved", y: 0 },
  ]);
});

it("the middle of the frame moves as the mask's own map says", () => {
  const geometry: Geometry = {
    flip: { x: true, y: false },
    pad: { left: 0.1, right: 0.02, top: 0.01, bottom: 0.08 },
    scale: { x: 1.1, y: 0.9 },
    shearDegrees: 6,
    rotationDegrees: -12,
    translation: { x: 0.04, y: -0.07 },
    elastic: null,
  };
  const size = { width: 100, height: 60 };
  const { xx, xy, x0, yx, yy, y0 } = forwardMap(geometry, size);
  const [x, y] = [(size.width - 1) / 2, (size.height - 1) / 2];
  const moved = originSteps(record(geometry), size.height / size.width).find(({ kind }) => kind === "moved");
  expect(moved).toMatchObject({ kind: "moved" });
  const told = moved as { x: number; y: number };
  expect(told.x).toBeCloseTo((xx * x + xy * y + x0 - x) / size.width, 10);
  expect(told.y).toBeCloseTo((yx * x + yy * y + y0 - y) / size.height, 10);
});
