/** @file What a new mask costs at 256²: drawn, moved, judged and recorded; an image moved along and back. One thread, milliseconds. */
import {
  augmentMask,
  augmentPair,
  GENSEG_RANGES,
  type MaskAugmentationOptions,
  maskParent,
  unwarpImage,
} from "../../src-main/dataset/index.ts";
import { createLabelMap, type LabelMap } from "../../src-main/voxels/index.ts";
import { median, ownRow, quantile, type Row } from "./rows.ts";

const SIZE = 256;
const RUNS = 300;
const WARM_UP = 60;
const BENDING = { chance: 1, amplitude: 0.04, cells: 4 };
const BLENDING = { chance: 1, smallest: 0.2, largest: 0.8 };

/** Ellipses one in the other, a class each, the largest over a fifth of the frame. */
function nested(classes: number, size = SIZE): LabelMap {
  const map = createLabelMap(size, size);
  for (let value = 1; value <= classes; value++) {
    const shrink = 1 - (value - 1) / classes;
    for (let pixel = 0; pixel < map.data.length; pixel++) {
      const x = ((pixel % size) / size - 0.47) / (0.3 * shrink);
      const y = (Math.floor(pixel / size) / size - 0.55) / (0.22 * shrink);
      if (x * x + y * y < 1) map.data[pixel] = value;
    }
  }
  return map;
}

export function benchMasks(): Promise<Row[]> {
  const image = { width: SIZE, height: SIZE, channels: 1, data: new Float32Array(SIZE * SIZE).fill(0.5) };
  const options = (index: number, change: Partial<MaskAugmentationOptions> = {}): MaskAugmentationOptions => ({
    ranges: GENSEG_RANGES,
    seed: 1,
    index,
    ...change,
  });
  const bent = { ranges: { ...GENSEG_RANGES, elastic: BENDING } };
  const one = maskParent(1, nested(1));
  const four = maskParent(2, nested(4));
  const partners = [maskParent(3, nested(1)), maskParent(4, nested(4))];
  const blended = { ...bent, blend: BLENDING, partners };
  const { geometry } = recordOf(augmentMask(one, options(0, bent)));
  const workloads: [name: string, work: (index: number) => unknown][] = [
    ["moved, one class", (index) => augmentMask(one, options(index))],
    ["moved, four classes", (index) => augmentMask(four, options(index))],
    ["moved and bent, one class", (index) => augmentMask(one, options(index, bent))],
    ["moved and bent, four classes", (index) => augmentMask(four, options(index, bent))],
    ["blended, moved and bent, one class", (index) => augmentMask(one, options(index, blended))],
    ["signed distances of a mask of one class, once a parent", (index) => maskParent(index, one.labelMap).distances()],
    ["moved with its image, one class", (index) => augmentPair(image, one, options(index))],
    ["image brought back, bent", () => unwarpImage(image, geometry)],
  ];
  return Promise.resolve(
    workloads.flatMap(([name, work]) => {
      const times = Array.from({ length: WARM_UP + RUNS }, (_, index) => {
        const start = performance.now();
        work(index);
        return performance.now() - start;
      }).slice(WARM_UP);
      const row = (what: string, ours: number): Row =>
        ownRow("masks", { workload: `${name}, 256², ${what}`, unit: "ms", ours, runs: RUNS });
      return [row("median", median(times)), row("95th percentile", quantile(times, 0.95))];
    }),
  );
}

function recordOf(draw: ReturnType<typeof augmentMask>) {
  if (draw.outcome === "refused") throw new Error(`masks: the bench's own mask was refused: ${draw.reason}.`);
  return draw.record;
}
