/** @file The small picture of the whole image, and where the view lies in it. */
import {
  createSamples,
  type Frame,
  type Point,
  type Rectangle,
  renderFrameRgba,
  type RenderOptions,
} from "../../src-main/voxels/index.ts";
import {
  axesOf,
  type Extent,
  inverseAxes,
  panBy,
  rectangleOnScreen,
  screenToImage,
  type Viewport,
} from "./viewport.ts";

/** Longest side, CSS pixels. */
export const MINIMAP_SIDE = 148;

/** Whether a part of the image is outside the canvas, so that a map helps. */
export function isPartial(viewport: Viewport, image: Extent, canvas: Extent): boolean {
  const box = rectangleOnScreen(viewport, { x: 0, y: 0, ...image });
  return box.x < -1 || box.y < -1 || box.x + box.width > canvas.width + 1 || box.y + box.height > canvas.height + 1;
}

/** How the whole image stands in the map, turned and mirrored as in the view; and the size of the map. */
export function minimapView(viewport: Viewport, image: Extent): { view: Viewport; size: Extent } {
  const box = rectangleOnScreen({ ...viewport, scale: 1, offsetX: 0, offsetY: 0 }, { x: 0, y: 0, ...image });
  const scale = MINIMAP_SIDE / Math.max(box.width, box.height);
  const size = {
    width: Math.max(1, Math.round(box.width * scale)),
    height: Math.max(1, Math.round(box.height * scale)),
  };
  return { view: { ...viewport, scale, offsetX: -box.x * scale, offsetY: -box.y * scale }, size };
}

/** The part of the map that the canvas shows. */
export function shownPart(viewport: Viewport, view: Viewport, canvas: Extent): Rectangle {
  const from = screenToImage(viewport, { x: 0, y: 0 });
  const to = screenToImage(viewport, { x: canvas.width, y: canvas.height });
  const corner = { x: Math.min(from.x, to.x), y: Math.min(from.y, to.y) };
  return rectangleOnScreen(view, { ...corner, width: Math.abs(to.x - from.x), height: Math.abs(to.y - from.y) });
}

/** The viewport with the middle of the canvas at a point of the map. */
export function centeredOn(viewport: Viewport, view: Viewport, point: Point, canvas: Extent): Viewport {
  const image = screenToImage(view, point);
  const { xx, xy, yx, yy } = axesOf(viewport);
  const x = xx * image.x + xy * image.y + viewport.offsetX;
  const y = yx * image.x + yy * image.y + viewport.offsetY;
  return panBy(viewport, canvas.width / 2 - x, canvas.height / 2 - y);
}

/** RGBA of the map, one sample per pixel of it: it shows where things are, not what they are. */
export function minimapPicture(
  frame: Frame,
  options: RenderOptions,
  { view, size }: { view: Viewport; size: Extent },
): ImageData {
  const { width, height, channels, data } = frame;
  const { xx, xy, yx, yy } = inverseAxes(view);
  const picked = createSamples(frame.sampleType, size.width * size.height * channels);
  for (let row = 0, target = 0; row < size.height; row++) {
    for (let column = 0; column < size.width; column++) {
      const screenX = column + 0.5 - view.offsetX;
      const screenY = row + 0.5 - view.offsetY;
      const x = Math.min(width - 1, Math.max(0, Math.floor(xx * screenX + xy * screenY)));
      const y = Math.min(height - 1, Math.max(0, Math.floor(yx * screenX + yy * screenY)));
      for (let channel = 0; channel < channels; channel++)
        picked[target++] = data[(y * width + x) * channels + channel]!;
    }
  }
  return new ImageData(renderFrameRgba({ ...frame, ...size, data: picked }, options), size.width, size.height);
}
