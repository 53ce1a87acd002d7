/** @file How far two label maps agree. */
import type { LabelMap } from "./label-map.ts";

/**
 * Mean over the classes present in either of 2 |A and B| / (|A| + |B|); 1 when both are empty. Throws `RangeError` when the sizes differ.
 */
export function labelMapDice(a: LabelMap, b: LabelMap): number {
  if (a.width !== b.width || a.height !== b.height) {
    throw new RangeError(`Dice: ${a.width} x ${a.height} and ${b.width} x ${b.height} are not the same size.`);
  }
  const both = new Float64Array(256);
  const either = new Float64Array(256); // |A| + |B|
  for (let pixel = 0; pixel < a.data.length; pixel++) {
    const one = a.data[pixel]!;
    const other = b.data[pixel]!;
    if (one === other) both[one]!++;
    either[one]!++;
    either[other]!++;
  }
  let sum = 0;
  let classes = 0;
  for (let value = 1; value < 256; value++) {
    if (either[value] === 0) continue;
    sum += (2 * both[value]!) / either[value]!;
    classes++;
  }
  return classes === 0 ? 1 : sum / classes;
}
