/**
 * @file What draws a frame and its overlays. Two implementations: WebGL2, and Canvas2D where that is missing or the
 * image is larger than a texture may be.
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
  /** Opacity of the fill, 0–1. The outline stays opaque. */
  opacity: number;
  isLabelsShown: boolean;
  isConfidenceShown: boolean;
  /** The frame's own overlays. */
  isOverlayShown: boolean;
}

export interface Viewer {
  readonly kind: ViewerKind;
  /** Takes a frame and its label map. The map stays the caller's, who tells of changes by `updateLabels`. */
  show(frame: Frame, labels: LabelMap): void;
  /** One byte per pixel, 255 = sure; null removes it. */
  setConfidence(confidence: Uint8Array | null): void;
  /** Pixels within `dirty` have changed. */
  updateLabels(dirty: Rectangle): void;
  draw(appearance: Appearance): void;
  dispose(): void;
}

export type ViewerKind = "webgl" | "canvas2d";

/** WebGL2 if it is there and takes the frame. */
export class ViewerChoice {
  /** Longest side of a texture in pixels, 0 without WebGL2; asked once, since each probe costs a context. */
  #textureLimit: number | null = null;

  kindFor({ width, height }: { width: number; height: number }): ViewerKind {
    this.#textureLimit ??= probeTextureLimit();
    return Math.max(width, height) <= this.#textureLimit ? "webgl" : "canvas2d";
  }
}

function probeTextureLimit(): number {
  const gl = document.createElement("canvas").getContext("webgl2");
  if (gl === null) return 0;
  const limit = gl.getParameter(gl.MAX_TEXTURE_SIZE) as number;
  gl.getExtension("WEBGL_lose_context")?.loseContext();
  return limit;
}

export function createViewer(kind: ViewerKind, canvas: HTMLCanvasElement): Viewer {
  return kind === "webgl" ? new WebglViewer(canvas) : new Canvas2dViewer(canvas);
}
