import { expect, it } from "vitest";
import type { Frame } from "./frame.ts";
import { gridRelation, onGridOf } from "./same-grid.ts";

const ramp = (width: number, height: number, more: Partial<Frame> = {}): Frame => ({
  width,
  height,
  channels: 1,
  sampleType: "float32",
  data: Float32Array.from({ length: width * height }, (_, at) => (at % width) + 100 * Math.floor(at / width)),
  photometric: "MONOCHROME2",
  rescaleSlope: 1,
  rescaleIntercept: 0,
  window: null,
  spacing: null,
  ...more,
});
const flat = { columnDirection: { x: 1, y: 0, z: 0 }, rowDirection: { x: 0, y: 1, z: 0 }, sliceStep: null };
const at = (x: number, y: number, z = 0) => ({ ...flat, origin: { x, y, z } });

it("a picture that lies there already is itself", () => {
  const frame = ramp(4, 3);
  expect(onGridOf(frame, ramp(4, 3))).toBe(frame);
  expect(gridRelation(ramp(4, 3, { spacing: { x: 1, y: 1 } }), ramp(4, 3, { spacing: { x: 1, y: 1 } }))).toBe("same");
});

it("places in the patient decide where files tell them: one pixel to the right and two down, nothing known beyond", () => {
  const spacing = { x: 2, y: 2 };
  const moved = onGridOf(ramp(4, 4, { spacing, geometry: at(0, 0) }), ramp(3, 3, { spacing, geometry: at(2, 4, 7) }));
  expect(moved).toMatchObject({ width: 3, height: 3, spacing, geometry: { origin: { x: 2, y: 4, z: 7 } } });
  expect([...moved.data]).toEqual([201, 202, 203, 301, 302, 303, 0, 0, 0]);
});

it("places in two frames of reference say nothing: what is known of both decides, not what the picture alone says", () => {
  const spacing = { x: 1, y: 1 };
  const far = { ...ramp(4, 4, { spacing, geometry: at(-300, -250) }), frameOfReferenceUid: "1.2" };
  const reference = { ...ramp(2, 2, { spacing: { x: 2, y: 2 }, geometry: at(0, 0) }), frameOfReferenceUid: "1.3" };
  expect(gridRelation(far, reference)).toBe("spaced");
  expect(gridRelation({ ...far, frameOfReferenceUid: null }, reference)).toBe("placed");
  const { frameOfReferenceUid: _, ...frame } = far;
  expect([...onGridOf(frame, reference, undefined, "spaced").data]).toEqual([50.5, 52.5, 250.5, 252.5]);
  expect(onGridOf(frame, ramp(4, 4, { spacing, geometry: at(0, 0) }), undefined, "same")).toBe(frame);
});

it("the size of pixels decides where places are not known: centers on each other", () => {
  const coarse = { ...ramp(2, 2), spacing: { x: 2, y: 2 } };
  const frame = ramp(4, 4, { spacing: { x: 1, y: 1 } });
  expect(gridRelation(frame, coarse)).toBe("spaced");
  expect([...onGridOf(frame, coarse).data]).toEqual([50.5, 52.5, 250.5, 252.5]);
});

it("an alignment moves what is read, whatever the grids: one pixel of the reference to the right", () => {
  const frame = ramp(4, 4);
  const moved = onGridOf(frame, ramp(4, 4), [1, 0, 1, 0, 1, 0]);
  expect([...moved.data].slice(0, 8)).toEqual([1, 2, 3, 0, 101, 102, 103, 0]);
  const coarse = { ...ramp(2, 2), spacing: { x: 2, y: 2 } };
  const spaced = { ...frame, spacing: { x: 1, y: 1 } };
  expect([...onGridOf(spaced, coarse, [1, 0, 0, 0, 1, 0.5]).data]).toEqual([150.5, 152.5, 300.5, 302.5]);
});

it("where nothing is known, both show the same field", () => {
  expect(gridRelation(ramp(4, 4), ramp(2, 2))).toBe("stretched");
  expect([...onGridOf(ramp(4, 4), ramp(2, 2)).data]).toEqual([50.5, 52.5, 250.5, 252.5]);
});
