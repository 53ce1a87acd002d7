/**
 * @file What takes the place of redacted pixels, told as a pixel of the frame whose value is copied: so it fits any way of storing
 * samples, palettes included, and is a value that the image has.
 */
import type { Rectangle } from "./brush.ts";
import type { Frame } from "./frame.ts";
import { clipToImage } from "./rectangle.ts";

/** The darkest value of the image, the middle one of those around the rectangle, or a sample as stored. */
export type Fill = "black" | "local" | number;

/** Copy that pixel, set all samples to a number, or (color only) set black. */
export type FillSource = { kind: "pixel"; place: number } | { kind: "sample"; value: number } | { kind: "black" };

/** Pixels between a rectangle and those around it that are looked at: the edges of letters are soft. */
const GAP = 2;

/** What fills `rectangle`. A rectangle without surroundings becomes black. */
export function fillSource(frame: Frame, rectangle: Rectangle, fill: Fill): FillSource {
  if (typeof fill === "number") return { kind: "sample", value: fill };
  const around = fill === "local" ? surroundings(frame, rectangle) : [];
  if (around.length > 0) {
    const byBrightness = around.map((place) => ({ place, brightness: brightnessAt(frame, place) }));
    byBrightness.sort((a, b) => a.brightness - b.brightness);
    return { kind: "pixel", place: byBrightness[byBrightness.length >> 1]!.place };
  }
  return frame.channels === 3 ? { kind: "black" } : { kind: "pixel", place: darkestPixel(frame) };
}

/** The pixel that is shown darkest. */
export function darkestPixel(frame: Frame): number {
  let [darkest, least] = [0, Infinity];
  for (let place = 0; place < frame.width * frame.height; place++) {
    const brightness = brightnessAt(frame, place);
    if (brightness < least) [darkest, least] = [place, brightness];
  }
  return darkest;
}

function brightnessAt({ data, channels, photometric }: Frame, place: number): number {
  if (channels === 3) return data[3 * place]! + data[3 * place + 1]! + data[3 * place + 2]!;
  return photometric === "MONOCHROME1" ? -data[place]! : data[place]!;
}

/** The pixels of a line around the rectangle, as far as they lie in the frame. */
function surroundings({ width, height }: Frame, rectangle: Rectangle): number[] {
  const { left, top, right, bottom } = clipToImage(rectangle, { width, height });
  const [x0, y0, x1, y1] = [left - GAP, top - GAP, right - 1 + GAP, bottom - 1 + GAP];
  const places: number[] = [];
  const add = (x: number, y: number): void => {
    if (x >= 0 && y >= 0 && x < width && y < height) places.push(y * width + x);
  };
  for (let x = x0; x <= x1; x++) for (const y of [y0, y1]) add(x, y);
  for (let y = y0 + 1; y < y1; y++) for (const x of [x0, x1]) add(x, y);
  return places;
}
