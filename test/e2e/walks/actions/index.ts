/** @file All that a walker may do, and how often. */
import type { Walker } from "../walker.ts";
import { dragShape, fill, measure, outline, stroke, wand } from "./drawing.ts";
import { killInStroke, reload, travel } from "./history.ts";
import { acceptProposals, takeClassOff } from "./many-images.ts";
import { bridge, cut, refine } from "./reshaping.ts";
import { changeBrushSize, changeView, chooseClass, hide, limitBrush, lock } from "./settings.ts";
import { copyNeighbor, fillGap, showAnotherImage } from "./slices.ts";

export { undoAll } from "./history.ts";

/** Weights: how much oftener one is taken than another. */
const actions: [weight: number, act: (walker: Walker) => Promise<void>][] = [
  [26, (walker) => stroke(walker, "brush")],
  [8, (walker) => stroke(walker, "eraser")],
  [5, (walker) => dragShape(walker, "rectangle")],
  [5, (walker) => dragShape(walker, "ellipse")],
  [5, (walker) => dragShape(walker, "lasso")],
  [4, (walker) => outline(walker, "polygon")],
  [3, (walker) => outline(walker, "livewire")],
  [3, fill],
  [3, wand],
  [3, cut],
  [3, bridge],
  [3, measure],
  [9, refine],
  [16, (walker) => travel(walker, "undo")],
  [10, (walker) => travel(walker, "redo")],
  [8, chooseClass],
  [3, lock],
  [2, hide],
  [5, changeBrushSize],
  [3, limitBrush],
  [8, changeView],
  [14, showAnotherImage],
  [5, copyNeighbor],
  [5, fillGap],
  [1, reload],
  [0.5, killInStroke],
  [1, takeClassOff],
  [1, acceptProposals],
];

/** One action of a person. */
export async function step(walker: Walker): Promise<void> {
  let pick = walker.random.between(
    0,
    actions.reduce((sum, [weight]) => sum + weight, 0),
  );
  const [, act] = actions.find(([weight]) => (pick -= weight) < 0)!;
  await act(walker);
}
