/** @file The lasso: what a freehand line goes around. */
import { type Point, polygonMask } from "../../../../src-main/voxels/index.ts";
import { commitMask } from "../apply-mask.ts";
import { type Easel, type PointerVerb, Tool, type ToolState } from "../tool.ts";

export function lassoTool(easel: Easel): Tool {
  const idle: ToolState = {
    name: "idle",
    onPointerDown: ({ image }) => (easel.labels === null ? undefined : new Surrounding(easel, image, idle)),
  };
  return new Tool(idle);
}

class Surrounding implements ToolState {
  readonly name = "surrounding";
  readonly #easel: Easel;
  readonly #idle: ToolState;
  readonly #points: Point[];

  constructor(easel: Easel, start: Point, idle: ToolState) {
    this.#easel = easel;
    this.#points = [start];
    this.#idle = idle;
  }

  onPointerMove({ image }: PointerVerb): undefined {
    this.#points.push(image);
    // A fresh array: the sketch is compared by identity.
    this.#easel.sketch = { kind: "path", points: [...this.#points], isClosed: true, handles: [] };
  }

  onPointerUp({ image, isSubtracting = false }: PointerVerb): ToolState {
    this.#easel.sketch = null;
    const { labels } = this.#easel;
    if (labels !== null) commitMask(this.#easel, labels, polygonMask(labels, [...this.#points, image]), isSubtracting);
    return this.#idle;
  }

  onCancel(): ToolState {
    this.#easel.sketch = null;
    return this.#idle;
  }
}
