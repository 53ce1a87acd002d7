/**
 * @file Where the image lies on the screen: screen = image * scale + offset, in CSS pixels of the canvas.
 * Pure values; zoom and pan return new ones.
 */
import type { Point } from "../../src-main/voxels/index.ts";

export interface Viewport {
  /** CSS pixels per image pixel. */
  scale: number;
  offsetX: number;
  offsetY: number;
}

export interface Extent {
  width: number;
  height: number;
}

export const MIN_SCALE = 1 / 64;
export const MAX_SCALE = 64;

/** CSS pixels left free around a fitted image. */
const FIT_MARGIN = 20;
/** CSS pixels of the image that always stay within reach. */
const KEPT_IN_SIGHT = 40;

export function imageToScreen({ scale, offsetX, offsetY }: Viewport, point: Point): Point {
  return { x: point.x * scale + offsetX, y: point.y * scale + offsetY };
}

export function screenToImage({ scale, offsetX, offsetY }: Viewport, point: Point): Point {
  return { x: (point.x - offsetX) / scale, y: (point.y - offsetY) / scale };
}

/** The whole image, centered, as large as the canvas allows. */
export function fitViewport(image: Extent, canvas: Extent): Viewport {
  const free = (side: number): number => Math.max(side - 2 * FIT_MARGIN, 1);
  const scale = clamp(
    Math.min(free(canvas.width) / image.width, free(canvas.height) / image.height),
    MIN_SCALE,
    MAX_SCALE,
  );
  return centered(image, canvas, scale);
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
    scale,
    offsetX: anchor.x - (anchor.x - viewport.offsetX) * ratio,
    offsetY: anchor.y - (anchor.y - viewport.offsetY) * ratio,
  };
}

export function panBy(viewport: Viewport, dx: number, dy: number): Viewport {
  return { ...viewport, offsetX: viewport.offsetX + dx, offsetY: viewport.offsetY + dy };
}

/** The nearest viewport that still shows a strip of the image: it cannot be lost off the edge. */
export function keepInSight(viewport: Viewport, image: Extent, canvas: Extent): Viewport {
  const kept = (offset: number, length: number, side: number): number =>
    clamp(offset, Math.min(KEPT_IN_SIGHT, length) - length, side - Math.min(KEPT_IN_SIGHT, length));
  return {
    scale: viewport.scale,
    offsetX: kept(viewport.offsetX, image.width * viewport.scale, canvas.width),
    offsetY: kept(viewport.offsetY, image.height * viewport.scale, canvas.height),
  };
}

function centered(image: Extent, canvas: Extent, scale: number): Viewport {
  return {
    scale,
    offsetX: (canvas.width - image.width * scale) / 2,
    offsetY: (canvas.height - image.height * scale) / 2,
  };
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
