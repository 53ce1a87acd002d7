import { expect, it } from "vitest";
import type { CaseSource, SourceFrame } from "../../dataset/index.ts";
import { type Frame, type PlaneTransform, transformOf } from "../../voxels/index.ts";
import { openPictures } from "./pictures.ts";

const SIZE = 48;

/** Two soft spots; `transform`: where on it what belongs to a pixel is. */
function picture(transform: PlaneTransform, gain: number): Frame {
  const [a, b, c, d, e, f] = transform;
  const determinant = a * e - b * d;
  const data = Float32Array.from({ length: SIZE * SIZE }, (_, at) => {
    // What lies here is what belongs to this pixel of the other picture.
    const [x, y] = [(at % SIZE) - c, Math.floor(at / SIZE) - f];
    const [column, row] = [(e * x - b * y) / determinant, (a * y - d * x) / determinant];
    const spot = (cx: number, cy: number, width: number): number =>
      Math.exp(-((column - cx) ** 2 + (row - cy) ** 2) / width);
    return gain * (spot(18, 20, 40) + 0.5 * spot(30, 28, 25));
  });
  return {
    width: SIZE,
    height: SIZE,
    channels: 1,
    sampleType: "float32",
    data,
    photometric: "MONOCHROME2",
    rescaleSlope: 1,
    rescaleIntercept: 0,
    window: null,
    spacing: null,
  };
}

it("a pair that was aligned is learned from as it lies then", async () => {
  const transform = transformOf([5, -4, 3], { width: SIZE, height: SIZE, spacing: null });
  const pairOf = (alignment?: PlaneTransform): CaseSource => {
    const source = { frameId: 1, modality: { side: "source" as const, counterpart: 2, alignment } };
    const target = { frameId: 2, modality: { side: "target" as const } };
    const frames = [source, target].map((each): SourceFrame => ({
      caseId: 1,
      role: "validate",
      hasLabelMap: false,
      ...each,
    }));
    const pictures = [picture([1, 0, 0, 0, 1, 0], 1), picture(transform, 7)];
    return {
      frames,
      frame: (id) => Promise.resolve(pictures[id - 1]!),
      labelMap: () => Promise.reject(new Error("none")),
    };
  };
  const difference = async (cases: CaseSource): Promise<number> => {
    const modalities = { source: "a", target: "b", kind: "paired" as const };
    const options = { size: SIZE, slices: 1, noiseLevel: 0, augmentPaired: false, batchSize: 1 };
    const pictures = openPictures({ cases, seed: 1, modalities }, options);
    await pictures.prepare();
    const { source, target } = await pictures.validation(0);
    return source.reduce((sum, value, at) => sum + Math.abs(value - target[at]!), 0) / source.length;
  };
  expect(await difference(pairOf())).toBeGreaterThan(0.08);
  expect(await difference(pairOf(transform))).toBeLessThan(0.01);
});
