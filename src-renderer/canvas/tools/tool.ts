/**
 * @file A tool is a small state machine. It sees pointer verbs in image coordinates, changes its easel, and reports
 * one edit per gesture.
 */
import type { DisplayWindow, LabelMap, Point, Rectangle } from "../../../src-main/voxels/index.ts";
import type { Viewport } from "../viewport.ts";

export interface PointerVerb {
  /** Position in image pixels; may lie outside the image. */
  image: Point;
  /** Position in CSS pixels of the canvas. */
  screen: Point;
}

/** What tools act on. */
export interface Easel {
  readonly labels: LabelMap | null;
  /** In image pixels. */
  readonly brushRadius: number;
  readonly classValue: number;
  viewport: Viewport;
  window: DisplayWindow;
  /** Pixels within the rectangle changed: redraw them. */
  touch(dirty: Rectangle): void;
  /** A gesture that changed pixels is complete. */
  commitStroke(): void;
}

/** One state. A handler returns the state to go to, or nothing to stay. */
export interface ToolState {
  readonly name: string;
  onPointerDown?(verb: PointerVerb): ToolState | undefined;
  onPointerMove?(verb: PointerVerb): ToolState | undefined;
  onPointerUp?(verb: PointerVerb): ToolState | undefined;
  /** Escape, or the browser took the pointer away: leave things as they were before the gesture. */
  onCancel?(): ToolState | undefined;
}

export class Tool {
  #state: ToolState;

  constructor(initial: ToolState) {
    this.#state = initial;
  }

  get stateName(): string {
    return this.#state.name;
  }

  pointerDown(verb: PointerVerb): void {
    this.#state = this.#state.onPointerDown?.(verb) ?? this.#state;
  }

  pointerMove(verb: PointerVerb): void {
    this.#state = this.#state.onPointerMove?.(verb) ?? this.#state;
  }

  pointerUp(verb: PointerVerb): void {
    this.#state = this.#state.onPointerUp?.(verb) ?? this.#state;
  }

  cancel(): void {
    this.#state = this.#state.onCancel?.() ?? this.#state;
  }
}
