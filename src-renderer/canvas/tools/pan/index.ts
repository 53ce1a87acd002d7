import { panBy, type Viewport } from "../../viewport.ts";
import { type Easel, type PointerVerb, Tool, type ToolState } from "../tool.ts";

/** Moves the image with the pointer. */
export function panTool(easel: Easel): Tool {
  return new Tool(new Idle(easel));
}

class Idle implements ToolState {
  readonly name = "idle";
  readonly #easel: Easel;

  constructor(easel: Easel) {
    this.#easel = easel;
  }

  onPointerDown({ screen }: PointerVerb): ToolState {
    return new Panning(this.#easel, screen, this);
  }
}

class Panning implements ToolState {
  readonly name = "panning";
  readonly #easel: Easel;
  readonly #start: { x: number; y: number };
  readonly #before: Viewport;
  readonly #idle: ToolState;

  constructor(easel: Easel, start: { x: number; y: number }, idle: ToolState) {
    this.#easel = easel;
    this.#start = start;
    this.#before = easel.viewport;
    this.#idle = idle;
  }

  onPointerMove({ screen }: PointerVerb): undefined {
    this.#easel.viewport = panBy(this.#before, screen.x - this.#start.x, screen.y - this.#start.y);
  }

  onPointerUp(): ToolState {
    return this.#idle;
  }

  onCancel(): ToolState {
    this.#easel.viewport = this.#before;
    return this.#idle;
  }
}
