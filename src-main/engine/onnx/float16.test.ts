import { expect, test } from "vitest";
import { fromFloat16, toFloat16 } from "./float16.ts";

test("every half survives the way to float32 and back", () => {
  const halves = Uint16Array.from({ length: 65536 }, (_, bits) => bits);
  const back = toFloat16(fromFloat16(halves));
  for (let bits = 0; bits < 65536; bits++) {
    const isNan = (bits & 0x7c00) === 0x7c00 && (bits & 0x3ff) !== 0;
    if (!isNan) expect(back[bits]).toBe(bits);
    else expect(back[bits]! & 0x7fff).toBe(0x7e00);
  }
});

test("rounds to nearest, ties to even, beyond the largest to infinity", () => {
  const numbers = [1 + 2 ** -11, 1 + 3 * 2 ** -11, 65504, 65519, 65520, -1e9, 2 ** -25, 1.5 * 2 ** -24, 6.1e-5];
  const rounded = fromFloat16(toFloat16(numbers));
  expect([...rounded.slice(0, 8)]).toEqual([1, 1 + 2 ** -9, 65504, 65504, Infinity, -Infinity, 0, 2 ** -23]);
  expect(Math.abs(rounded[8]! - 6.1e-5)).toBeLessThan(2 ** -25);
});
