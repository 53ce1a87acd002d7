import { expect, test } from "vitest";
import type { Frame } from "../../src-main/voxels/index.ts";
import { readOut, sidesOf } from "./read-out.ts";

const frame = (change: Partial<Frame> = {}): Frame => ({
  width: 4,
  height: 3,
  channels: 1,
  sampleType: "int16",
  data: Int16Array.from({ length: 12 }, (_, at) => at),
  photometric: "MONOCHROME2",
  rescaleSlope: 2,
  rescaleIntercept: -1000,
  window: null,
  unit: "HU",
  spacing: { x: 0.5, y: 2 },
  ...change,
});

test("a value comes in units of the modality, a place in mm of the plane", () => {
  expect(readOut(frame(), { x: 2.5, y: 1.25 })).toEqual({
    pixel: { x: 2, y: 1 },
    values: [-988],
    unit: "HU",
    place: { kind: "plane", at: { x: 1.25, y: 2.5 } },
  });
});

test("with a geometry the place is that in the patient: the middle of the first pixel is the origin", () => {
  // A sagittal slice: columns run to the back, rows to the feet.
  const geometry = {
    origin: { x: 12, y: -80, z: 100 },
    columnDirection: { x: 0, y: 1, z: 0 },
    rowDirection: { x: 0, y: 0, z: -1 },
    sliceStep: null,
  };
  const at = (x: number, y: number) => readOut(frame({ geometry }), { x, y })!.place;
  expect(at(0.5, 0.5)).toEqual({ kind: "patient", at: { x: 12, y: -80, z: 100 } });
  expect(at(2.5, 1.5)).toEqual({ kind: "patient", at: { x: 12, y: -79, z: 98 } });
  expect(sidesOf({ x: 12, y: -79, z: -3 })).toEqual([
    ["L", 12],
    ["A", 79],
    ["I", 3],
  ]);
});

test("without a spacing there is no place, without a unit none is made up, outside there is nothing", () => {
  const { unit: _, ...plain } = frame({ spacing: null, channels: 3, data: new Int16Array(36).fill(7) });
  expect(readOut(plain, { x: 0, y: 0 })).toEqual({
    pixel: { x: 0, y: 0 },
    values: [-986, -986, -986],
    unit: null,
    place: null,
  });
  expect(readOut(frame(), { x: 4, y: 0 })).toBeNull();
  expect(readOut(frame(), { x: -0.1, y: 0 })).toBeNull();
});
