/** @file Drawing without WebGL: off-screen canvases (picture, uncertainty, overlay, each label map), composed per draw. */
import {
  type Frame,
  type LabelMap,
  overlayMask,
  type Rectangle,
  renderFrameRgba,
  type RenderOptions,
  uniteRectangles,
} from "../../src-main/voxels/index.ts";
import { HEAT_COLORS, OVERLAY_COLOR, STAGE_COLOR } from "./palette.ts";
import { type Appearance, type LayerStyle, MAX_LAYERS, type Viewer } from "./viewer.ts";
import { axesOf, rectangleOnScreen } from "./viewport.ts";

const STAGE = `rgb(${STAGE_COLOR.join(" ")})`;

/** A label map and its picture. */
interface Painted {
  labels: LabelMap;
  /** Null until something is to be seen: most slices of a series hold no annotation. */
  layer: Layer | null;
  /** What it was painted with, and what changed since. */
  style: LayerStyle | null;
  palette: Uint8Array | null;
  dirty: Rectangle[];
}

export class Canvas2dViewer implements Viewer {
  readonly kind = "canvas2d";
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  #frame: Frame | null = null;
  #picture: Layer | null = null;
  /** Written anew for each frame of a series: a megabyte each would wait for the garbage collector. */
  #image: ImageData | null = null;
  #labels: Painted[] = [];
  #doubt: Layer | null = null;
  #overlay: Layer | null = null;
  /** What the picture was made with: it is redone only when it changes. */
  #shown: RenderOptions = {};
  /** What is on the canvas; null when something came since that no rectangle tells of. */
  #drawn: { appearance: Appearance; width: number; height: number } | null = null;

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
    this.#context = contextOf(canvas);
  }

  show(frame: Frame, labels: LabelMap): void {
    const before = this.#frame;
    if (frame.width !== before?.width || frame.height !== before.height) {
      this.#picture = new Layer(frame.width, frame.height);
      this.#image = null;
    }
    this.#frame = frame;
    this.#labels = [unpainted(labels)];
    this.#doubt = null;
    this.#overlay = paintOverlays(frame);
    this.#shown = {};
    this.#drawn = null;
  }

  setLayers(others: readonly LabelMap[]): void {
    this.#drawn = null;
    this.#labels = [...this.#labels.slice(0, 1), ...others.map(unpainted)].slice(0, MAX_LAYERS);
  }

  setConfidence(confidence: Uint8Array | null): void {
    const frame = this.#frame;
    this.#doubt = null;
    this.#drawn = null;
    if (confidence === null || frame === null) return;
    const layer = new Layer(frame.width, frame.height);
    const image = new ImageData(frame.width, frame.height);
    for (let pixel = 0; pixel < confidence.length; pixel++) {
      const doubt = 255 - confidence[pixel]!;
      image.data.set(HEAT_COLORS.subarray(4 * doubt, 4 * doubt + 4), 4 * pixel);
    }
    layer.context.putImageData(image, 0, 0);
    this.#doubt = layer;
  }

  updateLabels(dirty: Rectangle): void {
    this.#labels[0]?.dirty.push(dirty);
  }

  draw(appearance: Appearance): void {
    const frame = this.#frame;
    if (frame === null || this.#picture === null) return;
    this.#redoPicture(frame, appearance);
    const context = this.#context;
    const part = this.#changedPart(appearance);
    context.save();
    if (part !== null) {
      context.beginPath();
      context.rect(part.x, part.y, part.width, part.height);
      context.clip();
    }
    this.#drawAll(appearance, this.#picture);
    context.restore();
    const { width, height } = this.#canvas;
    this.#drawn = { appearance, width, height };
  }

  #drawAll(appearance: Appearance, picture: Layer): void {
    const { viewport, pixelRatio } = appearance;
    const context = this.#context;
    context.fillStyle = STAGE;
    context.fillRect(0, 0, this.#canvas.width, this.#canvas.height);
    const { xx, xy, yx, yy } = axesOf(viewport);
    context.scale(pixelRatio, pixelRatio);
    context.transform(xx, yx, xy, yy, viewport.offsetX, viewport.offsetY);
    context.imageSmoothingEnabled = viewport.scale < 6;
    context.drawImage(picture.canvas, 0, 0);
    context.imageSmoothingEnabled = viewport.scale < 1;
    if (appearance.heat > 0 && this.#doubt !== null) {
      context.globalAlpha = appearance.heat;
      context.drawImage(this.#doubt.canvas, 0, 0);
      context.globalAlpha = 1;
    }
    if (appearance.isOverlayShown && this.#overlay !== null) context.drawImage(this.#overlay.canvas, 0, 0);
    for (let layer = this.#labels.length - 1; layer >= 0; layer--) {
      const style = appearance.layers[layer];
      if (style === undefined || (style.fill === 0 && style.outline === 0)) continue;
      const painted = this.#labels[layer]!;
      redoLabels(painted, style, appearance.palette);
      if (painted.layer !== null) context.drawImage(painted.layer.canvas, 0, 0);
    }
  }

  /** Device pixels that a stroke changed, nothing else being other than before; null: all of them. */
  #changedPart(appearance: Appearance): Rectangle | null {
    const { width, height } = this.#canvas;
    const drawn = this.#drawn;
    if (drawn === null || drawn.width !== width || drawn.height !== height) return null;
    if (!isSameAppearance(appearance, drawn.appearance)) return null;
    const changed = this.#labels[0]?.dirty.reduce<Rectangle | null>(uniteRectangles, null) ?? null;
    if (changed === null) return null;
    const { viewport, pixelRatio } = appearance;
    const { x, y, width: across, height: down } = rectangleOnScreen(viewport, changed);
    // Neighbors of a changed pixel may have become edges or ceased to be; smoothing spreads by a pixel of the screen.
    const margin = 2 * Math.max(1, viewport.scale * Math.max(viewport.pixel.width, viewport.pixel.height)) * pixelRatio;
    const left = Math.floor(x * pixelRatio - margin);
    const top = Math.floor(y * pixelRatio - margin);
    return {
      x: left,
      y: top,
      width: Math.ceil((x + across) * pixelRatio + margin) - left,
      height: Math.ceil((y + down) * pixelRatio + margin) - top,
    };
  }

  dispose(): void {
    this.#frame = this.#picture = this.#image = this.#doubt = this.#overlay = null;
    this.#labels = [];
  }

  #redoPicture(frame: Frame, { window, isInverted }: Appearance): void {
    if (window === this.#shown.window && isInverted === this.#shown.isInverted) return;
    this.#shown = { window, isInverted };
    const image = (this.#image ??= new ImageData(frame.width, frame.height));
    renderFrameRgba(frame, this.#shown, image.data);
    this.#picture!.context.putImageData(image, 0, 0);
  }
}

function isSameAppearance({ layers, ...rest }: Appearance, { layers: layersBefore, ...before }: Appearance): boolean {
  const names = Object.keys(rest) as (keyof typeof rest)[];
  return (
    names.every((name) => Object.is(rest[name], before[name])) &&
    layers.length === layersBefore.length &&
    layers.every((style, layer) => isSameStyle(style, layersBefore[layer]!))
  );
}

function isSameStyle({ fill, outline, dash }: LayerStyle, other: LayerStyle | null): boolean {
  return fill === other?.fill && outline === other.outline && dash === other.dash;
}

function unpainted(labels: LabelMap): Painted {
  return { labels, layer: null, style: null, palette: null, dirty: [] };
}

function redoLabels(painted: Painted, style: LayerStyle, palette: Uint8Array): void {
  const { labels } = painted;
  if (!isSameStyle(style, painted.style) || palette !== painted.palette) {
    painted.dirty = [{ x: 0, y: 0, width: labels.width, height: labels.height }];
  }
  Object.assign(painted, { style, palette });
  for (const dirty of painted.dirty) paintLabels(painted, dirty, style, palette);
  painted.dirty = [];
}

/** One pixel more on each side than `dirty`: a changed pixel changes whether its neighbors are edges. Dashes count image pixels. */
function paintLabels(painted: Painted, dirty: Rectangle, style: LayerStyle, palette: Uint8Array): void {
  const { labels } = painted;
  const { width, height, data } = labels;
  const left = Math.max(0, dirty.x - 1);
  const top = Math.max(0, dirty.y - 1);
  const right = Math.min(width, dirty.x + dirty.width + 1);
  const bottom = Math.min(height, dirty.y + dirty.height + 1);
  if (right <= left || bottom <= top) return;
  const { fill, dash } = style;
  const edge = Math.max(fill, style.outline);
  if (painted.layer === null && isBlank(data)) return;
  const layer = (painted.layer ??= new Layer(width, height));
  const image = new ImageData(right - left, bottom - top);
  let target = 0;
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++, target += 4) {
      const index = row * width + column;
      const label = data[index]!;
      if (label === 0) continue;
      const isEdge =
        ((column > 0 && data[index - 1] !== label) ||
          (column + 1 < width && data[index + 1] !== label) ||
          (row > 0 && data[index - width] !== label) ||
          (row + 1 < height && data[index + width] !== label)) &&
        (dash === 0 || (row + column) % dash < dash / 2);
      image.data[target] = palette[4 * label]!;
      image.data[target + 1] = palette[4 * label + 1]!;
      image.data[target + 2] = palette[4 * label + 2]!;
      image.data[target + 3] = palette[4 * label + 3]! * (isEdge ? edge : fill);
    }
  }
  layer.context.putImageData(image, left, top);
}

function isBlank(data: Uint8Array): boolean {
  // A loop: `every` takes ten times as long.
  for (let index = 0; index < data.length; index++) if (data[index] !== 0) return false;
  return true;
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
