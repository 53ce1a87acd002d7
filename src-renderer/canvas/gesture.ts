/**
 * @file From DOM pointer events to verbs of one tool. Which tool depends on the button: left the chosen one (space: pan),
 * middle pans, right adjusts the window.
 */
import type { Easel } from "./easel.svelte.ts";
import { changesLabels, paintsClass, type ToolName } from "./tools/index.ts";
import type { PointerVerb, Tool } from "./tools/tool.ts";
import { screenToImage, zoomAt } from "./viewport.ts";
import { wheelPixels, WheelSteps } from "./wheel-steps.ts";

/** Zoom per pixel of wheel movement. */
const ZOOM_PER_PIXEL = 0.0016;

/** What the owner of the canvas does with gestures that are not the easel's. */
export interface GestureOptions {
  /** Goes through the slices around; null where the wheel zooms. */
  onSlices: () => ((steps: number) => void) | null;
  /** The pointer is on a second picture: it moves the view and sets the window, nothing else. */
  isViewOnly: boolean;
}

export class Gesture {
  readonly #easel: Easel;
  #active: { tool: Tool; pointerId: number } | null = null;
  readonly #wheelSteps = new WheelSteps();
  readonly #options: GestureOptions;
  isSpaceHeld = false;

  constructor(easel: Easel, options: GestureOptions) {
    this.#easel = easel;
    this.#options = options;
  }

  get isActive(): boolean {
    return this.#active !== null;
  }

  pointerDown(event: PointerEvent): void {
    if (this.#active !== null) return;
    if (event.button === 0 && !this.isSpaceHeld && !this.#options.isViewOnly) this.#easel.noteGesture();
    const name = this.#toolFor(event);
    if (name === null) return;
    const canvas = event.currentTarget as HTMLElement;
    canvas.setPointerCapture(event.pointerId);
    this.#active = { tool: this.#easel.tool(name), pointerId: event.pointerId };
    this.#active.tool.pointerDown(this.#verb(event, canvas));
    event.preventDefault();
  }

  pointerMove(event: PointerEvent): void {
    if (this.#active === null && !this.#options.isViewOnly)
      this.#easel.heldTool.hover(this.#verb(event, event.currentTarget as HTMLElement));
    if (event.pointerId !== this.#active?.pointerId) return;
    const canvas = event.currentTarget as HTMLElement;
    // All positions since the last frame: fast strokes stay round.
    const passed = event.getCoalescedEvents();
    for (const each of passed.length > 0 ? passed : [event]) this.#active.tool.pointerMove(this.#verb(each, canvas));
  }

  pointerUp(event: PointerEvent): void {
    if (event.pointerId !== this.#active?.pointerId) return;
    const { tool } = this.#active;
    this.#active = null;
    tool.pointerUp(this.#verb(event, event.currentTarget as HTMLElement));
  }

  /** Escape, or the pointer was taken away. True if something was under way, an outline of several clicks included. */
  cancel(): boolean {
    const tool = this.#active?.tool ?? this.#easel.heldTool;
    if (this.#active === null && !tool.isBusy) return false;
    this.#active = null;
    tool.cancel();
    return true;
  }

  /** Enter or a double click. True if there was something to complete. */
  complete(): boolean {
    const { heldTool } = this.#easel;
    if (!heldTool.isBusy) return false;
    heldTool.complete();
    return true;
  }

  /** Backspace. True if there was something to take back. */
  stepBack(): boolean {
    const { heldTool } = this.#easel;
    if (!heldTool.isBusy) return false;
    heldTool.stepBack();
    return true;
  }

  /** As in 3D Slicer: the wheel goes through slices, with Ctrl it zooms, with Shift it sizes the brush. A picture without slices is zoomed. */
  wheel(event: WheelEvent): void {
    event.preventDefault();
    if (event.shiftKey) {
      const steps = this.#wheelSteps.take(event);
      if (steps !== 0) this.#easel.changeBrush(-steps);
      return;
    }
    const onSlices = this.#options.onSlices();
    if (onSlices !== null && !event.ctrlKey) {
      const steps = this.#wheelSteps.take(event);
      // The slice under a stroke stays.
      if (steps !== 0 && !this.isActive) onSlices(steps);
      return;
    }
    // Browsers report a pinch on a touchpad as ctrl + wheel with small fractions.
    const isPinch = event.ctrlKey && !Number.isInteger(event.deltaY);
    const { screen } = this.#verb(event, event.currentTarget as HTMLElement);
    const strength = isPinch ? 8 : 1;
    const factor = Math.exp(-wheelPixels(event) * ZOOM_PER_PIXEL * strength);
    this.#easel.viewport = zoomAt(this.#easel.viewport, screen, factor);
  }

  #toolFor(event: PointerEvent): ToolName | null {
    if (event.button === 1) return "pan";
    if (event.button === 2) return "window";
    if (event.button !== 0) return null;
    if (this.isSpaceHeld) return "pan";
    if (this.#options.isViewOnly) return this.#easel.toolName === "window" ? "window" : "pan";
    const { toolName, isPaintable, isLocked, classValue } = this.#easel;
    if (paintsClass(toolName) && isLocked(classValue)) return null;
    return changesLabels(toolName) && !isPaintable ? null : toolName;
  }

  #verb(event: MouseEvent, canvas: HTMLElement): PointerVerb {
    const bounds = canvas.getBoundingClientRect();
    const screen = { x: event.clientX - bounds.left, y: event.clientY - bounds.top };
    return { screen, image: screenToImage(this.#easel.viewport, screen), isSubtracting: event.altKey };
  }
}
