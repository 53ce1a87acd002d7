/** @file Shapes drawn from corner to opposite corner: rectangle and ellipse. */
import { ellipseMask, type Mask, type Point, rectangleMask, type Size } from "../../../../src-main/voxels/index.ts";
import { commitMask } from "../apply-mask.ts";
import { type Easel, type PointerVerb, Tool, type ToolState } from "../tool.ts";

interface Shape {
  kind: "rectangle" | "ellipse";
  maskOf: (size: Size, from: Point, to: Point) => Mask;
}

export function rectangleTool(easel: Easel): Tool {
  return shapeTool(easel, { kind: "rectangle", maskOf: rectangleMask });
}

export function ellipseTool(easel: Easel): Tool {
  return shapeTool(easel, { kind: "ellipse", maskOf: ellipseMask });
}

function shapeTool(easel: Easel, shape: Shape): Tool {
  const idle: ToolState = {
    name: "idle",
    onPointerDown: ({ image }) => (easel.labels === null ? undefined : new Stretching(easel, shape, image, idle)),
  };
  return new Tool(idle);
}

/** One corner is set, the other follows the pointer. */
class Stretching implements ToolState {
  readonly name = "stretching";
  readonly #easel: Easel;
  readonly #shape: Shape;
  readonly #from: Point;
  readonly #idle: ToolState;

  constructor(easel: Easel, shape: Shape, from: Point, idle: ToolState) {
    this.#easel = easel;
    this.#shape = shape;
    this.#from = from;
    this.#idle = idle;
  }

  onPointerMove({ image }: PointerVerb): undefined {
    this.#easel.sketch = { kind: this.#shape.kind, from: this.#from, to: image };
  }

  onPointerUp({ image, isSubtracting = false }: PointerVerb): ToolState {
    this.#easel.sketch = null;
    const { labels } = this.#easel;
    if (labels !== null) commitMask(this.#easel, labels, this.#shape.maskOf(labels, this.#from, image), isSubtracting);
    return this.#idle;
  }

  onCancel(): ToolState {
    this.#easel.sketch = null;
    return this.#idle;
  }
}
