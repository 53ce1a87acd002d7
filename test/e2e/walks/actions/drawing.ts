/** @file Drawing on an image: brush, eraser, shapes, outlines, fill, wand; and measuring, which draws nothing. */
import {
  classRegionOf,
  ellipseOf,
  polygonOf,
  rectangleOf,
  regionOf,
  strokeOf,
  wiredOf,
} from "../../../reference/index.ts";
import type { Walker } from "../walker.ts";

export async function stroke(walker: Walker, tool: "brush" | "eraser"): Promise<void> {
  const { random, hand, frame } = walker;
  await walker.take(tool);
  const { screen, points, seen } = await walker.points(1 + random.integer(5), 12);
  const isCancelled = random.uniform() < 0.08;
  const limit = walker.isLimited ? await readLimit(walker) : null;
  walker.note(`${tool} of ${screen.brushRadius} through ${JSON.stringify(seen)}${isCancelled ? ", taken back" : ""}`);
  await hand.drag(points, { isCancelled });
  const value = tool === "brush" ? walker.classValue : 0;
  if (isCancelled || walker.isLocked(value)) return;
  const inside = strokeOf(walker.size, seen, screen.brushRadius);
  walker.edit((before, index) => {
    const isAllowed = limit === null || (frame.data[index]! >= limit.low && frame.data[index]! <= limit.high);
    return inside[index] === 1 && isAllowed ? value : before;
  });
}

function readLimit({ hand }: Walker): Promise<{ low: number; high: number }> {
  return hand.page.evaluate(() => {
    const value = (name: string) => document.querySelector<HTMLInputElement>(`input[aria-label="${name}"]`)!.value;
    return { low: Number(value("Lowest")), high: Number(value("Highest")) };
  });
}

export async function dragShape(walker: Walker, tool: "rectangle" | "ellipse" | "lasso"): Promise<void> {
  const { random, hand, size } = walker;
  await walker.take(tool);
  const { points, seen } = await walker.points(tool === "lasso" ? 3 + random.integer(5) : 3, 16);
  const [isAlt, isCancelled] = [walker.isAlt(), random.uniform() < 0.08];
  walker.note(`${tool}${isAlt ? " away" : ""} ${JSON.stringify(seen)}${isCancelled ? ", taken back" : ""}`);
  await hand.drag(points, { isAlt, isCancelled });
  if (isCancelled) return;
  const [first, last] = [seen[0]!, seen.at(-1)!];
  if (tool === "rectangle") walker.paint(rectangleOf(size, first, last), isAlt);
  else if (tool === "ellipse") walker.paint(ellipseOf(size, first, last), isAlt);
  else walker.paint(polygonOf(size, seen), isAlt);
}

/** By clicks; dropped by Escape, closed by Enter or by taking another tool. */
export async function outline(walker: Walker, tool: "polygon" | "livewire"): Promise<void> {
  const { random, hand } = walker;
  await walker.take(tool);
  const { points, seen } = await walker.points(3 + random.integer(3), 20);
  // A click near the first corner would close the outline.
  const isOpen = points.every(({ x, y }, index) => index === 0 || Math.hypot(x - points[0]!.x, y - points[0]!.y) > 15);
  const isRepeated = points.some(({ x, y }, index) => x === points[index + 1]?.x && y === points[index + 1]?.y);
  if (!isOpen || isRepeated) return;
  const [isAlt, chance] = [walker.isAlt(), random.uniform()];
  // Of a locked class no outline begins, and Enter would take the proposal.
  const isDropped = chance < 0.1 || walker.isLocked(walker.classValue);
  const isLeft = !isDropped && chance < 0.2;
  const end = isDropped ? ", dropped" : isLeft ? ", closed by taking the brush" : "";
  walker.note(`${tool}${isAlt ? " away" : ""} ${JSON.stringify(seen)}${end}`);
  await hand.clicks(points, { isAlt });
  await walker.press({ key: isDropped ? "Escape" : isLeft ? "b" : "Enter" });
  if (isDropped) return;
  walker.paint(tool === "polygon" ? polygonOf(walker.size, seen) : wiredOf(walker.frame, seen), isAlt);
}

export async function fill(walker: Walker): Promise<void> {
  await walker.take("fill");
  const { points, seen } = await walker.points(1, 10);
  const isAlt = walker.isAlt();
  walker.note(`fill${isAlt ? " away" : ""} at ${JSON.stringify(seen)}`);
  await walker.hand.clicks(points, { isAlt });
  walker.paint(classRegionOf({ ...walker.size, data: walker.labels }, seen[0]!), isAlt);
}

/** Dragged to the right, its tolerance rises. */
export async function wand(walker: Walker): Promise<void> {
  await walker.take("wand");
  const { screen, points, seen } = await walker.points(2, 6);
  const isAlt = walker.isAlt();
  const tolerance = screen.wandTolerance * 2 ** ((points[1]!.x - points[0]!.x) / 100);
  walker.note(`wand${isAlt ? " away" : ""} at ${JSON.stringify(seen)} of ${tolerance}`);
  await walker.hand.drag(points, { isAlt });
  walker.paint(regionOf(walker.frame, seen[0]!, tolerance), isAlt);
}

/** Measures change no pixel. */
export async function measure(walker: Walker): Promise<void> {
  const { hand, random } = walker;
  const tool = (["length", "angle", "area"] as const)[random.integer(3)]!;
  await walker.take(tool);
  const { points } = await walker.points(3, 20);
  walker.note(`measures ${tool}`);
  if (tool === "length") await hand.drag(points);
  else await hand.clicks(tool === "angle" ? points : [points[0]!]);
}
