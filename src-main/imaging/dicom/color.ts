/**
 * @file From luminance and chrominance to red, green and blue. DICOM PS3.3 C.7.6.3.1.2.
 */

/** YBR_FULL: all bits are used; YBR_PARTIAL (retired): 16 to 235 and 16 to 240 of 8 bits. */
export type YbrRange = "full" | "partial";

/** `[..., 3]` interleaved; samples of `bits` bits. In place. */
export function convertYbrToRgb(samples: Uint8Array | Uint16Array, bits: number, range: YbrRange): void {
  const top = 2 ** bits - 1;
  const unit = 2 ** (bits - 8);
  const zero = range === "partial" ? 16 * unit : 0;
  const lumaScale = range === "partial" ? 255 / 219 : 1;
  const chromaScale = range === "partial" ? 255 / 224 : 1;
  const middle = 128 * unit;
  // The inverse of 0.299 R + 0.587 G + 0.114 B and of the differences scaled to +-0.5.
  const redOfCr = 1.402 * chromaScale;
  const greenOfCb = 0.344136 * chromaScale;
  const greenOfCr = 0.714136 * chromaScale;
  const blueOfCb = 1.772 * chromaScale;
  const clamp = (value: number): number => (value < 0 ? 0 : value > top ? top : Math.round(value));
  for (let at = 0; at < samples.length; at += 3) {
    const y = (samples[at]! - zero) * lumaScale;
    const cb = samples[at + 1]! - middle;
    const cr = samples[at + 2]! - middle;
    samples[at] = clamp(y + redOfCr * cr);
    samples[at + 1] = clamp(y - greenOfCb * cb - greenOfCr * cr);
    samples[at + 2] = clamp(y + blueOfCb * cb);
  }
}

/** YBR_FULL_422 as it lies in native pixel data, Y1 Y2 Cb Cr, to three samples a pixel; chrominance is repeated. */
export function expand422(packed: Uint8Array | Uint16Array, pixels: number): Uint8Array | Uint16Array {
  const expanded = packed instanceof Uint8Array ? new Uint8Array(3 * pixels) : new Uint16Array(3 * pixels);
  for (let pixel = 0; pixel < pixels; pixel++) {
    const pair = 4 * (pixel >> 1);
    expanded[3 * pixel] = packed[pair + (pixel & 1)]!;
    expanded[3 * pixel + 1] = packed[pair + 2]!;
    expanded[3 * pixel + 2] = packed[pair + 3]!;
  }
  return expanded;
}
