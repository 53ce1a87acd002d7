import type { DisplayWindow } from "../../../../src-main/voxels/index.ts";
import { type Easel, type PointerVerb, Tool, type ToolState } from "../tool.ts";

/** CSS pixels of dragging that change the window by its own width. */
const PIXELS_PER_WIDTH = 300;

/** Window by dragging, as on a workstation: right = wider, down = darker (center up). */
export function windowTool(easel: Easel): Tool {
  return new Tool(new Idle(easel));
}

class Idle implements ToolState {
  readonly name = "idle";
  readonly #easel: Easel;

  constructor(easel: Easel) {
    this.#easel = easel;
  }

  onPointerDown({ screen }: PointerVerb): ToolState {
    return new Adjusting(this.#easel, screen, this);
  }
}

class Adjusting implements ToolState {
  readonly name = "adjusting";
  readonly #easel: Easel;
  readonly #start: { x: number; y: number };
  readonly #before: DisplayWindow;
  readonly #idle: ToolState;

  constructor(easel: Easel, start: { x: number; y: number }, idle: ToolState) {
    this.#easel = easel;
    this.#start = start;
    this.#before = easel.window;
    this.#idle = idle;
  }

  onPointerMove({ screen }: PointerVerb): undefined {
    const { center, width } = this.#before;
    const unit = width / PIXELS_PER_WIDTH;
    this.#easel.window = {
      // A width below 1 is not a window (DICOM PS3.3 C.11.2.1.2).
      width: Math.max(1, width + (screen.x - this.#start.x) * unit * 2),
      center: center + (screen.y - this.#start.y) * unit,
    };
  }

  onPointerUp(): ToolState {
    return this.#idle;
  }

  onCancel(): ToolState {
    this.#easel.window = this.#before;
    return this.#idle;
  }
}
