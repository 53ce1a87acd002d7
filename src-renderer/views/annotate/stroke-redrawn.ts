/** @file A stroke that was drawn on other pixels than the app holds by now. */
import { decodeLabelMap, encodeLabelMap, type LabelMap } from "../../../src-main/voxels/index.ts";

/** Label maps before and after it, RLE; `before` may be empty: nothing was annotated. */
export interface Stroke {
  before: Uint8Array;
  after: Uint8Array<ArrayBuffer>;
}

/** The pixels that the stroke changed, and no others, changed in `held` (RLE of the same size, or empty). */
export function strokeRedrawn({ before, after }: Stroke, held: Uint8Array): Uint8Array<ArrayBuffer> {
  const drawn = decodeLabelMap(after);
  const from = pixelsOf(before, drawn);
  const onto = pixelsOf(held, drawn);
  drawn.data.forEach((value, index) => {
    if (value !== from[index]) onto[index] = value;
  });
  return encodeLabelMap({ ...drawn, data: onto });
}

function pixelsOf(bytes: Uint8Array, size: LabelMap): Uint8Array {
  return bytes.length === 0 ? new Uint8Array(size.data.length) : decodeLabelMap(bytes, size).data;
}
