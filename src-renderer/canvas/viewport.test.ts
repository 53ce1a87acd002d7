import { describe, expect, it } from "vitest";
import {
  actualSizeViewport,
  fitViewport,
  imageToScreen,
  keepInSight,
  MAX_SCALE,
  MIN_SCALE,
  panBy,
  screenToImage,
  zoomAt,
} from "./viewport.ts";

const image = { width: 512, height: 256 };
const canvas = { width: 800, height: 600 };

describe("viewport", () => {
  it("maps to the screen and back", () => {
    const viewport = { scale: 2.5, offsetX: -30, offsetY: 12 };
    const point = { x: 17.25, y: 99.5 };
    expect(screenToImage(viewport, imageToScreen(viewport, point))).toEqual(point);
  });

  it("fits the whole image, centered", () => {
    const viewport = fitViewport(image, canvas);
    const first = imageToScreen(viewport, { x: 0, y: 0 });
    const last = imageToScreen(viewport, { x: 512, y: 256 });
    expect(first.x).toBeCloseTo(20);
    expect(last.x).toBeCloseTo(780);
    expect(first.y).toBeCloseTo(600 - last.y);
  });

  it("zooms about the cursor: the point below it stays", () => {
    const before = fitViewport(image, canvas);
    const anchor = { x: 123, y: 456 };
    const after = zoomAt(before, anchor, 1.7);
    expect(after.scale).toBeCloseTo(before.scale * 1.7);
    expect(screenToImage(after, anchor).x).toBeCloseTo(screenToImage(before, anchor).x);
    expect(screenToImage(after, anchor).y).toBeCloseTo(screenToImage(before, anchor).y);
  });

  it("keeps the scale within limits without drifting", () => {
    const start = fitViewport(image, canvas);
    expect(zoomAt(start, { x: 0, y: 0 }, 1e9).scale).toBe(MAX_SCALE);
    const least = zoomAt(start, { x: 5, y: 5 }, 1e-9);
    expect(least.scale).toBe(MIN_SCALE);
    expect(zoomAt(least, { x: 70, y: 5 }, 0.5).offsetX).toBeCloseTo(least.offsetX);
  });

  it("shows actual size about the middle of the canvas", () => {
    const before = fitViewport(image, canvas);
    const after = actualSizeViewport(before, canvas);
    expect(after.scale).toBe(1);
    expect(screenToImage(after, { x: 400, y: 300 }).x).toBeCloseTo(screenToImage(before, { x: 400, y: 300 }).x);
  });

  it("never loses the image off the edge", () => {
    const lost = panBy(fitViewport(image, canvas), 10_000, -10_000);
    const kept = keepInSight(lost, image, canvas);
    expect(imageToScreen(kept, { x: 0, y: 0 }).x).toBe(760);
    expect(imageToScreen(kept, { x: 0, y: 256 }).y).toBeCloseTo(40);
    const inside = fitViewport(image, canvas);
    expect(keepInSight(inside, image, canvas)).toEqual(inside);
  });
});
