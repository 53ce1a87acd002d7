/** @file Areas of annotated objects by class, as histograms of equal ratios: a lesion may be a thousand times larger than another. */
import type { FrameObjects } from "../project/index.ts";
import type { ObjectAreas } from "./contract.ts";

const BINS = 24;

/** Null when there is no object. In mm² once the size of pixels is known of any frame that has one. */
export function objectAreas(frames: readonly FrameObjects[]): ObjectAreas | null {
  const unit = frames.some(({ pixelMm2, sizes }) => pixelMm2 !== null && sizes.size > 0) ? "mm2" : "px";
  const byClass = new Map<number, number[]>();
  let leftOut = 0;
  for (const { sizes, pixelMm2 } of frames) {
    const factor = unit === "px" ? 1 : pixelMm2;
    for (const [value, pixels] of sizes) {
      if (factor === null) {
        leftOut += pixels.length;
        continue;
      }
      const areas = byClass.get(value) ?? [];
      for (const count of pixels) areas.push(count * factor);
      byClass.set(value, areas);
    }
  }
  let low = Infinity;
  let high = 0;
  for (const areas of byClass.values()) {
    for (const area of areas) {
      if (area < low) low = area;
      if (area > high) high = area;
    }
  }
  if (high === 0) return null;
  const scale = high > low ? BINS / Math.log(high / low) : 0;
  const classes = [...byClass]
    .toSorted(([a], [b]) => a - b)
    .map(([value, areas]) => {
      const counts = new Array<number>(BINS).fill(0);
      for (const area of areas) counts[Math.min(BINS - 1, Math.floor(Math.log(area / low) * scale))]!++;
      const sorted = Float64Array.from(areas).sort();
      const middle = sorted.length >> 1;
      const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
      return { value, objects: areas.length, median, counts };
    });
  return { unit, low, high, leftOut, classes };
}
