/**
 * @file Where the image lies on the screen: its pixels are stretched to their true proportions, turned, scaled and moved, in CSS pixels
 * of the canvas. Pure values; zoom, pan and turns return new ones. No pixel is ever changed by it.
 */
import type { PixelSpacing, Point, Rectangle } from "../../src-main/voxels/index.ts";
import { type Orientation, turnVector, UPRIGHT } from "./orientation.ts";

export interface Viewport {
  /** CSS pixels per image pixel, along its shorter side where pixels are not square. */
  scale: number;
  /** Where the corner before the first pixel lies on the screen. */
  offsetX: number;
  offsetY: number;
  orientation: Orientation;
  /** Width and height of an image pixel in parts of its shorter side: 1 x 1 where it is square. */
  pixel: Extent;
}

export interface Extent {
  width: number;
  height: number;
}

/** What of a viewport depends on the image and the person's turns, not on zoom and pan. */
export type Layout = Pick<Viewport, "orientation" | "pixel">;

export const PLAIN_LAYOUT: Layout = { orientation: UPRIGHT, pixel: { width: 1, height: 1 } };

/** Screen = (xx x + xy y + offsetX, yx x + yy y + offsetY); one of each pair is 0, for turns are quarters. */
export interface Axes {
  xx: number;
  xy: number;
  yx: number;
  yy: number;
}

export const MIN_SCALE = 1 / 64;
export const MAX_SCALE = 64;

/** Of the whole image on the canvas: closer, a person no longer sees where in the image they are. */
const MAX_CLOSE_UP = 8;
/** CSS pixels left free around a fitted image. */
const FIT_MARGIN = 20;
/** CSS pixels of the image that always stay within reach. */
const KEPT_IN_SIGHT = 40;

/** Proportions of pixels `spacing` apart; square where the file does not say, or says what is no distance. */
export function pixelProportions(spacing: PixelSpacing | null): Extent {
  if (spacing === null || !(spacing.x > 0 && spacing.y > 0)) return PLAIN_LAYOUT.pixel;
  const shorter = Math.min(spacing.x, spacing.y);
  return { width: spacing.x / shorter, height: spacing.y / shorter };
}

/** How far a step of one image pixel to the right and down goes on the screen. */
export function axesOf({ scale, orientation, pixel }: Viewport): Axes {
  const right = turnVector(orientation, { x: scale * pixel.width, y: 0 });
  const down = turnVector(orientation, { x: 0, y: scale * pixel.height });
  return { xx: right.x, yx: right.y, xy: down.x, yy: down.y };
}

/** How far a step of one CSS pixel to the right and down goes in the image. */
export function inverseAxes(viewport: Viewport): Axes {
  const { xx, xy, yx, yy } = axesOf(viewport);
  const determinant = xx * yy - xy * yx;
  return { xx: yy / determinant, xy: -xy / determinant, yx: -yx / determinant, yy: xx / determinant };
}

export function imageToScreen(viewport: Viewport, { x, y }: Point): Point {
  const { xx, xy, yx, yy } = axesOf(viewport);
  return { x: xx * x + xy * y + viewport.offsetX, y: yx * x + yy * y + viewport.offsetY };
}

export function screenToImage(viewport: Viewport, point: Point): Point {
  const { xx, xy, yx, yy } = inverseAxes(viewport);
  const x = point.x - viewport.offsetX;
  const y = point.y - viewport.offsetY;
  return { x: xx * x + xy * y, y: yx * x + yy * y };
}

/** What a rectangle of the image takes of the screen. */
export function rectangleOnScreen(viewport: Viewport, { x, y, width, height }: Rectangle): Rectangle {
  const from = imageToScreen(viewport, { x, y });
  const to = imageToScreen(viewport, { x: x + width, y: y + height });
  return {
    x: Math.min(from.x, to.x),
    y: Math.min(from.y, to.y),
    width: Math.abs(to.x - from.x),
    height: Math.abs(to.y - from.y),
  };
}

/** The whole image, centered, as large as the canvas allows. */
export function fitViewport(image: Extent, canvas: Extent, layout: Layout = PLAIN_LAYOUT): Viewport {
  const free = (side: number): number => Math.max(side - 2 * FIT_MARGIN, 1);
  const shown = onScreen(image, { ...layout, scale: 1, offsetX: 0, offsetY: 0 });
  const scale = clamp(
    Math.min(free(canvas.width) / shown.width, free(canvas.height) / shown.height),
    MIN_SCALE,
    MAX_SCALE,
  );
  const viewport = { ...layout, scale, offsetX: 0, offsetY: 0 };
  const box = onScreen(image, viewport);
  return panBy(viewport, (canvas.width - box.width) / 2 - box.x, (canvas.height - box.height) / 2 - box.y);
}

/** A part of the image in the middle of the canvas with as much of its surroundings again, no closer than `MAX_CLOSE_UP` times the whole. */
export function closeUpViewport(part: Rectangle, image: Extent, canvas: Extent, layout: Layout): Viewport {
  const fitted = fitViewport(image, canvas, layout);
  const shown = rectangleOnScreen(fitted, part);
  const grown = Math.min(canvas.width / (2 * shown.width), canvas.height / (2 * shown.height));
  const closer = zoomAt(fitted, { x: 0, y: 0 }, clamp(grown, 1, MAX_CLOSE_UP));
  const middle = imageToScreen(closer, { x: part.x + part.width / 2, y: part.y + part.height / 2 });
  return panBy(closer, canvas.width / 2 - middle.x, canvas.height / 2 - middle.y);
}

/** One image pixel per CSS pixel, keeping the point at the middle of the canvas where it is. */
export function actualSizeViewport(viewport: Viewport, canvas: Extent): Viewport {
  return zoomAt(viewport, { x: canvas.width / 2, y: canvas.height / 2 }, 1 / viewport.scale);
}

/** Scales by `factor`; the image point under `anchor` (screen) stays under it. */
export function zoomAt(viewport: Viewport, anchor: Point, factor: number): Viewport {
  const scale = clamp(viewport.scale * factor, MIN_SCALE, MAX_SCALE);
  const ratio = scale / viewport.scale;
  return {
    ...viewport,
    scale,
    offsetX: anchor.x - (anchor.x - viewport.offsetX) * ratio,
    offsetY: anchor.y - (anchor.y - viewport.offsetY) * ratio,
  };
}

/** Another orientation or pixel shape; the image point under `anchor` (screen) stays under it. */
export function relaid(viewport: Viewport, layout: Partial<Layout>, anchor: Point): Viewport {
  const kept = screenToImage(viewport, anchor);
  const turned = { ...viewport, ...layout };
  const moved = imageToScreen(turned, kept);
  return panBy(turned, anchor.x - moved.x, anchor.y - moved.y);
}

/**
 * The viewport of another picture on a canvas of the same size that shows the same part of it: as wide on the screen, turned alike, the
 * same place of it (in parts of its sides) in the middle. The same viewport where the pictures are alike.
 */
export function linkedViewport(
  viewport: Viewport,
  image: Extent,
  other: Extent & { spacing: PixelSpacing | null },
  canvas: Extent,
): Viewport {
  const pixel = pixelProportions(other.spacing);
  const middle = { x: canvas.width / 2, y: canvas.height / 2 };
  const seen = screenToImage(viewport, middle);
  const scale = (viewport.scale * image.width * viewport.pixel.width) / (other.width * pixel.width);
  const linked = { ...viewport, pixel, scale };
  const moved = imageToScreen(linked, {
    x: (seen.x / image.width) * other.width,
    y: (seen.y / image.height) * other.height,
  });
  return panBy(linked, middle.x - moved.x, middle.y - moved.y);
}

export function panBy(viewport: Viewport, dx: number, dy: number): Viewport {
  return { ...viewport, offsetX: viewport.offsetX + dx, offsetY: viewport.offsetY + dy };
}

/** The nearest viewport that still shows a strip of the image: it cannot be lost off the edge. */
export function keepInSight(viewport: Viewport, image: Extent, canvas: Extent): Viewport {
  const kept = (start: number, length: number, side: number): number =>
    clamp(start, Math.min(KEPT_IN_SIGHT, length) - length, side - Math.min(KEPT_IN_SIGHT, length));
  const { x, y, width, height } = onScreen(image, viewport);
  return panBy(viewport, kept(x, width, canvas.width) - x, kept(y, height, canvas.height) - y);
}

/** The whole image. */
function onScreen({ width, height }: Extent, viewport: Viewport): Rectangle {
  return rectangleOnScreen(viewport, { x: 0, y: 0, width, height });
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
