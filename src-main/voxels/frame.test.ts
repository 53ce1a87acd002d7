import { expect, it } from "vitest";
import { createSamples, deserializeFrame, type Frame, sampleTypes, serializeFrame } from "./index.ts";

function frameOf(changes: Partial<Frame> = {}): Frame {
  return {
    width: 3,
    height: 2,
    channels: 1,
    sampleType: "int16",
    data: Int16Array.of(-32_768, -1, 0, 1, 1000, 32_767),
    photometric: "MONOCHROME1",
    rescaleSlope: 0.5,
    rescaleIntercept: -1024,
    window: { center: 40, width: 400 },
    spacing: { x: 0.7, y: 1.3 },
    ...changes,
  };
}

it("a frame survives the way through bytes, for every sample type and at odd offsets", () => {
  for (const sampleType of sampleTypes) {
    const data = createSamples(sampleType, 18);
    data.forEach((_, index) => (data[index] = index * 3));
    const frame = frameOf({ sampleType, data, channels: 3, photometric: "RGB", window: null, spacing: null });
    const bytes = serializeFrame(frame);
    expect(deserializeFrame(bytes)).toEqual(frame);
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    expect(deserializeFrame(shifted.subarray(3))).toEqual(frame);
  }
  expect(deserializeFrame(serializeFrame(frameOf()))).toEqual(frameOf());
});

it("windows, tables, unit and overlays come along", () => {
  const table = { first: -4, bits: 12, entries: Uint16Array.of(0, 4095, 7) };
  const described = frameOf({
    window: { table },
    windows: [
      { table, explanation: "Größer" },
      { function: "SIGMOID", center: 1.5, width: 0.25 },
    ],
    unit: "10⁻³ OD",
    overlays: [{ width: 3, height: 3, left: -1, top: 2, bits: Uint8Array.of(0b101, 1) }],
  });
  const bytes = serializeFrame(described);
  expect(deserializeFrame(bytes)).toEqual(described);
  expect(() => deserializeFrame(bytes.subarray(0, bytes.length - 1))).toThrow("got");
});

it("a Node buffer is not shared where samples must be copied", () => {
  const bytes = Buffer.concat([Buffer.alloc(1), serializeFrame(frameOf())]);
  expect(deserializeFrame(bytes.subarray(1))).toEqual(frameOf());
});

it("damaged bytes are refused before anything is allocated", () => {
  const bytes = serializeFrame(frameOf());
  const changed = (offset: number, ...values: number[]): Uint8Array => {
    const copy = bytes.slice();
    copy.set(values, offset);
    return copy;
  };
  expect(() => deserializeFrame(bytes.subarray(0, 63))).toThrow("fewer");
  expect(() => deserializeFrame(bytes.subarray(0, bytes.length - 1))).toThrow("expected 112 bytes, got 111");
  expect(() => deserializeFrame(changed(0, 0))).toThrow("mark");
  expect(() => deserializeFrame(changed(4, 9))).toThrow("mark");
  expect(() => deserializeFrame(changed(5, 2))).toThrow("unknown codes");
  expect(() => deserializeFrame(changed(6, 99))).toThrow("unknown codes");
  expect(() => deserializeFrame(changed(7, 2))).toThrow("RGB does not have 1 channels");
  expect(() => deserializeFrame(changed(76, 0))).toThrow("description cannot be read");
  expect(() => deserializeFrame(changed(8, 255, 255, 255, 255, 255, 255, 255, 255))).toThrow("out of range");
});

it("a frame that does not fill its size is a bug", () => {
  expect(() => serializeFrame(frameOf({ width: 4 }))).toThrow("do not fill");
});
