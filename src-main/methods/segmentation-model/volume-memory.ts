/** @file Whether a volume fits into memory, known before it is read. */
import type { PerVolumeAxis } from "../../dataset/index.ts";
import { availableMemory, sizeText } from "../../engine/runtime/index.ts";
import { Problem } from "../../problem/index.ts";

const BYTES = 4;
/** Intensities before and after they are normalized. */
const COPIES = 2;

/**
 * `planes`: probabilities of each voxel that are held too, with the weight of their mean; 0 where the volume is only read. Throws
 * `Problem` "not-enough-memory".
 */
export function expectVolumeFits(
  size: PerVolumeAxis,
  { planes, available = availableMemory() }: { planes: number; available?: number },
): void {
  const needed = BYTES * (COPIES + (planes === 0 ? 0 : planes + 1)) * size[0] * size[1] * size[2];
  if (needed <= available) return;
  throw new Problem({
    code: "not-enough-memory",
    title: `A series needs about ${sizeText(needed)} of memory as a volume; ${sizeText(available)} are available.`,
    detail: `It has ${size[0]} slices, brought to ${size[2]} × ${size[1]} pixels.`,
    hint: "Close other programs, or train with smaller slices (the setting sliceSide).",
  });
}
