/**
 * @file The picture being worked on: frame, label map, how they are shown, which tool is held.
 * Bitmaps are not reactive; `changes` says that there is something to draw.
 */
import {
  type DisplayWindow,
  type Frame,
  intensityOf,
  type LabelMap,
  linearWindow,
  type Point,
  type Rectangle,
  reshapeClass,
  uniteRectangles,
} from "../../src-main/voxels/index.ts";
import type { ClassRow, KeptWindow } from "../../src-main/api/contract.ts";
import { type LayerKind, Layers } from "./layers.svelte.ts";
import { MeasureBook } from "./measure-book.svelte.ts";
import { paletteOf } from "./palette.ts";
import { ProposalSheet } from "./proposal-sheet.svelte.ts";
import { RedactionDraft } from "./redaction-draft.svelte.ts";
import { type RefinementName, refinements } from "./refinements.ts";
import type { Sketch } from "./sketch.ts";
import { createTools, paintsClass, type ToolName } from "./tools/index.ts";
import type { Easel as ToolEasel, Tool } from "./tools/tool.ts";
import { choiceOf, chosenWindow, currentOption, isAlike, type WindowChoice, windowOptions } from "./window-choice.ts";
import { type Turn, turned, UPRIGHT } from "./orientation.ts";
import {
  actualSizeViewport,
  closeUpViewport,
  type Extent,
  fitViewport,
  keepInSight,
  type Layout,
  pixelProportions,
  PLAIN_LAYOUT,
  relaid,
  type Viewport,
  zoomAt,
} from "./viewport.ts";

export const MAX_BRUSH_RADIUS = 200;
export const MIN_BRUSH_RADIUS = 0.5;

/** The wand's first tolerance, of the width of the window. */
const WAND_SHARE = 0.08;

export interface EaselOptions {
  classes: () => readonly ClassRow[];
  /** Those kept in the project for images like the one on the easel; default: none. */
  keptWindows?: () => readonly KeptWindow[];
  /** Of the image on the easel, kept by the owner; without, the easel keeps its own. */
  measures?: MeasureBook;
  /** What the label map that is edited is; default: the annotation. */
  kind?: LayerKind;
  /** Called at the end of each gesture that changed pixels. */
  onStroke: () => void;
  /** Called when a tool is put to the picture, even where it can do nothing at the moment. */
  onGesture?: (tool: ToolName) => void;
}

/** What is shown beside a frame and its labels. */
export interface Hung {
  /** One byte per pixel, 255 = sure. */
  confidence?: Uint8Array | null;
  /** null: what is measured on it is kept nowhere. */
  frameId?: number | null;
  /** Examination that the frame belongs to; null when it is not known. */
  caseId?: number | null;
}

export class Easel implements ToolEasel {
  frame = $state.raw<Frame | null>(null);
  labels: LabelMap | null = null;
  /** One byte per pixel, 255 = sure: the uncertainty layer. */
  confidence = $state.raw<Uint8Array | null>(null);
  /** One byte per pixel, 255 = surely the class that was asked for: shown as heat in place of the uncertainty. */
  probability = $state.raw<Uint8Array | null>(null);
  /** The byte plane under the heat colors, 255 = none. */
  readonly heatPlane = $derived.by(() => this.probability?.map((byte) => 255 - byte) ?? this.confidence);
  readonly layers: Layers;
  /** Counts pictures put up: viewers upload all pixels anew. */
  picture = $state(0);
  /** Counts changes of label pixels: viewers take `takeDirty()`. */
  changes = $state(0);

  classValue = $state(1);
  brushRadius = $state(8);
  /** Whether the overlays of the file lie over the picture, where it has any. */
  isOverlayShown = $state(true);
  /** Dark for bright. */
  isInverted = $state(false);
  sketch = $state.raw<Sketch | null>(null);
  wandTolerance = $state(10);
  /** Pixels, for what is done to a whole class. */
  refineRadius = $state(3);
  /** Rescaled values that the brush may paint on; null: all. */
  threshold = $state.raw<{ low: number; high: number } | null>(null);
  /** Painting tools do nothing while false, e.g. while an undo is on its way. */
  isPaintable = $state(true);
  readonly measures: MeasureBook;
  /** Counts complete changes of label pixels, unlike `changes`. */
  edits = $state(0);
  readonly proposal = new ProposalSheet();
  /** What is to be redacted from the frame. */
  readonly redaction = new RedactionDraft();

  #toolName = $state<ToolName>("brush");
  #viewport = $state.raw<Viewport>({ ...PLAIN_LAYOUT, scale: 1, offsetX: 0, offsetY: 0 });
  /** What the person chose to see; `window` is what that means for the frame. */
  windowChoice = $state.raw<WindowChoice>({ kind: "opening" });
  readonly #window = $derived.by<DisplayWindow>(() =>
    this.frame === null ? { center: 128, width: 256 } : chosenWindow(this.windowChoice, this.frame),
  );
  #canvas: Extent = { width: 0, height: 0 };
  #isFitted = true;
  #caseId: number | null = null;
  #dirty: Rectangle | null = null;
  readonly #options: EaselOptions;
  readonly #tools: Record<ToolName, Tool>;
  readonly keptWindows = $derived.by(() => this.#options.keptWindows?.() ?? []);
  readonly palette = $derived.by(() => paletteOf(this.#options.classes()));
  /** Classes that no tool changes. */
  readonly #locked = $derived.by(() =>
    this.#options.classes().flatMap(({ value, isLocked }) => (isLocked ? [value] : [])),
  );

  constructor(options: EaselOptions) {
    this.#options = options;
    this.layers = new Layers(options.kind ?? "annotation");
    this.measures = options.measures ?? new MeasureBook();
    this.#tools = createTools(this);
  }

  get toolName(): ToolName {
    return this.#toolName;
  }
  set toolName(name: ToolName) {
    if (name === this.#toolName) return;
    this.leave();
    this.#toolName = name;
  }

  /** With a tool in hand that paints no class, the brush is taken. */
  chooseClass(value: number): void {
    this.classValue = value;
    if (!paintsClass(this.toolName)) this.toolName = "brush";
  }

  get heldTool(): Tool {
    return this.#tools[this.#toolName];
  }

  get viewport(): Viewport {
    return this.#viewport;
  }
  set viewport(viewport: Viewport) {
    this.#isFitted = false;
    this.#viewport = this.frame === null ? viewport : keepInSight(viewport, this.frame, this.#canvas);
  }

  get window(): DisplayWindow {
    return this.#window;
  }
  set window(window: DisplayWindow) {
    this.windowChoice = { kind: "own", window };
  }

  tool(name: ToolName): Tool {
    return this.#tools[name];
  }

  readonly isLocked = (value: number): boolean => this.#locked.includes(value);

  get brushLimit(): ((index: number) => boolean) | null {
    const { frame, threshold } = this;
    if (frame === null || threshold === null) return null;
    const intensity = intensityOf(frame);
    const { rescaleSlope, rescaleIntercept } = frame;
    return (index) => {
      const value = intensity(index) * rescaleSlope + rescaleIntercept;
      return value >= threshold.low && value <= threshold.high;
    };
  }

  /** Puts up a frame; zoom and window stay while frames are alike, turns within an examination, so that a series does not jump. */
  show(frame: Frame, labels: LabelMap, { confidence = null, caseId = null, frameId = null }: Hung = {}): void {
    this.leave();
    const isSameSize = this.frame?.width === frame.width && this.frame.height === frame.height;
    const isSameCase = caseId !== null && caseId === this.#caseId;
    const isOther = this.frame === null || !isAlike(this.frame, frame, isSameCase);
    if (isOther) this.resetWindow();
    this.#caseId = caseId;
    this.measures.turnTo(frameId);
    this.frame = frame;
    this.labels = labels;
    this.confidence = confidence;
    this.probability = null;
    this.layers.show([]);
    if (isOther) this.wandTolerance = linearWindow(this.#window).width * WAND_SHARE;
    this.#dirty = null;
    this.picture++;
    this.edits++;
    const layout = layoutOf(frame, isSameCase ? this.#viewport.orientation : UPRIGHT);
    if (isSameSize) this.#layOut(layout);
    else this.#fit(layout);
  }

  clear(): void {
    this.leave();
    this.frame = this.labels = this.confidence = this.probability = null;
    this.layers.show([]);
    this.measures.turnTo(null);
    this.#dirty = null;
    this.picture++;
  }

  /** Replaces all label pixels, e.g. after undo. */
  replaceLabels(labels: LabelMap): void {
    if (this.labels === null) return;
    this.leave();
    this.labels.data.set(labels.data);
    this.touch({ x: 0, y: 0, width: labels.width, height: labels.height });
    this.edits++;
  }

  touch(dirty: Rectangle): void {
    this.#dirty = uniteRectangles(this.#dirty, dirty);
    this.changes++;
  }

  takeDirty(): Rectangle | null {
    const dirty = this.#dirty;
    this.#dirty = null;
    return dirty;
  }

  /** Reshapes the chosen class as one edit; none when that changes nothing. */
  refine(name: RefinementName): void {
    const { frame, labels, classValue: value, isLocked, refineRadius: radius } = this;
    if (frame === null || labels === null || !this.isPaintable) return;
    this.leave();
    const { margin, reshape } = refinements[name];
    const changed = reshapeClass(labels, frame, { value, margin: margin(radius), isLocked }, reshape(radius));
    if (changed === null) return;
    this.touch(changed);
    this.commitStroke();
  }

  /**
   * Before whatever replaces the picture, its labels or the tool: what is being drawn is done first, as its own edit. Who awaits something before
   * that calls it as well, so that the edit is on its way in time.
   */
  leave(): void {
    this.heldTool.leave();
  }

  noteGesture(): void {
    this.#options.onGesture?.(this.#toolName);
  }

  commitStroke(): void {
    this.edits++;
    this.#options.onStroke();
  }

  /** The canvas has a new size; a fitted image stays fitted. */
  resize(canvas: Extent): void {
    this.#canvas = canvas;
    if (this.#isFitted) this.fit();
    else this.viewport = this.#viewport;
  }

  fit(): void {
    this.#fit(this.#viewport);
  }

  /** A part of the image in the middle of the canvas, as large as helps to judge it. */
  closeUp(part: Rectangle): void {
    if (this.frame === null || this.#canvas.width === 0) return;
    this.viewport = closeUpViewport(part, this.frame, this.#canvas, this.#viewport);
  }

  /** Turns or mirrors what is seen, never the pixels; the middle of the canvas stays, a fitted image stays fitted. */
  turn(turn: Turn): void {
    this.#layOut({ ...this.#viewport, orientation: turned(this.#viewport.orientation, turn) });
  }

  #layOut({ orientation, pixel }: Layout): void {
    const before = this.#viewport;
    const isSame =
      orientation === before.orientation && pixel.width === before.pixel.width && pixel.height === before.pixel.height;
    if (isSame) return;
    if (this.#isFitted) this.#fit({ orientation, pixel });
    else this.viewport = relaid(before, { orientation, pixel }, this.#middle);
  }

  #fit({ orientation, pixel }: Layout): void {
    const layout = { orientation, pixel };
    this.#isFitted = true;
    this.#viewport =
      this.frame === null || this.#canvas.width === 0
        ? { ...this.#viewport, ...layout }
        : fitViewport(this.frame, this.#canvas, layout);
  }

  get #middle(): Point {
    return { x: this.#canvas.width / 2, y: this.#canvas.height / 2 };
  }

  actualSize(): void {
    this.viewport = actualSizeViewport(this.#viewport, this.#canvas);
  }

  zoomBy(factor: number): void {
    this.viewport = zoomAt(this.#viewport, this.#middle, factor);
  }

  resetWindow(): void {
    this.windowChoice = { kind: "opening" };
    this.isInverted = false;
  }

  /** The window that is shown can be named and kept: it is no table, which has no center and width, and is not kept yet. */
  get canKeepWindow(): boolean {
    if (this.frame === null || "table" in this.window) return false;
    return currentOption(this.windowChoice, this.frame, this.keptWindows)?.startsWith("kept ") !== true;
  }

  /** To the window `steps` further in the menu, round and round. */
  stepWindow(steps: number): void {
    if (this.frame === null) return;
    const options = windowOptions(this.frame, this.keptWindows);
    const key = currentOption(this.windowChoice, this.frame, this.keptWindows);
    const index = options.findIndex((option) => option.key === key);
    const next = index < 0 ? (steps > 0 ? 0 : options.length - 1) : (index + steps + options.length) % options.length;
    this.windowChoice = choiceOf(options[next]!);
  }

  /** By about a tenth per step, at least half a pixel. */
  changeBrush(steps: number): void {
    const grown = this.brushRadius + steps * Math.max(0.5, Math.round(this.brushRadius * 0.2) / 2);
    this.brushRadius = Math.min(MAX_BRUSH_RADIUS, Math.max(MIN_BRUSH_RADIUS, grown));
  }
}

function layoutOf({ spacing }: Frame, orientation: Layout["orientation"]): Layout {
  return { orientation, pixel: pixelProportions(spacing) };
}
