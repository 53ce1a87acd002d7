import { describe, expect, it } from "vitest";
import { Random } from "../../../random/index.ts";
import { dequantizers, inverseDct, zigzag } from "./dct.ts";

/** A.3.3 as it stands. */
function byDefinition(coefficients: Float64Array): Float64Array {
  const norm = (frequency: number): number => (frequency === 0 ? Math.SQRT1_2 : 1);
  const wave = (place: number, frequency: number): number => Math.cos(((2 * place + 1) * frequency * Math.PI) / 16);
  return Float64Array.from({ length: 64 }, (_, at) => {
    let sum = 0;
    for (let v = 0; v < 8; v++) {
      for (let u = 0; u < 8; u++)
        sum += norm(u) * norm(v) * coefficients[8 * v + u]! * wave(at & 7, u) * wave(at >> 3, v);
    }
    return sum / 4;
  });
}

describe("inverse DCT", () => {
  it("is the transform of the standard, quantization undone", () => {
    const random = new Random(1, "dct");
    for (let block = 0; block < 20; block++) {
      const steps = Uint16Array.from({ length: 64 }, () => 1 + (random.uint32() % 40));
      const levels = Int16Array.from({ length: 64 }, () => (random.uint32() % 201) - 100);
      const plain = new Float64Array(64);
      const scaled = new Float64Array(64);
      const scales = dequantizers(steps);
      for (let index = 0; index < 64; index++) {
        plain[zigzag[index]!] = levels[index]! * steps[index]!;
        scaled[zigzag[index]!] = levels[index]! * scales[index]!;
      }
      inverseDct(scaled, scaled);
      byDefinition(plain).forEach((sample, at) => expect(scaled[at]).toBeCloseTo(sample, 8));
    }
  });
});
