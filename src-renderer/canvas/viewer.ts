/**
 * @file What draws a frame and its layers. Two implementations: WebGL2, and Canvas2D where that is missing, is
 * computed in software, or was lost for good.
 */
import type { DisplayWindow, Frame, LabelMap, Rectangle } from "../../src-main/voxels/index.ts";
import { Canvas2dViewer } from "./canvas2d-viewer.ts";
import type { Viewport } from "./viewport.ts";
import { WebglViewer } from "./webgl-viewer.ts";

/** How to draw; everything that changes without new pixels. */
export interface Appearance {
  viewport: Viewport;
  /** Device pixels per CSS pixel. */
  pixelRatio: number;
  window: DisplayWindow;
  /** Dark for bright, in addition to what the frame asks for. */
  isInverted: boolean;
  /** 256 RGBA entries, indexed by class value; alpha 0 hides the class. */
  palette: Uint8Array;
  /** Of the label maps, in their order. */
  layers: readonly LayerStyle[];
  /** Opacity of the uncertainty layer, 0–1; 0 hides it. */
  heat: number;
  /** The frame's own overlays. */
  isOverlayShown: boolean;
}

/** How a label map is drawn. Opacities 0–1; both 0 hides it. */
export interface LayerStyle {
  fill: number;
  outline: number;
  /** CSS pixels of a dash and its gap; 0: the outline is solid. */
  dash: number;
}

/** Label maps that can be drawn at once, the one being edited included. */
export const MAX_LAYERS = 4;

export interface Viewer {
  readonly kind: ViewerKind;
  /** Takes a frame and its label map. The map stays the caller's, who tells of changes by `updateLabels`. */
  show(frame: Frame, labels: LabelMap): void;
  /** Label maps below that of `show`, of the same size, the upper ones first. `show` removes them. */
  setLayers(others: readonly LabelMap[]): void;
  /** One byte per pixel, 255 = sure; null removes it. */
  setConfidence(confidence: Uint8Array | null): void;
  /** Pixels of the label map of `show` within `dirty` have changed. */
  updateLabels(dirty: Rectangle): void;
  draw(appearance: Appearance): void;
  dispose(): void;
}

export type ViewerKind = "webgl" | "canvas2d";

/** WebGL2 if it is there, works, and has a graphics card behind it. */
export class ViewerChoice {
  /** Asked once, since each probe costs a context. */
  #kind: ViewerKind | null = null;

  get kind(): ViewerKind {
    return (this.#kind ??= hasWebgl() ? "webgl" : "canvas2d");
  }

  /** The graphics card went away and did not come back. */
  withoutWebgl(): void {
    this.#kind = "canvas2d";
  }
}

/** Drawing by the processor, as its drivers name themselves. */
const SOFTWARE_GL = /swiftshader|llvmpipe|softpipe|basic render|software/i;

/** Not in software: there each picture is computed and copied by the processor, many times slower than by Canvas2D. */
function hasWebgl(): boolean {
  const gl = document.createElement("canvas").getContext("webgl2");
  if (gl === null) return false;
  const names = gl.getExtension("WEBGL_debug_renderer_info");
  const renderer = names === null ? "" : String(gl.getParameter(names.UNMASKED_RENDERER_WEBGL));
  gl.getExtension("WEBGL_lose_context")?.loseContext();
  return !SOFTWARE_GL.test(renderer);
}

/** `onGone`: the viewer cannot draw any more, and another kind must. */
export function createViewer(kind: ViewerKind, canvas: HTMLCanvasElement, onGone: () => void): Viewer {
  return kind === "webgl" ? new WebglViewer(canvas, onGone) : new Canvas2dViewer(canvas);
}
