/** @file From slice to slice, and what slices lend each other. Locked classes neither come nor go. */
import { betweenOf } from "../../../reference/index.ts";
import type { Walker } from "../walker.ts";

export async function showAnotherImage(walker: Walker): Promise<void> {
  const { random, images, hand } = walker;
  const keys = ["Home", "End", "ArrowLeft", "ArrowRight"] as const;
  const key = keys[random.integer(4)]!;
  const last = images.length - 1;
  const to = { Home: 0, End: last, ArrowLeft: walker.current - 1, ArrowRight: walker.current + 1 }[key];
  walker.current = Math.min(last, Math.max(0, to));
  walker.note(`shown after ${key}`);
  await walker.press({ key });
  await hand.ready(walker.frameId);
}

export async function copyNeighbor(walker: Walker): Promise<void> {
  const { histories, current } = walker;
  const side = walker.random.uniform() < 0.5 ? -1 : 1;
  const neighbor = current + side;
  if (neighbor < 0 || neighbor >= histories.images || walker.isEmpty(neighbor)) return;
  walker.note(`copies image ${neighbor + 1}`);
  await walker.revise(() => walker.press({ key: side === -1 ? "," : "." }));
  const from = histories.labels(neighbor);
  const labels = walker.labels.map((value, index) => {
    if (walker.isLocked(value)) return value;
    return walker.isLocked(from[index]!) ? 0 : from[index]!;
  });
  // A copy is a step, also where it brings nothing new.
  histories.edit([{ image: current, labels }]);
}

/** Between two drawn slices, as one step on all that were empty. */
export async function fillGap(walker: Walker): Promise<void> {
  const { histories, current, size } = walker;
  const all = walker.images.map((_, image) => image);
  const before = all.findLast((image) => image < current && !walker.isEmpty(image));
  const after = all.find((image) => image > current && !walker.isEmpty(image));
  if (!walker.isEmpty(current) || before === undefined || after === undefined) return;
  walker.note(`fills between images ${before + 1} and ${after + 1}`);
  await walker.revise(() => walker.press({ key: "/" }));
  await walker.hand.ready(walker.frameId);
  const [from, to] = [before, after].map((image) => ({ ...size, data: histories.labels(image) }));
  const between = all.slice(before + 1, after);
  histories.edit(
    between.map((image, index) => ({
      image,
      labels: betweenOf(from!, to!, (index + 1) / (between.length + 1)).map((value) =>
        walker.isLocked(value) ? 0 : value,
      ),
    })),
  );
}
