/** @file What tools share that change the view while the pointer is dragged: a state for waiting and one for dragging. */
import { type Easel, type PointerVerb, Tool, type ToolState } from "./tool.ts";

export interface Drag {
  /** Participle: the name of the state while dragging. */
  readonly name: string;
  /** Called at the press; remembers what it changes and returns how to change it by so many CSS pixels. (0, 0) restores it. */
  begin(easel: Easel): (moved: { x: number; y: number }) => void;
}

/** A tool that changes the view, not the mask. Escape restores what was there before. */
export function dragTool(easel: Easel, drag: Drag): Tool {
  const idle: ToolState = { name: "idle", onPointerDown: ({ screen }) => new Dragging(easel, drag, screen, idle) };
  return new Tool(idle);
}

class Dragging implements ToolState {
  readonly name: string;
  readonly #start: { x: number; y: number };
  readonly #move: (moved: { x: number; y: number }) => void;
  readonly #idle: ToolState;

  constructor(easel: Easel, drag: Drag, start: { x: number; y: number }, idle: ToolState) {
    this.name = drag.name;
    this.#start = start;
    this.#move = drag.begin(easel);
    this.#idle = idle;
  }

  onPointerMove({ screen }: PointerVerb): undefined {
    this.#move({ x: screen.x - this.#start.x, y: screen.y - this.#start.y });
  }

  onPointerUp(): ToolState {
    return this.#idle;
  }

  onCancel(): ToolState {
    this.#move({ x: 0, y: 0 });
    return this.#idle;
  }
}
