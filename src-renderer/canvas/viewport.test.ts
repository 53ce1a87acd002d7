import { describe, expect, it } from "vitest";
import {
  actualSizeViewport,
  closeUpViewport,
  type Extent,
  fitViewport,
  imageToScreen,
  keepInSight,
  linkedViewport,
  type Layout,
  MAX_SCALE,
  MIN_SCALE,
  panBy,
  pixelProportions,
  rectangleOnScreen,
  relaid,
  screenToImage,
  zoomAt,
} from "./viewport.ts";

const layouts = [false, true].flatMap((isMirrored) =>
  ([0, 1, 2, 3] as const).flatMap((quarterTurns) =>
    [
      { width: 1, height: 1 },
      { width: 1, height: 2.5 },
    ].map((pixel): [boolean, 0 | 1 | 2 | 3, Extent] => [isMirrored, quarterTurns, pixel]),
  ),
);
const laidOut = (isMirrored: boolean, quarterTurns: 0 | 1 | 2 | 3, pixel: Extent): Layout => ({
  orientation: { isMirrored, quarterTurns },
  pixel,
});
const image = { width: 512, height: 256 };
const canvas = { width: 800, height: 600 };

describe("viewport", () => {
  it.each(layouts)("maps to the screen and back: mirrored %s, %i quarter turns, pixels %o", (...layout) => {
    const viewport = { ...laidOut(...layout), scale: 2.5, offsetX: -30, offsetY: 12 };
    for (const point of [
      { x: 17.25, y: 99.5 },
      { x: -3, y: 0 },
      { x: 0, y: 511.125 },
    ]) {
      const back = screenToImage(viewport, imageToScreen(viewport, point));
      expect(back.x).toBeCloseTo(point.x, 10);
      expect(back.y).toBeCloseTo(point.y, 10);
    }
  });

  it.each(layouts)("fits and zooms: mirrored %s, %i quarter turns, pixels %o", (isMirrored, quarterTurns, pixel) => {
    const layout = laidOut(isMirrored, quarterTurns, pixel);
    const fitted = fitViewport(image, canvas, layout);
    const box = rectangleOnScreen(fitted, { x: 0, y: 0, ...image });
    expect(box.x + box.width / 2).toBeCloseTo(400);
    expect(box.y + box.height / 2).toBeCloseTo(300);
    expect(Math.min(box.x, box.y)).toBeCloseTo(20);
    const sides = [512 * pixel.width, 256 * pixel.height];
    if (quarterTurns % 2 === 1) sides.reverse();
    expect(box.width / box.height).toBeCloseTo(sides[0]! / sides[1]!);
    const anchor = { x: 123, y: 456 };
    const zoomed = zoomAt(fitted, anchor, 1.7);
    expect(screenToImage(zoomed, anchor).x).toBeCloseTo(screenToImage(fitted, anchor).x);
    expect(screenToImage(zoomed, anchor).y).toBeCloseTo(screenToImage(fitted, anchor).y);
    const lost = rectangleOnScreen(keepInSight(panBy(fitted, 10_000, -10_000), image, canvas), {
      x: 0,
      y: 0,
      ...image,
    });
    expect(lost.x).toBeCloseTo(760);
    expect(lost.y + lost.height).toBeCloseTo(40);
  });

  it("keeps the image point below the anchor when the view is turned", () => {
    const before = zoomAt(fitViewport(image, canvas), { x: 10, y: 20 }, 3);
    const anchor = { x: 400, y: 300 };
    const after = relaid(before, laidOut(true, 3, { width: 2, height: 1 }), anchor);
    expect(screenToImage(after, anchor).x).toBeCloseTo(screenToImage(before, anchor).x);
    expect(screenToImage(after, anchor).y).toBeCloseTo(screenToImage(before, anchor).y);
  });

  it("takes the proportions of pixels from their spacing, the shorter side as one", () => {
    expect(pixelProportions({ x: 0.5, y: 1.25 })).toEqual({ width: 1, height: 2.5 });
    expect(pixelProportions({ x: 3, y: 2 })).toEqual({ width: 1.5, height: 1 });
    expect(pixelProportions(null)).toEqual({ width: 1, height: 1 });
    expect(pixelProportions({ x: 0, y: 2 })).toEqual({ width: 1, height: 1 });
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

it("a linked view shows the same part of another picture, however many pixels it has", () => {
  const canvas = { width: 400, height: 300 };
  const image = { width: 100, height: 80 };
  const view = zoomAt(fitViewport(image, canvas), { x: 90, y: 40 }, 3);
  const same = linkedViewport(view, image, { ...image, spacing: null }, canvas);
  for (const name of ["scale", "offsetX", "offsetY"] as const) expect(same[name]).toBeCloseTo(view[name], 9);

  const linked = linkedViewport(view, image, { width: 200, height: 160, spacing: null }, canvas);
  expect(linked.scale).toBeCloseTo(view.scale / 2, 9);
  const [one, other] = [screenToImage(view, { x: 31, y: 77 }), screenToImage(linked, { x: 31, y: 77 })];
  expect(other.x).toBeCloseTo(2 * one.x, 9);
  expect(other.y).toBeCloseTo(2 * one.y, 9);
});

it.each(layouts)(
  "a close-up has its part in the middle, whole: mirrored %s, %i quarter turns, pixels %o",
  (...layout) => {
    const part = { x: 40, y: 200, width: 60, height: 20 };
    const close = closeUpViewport(part, image, canvas, laidOut(...layout));
    const seen = rectangleOnScreen(close, part);
    expect(seen.x + seen.width / 2).toBeCloseTo(canvas.width / 2);
    expect(seen.y + seen.height / 2).toBeCloseTo(canvas.height / 2);
    // As much of its surroundings as of itself.
    expect(Math.max(seen.width / canvas.width, seen.height / canvas.height)).toBeCloseTo(0.5);
  },
);

it("a close-up of a speck is not so close that nobody knows where it is, and of the whole image it is the image", () => {
  const layout = laidOut(false, 0, { width: 1, height: 1 });
  const fitted = fitViewport(image, canvas, layout);
  const speck = closeUpViewport({ x: 10, y: 10, width: 1, height: 1 }, image, canvas, layout);
  expect(speck.scale).toBeCloseTo(8 * fitted.scale);
  const whole = closeUpViewport({ x: 0, y: 0, ...image }, image, canvas, layout);
  for (const name of ["scale", "offsetX", "offsetY"] as const) expect(whole[name]).toBeCloseTo(fitted[name], 9);
});
