/** @file Drawing without WebGL: three off-screen canvases (picture, labels, confidence), composed per draw. */
import {
  type Frame,
  type LabelMap,
  overlayMask,
  type Rectangle,
  renderFrameRgba,
  type RenderOptions,
} from "../../src-main/voxels/index.ts";
import { OVERLAY_COLOR } from "./palette.ts";
import type { Appearance, Viewer } from "./viewer.ts";
import { axesOf } from "./viewport.ts";

const STAGE = "#07090b";

export class Canvas2dViewer implements Viewer {
  readonly kind = "canvas2d";
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  #frame: Frame | null = null;
  #labels: LabelMap | null = null;
  #picture: Layer | null = null;
  #fill: Layer | null = null;
  #doubt: Layer | null = null;
  #overlay: Layer | null = null;
  /** What the layers were made with: they are redone only when it changes. */
  #shown: RenderOptions = {};
  #fillKey = "";

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
    this.#context = contextOf(canvas);
  }

  show(frame: Frame, labels: LabelMap): void {
    this.#frame = frame;
    this.#labels = labels;
    this.#picture = new Layer(frame.width, frame.height);
    this.#fill = new Layer(frame.width, frame.height);
    this.#doubt = null;
    this.#overlay = paintOverlays(frame);
    this.#shown = {};
    this.#fillKey = "";
  }

  setConfidence(confidence: Uint8Array | null): void {
    const frame = this.#frame;
    this.#doubt = null;
    if (confidence === null || frame === null) return;
    const layer = new Layer(frame.width, frame.height);
    const image = new ImageData(frame.width, frame.height);
    for (let pixel = 0; pixel < confidence.length; pixel++) {
      const doubt = 1 - confidence[pixel]! / 255;
      image.data[4 * pixel] = 255;
      image.data[4 * pixel + 1] = 199 - 138 * doubt;
      image.data[4 * pixel + 2] = 51 - 20 * doubt;
      image.data[4 * pixel + 3] = 255 * Math.min(doubt * 1.6, 0.8);
    }
    layer.context.putImageData(image, 0, 0);
    this.#doubt = layer;
  }

  updateLabels(dirty: Rectangle): void {
    this.#pendingDirty.push(dirty);
  }
  #pendingDirty: Rectangle[] = [];

  draw(appearance: Appearance): void {
    const frame = this.#frame;
    if (frame === null || this.#picture === null || this.#fill === null) return;
    this.#redoPicture(frame, appearance);
    this.#redoLabels(frame, appearance);
    const { viewport, pixelRatio } = appearance;
    const context = this.#context;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = STAGE;
    context.fillRect(0, 0, this.#canvas.width, this.#canvas.height);
    const { xx, xy, yx, yy } = axesOf(viewport);
    context.scale(pixelRatio, pixelRatio);
    context.transform(xx, yx, xy, yy, viewport.offsetX, viewport.offsetY);
    context.imageSmoothingEnabled = viewport.scale < 6;
    context.drawImage(this.#picture.canvas, 0, 0);
    context.imageSmoothingEnabled = viewport.scale < 1;
    if (appearance.isOverlayShown && this.#overlay !== null) context.drawImage(this.#overlay.canvas, 0, 0);
    if (appearance.isConfidenceShown && this.#doubt !== null) context.drawImage(this.#doubt.canvas, 0, 0);
    if (appearance.isLabelsShown) context.drawImage(this.#fill.canvas, 0, 0);
  }

  dispose(): void {
    this.#frame = this.#labels = this.#picture = this.#fill = this.#doubt = this.#overlay = null;
  }

  #redoPicture(frame: Frame, { window, isInverted }: Appearance): void {
    if (window === this.#shown.window && isInverted === this.#shown.isInverted) return;
    this.#shown = { window, isInverted };
    const image = new ImageData(renderFrameRgba(frame, this.#shown), frame.width, frame.height);
    this.#picture!.context.putImageData(image, 0, 0);
  }

  #redoLabels(frame: Frame, { palette, opacity }: Appearance): void {
    const key = `${opacity} ${palette.join()}`;
    if (key !== this.#fillKey) {
      this.#fillKey = key;
      this.#pendingDirty = [{ x: 0, y: 0, width: frame.width, height: frame.height }];
    }
    for (const dirty of this.#pendingDirty) this.#paintLabels(dirty, palette, opacity);
    this.#pendingDirty = [];
  }

  /** One pixel more on each side than `dirty`: a changed pixel changes whether its neighbors are edges. */
  #paintLabels(dirty: Rectangle, palette: Uint8Array, opacity: number): void {
    const { width, height, data } = this.#labels!;
    const left = Math.max(0, dirty.x - 1);
    const top = Math.max(0, dirty.y - 1);
    const right = Math.min(width, dirty.x + dirty.width + 1);
    const bottom = Math.min(height, dirty.y + dirty.height + 1);
    if (right <= left || bottom <= top) return;
    const image = new ImageData(right - left, bottom - top);
    let target = 0;
    for (let row = top; row < bottom; row++) {
      for (let column = left; column < right; column++, target += 4) {
        const index = row * width + column;
        const label = data[index]!;
        if (label === 0) continue;
        const isEdge =
          (column > 0 && data[index - 1] !== label) ||
          (column + 1 < width && data[index + 1] !== label) ||
          (row > 0 && data[index - width] !== label) ||
          (row + 1 < height && data[index + width] !== label);
        image.data[target] = palette[4 * label]!;
        image.data[target + 1] = palette[4 * label + 1]!;
        image.data[target + 2] = palette[4 * label + 2]!;
        image.data[target + 3] = palette[4 * label + 3]! * (isEdge ? 0.95 : opacity);
      }
    }
    this.#fill!.context.putImageData(image, left, top);
  }
}

function paintOverlays({ overlays, width, height }: Frame): Layer | null {
  if (overlays === undefined) return null;
  const layer = new Layer(width, height);
  const image = new ImageData(width, height);
  const mask = overlayMask(overlays, { width, height });
  for (let pixel = 0; pixel < mask.length; pixel++) if (mask[pixel] === 1) image.data.set(OVERLAY_COLOR, 4 * pixel);
  layer.context.putImageData(image, 0, 0);
  return layer;
}

class Layer {
  readonly canvas: HTMLCanvasElement;
  readonly context: CanvasRenderingContext2D;

  constructor(width: number, height: number) {
    this.canvas = document.createElement("canvas");
    this.canvas.width = width;
    this.canvas.height = height;
    this.context = contextOf(this.canvas);
  }
}

function contextOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("canvas2d-viewer: the browser gave no 2-D context.");
  return context;
}
