/** @file A network of fixed patch size over a volume of any size: overlapping windows, their probabilities averaged. */
import { cutPatch } from "./volume-patch.ts";
import type { PerVolumeAxis } from "./volume.ts";

export interface WindowOptions {
  /** Size that the network takes. */
  patch: PerVolumeAxis;
  /** Voxels from one window to the next. Default: half a patch. */
  stride?: PerVolumeAxis;
  /**
   * How much a window counts where several meet: "even", every voxel alike, as published numbers were made; or "gaussian", most in the
   * middle, where the network sees all around (nnU-Net, Isensee et al. 2021, arXiv:1904.08128). Default "gaussian".
   */
  weighting?: "even" | "gaussian";
}

/** Deviation of the Gaussian as a share of the patch, nnU-Net's. */
const DEVIATION = 1 / 8;

/**
 * Where the windows begin along each axis, relative to the volume. An axis shorter than the patch is padded to it, the smaller half
 * in front; the last window ends flush with the volume.
 */
export function windowStarts(size: PerVolumeAxis, { patch, stride = halved(patch) }: WindowOptions): number[][] {
  return size.map((length, axis) => {
    const rest = length - patch[axis]!;
    if (rest <= 0) return [Math.ceil(rest / 2) + 0]; // + 0: no negative zero
    const step = stride[axis]!;
    if (!(step >= 1)) throw new RangeError(`windows: a stride of ${step} does not move.`);
    return Array.from({ length: Math.ceil(rest / step) + 1 }, (_, index) => Math.min(index * step, rest));
  });
}

/** How many times the network runs. */
export function countWindows(size: PerVolumeAxis, options: WindowOptions): number {
  return windowStarts(size, options).reduce((product, { length }) => product * length, 1);
}

/**
 * Runs `predict`, patch `[..patch]` -> probabilities `[planes, ..patch]`, on each window of a volume `[..size]` and averages:
 * `[planes, ..size]`. The patch belongs to `slideOver`; padding is zeros, and is cut off again.
 */
export async function slideOver(
  values: Float32Array,
  size: PerVolumeAxis,
  predict: (patch: Float32Array<ArrayBuffer>) => Promise<Float32Array>,
  { planes, ...options }: WindowOptions & { planes: number },
): Promise<Float32Array<ArrayBuffer>> {
  const { patch, weighting = "gaussian" } = options;
  const count = sizeOf(patch);
  const voxels = sizeOf(size);
  const importance = patch.map((length) => importanceAlong(length, weighting));
  const smallest = smallestImportance(importance);
  const totals = new Float32Array(planes * voxels);
  const weights = new Float32Array(voxels);
  const window = new Float32Array(count);
  const [zStarts, yStarts, xStarts] = windowStarts(size, options) as [number[], number[], number[]];
  for (const z of zStarts) {
    for (const y of yStarts) {
      for (const x of xStarts) {
        cutPatch(values, size, { start: [z, y, x], patch, into: window });
        const probabilities = await predict(window);
        if (probabilities.length !== planes * count) {
          throw new RangeError(`windows: expected ${planes} × ${count} probabilities, got ${probabilities.length}.`);
        }
        add([z, y, x], probabilities);
      }
    }
  }
  for (let plane = 0; plane < planes; plane++) {
    const own = totals.subarray(plane * voxels, (plane + 1) * voxels);
    for (let voxel = 0; voxel < voxels; voxel++) own[voxel]! /= weights[voxel]!;
  }
  return totals;

  function add(start: PerVolumeAxis, probabilities: Float32Array): void {
    const [first, last] = [0, 1].map((end) =>
      patch.map((length, axis) => (end ? Math.min(length, size[axis]! - start[axis]!) : Math.max(0, -start[axis]!))),
    ) as [number[], number[]];
    for (let plane = first[0]!; plane < last[0]!; plane++) {
      for (let row = first[1]!; row < last[1]!; row++) {
        const line = importance[0]![plane]! * importance[1]![row]!;
        const from = (plane * patch[1] + row) * patch[2];
        const to = ((start[0] + plane) * size[1] + start[1] + row) * size[2] + start[2];
        for (let column = first[2]!; column < last[2]!; column++) {
          const weight = Math.max(smallest, line * importance[2]![column]!);
          weights[to + column]! += weight;
          for (let channel = 0; channel < planes; channel++) {
            totals[channel * voxels + to + column]! += weight * probabilities[channel * count + from + column]!;
          }
        }
      }
    }
  }
}

const halved = (patch: PerVolumeAxis) => patch.map((length) => Math.max(1, length >> 1)) as unknown as PerVolumeAxis;
const sizeOf = (size: PerVolumeAxis) => size.reduce((product, length) => product * length, 1);

/** Gaussian about the middle, 1 there; or 1 everywhere. */
function importanceAlong(length: number, weighting: "even" | "gaussian"): Float64Array {
  return Float64Array.from({ length }, (_, at) =>
    weighting === "even" ? 1 : Math.exp(-0.5 * ((at - (length - 1) / 2) / (DEVIATION * length)) ** 2),
  );
}

/** float32 must hold the product of three: far corners count at least this much, so that no voxel is left without weight. */
const LEAST = 1e-6;

function smallestImportance(importance: readonly Float64Array[]): number {
  return Math.max(
    LEAST,
    importance.reduce((product, along) => product * along[0]!, 1),
  );
}
