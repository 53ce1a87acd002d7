/** @file Real images and paintings are measured on one scale: were the paintings real images, the figures would say so. */
import { expect, test } from "vitest";
import { type PlacedPicture, pictureOf, preprocessFrame, squareFrame } from "../../src-main/dataset/index.ts";
import { encodeSafetensors } from "../../src-main/engine/safetensors.ts";
import { describeSynthesis } from "../../src-main/methods/mask-to-image/synthesis-file.ts";
import { findMethod } from "../../src-main/methods/index.ts";
import { describeSiamese } from "../../src-main/methods/siamese-diffusion/model-file.ts";
import { pooledFeatures, synthesisQuality } from "../../src-main/metrics/index.ts";
import { realImages } from "../../src-main/runs/real-images.ts";
import { lesionStudy } from "../experiments/lesion-phantom.ts";

const SIZE = 32;
const COUNTS = { learned: 40, judged: 40, side: SIZE };
const study = lesionStudy(5, COUNTS);
const learned = study.frames.slice(0, COUNTS.learned);
const fresh = study.frames.slice(COUNTS.learned);
const cases = { ...study, frames: learned.map((frame) => ({ ...frame, role: "train" as const, hasLabelMap: true })) };

/** Weights without networks that say what they paint: nothing is painted with them here. */
const file = (name: string, metadata: Record<string, string>): Uint8Array =>
  encodeSafetensors({ tensors: { [name]: { shape: [1], data: Float32Array.of(0) } }, metadata });

const options = { size: SIZE, channels: 3 } as const;
const [classes, range] = [study.classes, { low: -3.5, high: 3.5 }];
const generators = {
  genseg: {
    weights: file(
      "generator.weight",
      describeSynthesis({
        method: "genseg",
        classes,
        ...options,
        range,
        generator: { width: 4, widest: 8, search: "none" },
      }),
    ),
    /** A generator that paints as well as can be. */
    paint(frame: Awaited<ReturnType<typeof study.frame>>): PlacedPicture {
      const { image, placement } = preprocessFrame(frame, options);
      const shares = image.map((value) => (value - range.low) / (range.high - range.low));
      return { image: shares.map((value) => Math.min(1, Math.max(0, value))), placement, ...options };
    },
  },
  "siamese-diffusion": {
    weights: file(
      "control.weight",
      describeSiamese({
        shape: { ...options, classes: 1, denoiser: "XS", adapter: "spaceToDepth2", hint: "dense", outlets: "small" },
        classes,
        predicts: "v",
        range: { low: 0, high: 255, of: "bytes" },
        scale: { mean: [], factor: 1 },
      }),
    ),
    paint(frame: Awaited<ReturnType<typeof study.frame>>): PlacedPicture {
      const { image, placement } = squareFrame(frame, options);
      return { image: image.map((value) => value / 255), placement, ...options };
    },
  },
};

test.each(["genseg", "siamese-diffusion"] as const)(
  "real images that %s would paint are at no distance from others, as varied as they are, and copies of themselves",
  async (method) => {
    const { weights, paint } = generators[method];
    const generator = await findMethod(method).openGenerator!(weights, "cpu");
    const { real } = await realImages(cases, generator);
    await generator.release();
    const found = await Promise.all(
      fresh.map(async ({ frameId }) => pooledFeatures(pictureOf(paint(await study.frame(frameId))))),
    );
    const pairs = found.map((features, group) => ({ features, group, alignment: null, isNearCopy: false }));
    const { frechet, kernel, diversity } = synthesisQuality(real, pairs);
    for (const distance of [frechet, kernel]) {
      if (distance.kind !== "estimate") expect.unreachable();
      expect(distance.low).toBeLessThan(0);
      expect(distance.high).toBeGreaterThan(0);
    }
    if (diversity.kind !== "estimate") expect.unreachable();
    expect(Math.abs(Math.log2(diversity.value))).toBeLessThan(0.5);
    for (const { frameId } of learned.slice(0, 5)) {
      const copy = real.compare(pictureOf(paint(await study.frame(frameId))));
      expect(copy).toMatchObject({ nearestId: frameId, isNearCopy: true });
      expect(copy.pixelDistance).toBeLessThan(1e-6);
    }
  },
);
