/** @file What it takes to describe an image by its scattering coefficients, and to find its nearest among a thousand real images. One thread. */
import { describeImage, openRealImages } from "../../../src-main/metrics/index.ts";
import { Random } from "../../../src-main/random/index.ts";
import { median, ownRow, type Row } from "../rows.ts";

const SIZE = 256;
const REAL = 1000;
const RUNS = 60;
const WARM_UP = 20;

export function benchNearCopies(): Promise<Row[]> {
  const random = new Random("near-copies");
  const draw = () => ({
    width: SIZE,
    height: SIZE,
    channels: 1 as const,
    data: Float32Array.from({ length: SIZE ** 2 }, () => random.uniform()),
  });
  const synthetic = draw();
  const describing = times(() => describeImage(synthetic));
  const start = performance.now();
  const real = openRealImages(Array.from({ length: REAL }, (_, id) => ({ id, image: draw() })));
  const opening = performance.now() - start;
  const comparing = times(() => real.compare(synthetic));
  const row = (workload: string, unit: string, ours: number, runs: number): Row =>
    ownRow("images", { workload, unit, ours, runs });
  return Promise.resolve([
    row(`features of an image, ${SIZE}² grey`, "ms", median(describing), RUNS),
    row(`the same, and its nearest of ${REAL} real images`, "ms", median(comparing), RUNS),
    row(`${REAL} real images, ${SIZE}², made, described and compared with each other`, "s", opening / 1000, 1),
  ]);
}

function times(work: () => unknown): number[] {
  return Array.from({ length: WARM_UP + RUNS }, () => {
    const start = performance.now();
    work();
    return performance.now() - start;
  }).slice(WARM_UP);
}
