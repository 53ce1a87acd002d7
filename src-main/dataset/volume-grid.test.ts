import { describe, expect, it } from "vitest";
import { createLabelMap, type Frame } from "../voxels/index.ts";
import { groupVolumes, gridSize, readVolume, readVolumeLabels, restoreSlices } from "./index.ts";

/** Values rise by one along a row, by `step` from slice to slice; stored with slope 2 and intercept -1000. */
function slices(count: number, { width = 4, height = 3, step = 100, places = (z: number) => z } = {}) {
  const made = Array.from({ length: count }, (_, z): Frame => ({
    width,
    height,
    channels: 1,
    sampleType: "int16",
    data: Int16Array.from({ length: width * height }, (_, at) => step * z + at),
    photometric: "MONOCHROME2",
    rescaleSlope: 2,
    rescaleIntercept: -1000,
    window: null,
    spacing: { x: 1, y: 1 },
    geometry: {
      origin: { x: 0, y: 0, z: places(z) },
      columnDirection: { x: 1, y: 0, z: 0 },
      rowDirection: { x: 0, y: 1, z: 0 },
      sliceStep: null,
    },
  }));
  return { count, slice: (index: number) => Promise.resolve(made[index]!), made };
}

describe("a series on the grid", () => {
  it("is stacked in units of the modality: Hounsfield units of a window become 0 to 1", async () => {
    const { size, original, values } = await readVolume(slices(5, { step: 200 }), { side: 64, intensity: "abdomen" });
    expect(size).toEqual([5, 3, 4]);
    expect(original).toEqual({ width: 4, height: 3 });
    expect(values[0]).toBe(0); // -1000 HU
    expect(values[3 * 12]).toBeCloseTo((200 + 125) / 400); // 2 · 600 - 1000 = 200 HU
    expect(values[4 * 12]).toBe(1); // 600 HU
    const { values: bright } = await readVolume(slices(1, { step: 0 }), { side: 64, intensity: "z-score" });
    expect(bright.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 5);
  });

  it("is reduced in its plane alone, and never enlarged", async () => {
    expect(gridSize({ width: 500, height: 300 }, 100)).toEqual({ width: 100, height: 60 });
    expect(gridSize({ width: 50, height: 30 }, 100)).toEqual({ width: 50, height: 30 });
    const { size } = await readVolume(slices(7, { width: 8, height: 6 }), { side: 4, intensity: "z-score" });
    expect(size).toEqual([7, 3, 4]);
  });

  it("tells its size before memory is taken", async () => {
    const onSize = () => {
      throw new Error("too large");
    };
    await expect(readVolume(slices(2), { side: 9, intensity: "z-score", onSize })).rejects.toThrow("too large");
  });

  it("refuses slices of two sizes, and several at one place", async () => {
    const odd = slices(3);
    odd.made[1] = slices(1, { width: 5 }).made[0]!;
    await expect(readVolume(odd, { side: 9, intensity: "z-score" })).rejects.toThrow(/is no volume/);
    const echoes = slices(4, { places: (z) => z >> 1 });
    await expect(readVolume(echoes, { side: 9, intensity: "z-score" })).rejects.toThrow(/is no volume/);
  });

  it("has labels as class numbers, and refuses a mask of another size", async () => {
    const grid = { size: [2, 3, 4], original: { width: 4, height: 3 } } as const;
    const map = createLabelMap(4, 3);
    map.data.set([0, 7, 9, 4]);
    const labels = await readVolumeLabels(grid, () => Promise.resolve(map), [9, 7]);
    expect([...labels.subarray(12, 16)]).toEqual([0, 2, 1, 0]);
    await expect(readVolumeLabels(grid, () => Promise.resolve(createLabelMap(3, 4)), [9])).rejects.toThrow(
      /another size/,
    );
  });

  it("comes back slice by slice at its own size, to the pixel where it was not reduced", () => {
    const grid = { size: [3, 2, 4], original: { width: 4, height: 2 } } as const;
    const classes = Uint8Array.from({ length: 24 }, (_, at) => (at * 7) % 3);
    const said = Float32Array.from({ length: 3 * 24 }, (_, at) =>
      classes[at % 24] === Math.floor(at / 24) ? 0.9 : 0.05,
    );
    const maps = [...restoreSlices(said, grid, [5, 6])].map(({ labelMap }) => labelMap);
    expect(maps.map(({ width, height }) => [width, height])).toEqual([1, 2, 3].map(() => [4, 2]));
    expect(maps.flatMap(({ data }) => [...data])).toEqual([...classes].map((number) => [0, 5, 6][number]));
    const large = { ...grid, original: { width: 40, height: 20 } };
    expect([...restoreSlices(said, large, [5, 6])][1]!.labelMap).toMatchObject({ width: 40, height: 20 });
  });
});

describe("frames as volumes", () => {
  const frame = (frameId: number, id: number, role: "train" | "validate" | "unlabelled", hasLabelMap = true) => {
    return { frameId, role, hasLabelMap, volume: { id, slices: 2 } };
  };

  it("are labelled where all slices are; a part of the labels is none; a slice that is missing leaves all out", () => {
    const { volumes, leftOut } = groupVolumes([
      ...[frame(1, 1, "train"), frame(2, 1, "train")],
      ...[frame(3, 3, "train"), frame(4, 3, "unlabelled", false)],
      frame(5, 5, "train"),
      ...[frame(7, 7, "validate"), frame(8, 7, "validate")],
      ...[frame(9, 9, "validate"), frame(10, 9, "validate", false)],
      { frameId: 11, role: "train", hasLabelMap: true },
    ]);
    expect(volumes).toEqual([
      { id: 1, role: "train", frameIds: [1, 2] },
      { id: 3, role: "unlabelled", frameIds: [3, 4] },
      { id: 7, role: "validate", frameIds: [7, 8] },
    ]);
    expect(leftOut).toBe(4);
  });
});
