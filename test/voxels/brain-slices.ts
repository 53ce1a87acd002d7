/** @file Real slices of brains for tests of alignment, moved by known maps. */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import sharp from "sharp";
import { composeTransforms, type Plane, type PlaneTransform, transformPoint } from "../../src-main/voxels/index.ts";

const folder = join(import.meta.dirname, "../fixtures/brain");

/** A slice of test/fixtures/brain, or a file by its whole path. */
export async function readBrain(name: string): Promise<Plane> {
  const { data, info } = await sharp(readFileSync(resolve(folder, name)))
    .grayscale()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data: Float32Array.from(data) };
}

/** What lies at a point of the result is what the plane has where `transform` leads. A second implementation: nothing of the product interpolates here. */
export function moved(plane: Plane, transform: PlaneTransform): Plane {
  const { width, height, data } = plane;
  const at = (column: number, row: number): number =>
    column < 0 || row < 0 || column >= width || row >= height ? 0 : data[row * width + column]!;
  const result = new Float32Array(data.length);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const [x, y] = transformPoint(transform, column, row);
      const [left, top] = [Math.floor(x), Math.floor(y)];
      for (const [dx, dy] of [
        [0, 0],
        [1, 0],
        [0, 1],
        [1, 1],
      ] as const) {
        const weight = (1 - Math.abs(x - left - dx)) * (1 - Math.abs(y - top - dy));
        result[row * width + column]! += weight * at(left + dx, top + dy);
      }
    }
  }
  return { width, height, data: result };
}

/** Largest error in pixels, over a frame around the head: the found map and the known one should undo each other. */
export function errorOf(found: PlaneTransform, known: PlaneTransform): number {
  const both = composeTransforms(known, found);
  const corners = [
    [30, 30],
    [150, 30],
    [30, 190],
    [150, 190],
    [91, 109],
  ] as const;
  return Math.max(
    ...corners.map(([column, row]) => {
      const [x, y] = transformPoint(both, column, row);
      return Math.hypot(x - column, y - row);
    }),
  );
}

/** As an 8-bit PNG. */
export function pngOf({ width, height, data }: Plane): Promise<Buffer> {
  const bytes = Uint8Array.from(data, (value) => Math.round(value));
  return sharp(bytes, { raw: { width, height, channels: 1 } })
    .toColorspace("b-w")
    .png()
    .toBuffer();
}
