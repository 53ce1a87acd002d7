import { describe, expect, it } from "vitest";
import { nmae, psnr, rangeNmae } from "./image-error.ts";
import { ssim } from "./structural-similarity.ts";

/** A disc on a background of -1 and a changed copy, 16 x 20: the worked example of RegGAN's measures, whose code works them in PyTorch. */
function discs() {
  const real: number[] = [];
  const fake: number[] = [];
  for (let i = 0; i < 16; i++) {
    for (let j = 0; j < 20; j++) {
      const inside = (i - 7.5) ** 2 + (j - 9.5) ** 2 < 36;
      const truth = inside ? 0.8 * Math.sin(0.7 * i) * Math.cos(0.4 * j) : -1;
      real.push(truth);
      fake.push(Math.min(1, Math.max(-1, 0.9 * truth + 0.05 * Math.cos(0.5 * i + 0.3 * j))));
    }
  }
  const mask = real.map((value) => (value > -1 + 1e-6 ? 1 : 0));
  return { real, fake, mask, shape: [16, 20] };
}

describe("images and their references", () => {
  const { real, fake, mask, shape } = discs();

  it("are measured within a mask", () => {
    expect(mask.filter((value) => value === 1)).toHaveLength(112);
    expect(rangeNmae(fake, real, { mask, dataRange: 2 })).toBeCloseTo(0.0182037125, 9);
    expect(psnr(fake, real, { mask, dataRange: 2 })).toBeCloseTo(33.1339981, 6);
    expect(psnr(fake, real, { dataRange: 2 })).toBeCloseTo(27.1944288, 6);
  });

  it("have a higher similarity where the range is said to be wider", () => {
    expect(ssim(fake, real, { shape, dataRange: 2 })).toBeCloseTo(0.9707773, 6);
    expect(ssim(fake, real, { shape, dataRange: 1 })).toBeCloseTo(0.9591257, 6);
  });

  it("do not depend on the background when a mask leaves it out", () => {
    const changed = fake.map((value, index) => (mask[index] ? value : value + 0.3));
    for (const image of [fake, changed]) {
      expect(psnr(image, real, { mask, dataRange: 2 })).toBe(psnr(fake, real, { mask, dataRange: 2 }));
      expect(nmae(image, real, { mask })).toBe(nmae(fake, real, { mask }));
    }
  });

  it("that are equal have no error: infinite PSNR, or the ceiling of a paper", () => {
    expect(nmae(real, real)).toBe(0);
    expect(psnr(real, real, { dataRange: 2 })).toBe(Infinity);
    expect(psnr(real, real, { dataRange: 2, ceiling: 100 })).toBe(100);
    expect(ssim(real, real, { shape, dataRange: 2 })).toBeCloseTo(1, 12);
  });

  it("may be flat: the constants of SSIM decide, and nothing is relative to zero", () => {
    const [dark, bright] = [new Float32Array(64), new Float32Array(64).fill(1)];
    expect(ssim(dark, dark, { shape: [8, 8], dataRange: 1 })).toBe(1);
    expect(ssim(bright, dark, { shape: [8, 8], dataRange: 1 })).toBeCloseTo(1e-4 / (1 + 1e-4), 12);
    expect(psnr(bright, dark, { dataRange: 1 })).toBeCloseTo(0, 12);
    expect(nmae(bright, dark)).toBeNull();
  });

  it("are refused when they cannot be compared", () => {
    expect(() => psnr([1, 2], [1], { dataRange: 1 })).toThrow("psnr: the image has 2 voxels, the reference 1.");
    expect(() => nmae([1, 2], [1, 2], { mask: [1] })).toThrow("the mask 1");
    expect(() => nmae([], [])).toThrow("no voxel");
    expect(() => psnr([1], [2], { dataRange: 1, mask: [0] })).toThrow("no voxel");
    expect(() => psnr([NaN], [2], { dataRange: 1 })).toThrow("voxel 0 is NaN in the image");
    expect(() => psnr([1], [2], { dataRange: 0 })).toThrow("data range must be a positive number, got 0");
    expect(() => ssim([1, 2], [1, 2], { shape: [1, 2], dataRange: 1 })).toThrow(
      "1 x 2 is smaller than the window of 7",
    );
    expect(() => ssim([1], [1], { shape: [2, 2], dataRange: 1 })).toThrow("do not fit the shape 2 x 2");
    const holed = real.map((value, index) => (index === 3 ? NaN : value));
    expect(() => ssim(real, holed, { shape, dataRange: 2 })).toThrow("voxel 3");
    expect(() => ssim(real, real, { shape, dataRange: 2, window: { kind: "uniform", size: 4 } })).toThrow("odd size");
  });
});

it("a volume's similarity is that of all windows of the volume, as by the definition", () => {
  const shape = [4, 5, 6];
  const image = Float64Array.from({ length: 120 }, (_, index) => Math.sin(index));
  const reference = Float64Array.from({ length: 120 }, (_, index) => Math.sin(index) + 0.3 * Math.cos(3 * index));
  const scores: number[] = [];
  for (let z = 0; z < 2; z++) {
    for (let y = 0; y < 3; y++) {
      for (let x = 0; x < 4; x++) {
        const places = Array.from({ length: 27 }, (_, at) => {
          const [dz, dy, dx] = [Math.floor(at / 9), Math.floor(at / 3) % 3, at % 3];
          return ((z + dz) * 5 + y + dy) * 6 + x + dx;
        });
        const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / 27;
        const [a, b] = [image, reference].map((values) => places.map((place) => values[place]!)) as [
          number[],
          number[],
        ];
        const [meanA, meanB] = [mean(a), mean(b)];
        const covariance = (u: number[], v: number[]) =>
          (27 / 26) * mean(u.map((value, index) => (value - mean(u)) * (v[index]! - mean(v))));
        const [c1, c2] = [0.02 ** 2, 0.06 ** 2];
        scores.push(
          ((2 * meanA * meanB + c1) * (2 * covariance(a, b) + c2)) /
            ((meanA ** 2 + meanB ** 2 + c1) * (covariance(a, a) + covariance(b, b) + c2)),
        );
      }
    }
  }
  const expected = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  const got = ssim(image, reference, { shape, dataRange: 2, window: { kind: "uniform", size: 3 } });
  expect(got).toBeCloseTo(expected, 12);
});
