/**
 * @file Overlays: bit planes of graphics that lie over a frame. Never part of its samples. DICOM PS3.3 C.9.2.
 */

export interface Overlay {
  width: number;
  height: number;
  /** Pixel of the frame under the overlay's first one, counted from 0; may lie outside. */
  left: number;
  top: number;
  /** `[height, width]`, x fastest, one bit per pixel, lowest bit first. */
  bits: Uint8Array;
}

/** `[height, width]` of the frame: 1 where any of the overlays has a mark, else 0. */
export function overlayMask(
  overlays: readonly Overlay[],
  { width, height }: { width: number; height: number },
): Uint8Array<ArrayBuffer> {
  const mask = new Uint8Array(width * height);
  for (const { width: columns, height: rows, left, top, bits } of overlays) {
    for (let row = Math.max(0, -top); row < Math.min(rows, height - top); row++) {
      for (let column = Math.max(0, -left); column < Math.min(columns, width - left); column++) {
        const bit = row * columns + column;
        if ((bits[bit >>> 3]! >>> (bit & 7)) & 1) mask[(top + row) * width + left + column] = 1;
      }
    }
  }
  return mask;
}
