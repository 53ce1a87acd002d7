/** @file What the reference tools work on. Pixel (x, y) covers the square from (x, y) to (x + 1, y + 1); rows follow each other. */

/** Labels or a mask of one image; also its pixels where one number each is enough. */
export interface Plane {
  width: number;
  height: number;
  data: Uint8Array;
}

/** An image: `channels` numbers per pixel, one for gray, three for red, green, blue. */
export interface Picture {
  width: number;
  height: number;
  channels: number;
  data: ArrayLike<number>;
}

/** A point in image pixels, or the column and row of a pixel. */
export interface At {
  x: number;
  y: number;
}

export interface Size {
  width: number;
  height: number;
}

/** The number that tools which look for edges see: the sample of a gray pixel, the luma of a color one (ITU-R BT.601). */
export function brightnessOf({ channels, data }: Picture, index: number): number {
  if (channels === 1) return data[index]!;
  const [red, green, blue] = [data[3 * index]!, data[3 * index + 1]!, data[3 * index + 2]!];
  return 0.299 * red + 0.587 * green + 0.114 * blue;
}

/** Column and row of every pixel, in reading order. */
export function pixelsOf({ width, height }: Size): At[] {
  return Array.from({ length: width * height }, (_, index) => ({ x: index % width, y: Math.floor(index / width) }));
}

export function isWithin({ width, height }: Size, { x, y }: At): boolean {
  return x >= 0 && y >= 0 && x < width && y < height;
}

/** Index of the pixel that holds the point; null outside. */
export function pixelAt(size: Size, { x, y }: At): number | null {
  const pixel = { x: Math.floor(x), y: Math.floor(y) };
  return isWithin(size, pixel) ? pixel.y * size.width + pixel.x : null;
}
