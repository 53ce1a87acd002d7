import { describe, expect, it, test } from "vitest";
import { Random } from "../random/index.ts";
import type { Frame } from "../voxels/index.ts";
import {
  countWindows,
  cutPatch,
  drawPatch,
  normalizeVolume,
  type PerVolumeAxis,
  slideOver,
  volumeSpacing,
  windowStarts,
} from "./index.ts";

function slice(z: number | null, { width = 4, height = 3, value = 0 } = {}): Frame {
  const geometry = {
    origin: { x: 5, y: -7, z: z ?? 0 },
    columnDirection: { x: 1, y: 0, z: 0 },
    rowDirection: { x: 0, y: 1, z: 0 },
    sliceStep: null,
  };
  return {
    width,
    height,
    channels: 1,
    sampleType: "int16",
    data: Int16Array.from({ length: width * height }, (_, at) => value + at),
    photometric: "MONOCHROME2",
    rescaleSlope: 2,
    rescaleIntercept: -1000,
    window: null,
    spacing: { x: 0.5, y: 0.7 },
    ...(z === null ? {} : { geometry }),
  };
}

describe("where slices lie", () => {
  it("is told by the distance of slices from their places", () => {
    expect(volumeSpacing([slice(-3), slice(-5.5), slice(-8)])).toEqual({ kind: "volume", spacing: [2.5, 0.7, 0.5] });
  });

  it("is not invented: no spacing without places, none where a slice is missing", () => {
    expect(volumeSpacing([slice(null), slice(null)])).toEqual({ kind: "volume", spacing: null });
    expect(volumeSpacing([slice(0), slice(1), slice(3)])).toEqual({ kind: "volume", spacing: null });
  });
});

test("z-score over the volume: mean 0, deviation 1; all 0 for one value", () => {
  const z = normalizeVolume(Float32Array.of(10, 20, 30, 40), { kind: "z-score" });
  expect([...z].map((value) => Math.round(value * 1e6) / 1e6)).toEqual([-1.341641, -0.447214, 0.447214, 1.341641]);
  expect([...normalizeVolume(Float32Array.of(7, 7), { kind: "z-score" })]).toEqual([0, 0]);
});

test("a window clips and brings to 0–1, as for CT from -125 to 275 HU", () => {
  const window = { kind: "window", low: -125, high: 275 } as const;
  expect([...normalizeVolume(Float32Array.of(-1000, -125, 75, 275, 2000), window)]).toEqual([0, 0, 0.5, 1, 1]);
  expect(() => normalizeVolume(Float32Array.of(0), { ...window, high: -125 })).toThrow("empty");
});

describe("random patches", () => {
  const starts = (size: PerVolumeAxis, patch: PerVolumeAxis) => {
    const random = new Random("patch", 1);
    const drawn = Array.from({ length: 4000 }, () => drawPatch(size, patch, random));
    return [0, 1, 2].map((axis) => {
      const along = drawn.map((start) => start[axis]!);
      return [Math.min(...along), Math.max(...along), new Set(along).size];
    });
  };

  it("begin anywhere but at the last place, within a volume that is larger", () => {
    expect(starts([20, 14, 12], [16, 8, 8])).toEqual([
      [0, 3, 4],
      [0, 5, 6],
      [0, 3, 4],
    ]);
  });

  it("get room on all axes when one is not larger: max((patch - size) div 2 + 3, 0) at both ends", () => {
    // 16: exactly the patch, 3 on either side. 13 of 16: 4. 18 of 16: 2. 30 of 16: none.
    expect(starts([16, 13, 18], [16, 16, 16])).toEqual([
      [-3, 2, 6],
      [-4, 0, 5],
      [-2, 3, 6],
    ]);
    expect(starts([8, 30, 30], [16, 16, 16])[1]).toEqual([0, 13, 14]);
  });

  it("hold what the volume holds, and zeros beyond it", () => {
    const size = [3, 4, 5] as const;
    const values = Uint8Array.from({ length: 60 }, (_, index) => index + 1);
    const patch = [4, 3, 7] as const;
    const into = new Uint8Array(84).fill(99);
    cutPatch(values, size, { start: [-1, 2, -1], patch, into });
    for (let index = 0; index < 84; index++) {
      const [z, y, x] = [Math.floor(index / 21) - 1, (Math.floor(index / 7) % 3) + 2, (index % 7) - 1];
      const isInside = z >= 0 && z < 3 && y < 4 && x >= 0 && x < 5;
      expect(into[index]).toBe(isInside ? (z * 4 + y) * 5 + x + 1 : 0);
    }
    cutPatch(values, size, { start: [0, 0, 9], patch, into });
    expect(into.every((value) => value === 0)).toBe(true);
  });
});

describe("sliding windows", () => {
  it("begin every stride, the last flush with the border; short axes are padded, the smaller half in front", () => {
    const options = { patch: [112, 112, 80], stride: [18, 18, 4] } as const;
    expect(windowStarts([130, 160, 88], options)).toEqual([
      [0, 18],
      [0, 18, 36, 48],
      [0, 4, 8],
    ]);
    expect(windowStarts([109, 112, 81], options)).toEqual([[-1], [0], [0, 1]]);
    expect(countWindows([130, 160, 88], options)).toBe(24);
    expect(windowStarts([20, 20, 20], { patch: [8, 8, 16] })[0]).toEqual([0, 4, 8, 12]);
    expect(() => windowStarts([20, 20, 20], { patch: [8, 8, 8], stride: [0, 4, 4] })).toThrow("does not move");
  });

  it.each(["even", "gaussian"] as const)(
    "%s: a constant network reproduces its constants, everywhere",
    async (weighting) => {
      for (const size of [
        [9, 13, 10],
        [5, 8, 21],
      ] as PerVolumeAxis[]) {
        const patch = [8, 8, 8] as const;
        const predict = () => Promise.resolve(Float32Array.from({ length: 1024 }, (_, at) => (at < 512 ? 0.25 : 0.7)));
        const stride = [3, 5, 4] as const;
        const voxels = size[0] * size[1] * size[2];
        const found = await slideOver(new Float32Array(voxels), size, predict, { patch, stride, weighting, planes: 2 });
        expect(found.length).toBe(2 * voxels);
        found.forEach((value, index) => expect(value).toBeCloseTo(index < voxels ? 0.25 : 0.7, 5));
      }
    },
  );

  it("a network that says what it sees gives the volume back: windows are put where they were cut, padding is cut off", async () => {
    const random = new Random("windows", 1);
    for (const size of [
      [9, 13, 10],
      [5, 8, 21],
      [3, 2, 1],
    ] as PerVolumeAxis[]) {
      const values = Float32Array.from({ length: size[0] * size[1] * size[2] }, () => random.integer(4096));
      const same = (patch: Float32Array) => Promise.resolve(patch.slice());
      const options = { patch: [8, 6, 8], stride: [3, 5, 4], weighting: "even", planes: 1 } as const;
      expect(await slideOver(values, size, same, options)).toEqual(values); // whole numbers: exact
      const gaussian = await slideOver(values, size, same, { ...options, weighting: "gaussian" });
      gaussian.forEach((value, index) => expect(Math.abs(value - values[index]!)).toBeLessThan(5e-3)); // float32 of 4096
    }
  });

  it("by Gaussian weights the window counts more whose middle is nearer", async () => {
    let calls = 0;
    const predict = () => Promise.resolve(new Float32Array(8 * 8 * 8).fill(calls++));
    const size = [8, 8, 12] as const;
    const found = await slideOver(new Float32Array(768), size, predict, { patch: [8, 8, 8], planes: 1 });
    expect(calls).toBe(2); // half a patch apart
    const row = [...found.subarray(0, 12)];
    expect(row.slice(0, 4)).toEqual([0, 0, 0, 0]);
    expect(row.slice(8)).toEqual([1, 1, 1, 1]);
    expect(row[4]).toBeLessThan(0.5);
    expect(row[7]).toBeGreaterThan(0.5);
  });

  it("says when the network does not fit", async () => {
    const predict = () => Promise.resolve(new Float32Array(3));
    await expect(slideOver(new Float32Array(8), [2, 2, 2], predict, { patch: [2, 2, 2], planes: 1 })).rejects.toThrow(
      "expected 1 × 8 probabilities, got 3",
    );
  });
});
