/**
 * @file Brain slices made by numbers in two modalities that lie exactly on each other: a head of grey matter with wavy white matter, ventricles, deep nuclei
 * and often a lesion. What is bright in one is dark in the other, and the map between them is not monotone but told by each pixel: a good translation
 * exists, and blur is the only way to miss it.
 */
import type { CaseSource, SourceFrame } from "../../src-main/dataset/index.ts";
import { Random } from "../../src-main/random/index.ts";
import type { Frame } from "../../src-main/voxels/index.ts";

/** Intensities of grey matter, white matter, liquor and lesion; background is 0. */
const T1 = [0.5, 0.8, 0.15, 0.33] as const;
const T2 = [0.52, 0.3, 0.92, 0.74] as const;
const [GREY, WHITE, LIQUOR, LESION] = [0, 1, 2, 3] as const;
/** Of both, in opposite directions. */
const TEXTURE = 0.05;
/** Lengths are in parts of 64 pixels. */
const UNIT = 64;

/** Both pictures `[side, side]` in [0, 1]. */
export function brainSlices(seed: number, index: number, side: number): { t1: Float32Array; t2: Float32Array } {
  const random = new Random(seed, "brain phantom", index);
  const tissues = drawTissues(random, side);
  const texture = smoothNoise(random, side, 1.2);
  const paint = (intensities: readonly number[], sign: number): Float32Array =>
    Float32Array.from(tissues, (tissue, at) =>
      tissue < 0 ? 0 : Math.min(1, Math.max(0.01, intensities[tissue]! + sign * TEXTURE * texture[at]!)),
    );
  return { t1: paint(T1, 1), t2: paint(T2, -1) };
}

interface Ellipse {
  x: number;
  y: number;
  a: number;
  b: number;
  tilt: number;
}

/** Squared distance from the center in parts of the axes, and direction. */
function within({ x, y, a, b, tilt }: Ellipse, column: number, row: number): { radius: number; angle: number } {
  const [dx, dy] = [column - x, row - y];
  const along = (dx * Math.cos(tilt) + dy * Math.sin(tilt)) / a;
  const across = (dy * Math.cos(tilt) - dx * Math.sin(tilt)) / b;
  return { radius: Math.hypot(along, across), angle: Math.atan2(across, along) };
}

/** -1 outside the head. */
function drawTissues(random: Random, side: number): Int8Array {
  const scale = side / UNIT;
  const center = { x: side / 2 + scale * random.between(-2, 2), y: side / 2 + scale * random.between(-2, 2) };
  const head: Ellipse = {
    ...center,
    a: scale * random.between(17, 25),
    b: scale * random.between(17, 25),
    tilt: random.between(-0.3, 0.3),
  };
  const waves = Array.from({ length: 5 }, (_, order) => {
    return { order: order + 2, size: random.between(0, 0.05), phase: random.between(0, 2 * Math.PI) };
  });
  const part = (left: number, up: number, a: number, b: number, tilt: number): Ellipse => ({
    x: head.x + left * head.a,
    y: head.y + up * head.b,
    a: a * head.a,
    b: b * head.b,
    tilt,
  });
  const slant = random.between(0.15, 0.35);
  const ventricle = { a: random.between(0.1, 0.15), b: random.between(0.28, 0.38) };
  const ventricles = [-1, 1].map((sign) => part(0.2 * sign, -0.05, ventricle.a, ventricle.b, -sign * slant));
  const nuclei = [-1, 1].map((sign) => part(0.4 * sign, 0.15, random.between(0.1, 0.15), random.between(0.15, 0.2), 0));
  const turn = random.between(0, 2 * Math.PI);
  const lesion =
    random.uniform() < 0.6
      ? part(0.5 * Math.cos(turn), 0.5 * Math.sin(turn), random.between(0.08, 0.18), random.between(0.08, 0.18), turn)
      : null;
  const isIn = (ellipse: Ellipse, column: number, row: number): boolean => within(ellipse, column, row).radius <= 1;
  return Int8Array.from({ length: side * side }, (_, at) => {
    const [column, row] = [at % side, Math.floor(at / side)];
    const { radius, angle } = within(head, column, row);
    if (radius > 1) return -1;
    if (lesion !== null && isIn(lesion, column, row)) return LESION;
    if (ventricles.some((one) => isIn(one, column, row))) return LIQUOR;
    if (nuclei.some((one) => isIn(one, column, row))) return GREY;
    const border = waves.reduce((sum, { order, size, phase }) => sum + size * Math.cos(order * angle + phase), 0.75);
    return radius <= border ? WHITE : GREY;
  });
}

/** Gaussian noise smoothed by a Gaussian of `sigma` pixels, of deviation 1. */
function smoothNoise(random: Random, side: number, sigma: number): Float32Array {
  const reach = Math.ceil(3 * sigma);
  const kernel = Array.from({ length: 2 * reach + 1 }, (_, at) => Math.exp(-((at - reach) ** 2) / (2 * sigma ** 2)));
  const normal = (): number =>
    Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
  let plane = Float32Array.from({ length: side * side }, normal);
  for (const step of [1, side]) {
    const from = plane;
    plane = Float32Array.from(from, (_, at) => {
      const place = step === 1 ? at % side : Math.floor(at / side);
      return kernel.reduce((sum, weight, tap) => {
        const to = Math.min(side - 1, Math.max(0, place + tap - reach));
        return sum + weight * from[at + (to - place) * step]!;
      }, 0);
    });
  }
  const deviation = Math.sqrt(plane.reduce((sum, value) => sum + value ** 2, 0) / plane.length);
  return plane.map((value) => value / deviation);
}

/** Pairs to learn from and pairs to look at, of two patients, so that each has one scale of intensities. */
export function brainPairs(
  seed: number,
  { side, train, test }: { side: number; train: number; test: number },
): CaseSource {
  const frames: SourceFrame[] = [];
  for (let index = 0; index < train + test; index++) {
    const [source, target] = [2 * index + 1, 2 * index + 2];
    const isTrained = index < train;
    const common = { caseId: isTrained ? 1 : 2, role: isTrained ? "train" : "validate", hasLabelMap: false } as const;
    frames.push({ ...common, frameId: source, modality: { side: "source", counterpart: target } });
    frames.push({ ...common, frameId: target, modality: { side: "target" } });
  }
  return {
    frames,
    frame(frameId) {
      const { t1, t2 } = brainSlices(seed, Math.floor((frameId - 1) / 2), side);
      return Promise.resolve(floatFrame(frameId % 2 === 1 ? t1 : t2, side));
    },
    labelMap: () => Promise.reject(new Error("brain phantom: no image is annotated.")),
  };
}

const floatFrame = (data: Float32Array, side: number): Frame => ({
  width: side,
  height: side,
  channels: 1,
  sampleType: "float32",
  data,
  photometric: "MONOCHROME2",
  rescaleSlope: 1,
  rescaleIntercept: 0,
  window: null,
  spacing: null,
});
