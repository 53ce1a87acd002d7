import { expect, test } from "vitest";
import { turned, UPRIGHT } from "./orientation.ts";
import { centeredOn, isPartial, minimapView, shownPart } from "./minimap.ts";
import { fitViewport, imageToScreen, PLAIN_LAYOUT, type Viewport, zoomAt } from "./viewport.ts";

const image = { width: 9000, height: 300 };
const canvas = { width: 800, height: 600 };
const view = (change: Partial<Viewport> = {}): Viewport => ({
  ...PLAIN_LAYOUT,
  scale: 1,
  offsetX: 0,
  offsetY: 0,
  ...change,
});

test("a map is wanted only when a part of the image is out of sight", () => {
  const fitted = fitViewport(image, canvas);
  expect(isPartial(fitted, image, canvas)).toBe(false);
  expect(isPartial(zoomAt(fitted, { x: 400, y: 300 }, 4), image, canvas)).toBe(true);
});

test("the part that is shown stands in the map where it stands in the image", () => {
  const viewport = view({ offsetX: -4500 });
  const { view: map, size } = minimapView(viewport, image);
  expect(size).toEqual({ width: 148, height: 5 });
  const part = shownPart(viewport, map, canvas);
  expect(part.x).toBeCloseTo(74, 6);
  expect(part.width).toBeCloseTo((800 / 9000) * 148, 6);
});

test.each([UPRIGHT, turned(UPRIGHT, "clockwise"), turned(turned(UPRIGHT, "mirror"), "counterclockwise")])(
  "a point of the map comes to the middle of the canvas, however the view is turned",
  (orientation) => {
    const viewport = view({ orientation, pixel: { width: 1, height: 2 } });
    const { view: map } = minimapView(viewport, image);
    const point = { x: 3000, y: 100 };
    const moved = centeredOn(viewport, map, imageToScreen(map, point), canvas);
    const middle = imageToScreen(moved, point);
    expect(middle.x).toBeCloseTo(400, 6);
    expect(middle.y).toBeCloseTo(300, 6);
  },
);
