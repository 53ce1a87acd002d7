import { expect, test } from "vitest";
import type { CaseSource } from "../../dataset/index.ts";
import { createLabelMap, type Frame } from "../../voxels/index.ts";
import { openPictures } from "./pictures.ts";

/** Red, green and blue of the left half; the right half is black. */
function halves(color: readonly [number, number, number], sampleType: "uint8" | "uint16" = "uint8"): Frame {
  const pixels = Array.from({ length: 16 * 16 }, (_, place) => (place % 16 < 8 ? color : [0, 0, 0])).flat();
  return {
    width: 16,
    height: 16,
    channels: 3,
    sampleType,
    data: sampleType === "uint8" ? Uint8Array.from(pixels) : Uint16Array.from(pixels),
    photometric: "RGB",
    rescaleSlope: 1,
    rescaleIntercept: 0,
    window: null,
    spacing: null,
  };
}

function picturesOf(frames: readonly Frame[]) {
  const cases: CaseSource = {
    frames: frames.map((_, index) => ({ frameId: index, caseId: index, role: "train", hasLabelMap: true })),
    frame: async (frameId) => frames[frameId]!,
    labelMap: async () => createLabelMap(16, 16),
  };
  return openPictures({ cases, classes: [{ value: 1, name: "lesion" }] }, { size: 16, channels: 3 });
}

const firstPixel = (image: Float32Array): number[] => [0, 1, 2].map((channel) => image[channel * 256]!);

test("images of bytes keep their colors and brightness", async () => {
  const pictures = picturesOf([halves([204, 51, 0]), halves([102, 102, 102])]);
  const range = await pictures.range();
  expect(range).toEqual({ low: 0, high: 255, of: "bytes" });
  const { image } = await pictures.batch("annotated", [0, 1], range);
  const [first, second] = [image.subarray(0, 768), image.subarray(768)].map(firstPixel);
  for (const [channel, value] of [0.8, 0.2, 0].entries()) expect(first![channel]).toBeCloseTo(value, 6);
  for (const value of second!) expect(value).toBeCloseTo(0.4, 6);
});

test("where any image is deeper, all are normalized each by itself: a scanner's units mean nothing to another's", async () => {
  const pictures = picturesOf([halves([200, 200, 200], "uint8"), halves([4000, 4000, 4000], "uint16")]);
  const range = await pictures.range();
  expect(range.of).toBe("normalized");
  const { image } = await pictures.batch("annotated", [0, 1], range);
  const [first, second] = [image.subarray(0, 768), image.subarray(768)].map(firstPixel);
  for (const [channel, value] of first!.entries()) expect(value).toBeCloseTo(second![channel]!, 5);
  expect(first![0]).toBeCloseTo(1, 5);
});

test("images of one value are refused, and those that are each of one: normalized, nothing of them is left", async () => {
  const flat = (value: number): Frame => ({ ...halves([0, 0, 0], "uint16"), data: new Uint16Array(768).fill(value) });
  for (const values of [[1000], [1000, 2000], [0, 40_001]]) {
    await expect(picturesOf(values.map(flat)).range()).rejects.toThrow(/All images to learn from are of one value/);
  }
  await expect(picturesOf([halves([0, 0, 0])]).range()).rejects.toThrow(/All images to learn from are of one value/);
});
