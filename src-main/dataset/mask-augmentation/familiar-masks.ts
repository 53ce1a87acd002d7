/**
 * @file Is a mask like those that a generator learned from? Compared are size, place and extent of each class. A mask that lies farther from all of them than any
 * of them from the others asks for what the generator has never seen; it may paint anything there.
 */
import type { LabelMap } from "../../voxels/index.ts";

/** Beyond the largest distance among the known masks by so much: what lies between is a matter of chance. */
const BEYOND = 1.5;
/** Shares of the frame's side: masks that differ by less are alike, however alike the known ones are among each other. */
const LEAST = 0.1;

/** Of one class: square root of its share of the frame, its middle, and its spread about that, all as shares of the side. */
type Extent = readonly [side: number, x: number, y: number, spread: number];
type Description = ReadonlyMap<number, Extent>;

export interface FamiliarMasks {
  /** To the nearest known mask or its mirror image; Infinity where none shows the same classes. */
  distance(map: LabelMap): number;
  isFar(map: LabelMap): boolean;
}

/** `known`: masks of one size that a generator learned from, mirrored left to right too. */
export function openFamiliarMasks(known: readonly LabelMap[]): FamiliarMasks {
  const described = known.map(describe);
  const nearest = (one: Description, others: readonly Description[]): number =>
    Math.min(Infinity, ...others.flatMap((other) => [distanceOf(one, other), distanceOf(mirrored(one), other)]));
  const among = described
    .map((one, index) => nearest(one, described.toSpliced(index, 1)))
    .filter((distance) => distance < Infinity);
  const limit = Math.max(LEAST, BEYOND * Math.max(0, ...among));
  const distance = (map: LabelMap): number => nearest(describe(map), described);
  return { distance, isFar: (map) => distance(map) > limit };
}

function describe({ width, height, data }: LabelMap): Description {
  const sums = new Map<number, { count: number; x: number; y: number; squares: number }>();
  for (let pixel = 0; pixel < data.length; pixel++) {
    const value = data[pixel]!;
    if (value === 0) continue;
    const [x, y] = [((pixel % width) + 0.5) / width, (Math.floor(pixel / width) + 0.5) / height];
    const sum = sums.get(value) ?? { count: 0, x: 0, y: 0, squares: 0 };
    sums.set(value, { count: sum.count + 1, x: sum.x + x, y: sum.y + y, squares: sum.squares + x * x + y * y });
  }
  return new Map(
    [...sums].map(([value, { count, x, y, squares }]) => {
      const [mx, my] = [x / count, y / count];
      const spread = Math.sqrt(Math.max(0, squares / count - mx * mx - my * my));
      return [value, [Math.sqrt(count / data.length), mx, my, spread]];
    }),
  );
}

const mirrored = (one: Description): Description =>
  new Map([...one].map(([value, [side, x, y, spread]]) => [value, [side, 1 - x, y, spread]]));

/** Of the class that differs most; Infinity between masks of different classes. */
function distanceOf(one: Description, other: Description): number {
  if (one.size !== other.size) return Infinity;
  let most = 0;
  for (const [value, extent] of one) {
    const against = other.get(value);
    if (against === undefined) return Infinity;
    most = Math.max(most, Math.hypot(...extent.map((part, index) => part - against[index]!)));
  }
  return most;
}
