/** @file Changing what is drawn: cut, bridge, and what the refine panel does to a whole class. */
import {
  bridgeOf,
  closeOf,
  cutOf,
  filledOf,
  growOf,
  largestOf,
  openOf,
  type Picture,
  type Plane,
  shrinkOf,
  smoothOf,
  snappedOf,
} from "../../../reference/index.ts";
import type { Walker } from "../walker.ts";

/** As the panel opens, in pixels. */
const RADIUS = 3;

/** A button of the refine panel, and what it makes of the pixels of a class. */
const refinements: Record<string, (mask: Plane, picture: Picture) => Uint8Array> = {
  "Snap to edge": (mask, picture) => snappedOf(picture, mask, RADIUS),
  Smooth: (mask) => smoothOf(mask, RADIUS),
  Grow: (mask) => growOf(mask, RADIUS),
  Shrink: (mask) => shrinkOf(mask, RADIUS),
  Open: (mask) => openOf(mask, RADIUS),
  Close: (mask) => closeOf(mask, RADIUS),
  "Fill holes": filledOf,
  "Keep largest": largestOf,
  "Clear class": ({ data }) => new Uint8Array(data.length),
};

export async function refine(walker: Walker): Promise<void> {
  const { random, size, classValue: value } = walker;
  const names = Object.keys(refinements);
  const name = names[random.integer(names.length)]!;
  if (walker.isLocked(value)) return;
  walker.note(name);
  await walker.click('section[aria-label="Refine"] button', name);
  const mask = walker.labels.map((each) => (each === value ? 1 : 0));
  if (!mask.includes(1)) return;
  const shape = refinements[name]!({ ...size, data: mask }, walker.frame);
  walker.edit((before, index) => (shape[index] === 1 ? value : before === value ? 0 : before));
}

export async function cut(walker: Walker): Promise<void> {
  await walker.take("cut");
  const { points, seen } = await walker.points(3, 25);
  walker.note(`cut along ${JSON.stringify(seen)}`);
  await walker.hand.drag(points);
  if (walker.isLocked(walker.classValue)) return;
  const after = cutOf({ ...walker.size, data: walker.labels }, seen, walker.classValue);
  walker.edit((_, index) => after[index]!);
}

export async function bridge(walker: Walker): Promise<void> {
  await walker.take("bridge");
  const { screen, points, seen } = await walker.points(2, 25);
  walker.note(`bridge ${JSON.stringify(seen)}`);
  await walker.hand.drag(points);
  if (walker.isLocked(walker.classValue)) return;
  const { isLocked } = walker;
  const ends = { from: seen[0]!, to: seen[1]! };
  const after = bridgeOf({ ...walker.size, data: walker.labels }, ends, { radius: screen.brushRadius, isLocked });
  walker.edit((_, index) => after[index]!);
}
