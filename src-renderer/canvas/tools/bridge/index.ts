/** @file The bridge: dragged from one shape to another of the same class, it joins them where they are nearest, as wide as the brush. */
import { bridge, type LabelMap, type Point, shapeAt } from "../../../../src-main/voxels/index.ts";
import { type Easel, type PointerVerb, Tool, type ToolState } from "../tool.ts";

export function bridgeTool(easel: Easel): Tool {
  const idle: ToolState = {
    name: "idle",
    onPointerDown: ({ image }) => (easel.labels === null ? undefined : new Bridging(easel, easel.labels, image, idle)),
  };
  return new Tool(idle);
}

class Bridging implements ToolState {
  readonly name = "bridging";
  readonly #easel: Easel;
  readonly #labels: LabelMap;
  readonly #from: Point;
  readonly #idle: ToolState;

  constructor(easel: Easel, labels: LabelMap, from: Point, idle: ToolState) {
    this.#easel = easel;
    this.#labels = labels;
    this.#from = from;
    this.#idle = idle;
  }

  onPointerMove({ image }: PointerVerb): undefined {
    const points = [this.#from, image];
    this.#easel.sketch = { kind: "path", points, isClosed: false, handles: points };
  }

  onPointerUp({ image }: PointerVerb): ToolState {
    this.#easel.sketch = null;
    this.#join(image);
    return this.#idle;
  }

  onCancel(): ToolState {
    this.#easel.sketch = null;
    return this.#idle;
  }

  #join(to: Point): void {
    const easel = this.#easel;
    const first = shapeAt(this.#labels, this.#from);
    const second = shapeAt(this.#labels, to);
    if (first === null || second === null || first.value !== second.value || easel.isLocked(first.value)) return;
    const isSame = second.mask.data.every((inside, index) => inside === first.mask.data[index]);
    if (isSame) return;
    const thickness = 2 * easel.brushRadius;
    const changed = bridge(this.#labels, first.mask, second.mask, { value: first.value, thickness }, easel.isLocked);
    if (changed === null) return;
    easel.touch(changed);
    easel.commitStroke();
  }
}
