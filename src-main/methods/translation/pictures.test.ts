import { expect, it } from "vitest";
import type { CaseSource, SourceFrame } from "../../dataset/index.ts";
import { type Frame, type PlaneTransform, transformOf } from "../../voxels/index.ts";
import { neighborPlaces, openPictures } from "./pictures.ts";

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

const identity: PlaneTransform = [1, 0, 0, 0, 1, 0];
const modalities = { source: "a", target: "b", kind: "paired" as const };
const none = () => Promise.reject(new Error("none"));

it("pairs that are moved are moved alike; those that are misaligned each by itself", async () => {
  // The target looks as the source does: what differs afterwards was moved otherwise.
  const frames = (["source", "target"] as const).map((side, at): SourceFrame => ({
    frameId: at + 1,
    caseId: 1,
    role: "train",
    hasLabelMap: false,
    modality: { side, ...(side === "source" && { counterpart: 2 }) },
  }));
  const cases: CaseSource = { frames, frame: () => Promise.resolve(picture(identity, 1)), labelMap: none };
  const batches = async (how: { augmentPaired: boolean; noiseLevel: number }) => {
    const pictures = openPictures({ cases, seed: 1, modalities }, { size: SIZE, slices: 1, batchSize: 2, ...how });
    await pictures.prepare();
    return [await pictures.batch(0), await pictures.batch(1)];
  };
  const [still] = await batches({ augmentPaired: false, noiseLevel: 0 });
  const moved = await batches({ augmentPaired: true, noiseLevel: 0 });
  for (const { source, target } of moved) {
    expect(source).toEqual(target);
    expect(source).not.toEqual(still!.source);
  }
  // Each place of each step by its own movement.
  const images = moved.flatMap(({ source }) => [source.slice(0, SIZE ** 2), source.slice(SIZE ** 2)].map(String));
  expect(new Set(images).size).toBe(4);
  for (const augmentPaired of [false, true]) {
    for (const { source, target } of await batches({ augmentPaired, noiseLevel: 3 }))
      expect(source).not.toEqual(target);
  }
  expect(await batches({ augmentPaired: true, noiseLevel: 3 })).toEqual(
    await batches({ augmentPaired: true, noiseLevel: 3 }),
  );
});

it("neighbors stand on both sides of a slice; at the ends of its series the last one again", () => {
  expect(neighborPlaces(2, 1, 5)).toEqual([2]);
  expect(neighborPlaces(2, 3, 5)).toEqual([1, 2, 3]);
  expect(neighborPlaces(0, 3, 5)).toEqual([0, 0, 1]);
  expect(neighborPlaces(4, 5, 5)).toEqual([2, 3, 4, 4, 4]);
  expect(neighborPlaces(0, 5, 1)).toEqual([0, 0, 0, 0, 0]);
});

it("a stack holds a slice between its neighbors of the same series, and is moved as one", async () => {
  // Two series of three slices each; the spots of every slice lie elsewhere. Counterparts are 10 above.
  const slices = [1, 2, 3, 4, 5, 6];
  const sourceOf = (frameId: number, role: SourceFrame["role"]): SourceFrame => ({
    frameId,
    caseId: frameId < 4 ? 1 : 2,
    role,
    hasLabelMap: false,
    volume: { id: frameId < 4 ? 1 : 2, slices: 3 },
    modality: { side: "source", counterpart: 10 + frameId },
  });
  const targetOf = ({ frameId, volume, ...frame }: SourceFrame): SourceFrame => ({
    ...frame,
    frameId: 10 + frameId,
    volume: { id: 10 + volume!.id, slices: 3 },
    modality: { side: "target" },
  });
  const read = async (role: SourceFrame["role"], options: { slices: number; augmentPaired?: boolean }) => {
    const sources = slices.map((frameId) => sourceOf(frameId, role));
    const cases: CaseSource = {
      frames: [...sources, ...sources.map(targetOf)],
      frame: (id) => Promise.resolve(picture([1, 0, 2 * (id % 10), 0, 1, id % 10], 1)),
      labelMap: none,
    };
    const how = { size: SIZE, noiseLevel: 0, augmentPaired: false, batchSize: 1, ...options };
    const pictures = openPictures({ cases, seed: 1, modalities }, how);
    await pictures.prepare();
    return pictures;
  };
  const alone = await read("validate", { slices: 1 });
  const own = await Promise.all(slices.map(async (_, index) => (await alone.validation(index)).source));
  const stacked = await read("validate", { slices: 3 });
  const planesOf = (stack: Float32Array) =>
    [0, 1, 2].map((at) =>
      own.findIndex((plane) => plane.every((value, place) => value === stack[at * SIZE ** 2 + place])),
    );
  const seen = await Promise.all(slices.map(async (_, index) => planesOf((await stacked.validation(index)).source)));
  expect(seen).toEqual([
    [0, 0, 1],
    [0, 1, 2],
    [1, 2, 2],
    [3, 3, 4],
    [3, 4, 5],
    [4, 5, 5],
  ]);

  // Moved, the middle of the stack still looks as its target does, which is the same picture.
  const training = await read("train", { slices: 3, augmentPaired: true });
  const { source, target } = await training.batch(0);
  expect(source.slice(SIZE ** 2, 2 * SIZE ** 2)).toEqual(target);
  expect(planesOf(source)).toEqual([-1, -1, -1]);
});

it("a slice without counterpart teaches nothing, but is neighbor of its series and scales it", async () => {
  const volume = { id: 1, slices: 2 };
  const about = { caseId: 1, hasLabelMap: false, volume };
  const alone: SourceFrame = { ...about, frameId: 3, role: "context", modality: { side: "source" } };
  const paired: SourceFrame[] = [
    { ...about, frameId: 1, role: "train", modality: { side: "source", counterpart: 2 } },
    { ...about, frameId: 2, role: "train", volume: { id: 2, slices: 1 }, modality: { side: "target" } },
  ];
  const read = async (frames: SourceFrame[]) => {
    const frame = (id: number) => Promise.resolve(picture(identity, id === 3 ? 4 : 1));
    const how = { size: SIZE, slices: 3, noiseLevel: 0, augmentPaired: false, batchSize: 1 };
    const pictures = openPictures({ cases: { frames, frame, labelMap: none }, seed: 1, modalities }, how);
    await pictures.prepare();
    expect(pictures.count).toBe(1);
    return (await pictures.batch(0)).source;
  };
  const largest = (stack: Float32Array, place: number): number =>
    stack.slice(place * SIZE ** 2, (place + 1) * SIZE ** 2).reduce((most, value) => Math.max(most, value), -1);
  expect(largest(await read(paired), 1)).toBeCloseTo(1, 1);
  const stack = await read([...paired, alone]);
  expect(largest(stack, 1)).toBeLessThan(0);
  expect(largest(stack, 2)).toBeCloseTo(1, 1);
});
