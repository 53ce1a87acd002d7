/**
 * @file A simulated person: draws a scribble where a proposal is most wrong. In the largest connected error, from its middle to a
 * random pixel of its inside: as usual in the field (e.g. Sofiiuk et al., arXiv:2102.06583, for clicks).
 */
import type { Random } from "../../src-main/random/index.ts";
import { type LabelMap, labelComponents, type Scribble, squaredDistances } from "../../src-main/voxels/index.ts";

/** Null when the proposal is right everywhere, or wrong in single pixels only. */
export function simulateScribble(
  { proposal, truth, value }: { proposal: LabelMap; truth: LabelMap; value: number },
  random: Random,
): Scribble | null {
  const { width, height } = truth;
  let worst: { inside: Uint8Array; size: number; isForeground: boolean } | null = null;
  for (const isForeground of [true, false]) {
    const errors = truth.data.map((each, index) => {
      const isMissed = each === value && proposal.data[index] !== value;
      const isWrong = each !== value && proposal.data[index] === value;
      return (isForeground ? isMissed : isWrong) ? 1 : 0;
    });
    const { labels, sizes } = labelComponents(errors, [height, width], 1);
    const size = Math.max(0, ...sizes);
    if (size === 0 || size <= (worst?.size ?? 0)) continue;
    const label = sizes.indexOf(size) + 1;
    worst = { inside: Uint8Array.from(labels, (each) => (each === label ? 1 : 0)), size, isForeground };
  }
  if (worst === null || worst.size < 4) return null;
  const depth = squaredDistances({ width, height, data: worst.inside.map((each) => 1 - each) });
  let middle = 0;
  depth.forEach((each, index) => {
    if (each > depth[middle]!) middle = index;
  });
  // People stay off the border: half as deep as the middle.
  const candidates = [...depth.keys()].filter(
    (index) => worst.inside[index] === 1 && depth[index]! * 4 >= depth[middle]!,
  );
  const end = candidates[Math.floor(random.between(0, candidates.length))] ?? middle;
  const point = (index: number) => ({ x: (index % width) + 0.5, y: Math.floor(index / width) + 0.5 });
  const points = straightWithin(point(middle), point(end), (x, y) => worst.inside[y * width + x] === 1);
  return { value, isForeground: worst.isForeground, radius: 1, points };
}

/** From `from` towards `to` as far as the way stays inside. */
function straightWithin(
  from: { x: number; y: number },
  to: { x: number; y: number },
  isInside: (x: number, y: number) => boolean,
) {
  const count = Math.max(1, Math.ceil(Math.hypot(to.x - from.x, to.y - from.y)));
  const points = [from];
  for (let step = 1; step <= count; step++) {
    const share = step / count;
    const next = { x: from.x + share * (to.x - from.x), y: from.y + share * (to.y - from.y) };
    if (!isInside(Math.floor(next.x), Math.floor(next.y))) break;
    points.push(next);
  }
  return points;
}
