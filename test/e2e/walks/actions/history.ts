/** @file Undo and redo, and what history must survive: a page that is loaded again, an app that is killed. */
import type { Walker } from "../walker.ts";

export async function travel(walker: Walker, way: "undo" | "redo"): Promise<void> {
  // Faster than the app answers.
  const times = 1 + walker.random.integer(3);
  walker.note(`${way} ${times} times`);
  const chord = { key: way === "undo" ? "z" : "y", ctrl: true };
  await walker.press(...Array.from({ length: times }, () => chord));
  for (let time = 0; time < times; time++) walker.histories[way](walker.current);
  await walker.hand.ready(walker.frameId);
}

/** Everything of one image back to its beginning, as fast as keys repeat. */
export async function undoAll(walker: Walker): Promise<void> {
  const { histories, current } = walker;
  let steps = 0;
  for (; histories.canUndo(current); steps++) histories.undo(current);
  await walker.press(...Array.from({ length: steps }, () => ({ key: "z", ctrl: true })));
  await walker.hand.ready(walker.frameId);
}

export async function reload(walker: Walker): Promise<void> {
  walker.note("reloads the page");
  await walker.hand.saved();
  await walker.hand.page.reload();
  await walker.comeBack();
}

export async function killInStroke(walker: Walker): Promise<void> {
  const { page } = walker.hand;
  walker.note("the app is killed in mid-stroke");
  await walker.take("brush");
  await walker.hand.saved();
  const { points } = await walker.points(3, 10);
  await page.mouse.move(points[0]!.x, points[0]!.y);
  await page.mouse.down();
  await page.mouse.move(points[1]!.x, points[1]!.y);
  await walker.restart();
  await walker.comeBack();
}
