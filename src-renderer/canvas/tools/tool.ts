/**
 * @file A tool is a small state machine. It sees pointer verbs in image coordinates, changes its easel, and reports
 * one edit per gesture.
 */
import type { DisplayWindow, Frame, LabelMap, Lock, Point, Rectangle } from "../../../src-main/voxels/index.ts";
import type { MeasureSheet } from "../measures.ts";
import type { ProposalDraft } from "../proposal-sheet.svelte.ts";
import type { Sketch } from "../sketch.ts";
import type { Viewport } from "../viewport.ts";
import type { Draft } from "./redact/draft.ts";

export interface PointerVerb {
  /** Position in image pixels; may lie outside the image. */
  image: Point;
  /** Position in CSS pixels of the canvas. */
  screen: Point;
  /** Alt is held: shapes take away instead of adding. */
  isSubtracting?: boolean;
}

/** What tools act on. */
export interface Easel {
  readonly frame: Frame | null;
  readonly labels: LabelMap | null;
  /** In image pixels. */
  readonly brushRadius: number;
  readonly classValue: number;
  /** Pixels of such classes stay as they are. */
  readonly isLocked: Lock;
  /** Whether the brush may change the pixel at that row-major index; null: it may change all. */
  readonly brushLimit: ((index: number) => boolean) | null;
  /** Largest difference from the pixel under the wand, in rescaled units. */
  wandTolerance: number;
  viewport: Viewport;
  window: DisplayWindow;
  /** Shown over the picture while it is being drawn. */
  sketch: Sketch | null;
  readonly measures: MeasureSheet;
  /** What a model proposes. */
  readonly proposal: ProposalDraft;
  /** What is to be redacted, once it is confirmed. */
  readonly redaction: Draft;
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
  /** The pointer moves without being pressed. */
  onHover?(verb: PointerVerb): ToolState | undefined;
  /** Enter or a double click: what is being drawn is done. */
  onComplete?(): ToolState | undefined;
  /** Backspace: without the last point. */
  onStepBack?(): ToolState | undefined;
  /** Escape, or the browser took the pointer away: leave things as they were before the gesture. */
  onCancel?(): ToolState | undefined;
}

export class Tool {
  readonly #initial: ToolState;
  #state: ToolState;
  /** Where the pressed pointer was last; null while it is up. */
  #pressed: PointerVerb | null = null;

  constructor(initial: ToolState) {
    this.#initial = this.#state = initial;
  }

  get stateName(): string {
    return this.#state.name;
  }

  /** Something is begun that Escape would take back. */
  get isBusy(): boolean {
    return this.#state !== this.#initial;
  }

  pointerDown(verb: PointerVerb): void {
    this.#pressed = verb;
    this.#state = this.#state.onPointerDown?.(verb) ?? this.#state;
  }

  pointerMove(verb: PointerVerb): void {
    if (this.#pressed !== null) this.#pressed = verb;
    this.#state = this.#state.onPointerMove?.(verb) ?? this.#state;
  }

  pointerUp(verb: PointerVerb): void {
    this.#pressed = null;
    this.#state = this.#state.onPointerUp?.(verb) ?? this.#state;
  }

  hover(verb: PointerVerb): void {
    this.#state = this.#state.onHover?.(verb) ?? this.#state;
  }

  complete(): void {
    this.#state = this.#state.onComplete?.() ?? this.#state;
  }

  stepBack(): void {
    this.#state = this.#state.onStepBack?.() ?? this.#state;
  }

  cancel(): void {
    this.#pressed = null;
    this.#state = this.#state.onCancel?.() ?? this.#state;
  }

  /**
   * The picture or the tool is about to change. What is begun is work: a pressed pointer counts as let go where it is, an open outline as
   * complete. Only what cannot be completed is dropped.
   */
  leave(): void {
    if (this.#pressed !== null) this.pointerUp(this.#pressed);
    if (this.isBusy) this.complete();
    if (this.isBusy) this.cancel();
  }
}
