/** @file Measuring: a length by a drag, an angle by three clicks, the area of a class by a click on it. Nothing is painted. */
import type { Point } from "../../../../src-main/voxels/index.ts";
import { type Easel, type PointerVerb, Tool, type ToolState } from "../tool.ts";

export function lengthTool(easel: Easel): Tool {
  const idle: ToolState = {
    name: "idle",
    onPointerDown: ({ image }) => (easel.frame === null ? undefined : new Spanning(easel, image, idle)),
  };
  return new Tool(idle);
}

export function angleTool(easel: Easel): Tool {
  const idle: ToolState = {
    name: "idle",
    onPointerDown: ({ image }) => (easel.frame === null ? undefined : new Opening(easel, image, idle)),
  };
  return new Tool(idle);
}

export function areaTool(easel: Easel): Tool {
  return new Tool({
    name: "idle",
    onPointerDown: ({ image }) => {
      const { labels } = easel;
      const x = Math.floor(image.x);
      const y = Math.floor(image.y);
      if (labels === null || x < 0 || y < 0 || x >= labels.width || y >= labels.height) return undefined;
      const value = labels.data[y * labels.width + x]!;
      if (value !== 0) easel.measures.add({ kind: "area", at: image, value });
      return undefined;
    },
  });
}

/** One end is set, the other follows the pointer. */
class Spanning implements ToolState {
  readonly name = "spanning";
  readonly #easel: Easel;
  readonly #from: Point;
  readonly #idle: ToolState;

  constructor(easel: Easel, from: Point, idle: ToolState) {
    this.#easel = easel;
    this.#from = from;
    this.#idle = idle;
  }

  onPointerMove({ image }: PointerVerb): undefined {
    this.#easel.measures.draft = { kind: "length", from: this.#from, to: image };
  }

  onPointerUp({ image }: PointerVerb): ToolState {
    const { measures } = this.#easel;
    measures.draft = null;
    if (image.x !== this.#from.x || image.y !== this.#from.y) {
      measures.add({ kind: "length", from: this.#from, to: image });
    }
    return this.#idle;
  }

  onCancel(): ToolState {
    this.#easel.measures.draft = null;
    return this.#idle;
  }
}

/** The end of one ray is set, then the vertex; the next point follows the pointer. */
class Opening implements ToolState {
  readonly name = "opening";
  readonly #easel: Easel;
  readonly #first: Point;
  readonly #idle: ToolState;
  #vertex: Point | null = null;

  constructor(easel: Easel, first: Point, idle: ToolState) {
    this.#easel = easel;
    this.#first = first;
    this.#idle = idle;
  }

  onHover({ image }: PointerVerb): undefined {
    this.#easel.measures.draft =
      this.#vertex === null
        ? { kind: "length", from: this.#first, to: image }
        : { kind: "angle", first: this.#first, vertex: this.#vertex, second: image };
  }

  onPointerMove(verb: PointerVerb): undefined {
    this.onHover(verb);
  }

  onPointerDown({ image }: PointerVerb): ToolState | undefined {
    // The second press of a double click sets no further point.
    const last = this.#vertex ?? this.#first;
    if (image.x === last.x && image.y === last.y) return undefined;
    if (this.#vertex === null) {
      this.#vertex = image;
      return undefined;
    }
    const { measures } = this.#easel;
    measures.draft = null;
    measures.add({ kind: "angle", first: this.#first, vertex: this.#vertex, second: image });
    return this.#idle;
  }

  onStepBack(): ToolState | undefined {
    if (this.#vertex === null) return this.onCancel();
    this.#vertex = null;
    this.#easel.measures.draft = null;
    return undefined;
  }

  onCancel(): ToolState {
    this.#easel.measures.draft = null;
    return this.#idle;
  }
}
