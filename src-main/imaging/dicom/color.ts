/**
 * @file From luminance and chrominance to red, green and blue. DICOM PS3.3 C.7.6.3.1.2.
 */

/** YBR_FULL: all bits are used; YBR_PARTIAL (retired): 16 to 235 and 16 to 240 of 8 bits. */
export type YbrRange = "full" | "partial";

/** `[..., 3]` interleaved; samples of `bits` bits. In place. */
export function convertYbrToRgb(samples: Uint8Array | Uint16Array, bits: number, range: YbrRange): void {
  if (samples instanceof Uint8Array && bits === 8) convertBytes(samples, range);
  else convertAny(samples, bits, range);
}

/** What one step of Y, Cb and Cr adds: the inverse of 0.299 R + 0.587 G + 0.114 B and of the differences scaled to +-0.5. */
function weightsOf(range: YbrRange): Record<"luma" | "redOfCr" | "greenOfCb" | "greenOfCr" | "blueOfCb", number> {
  const chroma = range === "partial" ? 255 / 224 : 1;
  return {
    luma: range === "partial" ? 255 / 219 : 1,
    redOfCr: 1.402 * chroma,
    greenOfCb: 0.344136 * chroma,
    greenOfCr: 0.714136 * chroma,
    blueOfCb: 1.772 * chroma,
  };
}

/** Binary places behind the point: sums of three stay below 2^31, and are off by less than 10^-5. */
const FRACTION = 20;

/** Photographs and ultrasound, nearly all there is: by tables of products, in whole numbers. */
function convertBytes(samples: Uint8Array, range: YbrRange): void {
  const { luma, redOfCr, greenOfCb, greenOfCr, blueOfCb } = weightsOf(range);
  const products = (weight: number, zero: number, plus = 0): Int32Array =>
    Int32Array.from({ length: 256 }, (_, value) => Math.round(2 ** FRACTION * (weight * (value - zero) + plus)));
  // A half more: cutting off the fraction rounds.
  const lumas = products(luma, range === "partial" ? 16 : 0, 0.5);
  const reds = products(redOfCr, 128);
  const greensOfCb = products(-greenOfCb, 128);
  const greensOfCr = products(-greenOfCr, 128);
  const blues = products(blueOfCb, 128);
  const clamped = new Uint8ClampedArray(samples.buffer, samples.byteOffset, samples.length);
  for (let at = 0; at < samples.length; at += 3) {
    const y = lumas[samples[at]!]!;
    const cb = samples[at + 1]!;
    const cr = samples[at + 2]!;
    clamped[at] = (y + reds[cr]!) >> FRACTION;
    clamped[at + 1] = (y + greensOfCb[cb]! + greensOfCr[cr]!) >> FRACTION;
    clamped[at + 2] = (y + blues[cb]!) >> FRACTION;
  }
}

function convertAny(samples: Uint8Array | Uint16Array, bits: number, range: YbrRange): void {
  const { luma, redOfCr, greenOfCb, greenOfCr, blueOfCb } = weightsOf(range);
  const top = 2 ** bits - 1;
  const unit = 2 ** (bits - 8);
  const zero = range === "partial" ? 16 * unit : 0;
  const middle = 128 * unit;
  const clamp = (value: number): number => (value < 0 ? 0 : value > top ? top : Math.round(value));
  for (let at = 0; at < samples.length; at += 3) {
    const y = (samples[at]! - zero) * luma;
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
