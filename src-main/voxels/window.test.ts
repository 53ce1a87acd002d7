import { expect, it } from "vitest";
import {
  brightness,
  type DisplayWindow,
  type Frame,
  fullRangeWindow,
  linearWindow,
  rangeOfWindow,
  renderFrame,
  renderFrameRgba,
  suggestWindow,
  windowOfRange,
} from "./index.ts";

/** Brightness of one value. */
const level = (value: number, window: DisplayWindow): number => brightness(window)(value);

function frameOf(changes: Partial<Frame>): Frame {
  return {
    width: 2,
    height: 1,
    channels: 1,
    sampleType: "uint8",
    data: Uint8Array.of(0, 255),
    photometric: "MONOCHROME2",
    rescaleSlope: 1,
    rescaleIntercept: 0,
    window: null,
    spacing: null,
    ...changes,
  };
}

it("follows the example of the standard: center 2048, width 4096 over 12 bits (PS3.3 C.11.2.1.2)", () => {
  const window = { center: 2048, width: 4096 };
  expect(level(0, window)).toBe(0);
  expect(level(4095, window)).toBe(1);
  expect(level(2047.5, window)).toBe(0.5);
});

it("center 0, width 1 is a threshold", () => {
  expect(level(-0.5, { center: 0, width: 1 })).toBe(0);
  expect(level(-0.4, { center: 0, width: 1 })).toBe(1);
});

it("a range and its window are the same thing, also below one unit", () => {
  for (const [low, high] of [
    [0, 255],
    [-1024, 3071],
    [0.1, 0.35],
    [5, 5],
  ] as const) {
    const window = windowOfRange(low, high);
    expect(window.width).toBeGreaterThanOrEqual(1);
    expect(level(low - 1e-9, window)).toBe(0);
    expect(level(high + 1e-9, window)).toBe(1);
    expect(rangeOfWindow(window).low).toBeCloseTo(low, 12);
    expect(rangeOfWindow(window).high).toBeCloseTo(high, 12);
  }
});

it("a table clamps at its ends and takes the nearest entry for fractions", () => {
  const window = { table: { first: 10, bits: 8, entries: Uint16Array.of(0, 51, 255) } };
  expect([-5, 10, 10.4, 10.6, 11, 12, 99].map((value) => level(value, window))).toEqual([0, 0, 0, 0.2, 0.2, 1, 1]);
  expect(renderFrame(frameOf({ sampleType: "float32", data: Float32Array.of(NaN, 12) }), { window })).toEqual(
    Uint8Array.of(0, 255),
  );
});

it("the linear window like a table goes from its flat start to its flat end, up or down", () => {
  const entries = (...values: number[]) => ({ table: { first: 2, bits: 8, entries: Uint16Array.from(values) } });
  expect(rangeOfWindow(linearWindow(entries(0, 0, 60, 120, 255, 255)))).toEqual({ low: 3, high: 6 });
  expect(rangeOfWindow(linearWindow(entries(255, 255, 60, 0, 0)))).toEqual({ low: 3, high: 5 });
});

it("values with fractions get a window whose width is that of their range", () => {
  const unit = frameOf({ sampleType: "float32", data: Float32Array.of(0, 0.5) });
  expect(fullRangeWindow(unit)).toEqual({ function: "LINEAR_EXACT", center: 0.25, width: 0.5 });
  expect([...renderFrame(unit, { window: fullRangeWindow(unit) })]).toEqual([0, 255]);
  const whole = frameOf({ sampleType: "int16", data: Int16Array.of(-3, 4) });
  expect(fullRangeWindow(whole)).toEqual(windowOfRange(-3, 4));
});

it("inversion turns MONOCHROME1 back", () => {
  const film = frameOf({ photometric: "MONOCHROME1" });
  expect([...renderFrame(film)]).toEqual([255, 0]);
  expect([...renderFrame(film, { isInverted: true })]).toEqual([0, 255]);
});

it("suggests the file's window, then the whole range of 8 bits, then percentiles", () => {
  expect(suggestWindow(frameOf({ window: { center: 3, width: 9 } }))).toEqual({ center: 3, width: 9 });
  expect(suggestWindow(frameOf({}))).toEqual({ center: 128, width: 256 });
  const data = Int16Array.from({ length: 100 * 100 }, (_, index) => (index === 0 ? 32_000 : index % 100));
  const wide = frameOf({ width: 100, height: 100, sampleType: "int16", data, rescaleSlope: 2, rescaleIntercept: -10 });
  const { low, high } = rangeOfWindow(suggestWindow(wide));
  expect(low).toBe(-10);
  expect(high).toBe(2 * 99 - 10); // the one outlier is left out
});

it("survives constant images, not-a-number and negative slopes", () => {
  const constant = frameOf({ sampleType: "uint16", data: Uint16Array.of(7, 7) });
  expect(suggestWindow(constant)).toEqual(windowOfRange(7, 7));
  const empty = frameOf({ sampleType: "float32", data: Float32Array.of(NaN, Infinity) });
  expect(suggestWindow(empty)).toEqual(windowOfRange(0, 0));
  expect(renderFrame(empty)[0]).toBe(0);
  const negative = frameOf({ sampleType: "int16", data: Int16Array.of(0, 100), rescaleSlope: -1 });
  expect([...renderFrame(negative)]).toEqual([255, 0]);
});

it("renders every sample type alike, and MONOCHROME1 inverted", () => {
  const window = windowOfRange(0, 100);
  const values = [0, 25, 50, 100, 120];
  const expected = [0, 64, 128, 255, 255];
  for (const [sampleType, data] of [
    ["uint8", Uint8Array.from(values)],
    ["uint16", Uint16Array.from(values)],
    ["int16", Int16Array.from(values)],
    ["int32", Int32Array.from(values)],
    ["float32", Float32Array.from(values)],
  ] as const) {
    const frame = frameOf({ width: 5, sampleType, data });
    expect([...renderFrame(frame, { window })]).toEqual(expected);
    const inverted = renderFrame({ ...frame, photometric: "MONOCHROME1" }, { window });
    expect([...inverted]).toEqual([255, 191, 128, 0, 0]);
  }
  const negative = frameOf({ width: 2, sampleType: "int16", data: Int16Array.of(-50, 50) });
  expect([...renderFrame(negative, { window: windowOfRange(-50, 50) })]).toEqual([0, 255]);
});

it("fills RGBA from gray and from color", () => {
  expect([...renderFrameRgba(frameOf({}))]).toEqual([0, 0, 0, 255, 255, 255, 255, 255]);
  const color = frameOf({ width: 1, channels: 3, photometric: "RGB", data: Uint8Array.of(1, 2, 3) });
  expect([...renderFrameRgba(color)]).toEqual([1, 2, 3, 255]);
});
