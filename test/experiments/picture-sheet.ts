/** @file Pictures side by side, for a person to look at: the masks, then rows of pictures. */
import sharp, { type OverlayOptions } from "sharp";
import type { LabelMap } from "../../src-main/voxels/index.ts";

const TILE = 96;
const GAP = 4;

/** Square pictures of three planes `[3, S, S]` in [0, 1]. */
export async function drawSheet(
  file: string,
  { masks, rows }: { masks: readonly LabelMap[]; rows: readonly (readonly Float32Array[])[] },
): Promise<void> {
  const tile = (data: Uint8Array, width: number, height: number, channels: 1 | 3): Promise<Buffer> =>
    sharp(data, { raw: { width, height, channels } })
      .resize(TILE, TILE, { kernel: "nearest", fit: "fill" })
      .toColourspace("srgb")
      .png()
      .toBuffer();
  const layers: OverlayOptions[] = [];
  const place = (input: Buffer, row: number, column: number): void => {
    layers.push({ input, left: column * (TILE + GAP), top: row * (TILE + GAP) });
  };
  for (const [column, { width, height, data }] of masks.entries()) {
    const gray = data.map((value) => (value > 0 ? 255 : 0));
    place(await tile(gray, width, height, 1), 0, column);
  }
  for (const [row, pictures] of rows.entries()) {
    for (const [column, planes] of pictures.entries()) {
      const area = planes.length / 3;
      const side = Math.sqrt(area);
      const bytes = new Uint8Array(3 * area);
      for (let at = 0; at < planes.length; at++) bytes[3 * (at % area) + Math.floor(at / area)] = 255 * planes[at]!;
      place(await tile(bytes, side, side, 3), row + 1, column);
    }
  }
  const [width, height] = [masks.length, rows.length + 1].map((count) => count * (TILE + GAP) - GAP) as [
    number,
    number,
  ];
  await sharp({ create: { width, height, channels: 3, background: "#202020" } })
    .composite(layers)
    .png()
    .toFile(file);
}
